package file

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// unsafeInPaths are the characters that Hive, and with it Flink, writes as %XX.
const unsafeInPaths = "\"#%'*/:=?\\{}[]^\x7f"

// escapePath makes a name of a text.
func escapePath(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c < ' ' || c < utf8.RuneSelf && strings.IndexByte(unsafeInPaths, c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// unescapePath is the text that a name was made of.
func unescapePath(name string) string {
	if strings.IndexByte(name, '%') < 0 {
		return name
	}
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		if name[i] == '%' && i+2 < len(name) {
			if c, err := strconv.ParseUint(name[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(c))
				i += 2
				continue
			}
		}
		b.WriteByte(name[i])
	}
	return b.String()
}

// folder is the path of a partition, without the table's.
func (l *layout) folder(texts []string) string {
	var b strings.Builder
	for i, p := range l.parts {
		if i > 0 {
			b.WriteByte('/')
		}
		b.WriteString(escapePath(p.name) + "=" + escapePath(texts[i]))
	}
	return b.String()
}

// levels are the texts that the folders below a table's root give for its first
// partition columns; ok is false for a folder that is none.
func (l *layout) levels(below string) (texts []string, ok bool) {
	for i, segment := range strings.Split(below, "/") {
		if i == len(l.parts) {
			break
		}
		key, text, found := strings.Cut(segment, "=")
		if !found || unescapePath(key) != l.parts[i].name {
			return nil, false
		}
		texts = append(texts, unescapePath(text))
	}
	return texts, true
}

// value reads the text of a partition as a value.
func (p *partitionColumn) value(text, defaultName string) (types.Value, error) {
	if text == defaultName {
		if !p.typ.Nullable {
			return types.Value{}, fmt.Errorf("it is NULL for column %s, which is NOT NULL", p.name)
		}
		return types.NullValue(), nil
	}
	if p.typ.IsString() {
		return types.StringValue(text), nil
	}
	if p.typ.Kind == types.Timestamp {
		text = sqlTimestamp(text)
	}
	return kernel.ParseText([]byte(text), p.typ, &kernel.Env{})
}

// sqlTimestamp is what javaTimestamp made, as SQL writes it.
func sqlTimestamp(text string) string {
	date, clock, ok := strings.Cut(text, "T")
	if !ok {
		return text
	}
	if len(clock) == len("10:00") {
		clock += ":00"
	}
	return date + " " + clock
}

// text writes a value as Flink does: as Java's toString. NULL and the empty
// string, which is no name of a folder, have the default name.
func (p *partitionColumn) text(v *vector.Vector, row int, defaultName string) string {
	if !v.IsValid(row) {
		return defaultName
	}
	if p.typ.Kind == types.Timestamp {
		return javaTimestamp(vector.Values[int64](v.Base())[v.Index(row)], p.typ)
	}
	text := kernel.AppendText(nil, p.typ, v, row, &kernel.Env{})
	if len(text) == 0 {
		return defaultName
	}
	return string(text)
}

// javaTimestamp is LocalDateTime.toString: 2020-01-01T10:00, with seconds where
// there are some, and a fraction of 3, 6 or 9 digits.
func javaTimestamp(ticks int64, t types.Type) string {
	text := string(kernel.AppendTimestamp(nil, ticks, t))
	date, clock, _ := strings.Cut(text, " ")
	clock, fraction, _ := strings.Cut(clock, ".")
	fraction = strings.TrimRight(fraction, "0")
	for len(fraction)%3 != 0 {
		fraction += "0"
	}
	switch {
	case fraction != "":
		clock += "." + fraction
	case strings.HasSuffix(clock, ":00"):
		clock = strings.TrimSuffix(clock, ":00")
	}
	return date + "T" + clock
}

// partitionError names the folder that is no value of its column.
func partitionError(name string, p *partitionColumn, err error) error {
	return sqlerr.Wrap(sqlerr.InvalidText, err, "%s: partition column %s", path.Dir(name), p.name)
}
