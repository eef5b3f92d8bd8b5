package kafka

import (
	"regexp"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/weir-engine/weir/core/sqlerr"
)

// securing are the properties that secure reads.
var securing = map[string]bool{
	"security.protocol": true, "sasl.mechanism": true, "sasl.jaas.config": true,
	"ssl.truststore.type": true, "ssl.truststore.location": true, "ssl.truststore.certificates": true,
	"ssl.keystore.type": true, "ssl.keystore.location": true, "ssl.keystore.key": true, "ssl.keystore.certificate.chain": true,
	"ssl.endpoint.identification.algorithm": true,
}

// secure adds encryption and authentication.
func (p *properties) secure(given map[string]string) error {
	protocol := given["security.protocol"]
	switch protocol {
	case "", "PLAINTEXT", "SASL_PLAINTEXT":
	case "SSL", "SASL_SSL":
		c, err := encryption(given)
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

// mechanism is how the user of the login line proves who it is.
func mechanism(given map[string]string) (sasl.Mechanism, error) {
	name := given["sasl.mechanism"]
	module := map[string]string{"PLAIN": "PlainLoginModule", "SCRAM-SHA-256": "ScramLoginModule", "SCRAM-SHA-512": "ScramLoginModule"}[name]
	if module == "" {
		e := sqlerr.Newf(sqlerr.FeatureNotSupported, "option 'properties.sasl.mechanism' cannot be '%s'", name)
		if name == "" {
			e = sqlerr.Newf(sqlerr.FeatureNotSupported, "option 'properties.sasl.mechanism' is not given, and its default, GSSAPI (Kerberos), is not supported")
		}
		return nil, e.WithHint("it takes one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512")
	}
	user, password, err := login(given["sasl.jaas.config"], module)
	if err != nil {
		return nil, err
	}
	switch name {
	case "PLAIN":
		return plain.Auth{User: user, Pass: password}.AsMechanism(), nil
	case "SCRAM-SHA-256":
		return scram.Auth{User: user, Pass: password}.AsSha256Mechanism(), nil
	default:
		return scram.Auth{User: user, Pass: password}.AsSha512Mechanism(), nil
	}
}

var (
	jaasLine   = regexp.MustCompile(`^\s*([\w.$]+)\s+(?:required|requisite|sufficient|optional)\b(.*?);?\s*$`)
	jaasOption = regexp.MustCompile(`(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s;"']+))`)
	jaasEscape = regexp.MustCompile(`\\(.)`)
)

// login takes user and password from the line that the Java client wants. Its
// class may be of a package that was moved, as in the connector of Flink.
func login(line, module string) (user, password string, err error) {
	parts := jaasLine.FindStringSubmatch(line)
	if parts == nil || !strings.HasSuffix(parts[1], "."+module) {
		return "", "", sqlerr.Newf(sqlerr.InvalidOption, "option 'properties.sasl.jaas.config' names no %s", module).WithHint(`%s`, jaasExample(module))
	}
	found := map[string]string{}
	for _, o := range jaasOption.FindAllStringSubmatch(parts[2], -1) {
		found[o[1]] = jaasEscape.ReplaceAllString(o[2]+o[3]+o[4], "$1")
	}
	user, ok := found["username"]
	password, also := found["password"]
	if !ok || !also {
		return "", "", sqlerr.Newf(sqlerr.InvalidOption, "option 'properties.sasl.jaas.config' has no username and password").WithHint(`%s`, jaasExample(module))
	}
	return user, password, nil
}

func jaasExample(module string) string {
	pkg := strings.ToLower(strings.TrimSuffix(module, "LoginModule"))
	return "org.apache.kafka.common.security." + pkg + "." + module + ` required username="…" password="…";`
}
