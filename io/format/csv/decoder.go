package csv

import (
	"bytes"
	"fmt"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Decoder appends records to a batch. One goroutine uses it.
type Decoder struct {
	*Splitter
	env     *kernel.Env
	fields  []types.Field
	places  []int // column of the batch by field of the record; -1: not wanted
	skipped int64
}

// NewDecoder makes a decoder of records with these fields. places says which
// column of the batch a field goes to, -1: none; nil: each to its own.
func NewDecoder(schema *types.Schema, places []int, s Settings, env *kernel.Env) (*Decoder, error) {
	if env == nil {
		env = &kernel.Env{}
	}
	if err := checkTypes(schema.Fields); err != nil {
		return nil, err
	}
	if places == nil {
		places = make([]int, schema.Len())
		for i := range places {
			places[i] = i
		}
	}
	return &Decoder{Splitter: NewSplitter(s), env: env, fields: schema.Fields, places: places}, nil
}

// Skipped is the number of records that could not be read and were left out.
func (d *Decoder) Skipped() int64 { return d.skipped }

// Next appends the record at the front of data and says how many bytes it took, as
// Splitter.Next does. Where it fails, b is as before.
func (d *Decoder) Next(data []byte, end bool, b *stream.Builder) (int, error) {
	n, err := d.Splitter.Next(data, end)
	if err == nil {
		if n == 0 || len(d.Fields) == 0 {
			return n, nil
		}
		err = d.record(b)
	}
	if err == nil {
		return n, nil
	}
	for _, p := range d.places {
		if p >= 0 {
			b.Column(p).Truncate(b.Rows())
		}
	}
	if d.settings.IgnoreParseErrors {
		d.skipped++
		return n, nil
	}
	return n, sqlerr.Wrap(sqlerr.InvalidText, err, "CSV record")
}

func (d *Decoder) record(b *stream.Builder) error {
	if len(d.Fields) > len(d.fields) && !d.settings.IgnoreTrailing && !d.endsInDelimiter() {
		return fmt.Errorf("it has %d fields, the table %d columns", len(d.Fields), len(d.fields))
	}
	for i, p := range d.places {
		if i < len(d.Fields) && p < 0 {
			continue
		}
		if i >= len(d.Fields) {
			return fmt.Errorf("it has %d fields, the table %d columns", len(d.Fields), len(d.fields))
		}
		if err := d.field(b, i, p); err != nil {
			return fmt.Errorf("field %d, '%s': %w", i+1, d.fields[i].Name, err)
		}
	}
	b.Advance(1, stream.Insert)
	return nil
}

// endsInDelimiter reports a delimiter behind the last field where one may stand:
// it looks like one more field, an empty one.
func (d *Decoder) endsInDelimiter() bool {
	last := &d.Fields[len(d.Fields)-1]
	return d.settings.TrailingDelimiter && len(d.Fields) == len(d.fields)+1 && len(last.Text) == 0 && !last.Quoted
}

func (d *Decoder) field(b *stream.Builder, i, p int) error {
	f, t, c := &d.Fields[i], &d.fields[i].Type, b.Column(p)
	isNull := d.settings.HasNull && string(f.Text) == d.settings.Null && (!f.Quoted || len(f.Text) > 0)
	isNull = isNull || d.settings.EmptyIsNull && len(f.Text) == 0
	// An empty field is NULL where the type has no empty value, as in Flink.
	if !isNull && len(f.Text) == 0 && !f.Quoted && !t.IsString() && !t.IsBinary() && t.Kind != types.Array {
		isNull = true
	}
	if isNull {
		if !t.Nullable {
			return fmt.Errorf("NULL for %s", t)
		}
		c.AppendNull()
		return nil
	}
	err := d.value(c, t, f.Text)
	if err != nil && d.settings.IgnoreParseErrors && t.Nullable {
		c.Truncate(b.Rows())
		c.AppendNull()
		return nil
	}
	return err
}

func (d *Decoder) value(c *vector.Builder, t *types.Type, text []byte) error {
	switch t.Kind {
	case types.Array:
		for more := len(text) > 0; more; {
			var item []byte
			item, text, more = bytes.Cut(text, []byte(d.settings.ArrayDelimiter))
			if err := d.element(c.Kid(0), t.Elem, item); err != nil {
				return err
			}
		}
		c.CloseList()
		return nil
	case types.Row:
		return d.row(c, t, text)
	}
	return kernel.ParseInto(c, t, text, d.env)
}

// row reads the fields of a ROW, which stand as elements of an array do.
func (d *Decoder) row(c *vector.Builder, t *types.Type, text []byte) error {
	parts := bytes.Split(text, []byte(d.settings.ArrayDelimiter))
	if len(parts) != len(t.Fields) {
		return fmt.Errorf("'%s' has %d parts, the ROW %d fields", text, len(parts), len(t.Fields))
	}
	for i := range t.Fields {
		if err := d.element(c.Kid(i), &t.Fields[i].Type, parts[i]); err != nil {
			return err
		}
	}
	c.CloseRow()
	return nil
}

// element reads a part of a field: NULL where it is empty and the type has no
// empty value, or where it is the text that stands for NULL.
func (d *Decoder) element(c *vector.Builder, t *types.Type, text []byte) error {
	isNull := len(text) == 0 && !t.IsString() && !t.IsBinary()
	if isNull || d.settings.HasNull && string(text) == d.settings.Null {
		if !t.Nullable {
			return fmt.Errorf("NULL for %s", t)
		}
		c.AppendNull()
		return nil
	}
	return d.value(c, t, text)
}

// checkTypes refuses what a field cannot hold: arrays and rows stand in one, but
// not within each other, and maps do not.
func checkTypes(fields []types.Field) error {
	for _, f := range fields {
		var inside []types.Type
		switch f.Type.Kind {
		case types.Array:
			inside = []types.Type{*f.Type.Elem}
		case types.Row:
			for _, x := range f.Type.Fields {
				inside = append(inside, x.Type)
			}
		}
		ok := !f.Type.IsNested() || inside != nil
		for _, t := range inside {
			ok = ok && !t.IsNested()
		}
		if !ok {
			return sqlerr.Newf(sqlerr.FeatureNotSupported, "csv: column %s of type %s is not supported", f.Name, f.Type)
		}
	}
	return nil
}
