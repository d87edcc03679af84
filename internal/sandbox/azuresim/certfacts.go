package azuresim

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// certMaterial is a certificate with the rest of its chain.
type certMaterial struct {
	leaf  []byte
	chain [][]byte
	facts certFacts
}

func (c *certMaterial) thumbprint() string {
	sum := sha1.Sum(c.leaf)
	return b64(sum[:])
}

// certFacts are what the policy shows of a certificate.
type certFacts struct {
	subject             pkix.RDNSequence
	notBefore, notAfter time.Time
	// parsed is nil for a certificate on P-256K, which the standard library cannot read.
	parsed *x509.Certificate
	k256   []byte
}

// tbsCertificate is the start of RFC 5280's TBSCertificate; what follows is left unread.
type tbsCertificate struct {
	Version            int `asn1:"optional,explicit,default:0,tag:0"`
	SerialNumber       *big.Int
	SignatureAlgorithm pkix.AlgorithmIdentifier
	Issuer             pkix.RDNSequence
	Validity           struct{ NotBefore, NotAfter time.Time }
	Subject            pkix.RDNSequence
	PublicKey          struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
}

func readCertificate(der []byte) (certFacts, error) {
	var outer struct {
		TBS       tbsCertificate
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	rest, err := asn1.Unmarshal(der, &outer)
	if err != nil {
		return certFacts{}, fmt.Errorf("azuresim: certificate is malformed: %w", err)
	}
	if len(rest) > 0 {
		return certFacts{}, errors.New("azuresim: something follows the certificate")
	}
	t := outer.TBS
	f := certFacts{subject: t.Subject, notBefore: t.Validity.NotBefore, notAfter: t.Validity.NotAfter}
	var curve asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(t.PublicKey.Algorithm.Parameters.FullBytes, &curve); err == nil && curve.Equal(oidSecp256k1) {
		f.k256 = t.PublicKey.Key.Bytes
		return f, nil
	}
	f.parsed, err = x509.ParseCertificate(der)
	return f, err
}

// belongsTo compares public keys.
func (f certFacts) belongsTo(m *keyMaterial) bool {
	if m.k256 != nil {
		pub := m.k256.PubKey()
		return bytes.Equal(f.k256, pub.SerializeUncompressed()) || bytes.Equal(f.k256, pub.SerializeCompressed())
	}
	if f.parsed == nil {
		return false
	}
	switch pub := f.parsed.PublicKey.(type) {
	case *rsa.PublicKey:
		return m.rsa != nil && pub.Equal(&m.rsa.PublicKey)
	case *ecdsa.PublicKey:
		return m.ec != nil && pub.Equal(&m.ec.PublicKey)
	}
	return false
}

func (f certFacts) props() x509Props {
	p := x509Props{Subject: subjectText(f.subject), EKUs: []string{}, KeyUsage: []string{}, ValidityMonths: months(f.notBefore, f.notAfter)}
	c := f.parsed
	if c == nil {
		return p
	}
	p.BasicConstraints.CA = c.IsCA
	if len(c.DNSNames)+len(c.EmailAddresses) > 0 {
		p.SANs = &sanProps{DNSNames: c.DNSNames, Emails: c.EmailAddresses}
	}
	p.EKUs = append(p.EKUs, extendedUsages(c)...)
	for i, name := range []string{
		"digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign", "cRLSign", "encipherOnly", "decipherOnly",
	} {
		if c.KeyUsage&(1<<i) != 0 {
			p.KeyUsage = append(p.KeyUsage, name)
		}
	}
	return p
}

func extendedUsages(c *x509.Certificate) []string {
	var out []string
	for _, ext := range c.Extensions {
		var oids []asn1.ObjectIdentifier
		if !ext.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 37}) {
			continue
		}
		if _, err := asn1.Unmarshal(ext.Value, &oids); err != nil {
			continue
		}
		for _, oid := range oids {
			out = append(out, oid.String())
		}
	}
	return out
}

// subjectText writes the name as .NET does: most specific part first, a blank after the comma.
func subjectText(name pkix.RDNSequence) string {
	short := map[string]string{
		"2.5.4.3": "CN", "2.5.4.5": "SERIALNUMBER", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "S", "2.5.4.9": "STREET",
		"2.5.4.10": "O", "2.5.4.11": "OU", "1.2.840.113549.1.9.1": "E", "0.9.2342.19200300.100.1.25": "DC",
	}
	var parts []string
	for i := len(name) - 1; i >= 0; i-- {
		for _, a := range name[i] {
			label := or(short[a.Type.String()], "OID."+a.Type.String())
			value := fmt.Sprint(a.Value)
			if strings.ContainsAny(value, `,+"\<>;=`) {
				value = `"` + strings.ReplaceAll(value, `"`, `""`) + `"`
			}
			parts = append(parts, label+"="+value)
		}
	}
	return strings.Join(parts, ", ")
}

// months counts a month that has begun.
func months(from, to time.Time) int {
	from, to = from.UTC(), to.UTC()
	n := (to.Year()-from.Year())*12 + int(to.Month()-from.Month())
	if to.Day() > from.Day() {
		n++
	}
	return n
}
