package command

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// service is a child that serves until it is told to end.
type service struct {
	*child
	url string

	mu  sync.Mutex
	log strings.Builder
	end sync.WaitGroup
}

var urlLogged = regexp.MustCompile(`url"?[=:]"?(https?://[0-9.:]+)`)

// startService starts a child and waits until it says where it listens.
func startService(t *testing.T, c *child) *service {
	t.Helper()
	s := &service{child: c}
	c.Stderr = nil
	pipe, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.start(t)
	found := make(chan string, 1)
	s.end.Go(func() {
		for lines := bufio.NewScanner(pipe); lines.Scan(); {
			s.mu.Lock()
			s.log.WriteString(lines.Text() + "\n")
			s.mu.Unlock()
			if m := urlLogged.FindStringSubmatch(lines.Text()); m != nil && len(found) == 0 {
				found <- m[1]
			}
		}
		close(found)
	})
	url, ok := <-found
	if !ok {
		t.Fatalf("it does not listen:\n%s", s.logged())
	}
	s.url = url
	return s
}

func (s *service) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// over waits for the end of the child.
func (s *service) over(t *testing.T) (code int) {
	t.Helper()
	s.end.Wait() // the pipe is read to its end before Wait closes it
	code, killed := s.child.end(t)
	if killed != 0 {
		t.Errorf("killed by %v", killed)
	}
	return code
}

func TestCluster(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sql, err := os.ReadFile("../../docs/examples/clicks.sql")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "clicks.sql")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(sql), "out/", dir+"/out/")), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startService(t, newChild(t, []string{tokenVariable + "=secret"}, "cluster", "--rest-address", "127.0.0.1:0", "--memory", "256MiB", "--log-format", "json", "--slots", "4", "-p", "2"))
	to := []string{"--target", s.url, "--token", "secret"}
	do := func(want int, args ...string) string {
		t.Helper()
		code, out, stderr := weir("", append(args, to...)...)
		if code != want {
			t.Fatalf("weir %v: exit %d\n%s%s\n%s", args, code, out, stderr, s.logged())
		}
		return out + stderr
	}
	if code, _, stderr := weir("", "job", "list", "--target", s.url, "--token", "wrong"); code != 1 || !strings.Contains(stderr, "token") {
		t.Errorf("exit %d %s", code, stderr)
	}
	do(0, "run", file, "--detached")
	eventually(t, "a checkpoint", func() bool {
		return strings.Contains(do(0, "job", "doctor", "clicks"), "completed, 0 failed")
	})
	var list struct {
		Jobs []struct{ JID, Name, State string }
	}
	if err := json.Unmarshal([]byte(do(0, "job", "list", "--running", "--format", "json")), &list); err != nil || len(list.Jobs) != 1 || list.Jobs[0].Name != "clicks" {
		t.Fatalf("%v %+v", err, list)
	}
	id := list.Jobs[0].JID
	for _, x := range []struct {
		exit int
		says string
		args []string
	}{
		{0, "RUNNING", []string{"job", "list"}},
		{0, "Source: clicks[1]", []string{"job", "show", id[:20]}},
		{0, "held by split ", []string{"job", "doctor", id}},
		{0, "the busiest vertex", []string{"job", "doctor"}},
		{0, dir + "/other/savepoint-" + id[:6], []string{"job", "savepoint", "clicks", dir + "/other"}},
		{0, "runs at parallelism 4", []string{"job", "rescale", "clicks", "4"}},
		{0, "RUNNING  4 ", []string{"job", "show", "clicks"}},
		{1, "0 are free", []string{"job", "rescale", "clicks", "5"}},
		{1, "1 to 128", []string{"job", "rescale", "clicks", "129"}},
		{2, "number", []string{"job", "rescale", "clicks", "x"}},
		{1, "no job 'nobody'", []string{"job", "show", "nobody"}},
		{1, "there is no checkpoint at", []string{"job", "savepoint", "--dispose", dir + "/out/checkpoints"}},
		{0, dir + "/out/savepoints/savepoint-" + id[:6], []string{"job", "stop", "clicks"}},
		{0, "FINISHED", []string{"job", "list"}},
		{1, "terminal state", []string{"job", "cancel", "clicks"}},
	} {
		if out := do(x.exit, x.args...); !strings.Contains(out, x.says) {
			t.Errorf("weir %v says\n%s", x.args, out)
		}
	}
	// A job that runs when the cluster ends is stopped in order, and goes on from there.
	do(0, "run", file, "--detached")
	eventually(t, "a checkpoint", func() bool {
		return strings.Contains(do(0, "job", "doctor"), "completed, 0 failed")
	})
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := s.over(t); code != 0 || !strings.Contains(s.logged(), "stopped behind checkpoint ") || !strings.Contains(s.logged(), "savepoint "+dir+"/out/savepoints/savepoint-") {
		t.Errorf("exit %d\n%s", code, s.logged())
	}
	if !json.Valid([]byte(firstLine(s.logged()))) {
		t.Errorf("not JSON: %s", firstLine(s.logged()))
	}
}

func TestClusterIsEndedByAClient(t *testing.T) {
	t.Parallel()
	s := startService(t, newChild(t, nil, "cluster", "--rest-address", "127.0.0.1:0", "--memory", "256MiB"))
	r, err := http.NewRequestWithContext(t.Context(), "DELETE", s.url+"/cluster", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if resp.StatusCode != 200 {
		t.Error(resp.Status)
	}
	if code := s.over(t); code != 0 {
		t.Errorf("exit %d\n%s", code, s.logged())
	}
}

func TestClusterRefusals(t *testing.T) {
	for _, x := range []struct {
		exit int
		says string
		args []string
	}{
		{2, "--log-level", []string{"--log-level", "loud"}},
		{2, "--log-format", []string{"--log-format", "xml"}},
		{2, "slot", []string{"--slots", "-1"}},
		{1, "rest.port", []string{"-D", "rest.port=http"}},
		{1, "unknown option 'rest.prot'", []string{"-D", "rest.prot=1"}},
		{1, "parallelism.default", []string{"-D", "parallelism.default=many"}},
		{1, "needs 'security.ssl.rest.keystore'", []string{"-D", "security.ssl.rest.enabled=true"}},
		{1, "cannot be read", []string{"-D", "security.ssl.rest.enabled=true", "-D", "security.ssl.rest.keystore=nowhere.pem"}},
		{1, "listen for REST", []string{"--rest-address", "300.0.0.1:1"}},
	} {
		code, out, stderr := weir("", append([]string{"cluster", "--memory", "256MiB"}, x.args...)...)
		if code != x.exit || out != "" || !strings.Contains(stderr, x.says) {
			t.Errorf("%v: exit %d %s%s", x.args, code, out, stderr)
		}
	}
}

func TestJobManagerServesREST(t *testing.T) {
	t.Parallel()
	s := startService(t, newChild(t, nil, "jobmanager", "--rest-address", "127.0.0.1:0", "--rpc-address", "127.0.0.1:0", "-D", "slot.request.timeout=50ms"))
	if code, out, stderr := weir("", "job", "list", "--target", s.url); code != 0 || !strings.HasPrefix(out, "JOB ") {
		t.Errorf("exit %d %s%s", code, out, stderr)
	}
	if code, out, stderr := weir("", "sql", "-e", "SELECT 1 AS x", "--target", s.url, "-D", "execution.runtime-mode=batch", "-D", "parallelism.default=1"); code == 0 || !strings.Contains(stderr, "no task manager") {
		t.Errorf("exit %d %s%s", code, out, stderr)
	}
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := s.over(t); code != 0 {
		t.Errorf("exit %d\n%s", code, s.logged())
	}
}
