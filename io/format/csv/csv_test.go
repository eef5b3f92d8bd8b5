package csv_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/format/csv"
)

func split(t *testing.T, s csv.Settings, text string) ([]string, error) {
	t.Helper()
	p := csv.NewSplitter(s)
	var out []string
	for data := []byte(text); len(data) > 0; {
		// A record that is cut off anywhere must ask for more, or end as it does whole.
		n, err := p.Next(data, true)
		if err != nil {
			return out, err
		}
		for cut := range n {
			if k, _ := p.Next(data[:cut], false); k != 0 {
				t.Fatalf("%q: %d of its first %d bytes were taken", data, k, cut)
			}
		}
		if _, err := p.Next(data, true); err != nil {
			return out, err
		}
		var fields []string
		for _, f := range p.Fields {
			fields = append(fields, string(f.Text))
		}
		out = append(out, strings.Join(fields, "|"))
		data = data[n:]
	}
	return out, nil
}

func TestSplit(t *testing.T) {
	plain := csv.Settings{Delimiter: ',', Quote: '"'}
	for _, tc := range []struct {
		name, text string
		s          csv.Settings
		want       []string
	}{
		{"lines", "a,b\r\nc,\n\nlast", plain, []string{"a|b", "c|", "", "last"}},
		{"quotes", "\"a,\"\"x\"\"\",b\n\"two\r\nlines\",\"\"\r\n", plain, []string{`a,"x"|b`, "two\r\nlines|"}},
		{"quote within a field", "5\" wide,x\n", plain, []string{`5" wide|x`}},
		{"no quotes", "\"a,b\"\n", csv.Settings{Delimiter: ','}, []string{`"a|b"`}},
		{"escapes", "a\\,b,c\n", csv.Settings{Delimiter: ',', Quote: '"', Escape: '\\'}, []string{"a,b|c"}},
		{"comments", "#x,y\na;b\n", csv.Settings{Delimiter: ';', Quote: '"', Comments: true}, []string{"", "a|b"}},
	} {
		got, err := split(t, tc.s, tc.text)
		if err != nil || strings.Join(got, "\n") != strings.Join(tc.want, "\n") {
			t.Errorf("%s: got %q, %v, want %q", tc.name, got, err, tc.want)
		}
	}
	for _, bad := range []string{"\"open", "\"a\"b,c\n"} {
		if got, err := split(t, plain, bad); err == nil {
			t.Errorf("%q was taken as %q", bad, got)
		}
	}
}

var schema = types.NewSchema(
	types.Field{Name: "i", Type: types.IntType},
	types.Field{Name: "s", Type: types.StringType},
	types.Field{Name: "d", Type: types.DecimalType(8, 2)},
	types.Field{Name: "a", Type: types.ArrayType(types.IntType)},
)

func decode(t *testing.T, v option.Values, text string) (string, int64, error) {
	t.Helper()
	s, err := csv.Read(v)
	if err != nil {
		t.Fatal(err)
	}
	d, err := csv.NewDecoder(schema, nil, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := stream.NewBuilder(schema.Types())
	var failed error
	for data := []byte(text); len(data) > 0; {
		n, err := d.Next(data, true, b)
		if err != nil {
			failed = err
		}
		data = data[n:]
	}
	e, err := csv.NewEncoder(schema, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	batch := b.Finish()
	var out []byte
	for i := range batch.Rows {
		if out, err = e.Append(out, batch, i); err != nil {
			t.Fatal(err)
		}
	}
	return string(out), d.Skipped(), failed
}

func TestDecode(t *testing.T) {
	text := "1,\"a,b\",1.50,1;2;3\n-7,\"\",0.10,\n"
	if got, _, err := decode(t, option.Values{}, text); err != nil || got != text {
		t.Errorf("got %q, %v, want %q", got, err, text)
	}
	nulls := "1,NULL,NULL,NULL\n"
	if got, _, err := decode(t, option.Values{"csv.null-literal": "NULL"}, nulls); err != nil || got != nulls {
		t.Errorf("got %q, %v", got, err)
	}
	bad := "1,a,1.00,1\nx,b,2.00,2\n3,c\n4,d,4.00,4,5\n5,e,5.00,5\n"
	if got, _, err := decode(t, option.Values{}, bad); err == nil || !strings.HasPrefix(got, "1,a") || !strings.HasSuffix(got, "5,e,5.00,5\n") {
		t.Errorf("got %q, %v", got, err)
	}
	got, skipped, err := decode(t, option.Values{"csv.ignore-parse-errors": "true"}, bad)
	if want := "1,a,1.00,1\n,b,2.00,2\n5,e,5.00,5\n"; err != nil || got != want || skipped != 2 {
		t.Errorf("got %q, skipped %d, %v, want %q", got, skipped, err, want)
	}
}

func FuzzSplit(f *testing.F) {
	f.Add([]byte("a,\"b\"\"\",c\r\n"), true)
	f.Fuzz(func(t *testing.T, data []byte, end bool) {
		p := csv.NewSplitter(csv.Settings{Delimiter: ',', Quote: '"', Escape: '\\'})
		for len(data) > 0 {
			n, _ := p.Next(data, end)
			if n == 0 && !end {
				return
			}
			if n <= 0 || n > len(data) {
				t.Fatalf("took %d of %d bytes", n, len(data))
			}
			data = data[n:]
		}
	})
}

// TestReadingOptions has Flink's answers.
func TestReadingOptions(t *testing.T) {
	const spaced = "1, x ,2\n2,,3\n3,\"\",\" 4 \"\n4, \" y \",5\n"
	for name, c := range map[string]struct {
		text string
		set  func(*csv.Settings)
		want string
	}{
		"trimmed":        {spaced, func(s *csv.Settings) { s.Trim = true }, "1|[x]|2;2|[]|3;3|[]|4;4|[ y ]|5;"},
		"empty is NULL":  {spaced, func(s *csv.Settings) { s.Trim, s.EmptyIsNull = true, true }, "1|[x]|2;2|NULL|3;3|NULL|4;4|[ y ]|5;"},
		"trailing":       {"1,a,2,9,8\n", func(s *csv.Settings) { s.IgnoreTrailing = true }, "1|[a]|2;"},
		"too many":       {"1,a,2,9\n", func(*csv.Settings) {}, "error"},
		"trailing comma": {"1,a,2,\n", func(*csv.Settings) {}, "1|[a]|2;"},
		"no such comma":  {"1,a,2,\n", func(s *csv.Settings) { s.TrailingDelimiter = false }, "error"},
		"too few":        {"1,a\n", func(*csv.Settings) {}, "error"},
	} {
		s, err := csv.Read(option.Values{})
		if err != nil {
			t.Fatal(err)
		}
		c.set(&s)
		schema := &types.Schema{Fields: []types.Field{{Name: "i", Type: types.IntType}, {Name: "s", Type: types.StringType}, {Name: "j", Type: types.IntType}}}
		d, err := csv.NewDecoder(schema, nil, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		b := stream.NewBuilder(schema.Types())
		got := ""
		for data := []byte(c.text); len(data) > 0; {
			n, err := d.Next(data, true, b)
			if err != nil {
				got = "error"
				break
			}
			data = data[n:]
		}
		if batch := b.Finish(); got == "" {
			for r := range batch.Rows {
				text := "NULL"
				if v := batch.Cols[1].ValueAt(r); !v.Null {
					text = "[" + string(v.B) + "]"
				}
				got += fmt.Sprintf("%d|%s|%d;", batch.Cols[0].ValueAt(r).I, text, batch.Cols[2].ValueAt(r).I)
			}
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
