package rest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestToken(t *testing.T) {
	c := newCluster(t, func(c *Config) { c.Token = "s3cret" })
	for header, status := range map[string]int{"": 401, "Bearer wrong": 401, "Bearer ": 401, "s3cret": 401, "Basic s3cret": 401, "Bearer s3cret": 200} {
		r := httptest.NewRequest("GET", "/overview", nil)
		r.Header.Set("Authorization", header)
		w := httptest.NewRecorder()
		c.server.ServeHTTP(w, r)
		if w.Code != status || (status == 401) != (w.Header().Get("WWW-Authenticate") != "") {
			t.Errorf("%q: %d %s", header, w.Code, w.Body)
		}
	}
}

func TestOtherOrigins(t *testing.T) {
	c := newCluster(t, func(c *Config) { c.Shutdown = func() {} })
	for _, x := range []struct {
		method, header, value string
		status                int
	}{
		{"DELETE", "Sec-Fetch-Site", "cross-site", 403},
		{"DELETE", "Origin", "https://elsewhere.example", 403},
		{"DELETE", "Sec-Fetch-Site", "same-origin", 200},
		{"DELETE", "User-Agent", "curl", 200},
		{"GET", "Sec-Fetch-Site", "cross-site", 405},
	} {
		r := httptest.NewRequest(x.method, "/cluster", nil)
		r.Header.Set(x.header, x.value)
		w := httptest.NewRecorder()
		c.server.ServeHTTP(w, r)
		if w.Code != x.status {
			t.Errorf("%+v: %d %s", x, w.Code, w.Body)
		}
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	c := newCluster(t, nil)
	status, answer := c.ask("GET", "/jobmanager/config", "")
	if status != 200 || strings.Contains(string(answer), "hidden") || !strings.Contains(string(answer), `{"key":"rest.auth.token","value":"******"}`) {
		t.Errorf("%d %s", status, answer)
	}
}

func TestGatewayIsMounted(t *testing.T) {
	c := newCluster(t, func(c *Config) {
		c.Gateway = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "gateway "+r.URL.Path) })
	})
	for path, want := range map[string]string{"/v1/sessions": "gateway", "/v2/sessions/x/statements": "gateway", "/info": "gateway", "/overview": "taskmanagers", "/v1/overview": "taskmanagers"} {
		if _, answer := c.ask("GET", path, ""); !strings.Contains(string(answer), want) {
			t.Errorf("%s: %s", path, answer)
		}
	}
}

func TestPanicsAreAnswered(t *testing.T) {
	c := newCluster(t, nil)
	c.server.mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("oh") })
	if status, answer := c.ask("GET", "/panic", ""); status != 500 || !strings.Contains(string(answer), `{"errors":["internal server error"]}`) {
		t.Errorf("%d %s", status, answer)
	}
}

// TestRun serves over TLS, answers what is under way when it is told to end, and leaves nothing behind.
func TestRun(t *testing.T) {
	cert, pool := certificate(t)
	c := newCluster(t, func(c *Config) { c.TLS = &tls.Config{Certificates: []tls.Certificate{cert}} })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	slow, entered := make(chan struct{}), make(chan struct{})
	c.server.mux.HandleFunc("GET /slow", func(w http.ResponseWriter, _ *http.Request) { close(entered); <-slow; _, _ = io.WriteString(w, "done") })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.server.Run(ctx, l) }()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	defer client.CloseIdleConnections()
	answer := make(chan string, 1)
	go func() {
		resp, err := client.Get("https://" + l.Addr().String() + "/slow")
		if err != nil {
			answer <- err.Error()
			return
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		answer <- string(b)
	}()
	<-entered
	cancel()
	close(slow)
	if got := <-answer; got != "done" {
		t.Errorf("the request under way got %q", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("it still listens")
	}
}

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}
