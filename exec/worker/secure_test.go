package worker

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/exchange"
)

// authority signs certificates.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, dir: t.TempDir()}
	a.cert, a.key = a.sign("authority", nil)
	return a
}

func (a *authority) trusted() string { return filepath.Join(a.dir, "authority.pem") }

// sign writes a file of a certificate and its key.
func (a *authority) sign(name string, by *authority) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(a.t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		BasicConstraintsValid: true, IsCA: by == nil, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	parent, signer := template, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	must(a.t, err)
	cert, err := x509.ParseCertificate(der)
	must(a.t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(a.t, err)
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	must(a.t, os.WriteFile(filepath.Join(a.dir, name+".pem"), text, 0o600))
	return cert, key
}

func (a *authority) keystore(name string) string {
	a.sign(name, a)
	return filepath.Join(a.dir, name+".pem")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// guests counts who joins.
type guests struct{ joined chan Member }

func (g *guests) Joined(m Member) (JobManager, error) { g.joined <- m; return nil, nil }
func (g *guests) Left(Member, error)                  {}

// TestOnlyTheSignedJoin: certificates of one authority are let in, those of another
// are not, and a connection without any is not.
func TestOnlyTheSignedJoin(t *testing.T) {
	ours, others := newAuthority(t), newAuthority(t)
	here, err := Secure(ours.keystore("jobmanager"), ours.trusted())
	must(t, err)
	g := &guests{joined: make(chan Member, 1)}
	s, err := Serve(ServerConfig{Address: "127.0.0.1:0", Members: g, Interval: time.Second, Timeout: time.Minute, Secure: here, Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	defer s.Close()
	join := func(keystore, truststore string) error {
		c := UplinkConfig{Address: s.Addr(), Registration: Registration{ID: "tm", Slots: 1}, Patience: time.Millisecond, Log: slog.New(slog.DiscardHandler)}
		if keystore != "" {
			var err error
			c.Secure, err = Secure(keystore, truststore)
			must(t, err)
		}
		u := NewUplink(c)
		m, err := NewManager(Config{Memory: memory.NewManager(1 << 20), SpillDir: t.TempDir(), Jobs: u, Secure: c.Secure})
		must(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- u.Run(ctx, m) }()
		select {
		case <-g.joined:
			err = nil
		case err = <-done:
			done <- nil
		}
		cancel()
		return errors.Join(err, <-done, m.Close())
	}
	if err := join(ours.keystore("taskmanager"), ours.trusted()); err != nil {
		t.Errorf("one of ours: %v", err)
	}
	if err := join(others.keystore("taskmanager"), ours.trusted()); err == nil {
		t.Error("one that others have signed has joined")
	}
	if err := join(ours.keystore("taskmanager"), others.trusted()); err == nil {
		t.Error("one has joined that does not trust the job manager")
	}
	if err := join("", ""); err == nil {
		t.Error("one without a certificate has joined")
	}
	if _, err := Secure(filepath.Join(ours.dir, "none"), ours.trusted()); err == nil {
		t.Error("a keystore that is not there is no error")
	}
}

// TestChannelsAreSecure: the data network asks for the same certificates.
func TestChannelsAreSecure(t *testing.T) {
	ours := newAuthority(t)
	secure, err := Secure(ours.keystore("one"), ours.trusted())
	must(t, err)
	n, err := exchange.Listen("127.0.0.1:0", secure, nil)
	must(t, err)
	plain, err := exchange.Listen("127.0.0.1:0", nil, nil)
	must(t, err)
	link, err := n.Dial(n.Addr())
	must(t, err)
	came := make(chan struct{}, 1)
	fail := func(err error) { t.Log(err) } // when the network closes
	q := n.Expect("c", nil, 1, func() { came <- struct{}{} }, fail)
	p := link.Port("c", 1, func() {}, fail)
	p.Open()
	p.Send(exchange.Element{Kind: stream.ElemWatermark, Watermark: 7})
	<-came
	if e, ok := q.Pop(); !ok || e.Watermark != 7 {
		t.Errorf("%+v", e)
	}
	if _, err := plain.Dial(n.Addr()); err == nil {
		t.Error("a plain connection is taken")
	}
	must(t, errors.Join(n.Close(), plain.Close()))
}
