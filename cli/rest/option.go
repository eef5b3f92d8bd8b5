package rest

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"

	"github.com/weir-engine/weir/cli/gateway"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
)

func opt(key, typ, def, text string) *option.Definition {
	return &option.Definition{Key: key, Type: typ, Default: def, Text: text}
}

// The options of the server, with Flink's keys; rest.auth.token is ours.
var (
	OptAddress = opt("rest.bind-address", "string", "127.0.0.1", "address that REST listens on; loopback unless told otherwise")
	OptPort    = &option.Definition{Key: "rest.port", Aliases: []string{"rest.bind-port"}, Type: "int", Default: "8081", Text: "port that REST listens on; 0: any, which is printed"}
	OptToken   = opt("rest.auth.token", "string", "", "a secret that every request must bring as its bearer token; better given in WEIR_REST_TOKEN, which no list of processes shows")
	OptSecure  = opt("security.ssl.rest.enabled", "boolean", "false", "REST by TLS")
	OptKeys    = opt("security.ssl.rest.keystore", "string", "", "PEM file of the server's certificate and its key")
	OptKeyType = &option.Definition{Key: "security.ssl.rest.keystore-type", Type: "enum", Default: "PEM", Choices: []string{"PEM"}, Text: "format of keystore and truststore"}
	OptMutual  = opt("security.ssl.rest.authentication-enabled", "boolean", "false", "clients must show a certificate too")
	OptTrust   = opt("security.ssl.rest.truststore", "string", "", "PEM file of the certificates that sign those of clients")
)

// Options lists the options of the server, and of the SQL gateway at its address, in the
// order of the documentation.
func Options() []*option.Definition {
	own := []*option.Definition{OptAddress, OptPort, OptToken, OptSecure, OptKeys, OptKeyType, OptMutual, OptTrust}
	return append(own, gateway.Options()...)
}

// Take parts options into the server's and the rest.
func Take(all option.Values) (own, others option.Values) {
	own, others = option.Values{}, option.Values{}
	for k, v := range all {
		if (option.Values{k: v}).Check("REST", Options()) == nil {
			own[k] = v
		} else {
			others[k] = v
		}
	}
	return own, others
}

// Address is where the options want the server.
func Address(v option.Values) (string, error) {
	port, err := v.Int(OptPort)
	if err != nil {
		return "", err
	}
	if port < 0 || port > 65535 {
		return "", sqlerr.Newf(sqlerr.InvalidOption, "option '%s' cannot be '%s'", OptPort.Key, v.Text(OptPort)).WithHint("it takes a port, 0 to 65535")
	}
	return net.JoinHostPort(v.Text(OptAddress), fmt.Sprint(port)), nil
}

// Secure is the TLS that the options want; nil: none.
func Secure(v option.Values) (*tls.Config, error) {
	on, err := v.Bool(OptSecure)
	if err != nil {
		return nil, err
	}
	mutual, err := v.Bool(OptMutual)
	if err != nil {
		return nil, err
	}
	if _, err := v.Enum(OptKeyType); err != nil {
		return nil, err
	}
	if !on {
		return nil, nil
	}
	keys := v.Text(OptKeys)
	if keys == "" {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "'%s' needs '%s'", OptSecure.Key, OptKeys.Key).WithHint("%s", OptKeys.Text)
	}
	cert, err := tls.LoadX509KeyPair(keys, keys)
	if err != nil {
		return nil, sqlerr.Wrap(sqlerr.InvalidOption, err, "'%s' cannot be read", OptKeys.Key).WithHint("it is a PEM file with the certificate and its key; those of Java (JKS, PKCS12) are not read")
	}
	out := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}}
	if !mutual {
		return out, nil
	}
	out.ClientAuth, out.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
	pem, err := os.ReadFile(v.Text(OptTrust))
	if err == nil && !out.ClientCAs.AppendCertsFromPEM(pem) {
		err = fmt.Errorf("%s holds no certificate in PEM", v.Text(OptTrust))
	}
	if err != nil {
		return nil, sqlerr.Wrap(sqlerr.InvalidOption, err, "'%s' cannot be read", OptTrust.Key).WithHint("%s", OptTrust.Text)
	}
	return out, nil
}
