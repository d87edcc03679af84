package azuresim

import (
	"bytes"
	"crypto/cipher"
	"crypto/des"
	"crypto/sha1"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"unicode/utf16"

	"github.com/youmark/pkcs8"
)

// oidPBESHA3DES is PBES1 of PKCS#12 with three-key triple DES, which the real service opens as well.
var oidPBESHA3DES = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 1, 3}

var oidScrypt = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}

var errDecrypt = errors.New("azuresim: wrong password or unknown encryption")

type encryptedKey struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

// decryptPKCS8 opens an encrypted private key. The libraries below index into what the file says, and a
// damaged file must not end the caller's connection.
func decryptPKCS8(der []byte, password string) (key any, err error) {
	defer func() {
		if recover() != nil {
			key, err = nil, errDecrypt
		}
	}()
	var e encryptedKey
	if _, err := asn1.Unmarshal(der, &e); err != nil {
		return nil, err
	}
	if e.Algorithm.Algorithm.Equal(oidPBESHA3DES) {
		return openPBES1(e, password)
	}
	if !affordable(e) {
		return nil, errDecrypt
	}
	if key, err := pkcs8.ParsePKCS8PrivateKey(der, []byte(password)); err == nil {
		return key, nil
	}
	return nil, errDecrypt
}

// maxIterations keeps a hostile file from keeping the simulator busy.
const maxIterations = 10_000_000

// affordable bounds the work that a PBES2 file asks for: iterations of PBKDF2, memory of scrypt.
func affordable(e encryptedKey) bool {
	var p struct {
		KDF, Cipher pkix.AlgorithmIdentifier
	}
	if _, err := asn1.Unmarshal(e.Algorithm.Parameters.FullBytes, &p); err != nil {
		return false
	}
	var costs struct {
		Salt []byte
		// N is the number of iterations for PBKDF2, where the rest means other things.
		N int
		R int `asn1:"optional"`
		P int `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(p.KDF.Parameters.FullBytes, &costs); err != nil || costs.N < 1 || costs.N > maxIterations {
		return false
	}
	if !p.KDF.Algorithm.Equal(oidScrypt) {
		return true
	}
	return costs.N <= 1<<20 && costs.R > 0 && costs.R <= 32 && costs.P > 0 && costs.P <= 16
}

func openPBES1(e encryptedKey, password string) (any, error) {
	var p struct {
		Salt       []byte
		Iterations int
	}
	if _, err := asn1.Unmarshal(e.Algorithm.Parameters.FullBytes, &p); err != nil {
		return nil, err
	}
	if p.Iterations < 1 || p.Iterations > maxIterations || len(e.Data) == 0 || len(e.Data)%des.BlockSize != 0 {
		return nil, errDecrypt
	}
	pw := bmpString(password)
	block, err := des.NewTripleDESCipher(pkcs12KDF(pw, p.Salt, p.Iterations, 1, 24))
	if err != nil {
		return nil, err
	}
	plain := make([]byte, len(e.Data))
	cipher.NewCBCDecrypter(block, pkcs12KDF(pw, p.Salt, p.Iterations, 2, des.BlockSize)).CryptBlocks(plain, e.Data)
	pad := int(plain[len(plain)-1])
	if pad < 1 || pad > des.BlockSize {
		return nil, errDecrypt
	}
	return parsePKCS8(plain[:len(plain)-pad])
}

// bmpString is the password as PKCS#12 hashes it: UTF-16, big endian, with a closing zero.
func bmpString(s string) []byte {
	var out []byte
	for _, u := range append(utf16.Encode([]rune(s)), 0) {
		out = append(out, byte(u>>8), byte(u))
	}
	return out
}

// pkcs12KDF is RFC 7292 appendix B.2 with SHA-1: id 1 makes a key, 2 an initial vector.
func pkcs12KDF(password, salt []byte, iterations int, id byte, size int) []byte {
	const u, v = sha1.Size, sha1.BlockSize
	input := append(fill(salt, v), fill(password, v)...)
	diversifier := bytes.Repeat([]byte{id}, v)
	var out []byte
	for len(out) < size {
		a := sha1.Sum(append(append([]byte{}, diversifier...), input...))
		for i := 1; i < iterations; i++ {
			a = sha1.Sum(a[:])
		}
		out = append(out, a[:]...)
		b := new(big.Int).SetBytes(fill(a[:u], v))
		b.Add(b, big.NewInt(1))
		for i := 0; i < len(input); i += v {
			sum := new(big.Int).SetBytes(input[i : i+v])
			sum.Add(sum, b)
			raw := make([]byte, v+1)
			sum.FillBytes(raw)
			copy(input[i:i+v], raw[1:])
		}
	}
	return out[:size]
}

// fill repeats b until its length is a multiple of v.
func fill(b []byte, v int) []byte {
	if len(b) == 0 {
		return nil
	}
	n := (len(b) + v - 1) / v * v
	return bytes.Repeat(b, n/len(b)+1)[:n]
}
