package gateway

import (
	"crypto/tls"
	"crypto/x509"
	"os"

	"github.com/fairlead-io/fairlead/connector"
)

// tlsConfig is that of gRPC; REST's is made by egress from the same files.
func tlsConfig(s Settings) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: s.Authority}
	bundle, err := readCA(s.CAFile)
	if err != nil {
		return nil, err
	}
	if bundle != "" {
		if cfg.RootCAs, err = x509.SystemCertPool(); err != nil {
			cfg.RootCAs = x509.NewCertPool() // a system without a store still trusts the file
		}
		cfg.RootCAs.AppendCertsFromPEM([]byte(bundle))
	}
	if s.CertFile == "" {
		return cfg, nil
	}
	// Certificates of services are renewed while they run.
	cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return clientCertificate(s.CertFile, s.KeyFile)
	}
	return cfg, nil
}

func readCA(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return "", &connector.Error{Kind: connector.Invalid, Message: "The CA certificate cannot be read: " + err.Error() + ".", Fix: "Name a PEM file that this process may read.", Err: err}
	}
	if !x509.NewCertPool().AppendCertsFromPEM(pem) {
		return "", &connector.Error{Kind: connector.Invalid, Message: "The CA file " + file + " holds no certificate.", Fix: "Name a PEM file with -----BEGIN CERTIFICATE----- in it; other stores, such as JKS, must be converted."}
	}
	return string(pem), nil
}

func clientCertificate(certFile, keyFile string) (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, &connector.Error{Kind: connector.Invalid, Message: "The client certificate " + certFile + " with the key " + keyFile + " cannot be used: " + err.Error() + ".", Fix: "Name two PEM files that belong together and that this process may read; the key must not be encrypted.", Err: err}
	}
	return &pair, nil
}

// checkFiles finds at the start what would otherwise fail with each connection.
func checkFiles(s Settings) error {
	if _, err := readCA(s.CAFile); err != nil {
		return err
	}
	switch {
	case s.CertFile == "" && s.KeyFile == "":
		return nil
	case s.CertFile == "" || s.KeyFile == "":
		return &connector.Error{Kind: connector.Invalid, Message: "Of the client certificate and its key only one is given.", Fix: "Name both files, in CAMUNDA_MTLS_CERT_PATH and CAMUNDA_MTLS_KEY_PATH."}
	}
	_, err := clientCertificate(s.CertFile, s.KeyFile)
	return err
}
