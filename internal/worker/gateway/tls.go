package gateway

import (
	"crypto/tls"
	"crypto/x509"
	"os"

	"github.com/fairlead-io/fairlead/connector"
)

// tlsConfig is that of gRPC; REST's is made by egress from the same parts.
func tlsConfig(s Settings) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12} // grpc takes the name from the authority
	bundle, err := s.TLS.bundle()
	if err != nil {
		return nil, err
	}
	if bundle != "" {
		if cfg.RootCAs, err = x509.SystemCertPool(); err != nil {
			cfg.RootCAs = x509.NewCertPool() // a system without a store still trusts the file
		}
		cfg.RootCAs.AppendCertsFromPEM([]byte(bundle))
	}
	if s.TLS.hasClient() {
		cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return s.TLS.client() }
	}
	return cfg, nil
}

func (t TLS) hasClient() bool { return t.CertFile != "" || t.Cert != "" }

// bundle gives the authorities; empty: the system's alone.
func (t TLS) bundle() (string, error) {
	pem, where := t.CA, "The CA certificate"
	if t.CAFile != "" {
		b, err := os.ReadFile(t.CAFile)
		if err != nil {
			return "", &connector.Error{Kind: connector.Invalid, Message: "The CA certificate cannot be read: " + err.Error() + ".", Fix: "Name a PEM file that this process may read.", Err: err}
		}
		pem, where = string(b), "The CA file "+t.CAFile
	} else if pem == "" {
		return "", nil
	}
	if !x509.NewCertPool().AppendCertsFromPEM([]byte(pem)) {
		return "", &connector.Error{Kind: connector.Invalid, Message: where + " holds no certificate.", Fix: "Give PEM, with -----BEGIN CERTIFICATE----- in it; other stores, such as JKS, must be converted."}
	}
	return pem, nil
}

// client reads the client's certificate. Those of services are renewed while
// they run, so that it is asked for with each handshake.
func (t TLS) client() (*tls.Certificate, error) {
	var pair tls.Certificate
	var err error
	what := "The client certificate"
	if t.CertFile != "" {
		what += " " + t.CertFile + " with the key " + t.KeyFile
		pair, err = tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
	} else {
		pair, err = tls.X509KeyPair([]byte(t.Cert), []byte(t.Key.Reveal()))
	}
	if err != nil {
		return nil, &connector.Error{Kind: connector.Invalid, Message: what + " cannot be used: " + err.Error() + ".", Fix: "Give certificate and key in PEM, both of one pair and readable for this process; the key must not be encrypted.", Err: err}
	}
	return &pair, nil
}

// check finds at the start what would otherwise fail with each connection.
func (t TLS) check() error {
	if _, err := t.bundle(); err != nil {
		return err
	}
	if (t.CertFile == "") != (t.KeyFile == "") || t.CertFile == "" && (t.Cert == "") != t.Key.Empty() {
		return &connector.Error{Kind: connector.Invalid, Message: "Of the client certificate and its key only one is given.", Fix: "Name both files, in CAMUNDA_MTLS_CERT_PATH and CAMUNDA_MTLS_KEY_PATH."}
	}
	if !t.hasClient() {
		return nil
	}
	_, err := t.client()
	return err
}
