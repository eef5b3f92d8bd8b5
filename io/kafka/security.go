package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"regexp"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/weir-engine/weir/core/sqlerr"
)

// secures reports properties that secure reads.
func secures(name string) bool {
	switch name {
	case "security.protocol", "sasl.mechanism", "sasl.jaas.config", "ssl.truststore.type", "ssl.truststore.location", "ssl.truststore.certificates":
		return true
	}
	return false
}

// secure adds encryption and authentication.
func (p *properties) secure(given map[string]string) error {
	protocol := given["security.protocol"]
	switch protocol {
	case "", "PLAINTEXT", "SASL_PLAINTEXT":
	case "SSL", "SASL_SSL":
		c, err := trust(given)
		if err != nil {
			return err
		}
		p.common = append(p.common, kgo.DialTLSConfig(c))
	default:
		return sqlerr.Newf(sqlerr.InvalidOption, "option 'properties.security.protocol' cannot be '%s'", protocol).
			WithHint("it takes one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL")
	}
	if !strings.HasPrefix(protocol, "SASL_") {
		return nil
	}
	m, err := mechanism(given)
	if err == nil {
		p.common = append(p.common, kgo.SASL(m))
	}
	return err
}

// trust is TLS with the system's certificates, or those of a PEM file or text.
func trust(given map[string]string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	pem := []byte(given["ssl.truststore.certificates"])
	if file := given["ssl.truststore.location"]; file != "" {
		if given["ssl.truststore.type"] != "PEM" {
			return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "only PEM files are read as 'properties.ssl.truststore.location'").
				WithHint("'properties.ssl.truststore.type' = 'PEM'")
		}
		var err error
		if pem, err = os.ReadFile(file); err != nil {
			return nil, sqlerr.Wrap(sqlerr.UndefinedFile, err, "option 'properties.ssl.truststore.location'")
		}
	}
	if len(pem) == 0 {
		return c, nil
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(pem) {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "the trust store holds no certificates in PEM")
	}
	return c, nil
}

var (
	jaasUser     = regexp.MustCompile(`username\s*=\s*"([^"]*)"`)
	jaasPassword = regexp.MustCompile(`password\s*=\s*"([^"]*)"`)
)

// mechanism takes user and password from the line that the Java client wants.
func mechanism(given map[string]string) (sasl.Mechanism, error) {
	line := given["sasl.jaas.config"]
	user, password := jaasUser.FindStringSubmatch(line), jaasPassword.FindStringSubmatch(line)
	if user == nil || password == nil {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "option 'properties.sasl.jaas.config' has no username and password").
			WithHint(`org.apache.kafka.common.security.plain.PlainLoginModule required username="…" password="…";`)
	}
	switch m := given["sasl.mechanism"]; m {
	case "PLAIN":
		return plain.Auth{User: user[1], Pass: password[1]}.AsMechanism(), nil
	case "SCRAM-SHA-256":
		return scram.Auth{User: user[1], Pass: password[1]}.AsSha256Mechanism(), nil
	case "SCRAM-SHA-512":
		return scram.Auth{User: user[1], Pass: password[1]}.AsSha512Mechanism(), nil
	default:
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "option 'properties.sasl.mechanism' cannot be '%s'", m).
			WithHint("it takes one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512")
	}
}
