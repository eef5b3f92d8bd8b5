package command

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// keyboard stands for a person at a terminal.
type keyboard []string

func (t *keyboard) Read() (string, error) {
	if len(*t) == 0 {
		return "", io.EOF
	}
	text := (*t)[0]
	*t = (*t)[1:]
	return text, nil
}

func TestShell(t *testing.T) {
	var out, stderr bytes.Buffer
	entries := keyboard{
		"CREATE VIEW v AS SELECT 1 AS a;", "SELECT a FROM nosuch;", "SELECT a FROM v; SELECT a + 1 AS b FROM v;", "SET 'table.local-time-zone' = 'UTC';",
		"", `\f json`, `\d v`, `\nonsense`, "help", "exit;", "SELECT 'not reached';",
	}
	a := &app{streams: Streams{Out: &out, Err: &stderr, InTerm: true}, version: "test", quiet: true, interrupts: &interrupts{out: &stderr}, entries: &entries}
	root := a.root()
	root.SetArgs([]string{"sql", "--format", "csv"})
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	got := out.String()
	if !strings.HasPrefix(got, "a\n1\n\nb\n2\n{\"name\":\"a\",\"type\":\"INT\"") || !strings.HasSuffix(got, shellHelp+"\n") || len(entries) != 1 {
		t.Errorf("out:\n%s\nleft: %q", got, entries)
	}
	if text := stderr.String(); !strings.HasPrefix(text, "error[42P01] table `nosuch` does not exist") || !strings.Contains(text, `no command \nonsense`) {
		t.Errorf("stderr:\n%s", text)
	}
}

// TestInterruptEndsTheInnermostScope: a signal ends the statement, the next one the shell's own scope.
func TestInterruptEndsTheInnermostScope(t *testing.T) {
	var told bytes.Buffer
	i := &interrupts{out: &told}
	outer, leaveOuter := i.scope(t.Context())
	defer leaveOuter()
	for range 2 {
		inner, leave := i.scope(outer)
		i.signalled()
		if inner.Err() == nil || outer.Err() != nil {
			t.Fatalf("inner %v, outer %v", inner.Err(), outer.Err())
		}
		leave()
	}
	if i.signalled(); outer.Err() == nil {
		t.Error("outside of a statement the signal is lost")
	}
	if strings.Count(told.String(), "stopping") != 3 {
		t.Errorf("told %q", told.String())
	}
}
