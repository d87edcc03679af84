package s3wire

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math/big"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Signature Version 4A signs for several regions at once, which access points
// that span regions ask for.
const setAlgorithm = "AWS4-ECDSA-P256-SHA256"

// setKey is the private key that follows from a pair of keys.
type setKey struct {
	id, secret string
	key        *ecdsa.PrivateKey
}

func (s *signer) setKey(cr *aws.Credentials) (*ecdsa.PrivateKey, error) {
	if k := s.set.Load(); k != nil && k.id == cr.AccessKeyID && k.secret == cr.SecretAccessKey {
		return k.key, nil
	}
	key, err := deriveSetKey(cr)
	if err != nil {
		return nil, err
	}
	s.set.Store(&setKey{id: cr.AccessKeyID, secret: cr.SecretAccessKey, key: key})
	return key, nil
}

// deriveSetKey makes candidates until one is a private key of the curve: NIST
// SP 800-108 in counter mode, FIPS 186-4 B.4.2.
func deriveSetKey(cr *aws.Credentials) (*ecdsa.PrivateKey, error) {
	limit := new(big.Int).Sub(elliptic.P256().Params().N, big.NewInt(2))
	for counter := byte(1); counter != 0; counter++ {
		in := append([]byte{0, 0, 0, 1}, setAlgorithm...)
		in = append(append(append(in, 0), cr.AccessKeyID...), counter)
		in = binary.BigEndian.AppendUint32(in, 256)
		sum := mac([]byte("AWS4A"+cr.SecretAccessKey), string(in))
		if d := new(big.Int).SetBytes(sum[:]); d.Cmp(limit) < 0 {
			return ecdsa.ParseRawPrivateKey(elliptic.P256(), d.Add(d, big.NewInt(1)).FillBytes(make([]byte, 32)))
		}
	}
	return nil, errors.New("the access key makes no signing key")
}

// signSet signs a request for all regions; its header x-amz-region-set says so.
func (s *signer) signSet(r *unsigned, cr *aws.Credentials, service, long string) (string, error) {
	key, err := s.setKey(cr)
	if err != nil {
		return "", err
	}
	b := appendCanonical(nil, r)
	scope := long[:8] + "/" + service + "/aws4_request"
	sum := sha256.Sum256([]byte(toSign(setAlgorithm, long, scope, sha256.Sum256(b))))
	sig, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	if err != nil {
		return "", err
	}
	end := len(b) - len(r.payload) - 1
	return setAlgorithm + " Credential=" + cr.AccessKeyID + "/" + scope + ", SignedHeaders=" + string(b[end-namesLen(r.fields):end]) + ", Signature=" + hex.EncodeToString(sig), nil
}
