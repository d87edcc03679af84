package certfile

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
)

// Key is an opened private key.
type Key struct {
	// PKCS8 is the key without encryption, as PKCS#8 DER.
	PKCS8 []byte
	// Signer is the key for use; nil on curves that Go does not have (P-256K).
	Signer crypto.Signer
	// Point is the public key of such a curve, when the file holds it.
	Point []byte
}

// Wipe overwrites the key.
func (k *Key) Wipe() { clear(k.PKCS8) }

// PEM writes the key as PKCS#8, with LF line ends.
func (k *Key) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: k.PKCS8})
}

// OpenKey finds the private key in PEM text and opens it. ErrUnsupported says
// that it may be good but is encrypted in a way that only others open.
func OpenKey(text, passphrase string) (*Key, error) {
	all, err := blocks(text)
	if err != nil {
		return nil, err
	}
	for _, b := range all {
		switch b.Type {
		case "PRIVATE KEY":
			return ParsePKCS8(b.Bytes)
		case "ENCRYPTED PRIVATE KEY":
			return openEncrypted(b.Bytes, passphrase, newBudget())
		case "RSA PRIVATE KEY", "EC PRIVATE KEY":
			return openTraditional(b, passphrase)
		}
	}
	return nil, fmt.Errorf("%w: no private key", ErrFormat)
}

// ParsePKCS8 reads a key without encryption.
func ParsePKCS8(der []byte) (*Key, error) {
	k, err := x509.ParsePKCS8PrivateKey(der)
	if err == nil {
		if s, ok := k.(crypto.Signer); ok {
			return &Key{PKCS8: der, Signer: s}, nil
		}
		return nil, fmt.Errorf("%w: the key cannot sign", ErrFormat)
	}
	if point, ok := secp256k1(der); ok {
		return &Key{PKCS8: der, Point: point}, nil
	}
	return nil, fmt.Errorf("%w: not PKCS#8", ErrFormat)
}

// openTraditional reads the forms before PKCS#8, which OpenSSL encrypts in a
// way of its own.
func openTraditional(b *pem.Block, passphrase string) (*Key, error) {
	der := b.Bytes
	encrypted := x509.IsEncryptedPEMBlock(b) //nolint:staticcheck // SA1019: people have such files; they are only read here
	if encrypted {
		if passphrase == "" {
			return nil, ErrPassphrase
		}
		var err error
		if der, err = x509.DecryptPEMBlock(b, []byte(passphrase)); err != nil { //nolint:staticcheck // SA1019: as above
			return nil, ErrPassphrase
		}
	}
	k, err := traditional(b.Type, der)
	if err != nil && encrypted {
		return nil, ErrPassphrase // padding can come out right by chance
	}
	return k, err
}

func traditional(kind string, der []byte) (*Key, error) {
	var k any
	var err error
	if kind == "RSA PRIVATE KEY" {
		k, err = x509.ParsePKCS1PrivateKey(der)
	} else {
		k, err = x509.ParseECPrivateKey(der)
	}
	if err != nil {
		return sec1Secp256k1(der)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return ParsePKCS8(pkcs8)
}

type pkcs8 struct {
	Version    int
	Algorithm  pkix.AlgorithmIdentifier
	Key        []byte
	Attributes asn1.RawValue `asn1:"optional,tag:0"`
}

type sec1 struct {
	Version int
	Private []byte
	Curve   asn1.ObjectIdentifier `asn1:"optional,explicit,tag:0"`
	Public  asn1.BitString        `asn1:"optional,explicit,tag:1"`
}

func oidEC() asn1.ObjectIdentifier        { return asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1} }
func oidSecp256k1() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 3, 132, 0, 10} }

// secp256k1 recognises a key of the one curve of Key Vault that Go lacks, and
// gives its public point when it is there.
func secp256k1(der []byte) (point []byte, ok bool) {
	var outer pkcs8
	if rest, err := asn1.Unmarshal(der, &outer); err != nil || len(rest) > 0 || !outer.Algorithm.Algorithm.Equal(oidEC()) {
		return nil, false
	}
	var curve asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(outer.Algorithm.Parameters.FullBytes, &curve); err != nil || !curve.Equal(oidSecp256k1()) {
		return nil, false
	}
	var inner sec1
	if rest, err := asn1.Unmarshal(outer.Key, &inner); err != nil || len(rest) > 0 || len(inner.Private) != 32 {
		return nil, false
	}
	return inner.Public.Bytes, true
}

func sec1Secp256k1(der []byte) (*Key, error) {
	var k sec1
	rest, err := asn1.Unmarshal(der, &k)
	if err != nil || len(rest) > 0 || !k.Curve.Equal(oidSecp256k1()) {
		return nil, fmt.Errorf("%w: not a private key", ErrFormat)
	}
	curve, err := asn1.Marshal(oidSecp256k1())
	if err != nil {
		return nil, err
	}
	out, err := asn1.Marshal(pkcs8{
		Algorithm: pkix.AlgorithmIdentifier{Algorithm: oidEC(), Parameters: asn1.RawValue{FullBytes: curve}}, Key: der,
	})
	if err != nil {
		return nil, err
	}
	return ParsePKCS8(out)
}

// belongs tells whether a certificate's public key is the key's.
func (k *Key) belongs(c *Certificate) bool {
	if k.Signer == nil {
		return len(k.Point) == 0 || bytes.Equal(k.Point, c.point)
	}
	pub, ok := k.Signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && c.X509 != nil && pub.Equal(c.X509.PublicKey)
}
