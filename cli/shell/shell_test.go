package shell

import (
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
