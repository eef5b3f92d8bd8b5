package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestReadme runs every command of the README as it is typed there.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Parallel() // the job keeps to a clock
	dir := likeRoot(t)
	n := 0
	var cluster *service
	for line := range strings.SplitSeq(string(text), "\n") {
		if !strings.HasPrefix(line, "bin/weir ") {
			continue
		}
		n++
		if strings.HasPrefix(line, "bin/weir cluster ") {
			c := commandIn(t, dir, line+" --rest-address 127.0.0.1:0", nil) // 8081 may be taken
			cluster = startService(t, c)
			continue
		}
		t.Run(line, func(t *testing.T) {
			if strings.HasPrefix(line, "bin/weir job ") {
				line += " --target " + cluster.url
			}
			if cluster != nil {
				line = strings.Replace(line, "http://127.0.0.1:8081", cluster.url, 1)
			}
			if strings.Contains(line, "--restore latest") {
				killedAndResumed(t, dir, line)
				return
			}
			// All programs take a minute, and have a test of their own.
			line := strings.Replace(line, "test testdata/sql", "test testdata/sql/type/logic.slt", 1)
			if out := typed(t, dir, line, nil); out == "" {
				t.Error("it says nothing")
			}
		})
	}
	if err := cluster.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := cluster.over(t); code != 0 {
		t.Errorf("the cluster: exit %d\n%s", code, cluster.logged())
	}
	if n < 8 {
		t.Errorf("the README has %d commands", n)
	}
}

// likeRoot is a folder that looks like the root of the repository after make build.
func likeRoot(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"docs", "testdata", "benchmarks"} {
		target, err := filepath.Abs("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(binary, filepath.Join(dir, "bin", "weir")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func inShell(t *testing.T, dir, line string, env []string) *child {
	t.Helper()
	c := commandIn(t, dir, line, env)
	c.start(t)
	return c
}

// commandIn is a line as a shell takes it, in a folder.
func commandIn(t *testing.T, dir, line string, env []string) *child {
	t.Helper()
	c := &child{Cmd: exec.CommandContext(t.Context(), "sh", "-c", "exec "+line)}
	c.Dir, c.Stdout, c.Stderr = dir, &c.out, &c.stderr
	c.Env = append(append(os.Environ(), childVariable+"=1"), env...)
	return c
}

// typed runs a line and gives its output.
func typed(t *testing.T, dir, line string, env []string) string {
	t.Helper()
	c := inShell(t, dir, line, env)
	if code, killed := c.end(t); code != 0 {
		t.Fatalf("exit %d %v\n%s", code, killed, c.stderr.String())
	}
	return c.out.String()
}

// killedAndResumed kills the README's job, goes on by the same command, and runs it once more.
func killedAndResumed(t *testing.T, dir, line string) {
	c := inShell(t, dir, line, nil)
	eventually(t, "rows", func() bool {
		files, _ := filepath.Glob(filepath.Join(dir, "out/counts/*.parquet"))
		return len(files) > 0
	})
	if err := c.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if _, killed := c.end(t); killed != syscall.SIGKILL {
		t.Fatalf("the job ended before it could be killed\n%s", c.stderr.String())
	}
	for range 2 {
		c := inShell(t, dir, line, nil)
		if code, _ := c.end(t); code != 0 || !strings.Contains(c.stderr.String(), "starting from checkpoint ") {
			t.Fatalf("exit %d\n%s", code, c.stderr.String())
		}
		// 46 of 50 events are bids; a window and auction come once.
		got := typed(t, dir, `bin/weir sql --quiet -e "SELECT SUM(bids) AS bids, COUNT(*) - COUNT(DISTINCT auction * 100 + SECOND(window_start)) AS twice FROM 'out/counts/*.parquet'"`, nil)
		if got != "bids,twice\n276000,0\n" {
			t.Fatalf("got %s", got)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "out/counts/.*")); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}
