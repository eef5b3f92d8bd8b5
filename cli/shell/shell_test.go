package shell

import (
	"regexp"
	"slices"
	"testing"
)

func TestComplete(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
	}{
		{"", true},
		{"  \n", true},
		{"-- a comment", true},
		{"quit", true},
		{" Exit ;", true},
		{"help", true},
		{`\d orders`, true},
		{"SELECT 1", false},
		{"SELECT 1;", true},
		{"SELECT ';'", false},
		{"SELECT ';\n", false},
		{"SELECT 1; SELECT", false},
		{"SELECT 1; SELECT 2; -- done", true},
		{"EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1;", false},
		{"EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1; END;", true},
	} {
		if got := Complete(c.text); got != c.want {
			t.Errorf("Complete(%q) = %v", c.text, got)
		}
	}
}

func TestCompletion(t *testing.T) {
	names := []string{"orders", "order_lines", "ORD"}
	for _, c := range []struct {
		before string
		want   []string
	}{
		{"SELECT * FROM ord", []string{"ORD", "ORDER", "order_lines", "orders"}},
		{"SELECT * FROM order_l", []string{"order_lines"}},
		{"SELECT ", nil},
		{"WHERE a=bet", []string{"BETWEEN"}},
	} {
		if got := Candidates([]rune(c.before), names); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.before, got, c.want)
		}
	}
}

func TestCommands(t *testing.T) {
	for text, want := range map[string]Command{
		`\q`:             {Kind: Quit},
		`\d`:             {Run, "SHOW TABLES;"},
		`\d db.my table`: {Run, "DESCRIBE `db`.`my table`;"},
		`\df json`:       {Run, "SHOW FUNCTIONS ILIKE '%json%';"},
		`\i a b.sql`:     {Include, "a b.sql"},
		`\f json`:        {Format, "json"},
		`\f`:             {Unknown, `\f`},
		`\nonsense x`:    {Unknown, `\nonsense`},
		"exit;":          {Kind: Quit},
		"SELECT 1":       {},
	} {
		if got := CommandOf(text); got != want {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
}

// TestHighlightKeepsTheText: without its colours a line is what was typed, also while it is unfinished.
func TestHighlightKeepsTheText(t *testing.T) {
	colours := regexp.MustCompile("\x1b\\[[0-9;]*m")
	for _, line := range []string{
		"", "SELECT a, 'x''y', 1.5e3 FROM `t b` -- end", "select 'open", "/* open", "SELECT /*+ OPTIONS('a'='b') */ ü <> \"x\"", "x'0a' x'", "1 +\n  2 -- c\n",
	} {
		if got := colours.ReplaceAllString(Highlight([]rune(line)), ""); got != line {
			t.Errorf("%q became %q", line, got)
		}
	}
	if got := Highlight([]rune("SELECT 'a'")); got != keywordColour+"SELECT"+plain+" "+stringColour+"'a'"+plain {
		t.Errorf("%q", got)
	}
}
