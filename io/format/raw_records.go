package format

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/weir-engine/weir/core/charset"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

const raw = "raw"

var (
	optCharset    = &option.Definition{Key: "raw.charset", Type: "string", Default: "UTF-8", Text: "charset of text: " + charset.Names}
	optEndianness = &option.Definition{
		Key: "raw.endianness", Type: "enum", Default: "big-endian", Choices: []string{"big-endian", "little-endian"},
		Text: "order of the bytes of numbers",
	}
)

func rawOptions() []*option.Definition { return []*option.Definition{optCharset, optEndianness} }

// byteOrder is one of the two of package binary.
type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// rawRecords are the bytes of a single column's value.
type rawRecords struct {
	order byteOrder
	text  *charset.Charset // nil: UTF-8, whose bytes are the text's own
}

func readRaw(v option.Values) (Records, error) {
	f := rawRecords{order: binary.BigEndian}
	name := v.Text(optCharset)
	set, ok := charset.Of(name)
	if !ok {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "option '%s' cannot be '%s'", optCharset.Key, name).WithHint("it takes one of %s", charset.Names)
	}
	if !charset.IsUTF8(name) {
		f.text = &set
	}
	order, err := v.Enum(optEndianness)
	if order == "little-endian" {
		f.order = binary.LittleEndian
	}
	return f, err
}

// Absent reports a format of one column whose NULL is no record at all, which is
// not an empty one: Decode takes nil for it, and no row with NULL is to be encoded.
func Absent(r Records) bool {
	_, ok := r.(rawRecords)
	return ok
}

// rawWidths are the bytes of values that all have as many.
var rawWidths = map[types.Kind]int{
	types.Boolean: 1, types.TinyInt: 1, types.SmallInt: 2, types.Integer: 4, types.BigInt: 8, types.Float: 4, types.Double: 8,
}

// column is the only one of a schema.
func (f rawRecords) column(schema *types.Schema) (c types.Field, err error) {
	if schema.Len() != 1 {
		var names []string
		for _, field := range schema.Fields {
			names = append(names, "'"+field.Name+"'")
		}
		return c, sqlerr.Newf(sqlerr.InvalidDefinition, "format 'raw' holds one column, not %d: %s", len(names), strings.Join(names, ", ")).
			WithHint("columns of a key stand apart with 'value.fields-include' = 'EXCEPT_KEY'")
	}
	c = schema.Fields[0]
	if rawWidths[c.Type.Kind] == 0 && !c.Type.IsString() && !c.Type.IsBinary() {
		return c, sqlerr.Newf(sqlerr.FeatureNotSupported, "format 'raw' does not hold column '%s' of type %s", c.Name, c.Type.WithNull(true)).
			WithHint("it holds BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, strings and bytes")
	}
	return c, nil
}

func (f rawRecords) Decoder(schema *types.Schema, wanted []int) (Decoder, error) {
	c, err := f.column(schema)
	return &rawDecoder{rawRecords: f, column: c, width: rawWidths[c.Type.Kind], wanted: len(wanted) > 0}, err
}

type rawDecoder struct {
	rawRecords
	column types.Field
	width  int    // 0: any
	wanted bool   // else rows are only counted
	buf    []byte // text of another charset
}

// Decode takes any bytes of text in UTF-8 as they are, as Flink does.
func (d *rawDecoder) Decode(record []byte, b *stream.Builder) error {
	if record == nil && !d.column.Type.Nullable {
		return fmt.Errorf("column '%s' is NOT NULL and has no value", d.column.Name)
	}
	if record != nil && d.width > 0 && len(record) != d.width {
		return sqlerr.Newf(sqlerr.InvalidText, "raw record: column '%s' of type %s has %d bytes, not %d", d.column.Name, d.column.Type.WithNull(true), d.width, len(record))
	}
	if d.wanted {
		d.value(record, b.Column(0))
	}
	b.Advance(1, stream.Insert)
	return nil
}

func (d *rawDecoder) value(record []byte, to *vector.Builder) {
	if record == nil {
		to.AppendNull()
		return
	}
	switch d.column.Type.Kind {
	case types.Boolean:
		to.AppendBool(record[0] != 0)
	case types.TinyInt:
		vector.Append(to, int8(record[0]))
	case types.SmallInt:
		vector.Append(to, int16(d.order.Uint16(record)))
	case types.Integer:
		vector.Append(to, int32(d.order.Uint32(record)))
	case types.BigInt:
		vector.Append(to, int64(d.order.Uint64(record)))
	case types.Float:
		vector.Append(to, math.Float32frombits(d.order.Uint32(record)))
	case types.Double:
		vector.Append(to, math.Float64frombits(d.order.Uint64(record)))
	default:
		if d.text != nil && d.column.Type.IsString() {
			d.buf = d.text.Decode(d.buf[:0], record)
			record = d.buf
		}
		to.AppendBytes(record)
	}
}

func (f rawRecords) Encoder(schema *types.Schema) (Encoder, error) {
	c, err := f.column(schema)
	return rawEncoder{f, c}, err
}

type rawEncoder struct {
	rawRecords
	column types.Field
}

// Append appends the value's bytes; the row must not hold NULL, see Absent.
func (e rawEncoder) Append(dst []byte, b *stream.Batch, r int) ([]byte, error) {
	v := &b.Cols[0]
	if !v.IsValid(r) {
		return dst, fmt.Errorf("raw record: column '%s' is NULL, which has no bytes", e.column.Name)
	}
	base, at := v.Base(), v.Index(r)
	switch e.column.Type.Kind {
	case types.Boolean:
		if base.Bits().Get(at) {
			return append(dst, 1), nil
		}
		return append(dst, 0), nil
	case types.TinyInt:
		return append(dst, byte(vector.Values[int8](base)[at])), nil
	case types.SmallInt:
		return e.order.AppendUint16(dst, uint16(vector.Values[int16](base)[at])), nil
	case types.Integer:
		return e.order.AppendUint32(dst, uint32(vector.Values[int32](base)[at])), nil
	case types.BigInt:
		return e.order.AppendUint64(dst, uint64(vector.Values[int64](base)[at])), nil
	case types.Float:
		return e.order.AppendUint32(dst, math.Float32bits(vector.Values[float32](base)[at])), nil
	case types.Double:
		return e.order.AppendUint64(dst, math.Float64bits(vector.Values[float64](base)[at])), nil
	}
	if e.text != nil && e.column.Type.IsString() {
		return e.text.Encode(dst, v.Bytes(r)), nil
	}
	return append(dst, v.Bytes(r)...), nil
}
