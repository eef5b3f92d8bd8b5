package profile

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestNothingIsOnByItself(t *testing.T) {
	p, err := Start(Config{})
	if err != nil || len(p.ends) != 0 {
		t.Errorf("%d parts started, %v", len(p.ends), err)
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cpu.pprof")
	p, err := Start(Config{File: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(path); err != nil || !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		t.Errorf("not a packed profile: %d bytes, %v", len(data), err)
	}
}

func TestServe(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if _, err := Start(Config{Address: ":" + port}); err == nil {
		t.Error("an address in use is no error")
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	p, err := Start(Config{Address: ":" + port})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.Get("http://127.0.0.1:" + port + "/debug/pprof/goroutine?debug=1")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || !strings.Contains(string(body), "goroutine profile") {
		t.Errorf("%.200s, %v", body, err)
	}
	r.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
}

func TestPush(t *testing.T) {
	var mu sync.Mutex
	var names []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		names = append(names, r.URL.Query().Get("name"))
	}))
	defer server.Close()
	p, err := Start(Config{Pyroscope: server.URL, Version: "v1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(); err != nil { // sends what there is
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(names) == 0 || !strings.HasPrefix(names[0], "weir") || !strings.Contains(names[0], "version=v1") {
		t.Errorf("pushed %q", names)
	}
}
