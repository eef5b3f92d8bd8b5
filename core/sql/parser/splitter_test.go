package parser

import (
	"slices"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/sql/ast"
)

func TestSplitter(t *testing.T) {
	tests := []struct {
		name, script string
		want         []string
		rest         string
	}{
		{"empty", "", nil, ""},
		{"only comments", " -- a;\n /* b; */ ", nil, ""},
		{"two", "SELECT 1; SELECT 2;", []string{"SELECT 1", "SELECT 2"}, ""},
		{"no semicolon", "SELECT 1; SELECT 2", []string{"SELECT 1"}, "SELECT 2"},
		{"empty statements", ";; SELECT 1;; ;", []string{"SELECT 1"}, ""},
		{"strings", "SELECT ';', `;`, 'it''s;' -- ;\n, 2; SELECT 3;", []string{"SELECT ';', `;`, 'it''s;' -- ;\n, 2", "SELECT 3"}, ""},
		{"open string", "SELECT 'a; b", nil, "SELECT 'a; b"},
		{
			"set", "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END; SELECT 3;",
			[]string{"EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END", "SELECT 3"},
			"",
		},
		{
			"begin", "begin statement set; insert into a select case when b then 1 end; end; SELECT 3;",
			[]string{"begin statement set; insert into a select case when b then 1 end; end", "SELECT 3"},
			"",
		},
		{"explain set", "EXPLAIN STATEMENT SET BEGIN INSERT INTO a SELECT 1; END;", []string{"EXPLAIN STATEMENT SET BEGIN INSERT INTO a SELECT 1; END"}, ""},
		{"open set", "BEGIN STATEMENT SET; INSERT INTO a SELECT 1;", nil, "BEGIN STATEMENT SET; INSERT INTO a SELECT 1;"},
		{"no SQL", "# ? \"; SELECT 1;", []string{`# ? "`, "SELECT 1"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// Whole, and byte by byte as it might come from a pipe.
			for _, step := range []int{len(tt.script) + 1, 1} {
				s := NewSplitter("")
				var got []string
				for text := tt.script; ; {
					n := min(step, len(text))
					s.Write(text[:n])
					text = text[n:]
					for piece, ok := s.Next(); ok; piece, ok = s.Next() {
						got = append(got, piece.Text)
						if at := tt.script[piece.Pos.Offset:]; !strings.HasPrefix(at, piece.Text) {
							t.Errorf("step %d: %q is not at offset %d", step, piece.Text, piece.Pos.Offset)
						}
						if c := tt.script[piece.End.Offset-1]; c != ';' {
							t.Errorf("step %d: %q ends at %q", step, piece.Text, c)
						}
					}
					if text == "" {
						break
					}
				}
				if !slices.Equal(got, tt.want) {
					t.Errorf("step %d: want %q, got %q", step, tt.want, got)
				}
				if pending := s.Pending(); pending != (tt.rest != "") {
					t.Errorf("step %d: pending is %v", step, pending)
				}
				if rest, ok := s.Rest(); ok != (tt.rest != "") || rest.Text != strings.TrimSuffix(tt.rest, " ") {
					t.Errorf("step %d: want the rest %q, got %q", step, tt.rest, rest.Text)
				}
			}
		})
	}
}

// TestSplitterPositions checks that places are those of the script when its text
// comes in parts.
func TestSplitterPositions(t *testing.T) {
	s := NewSplitter("SELECT 1;\n")
	s.Next()
	s.Write("  SELECT é,\n b;")
	piece, ok := s.Next()
	if !ok {
		t.Fatal("want a second statement")
	}
	stmt, err := piece.Parse()
	if err != nil {
		t.Fatal(err)
	}
	b := stmt.(*ast.Query).Body.(*ast.Select).Items[1].Pos()
	if b.Offset != 24 || b.Line != 3 || b.Column != 2 {
		t.Errorf("want b at offset 24, line 3, column 2, got %+v", b)
	}
}

func TestParseScript(t *testing.T) {
	stmts, err := ParseScript("SELECT 1; SELECT 2 FROM; SELECT 3")
	if len(stmts) != 1 || err == nil {
		t.Errorf("want one statement and an error, got %d and %v", len(stmts), err)
	}
	stmts, err = ParseScript("SET a = b; SELECT 1 -- the last one needs no semicolon")
	if len(stmts) != 2 || err != nil {
		t.Errorf("want two statements, got %d and %v", len(stmts), err)
	}
}
