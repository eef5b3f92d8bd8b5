package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weir-engine/weir/core/sqlerr"
)

// failed names what a broker did not do, and what the user can do about it.
func failed(err error, format string, args ...any) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	e := sqlerr.Wrap(sqlerr.ConnectorFailure, err, "kafka: "+format, args...)
	e.Hint = hint(err)
	return e
}

func hint(err error) string {
	var k *kerr.Error
	var dial *net.OpError
	network := errors.As(err, &dial)
	switch {
	case errors.As(err, &k):
		return hintOf(k)
	case isTLS(err), network && dial.Op == "remote error": // an alert of the other side's TLS
		return "'properties.security.protocol' and 'properties.ssl.truststore.…' must fit the listener of 'properties.bootstrap.servers'"
	case errors.Is(err, kgo.ErrRecordTimeout):
		return "'properties.delivery.timeout.ms' is how long a record is tried"
	case errors.Is(err, io.EOF):
		return "the broker closed the connection: 'properties.security.protocol' and the user of 'properties.sasl.jaas.config' must fit its listener"
	case network:
		return "a broker must answer at 'properties.bootstrap.servers', and at the addresses that the brokers advertise"
	}
	return ""
}

func hintOf(k *kerr.Error) string {
	switch k {
	case kerr.SaslAuthenticationFailed, kerr.UnsupportedSaslMechanism, kerr.IllegalSaslState:
		return "'properties.sasl.mechanism' and the user of 'properties.sasl.jaas.config' must be known to the brokers"
	case kerr.TopicAuthorizationFailed, kerr.GroupAuthorizationFailed, kerr.ClusterAuthorizationFailed, kerr.TransactionalIDAuthorizationFailed:
		return "the brokers' access control lists do not let this user"
	case kerr.OffsetOutOfRange:
		return "the broker has deleted these records, by age or by size; no row is skipped silently. A fresh start takes 'scan.startup.mode'"
	}
	return ""
}

func isTLS(err error) bool {
	return errors.As(err, new(tls.RecordHeaderError)) || errors.As(err, new(*tls.CertificateVerificationError)) ||
		errors.As(err, new(x509.UnknownAuthorityError)) || errors.As(err, new(x509.HostnameError))
}
