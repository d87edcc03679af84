package azuresim

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash"
	"math/big"
	"net/http"
	"slices"
	"strings"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	k256ecdsa "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
)

var errAlgorithm = errors.New("algorithm does not fit the key")

// useKey signs, verifies, encrypts, decrypts, wraps or unwraps.
func (d *dataCall) useKey() answer {
	var in struct {
		Alg    string `json:"alg"`
		Value  string `json:"value"`
		Digest string `json:"digest"`
	}
	_, v, e := d.find()
	if e != nil {
		return errorAnswer(e)
	}
	verb := d.op.verb
	if !v.attrs.Enabled {
		return errorAnswer(forbidden("KeyDisabled", "Operation "+verb+" is not allowed on a disabled key."))
	}
	if e := d.outsideValidity(v); e != nil {
		return errorAnswer(e)
	}
	if !slices.Contains(v.ops, verb) {
		return errorAnswer(forbidden("KeyOperationForbidden", "Operation "+verb+" is not permitted on this key."))
	}
	value, err1 := []byte(nil), error(nil)
	if d.decode(&in) {
		value, err1 = base64.RawURLEncoding.DecodeString(strings.TrimRight(in.Value, "="))
	}
	digest, err2 := base64.RawURLEncoding.DecodeString(strings.TrimRight(in.Digest, "="))
	if err1 != nil || err2 != nil || len(value) == 0 {
		return errorAnswer(badParameter("The parameter value is missing or is not base64url."))
	}
	if verb == "verify" {
		return jsonAnswer(http.StatusOK, map[string]bool{"value": v.key.verify(in.Alg, digest, value)})
	}
	out, err := v.key.apply(verb, in.Alg, value)
	if err != nil {
		return errorAnswer(badParameter("The %s operation failed: %s.", verb, err))
	}
	return jsonAnswer(http.StatusOK, struct {
		KID   string `json:"kid"`
		Value string `json:"value"`
	}{d.objectID("keys", d.coll().live[strings.ToLower(d.name)].name, v.id), b64(out)})
}

// outsideValidity refuses operations that protect data outside nbf and exp; undoing them stays allowed.
func (d *dataCall) outsideValidity(v *version) *apiError {
	switch d.op.verb {
	case "decrypt", "unwrapKey", "verify":
		return nil
	}
	now := d.now.Unix()
	if v.attrs.NotBefore != nil && now < *v.attrs.NotBefore {
		return forbidden("KeyNotYetValid", "Operation "+d.op.verb+" is not allowed on a key that is not yet valid.")
	}
	if v.attrs.Expires != nil && now >= *v.attrs.Expires {
		return forbidden("KeyExpired", "Operation "+d.op.verb+" is not allowed on an expired key.")
	}
	return nil
}

func (m *keyMaterial) apply(verb, alg string, in []byte) ([]byte, error) {
	switch verb {
	case "sign":
		return m.sign(alg, in)
	case "encrypt", "wrapKey":
		return m.seal(alg, in)
	}
	return m.open(alg, in)
}

func oaepHash(alg string) hash.Hash {
	switch alg {
	case "RSA-OAEP":
		return sha1.New()
	case "RSA-OAEP-256":
		return sha256.New()
	}
	return nil
}

func (m *keyMaterial) seal(alg string, in []byte) ([]byte, error) {
	if m.rsa == nil {
		return nil, errAlgorithm
	}
	if alg == "RSA1_5" {
		return rsa.EncryptPKCS1v15(rand.Reader, &m.rsa.PublicKey, in) //nolint:staticcheck // the vault offers it
	}
	if h := oaepHash(alg); h != nil {
		return rsa.EncryptOAEP(h, rand.Reader, &m.rsa.PublicKey, in, nil)
	}
	return nil, errAlgorithm
}

func (m *keyMaterial) open(alg string, in []byte) ([]byte, error) {
	if m.rsa == nil {
		return nil, errAlgorithm
	}
	if alg == "RSA1_5" {
		return rsa.DecryptPKCS1v15(nil, m.rsa, in) //nolint:staticcheck // the vault offers it
	}
	if h := oaepHash(alg); h != nil {
		return rsa.DecryptOAEP(h, nil, m.rsa, in, nil)
	}
	return nil, errAlgorithm
}

// digestOf is the hash that an algorithm's name ends with, and whether the digest has its length.
func digestOf(alg string, digest []byte) (crypto.Hash, bool) {
	h := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[strings.TrimLeft(strings.TrimSuffix(alg, "K"), "RPES")]
	return h, h != 0 && len(digest) == h.Size()
}

// curveAlgorithm is the one algorithm that fits a curve.
func curveAlgorithm(crv string) string {
	return map[string]string{"P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "P-256K": "ES256K"}[crv]
}

// sign returns the signature as Azure does: for EC keys r and s, one after the other.
func (m *keyMaterial) sign(alg string, digest []byte) ([]byte, error) {
	h, ok := digestOf(alg, digest)
	if !ok {
		return nil, errAlgorithm
	}
	switch {
	case m.rsa != nil && strings.HasPrefix(alg, "RS"):
		return rsa.SignPKCS1v15(rand.Reader, m.rsa, h, digest)
	case m.rsa != nil && strings.HasPrefix(alg, "PS"):
		return rsa.SignPSS(rand.Reader, m.rsa, h, digest, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	case m.rsa != nil || alg != curveAlgorithm(m.spec.crv):
		return nil, errAlgorithm
	case m.k256 != nil:
		sig := k256ecdsa.Sign(m.k256, digest)
		r, s := sig.R(), sig.S()
		rb, sb := r.Bytes(), s.Bytes()
		return append(rb[:], sb[:]...), nil
	}
	r, s, err := ecdsa.Sign(rand.Reader, m.ec, digest)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 2*((m.ec.Params().BitSize+7)/8))
	r.FillBytes(out[:len(out)/2])
	s.FillBytes(out[len(out)/2:])
	return out, nil
}

func (m *keyMaterial) verify(alg string, digest, sig []byte) bool {
	h, ok := digestOf(alg, digest)
	switch {
	case !ok:
		return false
	case m.rsa != nil && strings.HasPrefix(alg, "RS"):
		return rsa.VerifyPKCS1v15(&m.rsa.PublicKey, h, digest, sig) == nil
	case m.rsa != nil && strings.HasPrefix(alg, "PS"):
		return rsa.VerifyPSS(&m.rsa.PublicKey, h, digest, sig, nil) == nil
	case m.rsa != nil || alg != curveAlgorithm(m.spec.crv) || len(sig)%2 != 0:
		return false
	case m.k256 != nil:
		return verifyK256(m.k256.PubKey(), digest, sig)
	}
	r, s := new(big.Int).SetBytes(sig[:len(sig)/2]), new(big.Int).SetBytes(sig[len(sig)/2:])
	return ecdsa.Verify(&m.ec.PublicKey, digest, r, s)
}

func verifyK256(pub *secp256k1.PublicKey, digest, sig []byte) bool {
	if len(sig) != 64 {
		return false
	}
	var r, s secp256k1.ModNScalar
	if r.SetByteSlice(sig[:32]) || s.SetByteSlice(sig[32:]) {
		return false
	}
	return k256ecdsa.NewSignature(&r, &s).Verify(digest, pub)
}
