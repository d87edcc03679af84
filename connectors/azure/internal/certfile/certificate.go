package certfile

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// Certificate is a certificate as far as it can be read here.
type Certificate struct {
	DER      []byte
	X509     *x509.Certificate // nil for public keys that Go cannot read (P-256K)
	NotAfter time.Time
	issuer   []byte
	subject  []byte
	point    []byte
}

// Certificates reads every certificate of PEM text, in its order.
func Certificates(text string) ([]*Certificate, error) {
	all, err := blocks(text)
	if err != nil {
		return nil, err
	}
	var out []*Certificate
	for _, b := range all {
		if b.Type != "CERTIFICATE" && b.Type != "X509 CERTIFICATE" {
			continue
		}
		c, err := parseCertificate(b.Bytes)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: no certificate", ErrFormat)
	}
	return out, nil
}

// tbs is the part of a certificate that is read when Go's parser will not.
type tbs struct {
	Version   int `asn1:"optional,explicit,default:0,tag:0"`
	Serial    *big.Int
	Algorithm pkix.AlgorithmIdentifier
	Issuer    asn1.RawValue
	Validity  struct{ NotBefore, NotAfter time.Time }
	Subject   asn1.RawValue
	PublicKey struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
}

func parseCertificate(der []byte) (*Certificate, error) {
	if c, err := x509.ParseCertificate(der); err == nil {
		return &Certificate{DER: der, X509: c, NotAfter: c.NotAfter, issuer: c.RawIssuer, subject: c.RawSubject}, nil
	}
	var outer struct {
		TBS       tbs
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	if rest, err := asn1.Unmarshal(der, &outer); err != nil || len(rest) > 0 {
		return nil, fmt.Errorf("%w: a certificate cannot be read", ErrFormat)
	}
	t := outer.TBS
	return &Certificate{
		DER: der, NotAfter: t.Validity.NotAfter, issuer: t.Issuer.FullBytes, subject: t.Subject.FullBytes, point: t.PublicKey.Key.Bytes,
	}, nil
}

// Order puts the certificate of the key first and the rest of its chain after
// it, each followed by its issuer; others come last, as they stood.
func Order(k *Key, certs []*Certificate) ([]*Certificate, error) {
	at := slices.IndexFunc(certs, k.belongs)
	if at < 0 {
		return nil, ErrMismatch
	}
	left := slices.Clone(certs)
	out := []*Certificate{left[at]}
	left = slices.Delete(left, at, at+1)
	for {
		last := out[len(out)-1]
		i := slices.IndexFunc(left, func(c *Certificate) bool { return slices.Equal(c.subject, last.issuer) })
		if i < 0 {
			return append(out, left...), nil
		}
		out = append(out, left[i])
		left = slices.Delete(left, i, i+1)
	}
}

// PEM writes certificates with LF line ends.
func PEM(certs []*Certificate) []byte {
	var out []byte
	for _, c := range certs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.DER})...)
	}
	return out
}
