package command

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The environment of a child: this test binary as the weir program.
const (
	childVariable = "WEIR_TEST_CHILD"
	limitVariable = "WEIR_TEST_FILE_BYTES" // no file may grow beyond it
)

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		goleak.VerifyTestMain(m)
		return
	}
	if n, err := strconv.ParseUint(os.Getenv(limitVariable), 10, 64); err == nil {
		signal.Ignore(syscall.SIGXFSZ) // the write fails instead
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
			panic(err)
		}
	}
	os.Exit(Main("test", os.Args[1:], OS()))
}

// child is weir in a process of its own, so that it can be killed.
type child struct {
	*exec.Cmd
	out, stderr text
}

// text is written by the child and may be read meanwhile.
type text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (t *text) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.Write(p)
}

func (t *text) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.String()
}

// errors is what the child has said so far on its standard error.
func (c *child) errors() string { return c.stderr.String() }

func newChild(t *testing.T, env []string, args ...string) *child {
	t.Helper()
	binary := os.Getenv("WEIR_BINARY") // as users run it
	if binary == "" || slices.ContainsFunc(env, limits) {
		var err error
		if binary, err = os.Executable(); err != nil {
			t.Fatal(err)
		}
	}
	c := &child{Cmd: exec.CommandContext(t.Context(), binary, args...)}
	c.Env = append(append(os.Environ(), childVariable+"=1"), env...)
	c.Stdout, c.Stderr = &c.out, &c.stderr
	return c
}

// limits tells a variable that only this test binary obeys.
func limits(variable string) bool { return strings.HasPrefix(variable, limitVariable) }

// start starts the child and sees to its end.
func (c *child) start(t *testing.T) {
	t.Helper()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() }) // it is over where all went well
}

// end waits for the child and gives its exit code, or the signal that killed it.
func (c *child) end(t *testing.T) (code int, killed syscall.Signal) {
	t.Helper()
	err := c.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	status, ok := c.ProcessState.Sys().(syscall.WaitStatus)
	if !ok {
		t.Fatalf("no wait status: %T", c.ProcessState.Sys())
	}
	if status.Signaled() {
		return -1, status.Signal()
	}
	return status.ExitStatus(), 0
}

// must runs weir in a child and wants exit 0.
func must(t *testing.T, args ...string) string {
	t.Helper()
	c := newChild(t, nil, args...)
	c.start(t)
	if code, killed := c.end(t); code != 0 {
		t.Fatalf("weir %v: exit %d %v\n%s", args, code, killed, c.stderr.String())
	}
	return c.out.String()
}

// eventually polls until the condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
