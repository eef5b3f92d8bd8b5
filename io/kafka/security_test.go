package kafka

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/weir-engine/weir/core/option"
)

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  string
}

// sign makes a certificate, signed by the authority or, without one, by itself.
func (a *authority) sign(t *testing.T, template *x509.Certificate) (chain, key []byte, signed *authority) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber, template.Subject = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: "weir"}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent := template
	signer := private
	if a != nil {
		parent, signer = a.cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &private.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	text, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	chain = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	key = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: text})
	return chain, key, &authority{cert: cert, key: private, pem: string(chain)}
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	_, _, a := (*authority)(nil).sign(t, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

// secured starts a cluster that lets in who has what it asks for, and returns the options of a table there.
func secured(t *testing.T, o ...kfake.Opt) func(options ...string) option.Values {
	t.Helper()
	c, err := kfake.NewCluster(append(o, kfake.NumBrokers(1), kfake.SeedTopics(1, "rows"))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	b := &broker{seeds: strings.Join(c.ListenAddrs(), ","), topic: "rows"}
	return func(options ...string) option.Values { return b.table(options...).Options }
}

// writesAndReads writes a row with the options and reads it back.
func writesAndReads(t *testing.T, options option.Values) error {
	t.Helper()
	table := (&broker{topic: "rows"}).table("scan.bounded.mode", "latest-offset")
	for k, v := range options {
		table.Options[k] = v
	}
	s, err := newSink(table)
	if err != nil {
		return err
	}
	w, err := s.OpenWriter(t.Context(), writerContext(nil), nil)
	if err != nil {
		return err
	}
	o := &openSink{writer: w}
	o.write(t, 1, 2)
	if err := w.Flush(t.Context()); err != nil {
		return err
	}
	o.close(t)
	src := source1(t, table)
	splits, _ := splitsOf(t, src, nil)
	rows, _, err := read(t, src, splits, 10, -1)
	if err == nil && rows["rows[0]"][0] != "1 n1" {
		t.Errorf("read %v", rows)
	}
	return err
}

type access struct {
	name    string
	options []string
	want    string // of the error; empty: it works
}

func check(t *testing.T, table func(...string) option.Values, cases []access) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := writesAndReads(t, table(c.options...))
			if shown := explainAll(err); (err == nil) != (c.want == "") || !strings.Contains(shown, c.want) {
				t.Errorf("got %q, want %q", shown, c.want)
			}
		})
	}
}

func jaas(module, user, password string) string {
	return "org.apache.kafka.common.security." + module + ` required username="` + user + `" password="` + password + `";`
}

func TestPasswords(t *testing.T) {
	const password = `s3;cr"et\ =`
	escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(password)
	table := secured(t, kfake.EnableSASL(), kfake.Superuser("PLAIN", "ann", password),
		kfake.Superuser("SCRAM-SHA-256", "bob", password), kfake.Superuser("SCRAM-SHA-512", "cat", password))
	with := func(mechanism, line string) []string {
		return []string{"properties.security.protocol", "SASL_PLAINTEXT", "properties.sasl.mechanism", mechanism, "properties.sasl.jaas.config", line}
	}
	check(t, table, []access{
		{"plain", with("PLAIN", jaas("plain.PlainLoginModule", "ann", escaped)), ""},
		{"plain as Flink's connector has it", with("PLAIN", "org.apache.flink.kafka.shaded."+jaas("plain.PlainLoginModule", "ann", escaped)), ""},
		{"scram 256", with("SCRAM-SHA-256", jaas("scram.ScramLoginModule", "bob", escaped)), ""},
		{"scram 512", with("SCRAM-SHA-512", jaas("scram.ScramLoginModule", "cat", escaped)), ""},
		{"wrong password", with("PLAIN", jaas("plain.PlainLoginModule", "ann", "x")), "'properties.sasl.jaas.config' must fit"},
		{"wrong password in scram", with("SCRAM-SHA-512", jaas("scram.ScramLoginModule", "cat", "x")), "'properties.sasl.jaas.config' must fit"},
		{"another module", with("PLAIN", jaas("scram.ScramLoginModule", "ann", escaped)), "names no PlainLoginModule"},
		{"no user", with("PLAIN", `org.apache.kafka.common.security.plain.PlainLoginModule required password="x";`), "no username and password"},
		{"no line", with("PLAIN", ""), "names no PlainLoginModule"},
		{"kerberos", with("GSSAPI", ""), "cannot be 'GSSAPI'"},
		{"kerberos by default", with("", ""), "its default, GSSAPI"},
		{"tokens", with("OAUTHBEARER", ""), "cannot be 'OAUTHBEARER'"},
		{"callback", append(with("PLAIN", ""), "properties.sasl.login.callback.handler.class", "x"), "'properties.sasl.login.callback.handler.class' is not supported"},
		{"protocol", []string{"properties.security.protocol", "TLS"}, "SASL_SSL"},
	})
}

func TestEncryption(t *testing.T) {
	ca, stranger := newAuthority(t), newAuthority(t)
	chain, key, _ := ca.sign(t, &x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}})
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, []byte(ca.pem), 0o600); err != nil {
		t.Fatal(err)
	}
	table := secured(t, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}),
		kfake.EnableSASL(), kfake.Superuser("PLAIN", "ann", "secret"))
	with := func(options ...string) []string {
		return append(options, "properties.security.protocol", "SASL_SSL", "properties.sasl.mechanism", "PLAIN", "properties.sasl.jaas.config", jaas("plain.PlainLoginModule", "ann", "secret"))
	}
	check(t, table, []access{
		{"certificates", with("properties.ssl.truststore.type", "PEM", "properties.ssl.truststore.certificates", ca.pem), ""},
		{"file", with("properties.ssl.truststore.type", "PEM", "properties.ssl.truststore.location", file), ""},
		{"unknown authority", with(), "'properties.ssl.truststore.…' must fit"},
		{"another authority", with("properties.ssl.truststore.certificates", stranger.pem), "'properties.ssl.truststore.…' must fit"},
		{"java's store", with("properties.ssl.truststore.location", file), "'properties.ssl.truststore.type' = 'PEM'"},
		{"java's store by type", with("properties.ssl.truststore.type", "JKS"), "cannot be 'JKS'"},
		{"its password", with("properties.ssl.truststore.password", "x"), "'properties.ssl.truststore.password' is not supported"},
		{"no file", with("properties.ssl.truststore.type", "PEM", "properties.ssl.truststore.location", file+"x"), file + "x"},
		{"no certificate in it", with("properties.ssl.truststore.certificates", "x"), "no certificates in PEM"},
		{"no encryption", []string{"properties.security.protocol", "SASL_PLAINTEXT", "properties.sasl.mechanism", "PLAIN", "properties.sasl.jaas.config", jaas("plain.PlainLoginModule", "ann", "secret")}, "'properties.security.protocol' and the user"},
	})
}

// TestAnyHost trusts a certificate of another host, where the user says so, and
// still not one of another authority.
func TestAnyHost(t *testing.T) {
	ca, stranger := newAuthority(t), newAuthority(t)
	chain, key, _ := ca.sign(t, &x509.Certificate{DNSNames: []string{"broker.example"}})
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		t.Fatal(err)
	}
	table := secured(t, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}))
	with := func(options ...string) []string { return append(options, "properties.security.protocol", "SSL") }
	const algorithm = "properties.ssl.endpoint.identification.algorithm"
	check(t, table, []access{
		{"any host", with("properties.ssl.truststore.certificates", ca.pem, algorithm, ""), ""},
		{"its host", with("properties.ssl.truststore.certificates", ca.pem), "must fit the listener"},
		{"its host, said", with("properties.ssl.truststore.certificates", ca.pem, algorithm, "https"), "must fit the listener"},
		{"any authority", with("properties.ssl.truststore.certificates", stranger.pem, algorithm, ""), "must fit the listener"},
		{"ldaps", with(algorithm, "ldaps"), "cannot be 'ldaps'"},
	})
}

// TestIdentity shows a certificate to brokers that ask for one.
func TestIdentity(t *testing.T) {
	ca := newAuthority(t)
	chain, key, _ := ca.sign(t, &x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}})
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	table := secured(t, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12}))
	mine, secret, _ := ca.sign(t, &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	file := filepath.Join(t.TempDir(), "me.pem")
	if err := os.WriteFile(file, append(secret, mine...), 0o600); err != nil {
		t.Fatal(err)
	}
	with := func(options ...string) []string {
		return append(options, "properties.security.protocol", "SSL", "properties.ssl.truststore.certificates", ca.pem)
	}
	check(t, table, []access{
		{"key and chain", with("properties.ssl.keystore.type", "PEM", "properties.ssl.keystore.key", string(secret), "properties.ssl.keystore.certificate.chain", string(mine)), ""},
		{"file", with("properties.ssl.keystore.type", "PEM", "properties.ssl.keystore.location", file), ""},
		{"none", with(), "must fit the listener"},
		{"no key", with("properties.ssl.keystore.certificate.chain", string(mine)), "certificate and its key"},
		{"java's store", with("properties.ssl.keystore.location", file), "'properties.ssl.keystore.type' = 'PEM'"},
	})
}
