package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"os"

	"github.com/weir-engine/weir/core/sqlerr"
)

// encryption is TLS as the properties of the Java client say, with stores in PEM.
func encryption(given map[string]string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if err := trust(c, given); err != nil {
		return nil, err
	}
	if err := identity(c, given); err != nil {
		return nil, err
	}
	algorithm, ok := given["ssl.endpoint.identification.algorithm"]
	switch {
	case !ok, algorithm == "https":
	case algorithm == "":
		anyHost(c)
	default:
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "option 'properties.ssl.endpoint.identification.algorithm' cannot be '%s'", algorithm).
			WithHint("it takes https, or nothing: then a broker's certificate may be of any host")
	}
	return c, nil
}

// trust takes whom to trust: the system's certificates, or those given.
func trust(c *tls.Config, given map[string]string) error {
	pem, err := store(given, "ssl.truststore.type", "ssl.truststore.location")
	if err != nil {
		return err
	}
	if pem == nil {
		pem = []byte(given["ssl.truststore.certificates"])
	}
	if len(pem) == 0 {
		return nil
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(pem) {
		return sqlerr.Newf(sqlerr.InvalidOption, "the trust store holds no certificates in PEM")
	}
	return nil
}

// identity takes the certificate that the brokers may ask for.
func identity(c *tls.Config, given map[string]string) error {
	chain, err := store(given, "ssl.keystore.type", "ssl.keystore.location")
	if err != nil {
		return err
	}
	key := chain
	if chain == nil {
		chain, key = []byte(given["ssl.keystore.certificate.chain"]), []byte(given["ssl.keystore.key"])
	}
	if len(chain) == 0 && len(key) == 0 {
		return nil
	}
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return sqlerr.Wrap(sqlerr.InvalidOption, err, "the key store does not hold a certificate and its key in PEM").
			WithHint("'properties.ssl.keystore.key' is a key without a password, 'properties.ssl.keystore.certificate.chain' its certificates; or one file has both")
	}
	c.Certificates = []tls.Certificate{pair}
	return nil
}

// store reads a store that is a file; nil: there is none.
func store(given map[string]string, kind, location string) ([]byte, error) {
	if k := given[kind]; k != "" && k != "PEM" {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "option 'properties.%s' cannot be '%s'", kind, k).WithHint("it takes PEM; keytool and openssl turn other stores into it")
	}
	file := given[location]
	if file == "" {
		return nil, nil
	}
	if given[kind] == "" {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "only PEM files are read as 'properties.%s', whose default is a store of Java", location).
			WithHint("'properties.%s' = 'PEM'", kind)
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, sqlerr.Wrap(sqlerr.UndefinedFile, err, "option 'properties.%s'", location)
	}
	return pem, nil
}

// anyHost checks who signed a certificate, and not for which host.
func anyHost(c *tls.Config) {
	c.InsecureSkipVerify = true //nolint:gosec // what it skips is done here, but for the name
	c.VerifyConnection = func(s tls.ConnectionState) error {
		o := x509.VerifyOptions{Roots: c.RootCAs, Intermediates: x509.NewCertPool()}
		for _, between := range s.PeerCertificates[1:] {
			o.Intermediates.AddCert(between)
		}
		_, err := s.PeerCertificates[0].Verify(o)
		return err
	}
}
