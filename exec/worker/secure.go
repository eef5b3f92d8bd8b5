package worker

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// Secure is TLS between the processes of a cluster, each of which shows a
// certificate: keystore is a PEM file with a certificate and its key, truststore
// one with the certificates that sign those of all. Names are not looked at, since
// processes come and go under any; what counts is who signed.
func Secure(keystore, truststore string) (*tls.Config, error) {
	cert, err := tls.LoadX509KeyPair(keystore, keystore)
	if err != nil {
		return nil, fmt.Errorf("read keystore %s: %w", keystore, err)
	}
	pem, err := os.ReadFile(truststore)
	if err != nil {
		return nil, fmt.Errorf("read truststore: %w", err)
	}
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read truststore %s: it holds no certificate in PEM", truststore)
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{cert},
		ClientAuth: tls.RequireAnyClientCert, InsecureSkipVerify: true, // both are done below, without names
		VerifyConnection: func(s tls.ConnectionState) error { return verify(s.PeerCertificates, trusted) },
	}, nil
}

func verify(shown []*x509.Certificate, trusted *x509.CertPool) error {
	if len(shown) == 0 {
		return errors.New("the peer shows no certificate")
	}
	between := x509.NewCertPool()
	for _, c := range shown[1:] {
		between.AddCert(c)
	}
	_, err := shown[0].Verify(x509.VerifyOptions{Roots: trusted, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	return err
}
