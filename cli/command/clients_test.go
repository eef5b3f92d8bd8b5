package command

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestClientsPage types what docs/clients.md says: weir's lines, and curl's as one script.
func TestClientsPage(t *testing.T) {
	text, err := os.ReadFile("../../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := likeRoot(t)
	c := startService(t, commandIn(t, dir, "bin/weir cluster --rest-address 127.0.0.1:0", nil))
	typedHere := func(line string) string { return strings.ReplaceAll(line, "http://127.0.0.1:8081", c.url) }
	n := 0
	for line := range strings.SplitSeq(string(text), "\n") {
		if strings.HasPrefix(line, "bin/weir ") && strings.Contains(line, "--target") && !strings.Contains(line, "# ") {
			n++
			if out := typed(t, dir, typedHere(line), nil); out == "" {
				t.Errorf("%s: it says nothing", line)
			}
		}
	}
	if n != 3 {
		t.Errorf("%d lines of weir", n)
	}
	if _, err := exec.LookPath("curl"); err == nil {
		_, script, _ := strings.Cut(string(text), "## curl\n\n```\n")
		script, _, _ = strings.Cut(script, "```")
		out, err := exec.CommandContext(t.Context(), "bash", "-euc", typedHere(script)).CombinedOutput()
		if want := `"data":[{"kind":"INSERT","fields":[2]}]}`; err != nil || !strings.Contains(string(out), want) || !strings.HasSuffix(string(out), `{"status":"CLOSED"}`) {
			t.Errorf("curl: %v\n%s", err, out)
		}
	}
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := c.over(t); code != 0 {
		t.Errorf("the cluster: exit %d\n%s", code, c.logged())
	}
}
