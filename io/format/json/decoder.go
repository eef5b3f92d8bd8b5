package json

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"unsafe"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Decoder appends records to a batch. One goroutine uses it.
type Decoder struct {
	settings Settings
	env      *kernel.Env
	fields   []field
	byName   map[string]int
	order    []member // the members of the last record
	seen     []bool
	s        scanner
	skipped  int64
	names    names          // of the maps in hand
	kind     stream.RowKind // of the row in hand
}

type field struct {
	name []byte
	typ  types.Type
}

// member is a name that a record has, and the field of that name; -1: none of ours.
type member struct {
	name  []byte
	field int
}

// NewDecoder makes a decoder for records with these columns.
func NewDecoder(schema *types.Schema, settings Settings, env *kernel.Env) *Decoder {
	if env == nil {
		env = &kernel.Env{}
	}
	d := &Decoder{settings: settings, env: env, byName: map[string]int{}, seen: make([]bool, schema.Len())}
	for i, f := range schema.Fields {
		d.fields = append(d.fields, field{name: []byte(f.Name), typ: f.Type})
		d.byName[f.Name] = i
	}
	return d
}

// Skipped is the number of records that could not be read and were left out.
func (d *Decoder) Skipped() int64 { return d.skipped }

// Decode appends one record as a row to b, whose columns are those of the schema.
// Where it fails, b is as before, and the error says what is wrong and where.
// With ignore-parse-errors a record that cannot be read appends nothing.
func (d *Decoder) Decode(record []byte, b *stream.Builder) error {
	err := d.decode(record, b)
	if err == nil {
		return nil
	}
	d.undo(b)
	if d.settings.IgnoreParseErrors {
		d.skipped++
		return nil
	}
	shown := record
	if len(shown) > 100 {
		shown = append(append([]byte{}, shown[:100]...), "…"...)
	}
	return sqlerr.Wrap(sqlerr.InvalidText, err, "JSON record at byte %d of %s", d.s.at, shown)
}

// undo takes back the columns that the record in hand was appended to.
func (d *Decoder) undo(b *stream.Builder) {
	for i := range d.fields {
		if c := b.Column(i); c.Len() > b.Rows() {
			c.Truncate(b.Rows())
		}
	}
}

func (d *Decoder) decode(record []byte, b *stream.Builder) error {
	d.s.src, d.s.at = record, 0
	if err := d.members(b); err != nil {
		return err
	}
	if d.s.peek() != 0 || d.s.at < len(record) {
		return errSyntax
	}
	for i, ok := range d.seen {
		if ok {
			d.seen[i] = false
			continue
		}
		if err := d.absent(i, b); err != nil {
			return err
		}
	}
	b.Advance(1, d.kind)
	return nil
}

func (d *Decoder) absent(i int, b *stream.Builder) error {
	if d.settings.FailOnMissingField {
		return fmt.Errorf("field '%s' is missing", d.fields[i].name)
	}
	return d.null(i, b)
}

func (d *Decoder) null(i int, b *stream.Builder) error {
	if !d.fields[i].typ.Nullable {
		return fmt.Errorf("field '%s' is NOT NULL and has no value", d.fields[i].name)
	}
	b.Column(i).AppendNull()
	return nil
}

func (d *Decoder) members(b *stream.Builder) error {
	clear(d.seen)
	s := &d.s
	if err := s.expect('{'); err != nil {
		return err
	}
	if s.peek() == '}' {
		s.at++
		return nil
	}
	for n := 0; ; n++ {
		i, err := d.member(n)
		if err != nil {
			return err
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		if err := d.column(i, b); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.at++
		case '}':
			s.at++
			return nil
		default:
			return s.wrong()
		}
	}
}

// member reads the name of the n-th member and finds its field; -1: not wanted.
func (d *Decoder) member(n int) (int, error) {
	s := &d.s
	if s.peek() != '"' {
		return 0, s.wrong()
	}
	if n < len(d.order) {
		name := d.order[n].name
		if end := s.at + 1 + len(name); end < len(s.src) && s.src[end] == '"' && bytes.Equal(s.src[s.at+1:end], name) {
			s.at = end + 1
			return d.order[n].field, nil
		}
	}
	name, err := s.str()
	if err != nil {
		return 0, err
	}
	i, ok := d.byName[string(name)]
	if !ok {
		i = -1
	}
	for len(d.order) <= n && n < 4096 {
		d.order = append(d.order, member{})
	}
	// A name that does not stand as it is written is not found again: it is not worth remembering.
	if n < len(d.order) && quoteOrEscape(name, 0) == len(name) {
		d.order[n] = member{append(d.order[n].name[:0], name...), i}
	}
	return i, nil
}

// column reads the value of a field. Of a name that comes twice the last counts, as in Flink.
func (d *Decoder) column(i int, b *stream.Builder) error {
	if i < 0 {
		return d.s.skip(0)
	}
	c := b.Column(i)
	if d.seen[i] {
		c.Truncate(b.Rows())
	}
	d.seen[i] = true
	start := d.s.at
	if d.common(c, &d.fields[i].typ) {
		return nil
	}
	err := d.value(c, &d.fields[i].typ, 0)
	if err == nil {
		return nil
	}
	if d.settings.IgnoreParseErrors && d.fields[i].typ.Nullable {
		c.Truncate(b.Rows())
		d.s.at = start
		if d.s.skip(0) == nil {
			c.AppendNull()
			return nil
		}
	}
	return fmt.Errorf("field '%s': %w", d.fields[i].name, err)
}

// common appends what most records hold: text for a STRING, digits for a number, a
// timestamp in its usual form. Otherwise it takes nothing and says false.
func (d *Decoder) common(c *vector.Builder, t *types.Type) bool {
	s := &d.s
	first := s.peek()
	switch t.Kind {
	case types.Varchar:
		if first != '"' || t.Length != types.MaxLength {
			return false
		}
		from := s.at + 1
		end := quoteOrEscape(s.src, from)
		if end == len(s.src) || s.src[end] != '"' {
			return false
		}
		c.AppendBytes(s.src[from:end])
		s.at = end + 1
		return true
	case types.BigInt:
		x, n := leadingDigits(s.src[s.at:])
		if n == 0 {
			return false
		}
		vector.Append(c, x)
		s.at += n
		return true
	case types.Double, types.Integer, types.Decimal:
		end := usualNumber(s.src, s.at)
		if end == 0 || kernel.ParseInto(c, t, s.src[s.at:end], d.env) != nil {
			return false
		}
		s.at = end
		return true
	case types.Timestamp:
		if first != '"' {
			return false
		}
		between := byte(' ')
		if d.settings.ISOTimestamps {
			between = 'T'
		}
		ticks, n := kernel.UsualTimestamp(s.src[s.at+1:], t, between)
		if end := s.at + 1 + n; n == 0 || end == len(s.src) || s.src[end] != '"' {
			return false
		}
		vector.Append(c, ticks)
		s.at += n + 2
		return true
	}
	return false
}

// leadingDigits reads a whole number of up to 18 digits that ends before a comma
// or brace; n is 0 for anything else.
func leadingDigits(b []byte) (x int64, n int) {
	for n < len(b) && n < 19 {
		digit := b[n] - '0'
		if digit > 9 {
			break
		}
		x = x*10 + int64(digit)
		n++
	}
	if n == 0 || n > 18 || n == len(b) || b[n] != ',' && b[n] != '}' || b[0] == '0' && n > 1 {
		return 0, 0
	}
	return x, n
}

// value appends one value of a type.
func (d *Decoder) value(c *vector.Builder, t *types.Type, depth int) error {
	s := &d.s
	if depth > maxDepth {
		return errDeep
	}
	switch first := s.peek(); {
	case first == '"' && !t.IsNested():
		text, err := s.str()
		if err != nil {
			return err
		}
		return d.text(c, t, text)
	case first == '{' || first == '[':
		return d.nested(c, *t, first, depth)
	}
	word := s.bare()
	switch {
	case string(word) == "null":
		if !t.Nullable {
			return fmt.Errorf("null for %s", t)
		}
		c.AppendNull()
		return nil
	case isNumber(word):
		return d.number(c, t, word)
	case string(word) == "true", string(word) == "false":
		if t.Kind == types.Boolean {
			c.AppendBool(word[0] == 't')
			return nil
		}
		if t.IsString() {
			c.AppendBytes(word)
			return nil
		}
		return fmt.Errorf("%s cannot be read as %s", word, t.WithNull(true))
	}
	return s.wrong()
}

func (d *Decoder) number(c *vector.Builder, t *types.Type, word []byte) error {
	if t.IsInteger() {
		if x, ok := integer(word); ok {
			return appendInteger(c, t, x)
		}
	}
	switch {
	case t.IsNumeric() || t.IsString():
		return d.text(c, t, word)
	}
	return fmt.Errorf("the number %s cannot be read as %s", word, t.WithNull(true))
}

// integer reads digits alone; what has a fraction or an exponent goes the long way.
func integer(word []byte) (x int64, ok bool) {
	b := word
	if b[0] == '-' {
		b = b[1:]
	}
	if len(b) > 18 {
		return 0, false
	}
	for _, c := range b {
		digit := c - '0'
		if digit > 9 {
			return 0, false
		}
		x = x*10 + int64(digit)
	}
	if word[0] == '-' {
		x = -x
	}
	return x, true
}

func appendInteger(c *vector.Builder, t *types.Type, x int64) error {
	switch t.Kind {
	case types.BigInt:
		vector.Append(c, x)
		return nil
	case types.Integer:
		if x == int64(int32(x)) {
			vector.Append(c, int32(x))
			return nil
		}
	case types.SmallInt:
		if x == int64(int16(x)) {
			vector.Append(c, int16(x))
			return nil
		}
	case types.TinyInt:
		if x == int64(int8(x)) {
			vector.Append(c, int8(x))
			return nil
		}
	}
	return fmt.Errorf("%d is out of range for %s", x, t.WithNull(true))
}

// text appends a value from the text of a string or number.
func (d *Decoder) text(c *vector.Builder, t *types.Type, text []byte) error {
	switch {
	case t.Kind == types.Varchar && t.Length == types.MaxLength:
		c.AppendBytes(text)
		return nil
	case t.Kind == types.Float:
		// Read as a DOUBLE and then narrowed, as in Flink.
		f, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(text), len(text)), 64)
		if err != nil && !math.IsInf(f, 0) {
			return fmt.Errorf("'%s' cannot be read as %s", text, t.WithNull(true))
		}
		vector.Append(c, float32(f))
		return nil
	case t.IsTimestamp():
		return d.timestamp(c, *t, text)
	case t.IsBinary():
		return d.base64(c, text)
	}
	return kernel.ParseInto(c, t, text, d.env)
}
