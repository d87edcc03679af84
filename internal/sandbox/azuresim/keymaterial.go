package azuresim

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// keySpec says what kind of key to make.
type keySpec struct {
	// kty is RSA or EC, or one of these with -HSM.
	kty string
	// bits is the size of an RSA key, crv the curve of an EC key.
	bits int
	crv  string
}

// keyMaterial is a private key. Exactly one of its three keys is set.
type keyMaterial struct {
	spec keySpec
	rsa  *rsa.PrivateKey
	ec   *ecdsa.PrivateKey
	// k256 is a key on P-256K, a curve the standard library does not know.
	k256 *secp256k1.PrivateKey
}

func generateKey(spec keySpec) (*keyMaterial, error) {
	m := &keyMaterial{spec: spec}
	var err error
	switch {
	case strings.HasPrefix(spec.kty, "RSA"):
		m.rsa, err = rsa.GenerateKey(rand.Reader, spec.bits)
	case spec.crv == "P-256K":
		m.k256, err = secp256k1.GeneratePrivateKey()
	default:
		m.ec, err = ecdsa.GenerateKey(namedCurve(spec.crv), rand.Reader)
	}
	return m, err
}

func namedCurve(crv string) elliptic.Curve {
	switch crv {
	case "P-384":
		return elliptic.P384()
	case "P-521":
		return elliptic.P521()
	}
	return elliptic.P256()
}

// keyMaterialOf describes a key that came from outside.
func keyMaterialOf(key any) (*keyMaterial, error) {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return &keyMaterial{spec: keySpec{kty: "RSA", bits: k.N.BitLen()}, rsa: k}, nil
	case *ecdsa.PrivateKey:
		return &keyMaterial{spec: keySpec{kty: "EC", bits: k.Params().BitSize, crv: k.Params().Name}, ec: k}, nil
	case *secp256k1.PrivateKey:
		return &keyMaterial{spec: keySpec{kty: "EC", bits: 256, crv: "P-256K"}, k256: k}, nil
	}
	return nil, fmt.Errorf("azuresim: keys of type %T are not supported", key)
}

// public is the public part, without its id and operations.
func (m *keyMaterial) public() jsonWebKey {
	jwk := jsonWebKey{KTY: m.spec.kty, CRV: m.spec.crv}
	switch {
	case m.rsa != nil:
		jwk.N, jwk.E = b64(m.rsa.N.Bytes()), b64(big.NewInt(int64(m.rsa.E)).Bytes())
	case m.k256 != nil:
		point := m.k256.PubKey().SerializeUncompressed()[1:]
		jwk.X, jwk.Y = b64(point[:32]), b64(point[32:])
	default:
		x, y := ecCoordinates(&m.ec.PublicKey)
		jwk.X, jwk.Y = b64(x), b64(y)
	}
	return jwk
}

// ecCoordinates are x and y, each as long as the curve's field.
func ecCoordinates(pub *ecdsa.PublicKey) (x, y []byte) {
	point, err := pub.Bytes()
	if err != nil {
		return nil, nil
	}
	half := (len(point) - 1) / 2
	return point[1 : 1+half], point[1+half:]
}

func (m *keyMaterial) defaultOps() []string {
	if m.rsa != nil {
		return keyOperations()
	}
	return []string{"sign", "verify"}
}

// signer is the key for crypto, nil for P-256K.
func (m *keyMaterial) signer() crypto.Signer {
	switch {
	case m.rsa != nil:
		return m.rsa
	case m.ec != nil:
		return m.ec
	}
	return nil
}

// pkcs8 is the private key as it stands in a certificate's secret.
func (m *keyMaterial) pkcs8() ([]byte, error) {
	if m.k256 != nil {
		return marshalK256(m.k256)
	}
	return x509.MarshalPKCS8PrivateKey(m.signer())
}

var (
	oidECPublicKey = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidSecp256k1   = asn1.ObjectIdentifier{1, 3, 132, 0, 10}
)

// pkcs8Key is RFC 5208's PrivateKeyInfo, as far as an EC key needs it.
type pkcs8Key struct {
	Version   int
	Algorithm ecAlgorithm
	Key       []byte
}

type ecAlgorithm struct {
	Algorithm  asn1.ObjectIdentifier
	Parameters asn1.RawValue `asn1:"optional"`
}

// sec1Key is RFC 5915's ECPrivateKey.
type sec1Key struct {
	Version    int
	PrivateKey []byte
	Curve      asn1.ObjectIdentifier `asn1:"optional,explicit,tag:0"`
	PublicKey  asn1.BitString        `asn1:"optional,explicit,tag:1"`
}

func marshalK256(key *secp256k1.PrivateKey) ([]byte, error) {
	pub := key.PubKey().SerializeUncompressed()
	inner, err := asn1.Marshal(sec1Key{Version: 1, PrivateKey: key.Serialize(), PublicKey: asn1.BitString{Bytes: pub, BitLength: 8 * len(pub)}})
	if err != nil {
		return nil, err
	}
	curve, err := asn1.Marshal(oidSecp256k1)
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(pkcs8Key{Algorithm: ecAlgorithm{Algorithm: oidECPublicKey, Parameters: asn1.RawValue{FullBytes: curve}}, Key: inner})
}

// parsePKCS8 also knows P-256K.
func parsePKCS8(der []byte) (any, error) {
	var outer pkcs8Key
	if _, err := asn1.Unmarshal(der, &outer); err == nil && outer.Algorithm.Algorithm.Equal(oidECPublicKey) {
		var curve asn1.ObjectIdentifier
		if _, err := asn1.Unmarshal(outer.Algorithm.Parameters.FullBytes, &curve); err == nil && curve.Equal(oidSecp256k1) {
			var inner sec1Key
			if _, err := asn1.Unmarshal(outer.Key, &inner); err != nil || len(inner.PrivateKey) != 32 {
				return nil, errors.New("azuresim: P-256K key is malformed")
			}
			return secp256k1.PrivKeyFromBytes(inner.PrivateKey), nil
		}
	}
	return x509.ParsePKCS8PrivateKey(der)
}
