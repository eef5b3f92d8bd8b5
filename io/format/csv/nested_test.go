package csv_test

import (
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/format/csv"
)

// TestNested: arrays and rows stand in one field; a part that is empty is NULL
// unless it is a string, as the reference engine reads what it wrote.
func TestNested(t *testing.T) {
	pair := types.RowType(types.Field{Name: "n", Type: types.IntType}, types.Field{Name: "s", Type: types.StringType})
	schema := types.NewSchema(types.Field{Name: "a", Type: types.ArrayType(types.StringType)}, types.Field{Name: "n", Type: types.ArrayType(types.IntType)}, types.Field{Name: "r", Type: pair})
	for _, c := range []struct {
		options    option.Values
		text, want string // JSON of each column, or a part of the error
	}{
		{text: "a;b;,1;2,1;x\n", want: `["a","b",""] [1,2] {"n":1,"s":"x"}`},
		{text: ",,\n", want: `[] [] null`},
		{text: ";,;5,;\"z,w\"\n", want: "4 fields"},
		{text: ";,;5,\";z,w\"\n", want: `["",""] [null,5] {"n":null,"s":"z,w"}`},
		{options: option.Values{"csv.array-element-delimiter": "|"}, text: "a;b|c,7,1|\n", want: `["a;b","c"] [7] {"n":1,"s":""}`},
		{options: option.Values{"csv.null-literal": "-"}, text: "x;-,-,-;-\n", want: `["x",null] null {"n":null,"s":null}`},
		{text: "a,1,5\n", want: "2 fields"},
		{text: "a,1;x,1;y\n", want: "INT"},
	} {
		s, err := csv.Read(c.options)
		if err != nil {
			t.Fatal(err)
		}
		d, err := csv.NewDecoder(schema, nil, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		b := stream.NewBuilder(schema.Types())
		if _, err = d.Next([]byte(c.text), true, b); err != nil {
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%q: got %v, want %s", c.text, err, c.want)
			}
			continue
		}
		batch := b.Finish()
		var got []string
		for i, f := range schema.Fields {
			if !batch.Cols[i].IsValid(0) {
				got = append(got, "null")
				continue
			}
			got = append(got, string(kernel.AppendJSON(nil, f.Type, &batch.Cols[i], 0, nil)))
		}
		if line := strings.Join(got, " "); line != c.want {
			t.Errorf("%q: got %s, want %s", c.text, line, c.want)
		}
		e, err := csv.NewEncoder(schema, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		out, err := e.Append(nil, batch, 0)
		if err != nil || string(out) != c.text {
			t.Errorf("%q is written back as %q, %v", c.text, out, err)
		}
	}
}

// TestNestedRefused: what does not fit into a field is refused before anything is read or written.
func TestNestedRefused(t *testing.T) {
	for _, typ := range []types.Type{
		types.MapType(types.StringType, types.IntType), types.ArrayType(types.ArrayType(types.IntType)),
		types.RowType(types.Field{Name: "x", Type: types.ArrayType(types.IntType)}),
	} {
		schema := types.NewSchema(types.Field{Name: "column", Type: typ})
		if _, err := csv.NewEncoder(schema, csv.Settings{}, nil); err == nil || !strings.Contains(err.Error(), "column column") {
			t.Errorf("written %s: got %v", typ, err)
		}
		if _, err := csv.NewDecoder(schema, nil, csv.Settings{}, nil); err == nil || !strings.Contains(err.Error(), "column column") {
			t.Errorf("read %s: got %v", typ, err)
		}
	}
}
