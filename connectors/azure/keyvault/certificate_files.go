package keyvault

import (
	"crypto"
	"crypto/x509"
	"errors"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/azure/internal/certfile"
)

// clientCertificate reads the certificate with which a connection proves
// itself, in PEM or as a PFX file in base64.
func clientCertificate(text, password string) (crypto.PrivateKey, []*x509.Certificate, *connector.Error) {
	key, certs, err := certificateOf(text, password)
	if err != nil {
		return nil, nil, certificateError(err)
	}
	var out []*x509.Certificate
	for _, c := range certs {
		if c.X509 != nil {
			out = append(out, c.X509)
		}
	}
	if key.Signer == nil || len(out) == 0 {
		return nil, nil, certificateError(certfile.ErrUnsupported)
	}
	return key.Signer, out, nil
}

func certificateOf(text, password string) (*certfile.Key, []*certfile.Certificate, error) {
	if !certfile.IsPEM(text) {
		return pfxCertificate(text, password)
	}
	key, err := certfile.OpenKey(text, password)
	if err != nil {
		return nil, nil, err
	}
	certs, err := certfile.Certificates(text)
	if err != nil {
		return nil, nil, err
	}
	certs, err = certfile.Order(key, certs)
	return key, certs, err
}

func pfxCertificate(text, password string) (*certfile.Key, []*certfile.Certificate, error) {
	der, err := certfile.DecodePFX(text)
	if err != nil {
		return nil, nil, err
	}
	f, err := certfile.OpenPFX(der, password)
	if errors.Is(err, certfile.ErrUnsupported) {
		return oldPFX(der, password)
	}
	if err != nil {
		return nil, nil, err
	}
	return f.Key, f.Certificates, nil
}

// oldPFX leaves the ciphers of the last century to the SDK, which has them.
func oldPFX(der []byte, password string) (*certfile.Key, []*certfile.Certificate, error) {
	certs, key, err := azidentity.ParseCertificates(der, []byte(password))
	if err != nil {
		return nil, nil, certfile.ErrUnsupported
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, nil, certfile.ErrUnsupported
	}
	var out []*certfile.Certificate
	for _, c := range certs {
		out = append(out, &certfile.Certificate{DER: c.Raw, X509: c, NotAfter: c.NotAfter})
	}
	return &certfile.Key{Signer: signer}, out, nil
}

func certificateError(err error) *connector.Error {
	e := connector.InvalidField("/clientCertificate", "Client Certificate holds no certificate with its private key.", "Give PEM text with both, or a PFX file in base64.")
	switch {
	case errors.Is(err, certfile.ErrPassphrase):
		return connector.InvalidField("/clientCertificatePassword", "Client Certificate Password does not open the private key.", "Give the password that the file was made with.")
	case errors.Is(err, certfile.ErrTooCostly):
		e.Message, e.Fix = "Client Certificate asks for too many rounds of key derivation.", "Encrypt the key again with fewer rounds."
	case errors.Is(err, certfile.ErrMismatch):
		e.Message, e.Fix = "The certificate in Client Certificate does not belong to its private key.", "Give the certificate and the key of one pair."
	case errors.Is(err, certfile.ErrUnsupported):
		e.Message, e.Fix = "Client Certificate is encrypted or made in a way that is not supported here.", "Convert it: openssl pkcs12 -in old.pfx -nodes, then openssl pkcs12 -export."
	}
	return e
}
