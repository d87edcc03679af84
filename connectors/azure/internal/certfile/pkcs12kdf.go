package certfile

import (
	"bytes"
	"crypto/des"
	"crypto/sha1"
	"encoding/asn1"
	"fmt"
	"hash"
	"math/big"
	"unicode/utf16"
)

// What a derived key of PKCS#12 is for.
const (
	forKey = 1
	forIV  = 2
	forMAC = 3
)

func decryptPKCS12(e encryptedData, passphrase string, b *budget) ([]byte, error) {
	var p struct {
		Salt       []byte
		Iterations int
	}
	if _, err := asn1.Unmarshal(e.Algorithm.Parameters.FullBytes, &p); err != nil {
		return nil, fmt.Errorf("%w: PKCS#12 encryption", ErrFormat)
	}
	for range 2 { // the key and the initial vector
		if err := b.spend(p.Iterations); err != nil {
			return nil, err
		}
	}
	pw := bmp(passphrase)
	defer clear(pw)
	key := pkcs12Key(sha1.New, pw, p.Salt, p.Iterations, forKey, 24)
	defer clear(key)
	iv := pkcs12Key(sha1.New, pw, p.Salt, p.Iterations, forIV, des.BlockSize)
	return blockCipher{keySize: 24, make: des.NewTripleDESCipher}.open(key, iv, e.Data)
}

// bmp is a passphrase as PKCS#12 hashes it: UTF-16, big endian, closed by a zero.
func bmp(s string) []byte {
	var out []byte
	for _, u := range append(utf16.Encode([]rune(s)), 0) {
		out = append(out, byte(u>>8), byte(u))
	}
	return out
}

// pkcs12Key is the derivation of RFC 7292, appendix B.2.
func pkcs12Key(newHash func() hash.Hash, password, salt []byte, iterations int, id byte, size int) []byte {
	h := newHash()
	v := h.BlockSize()
	input := append(repeatTo(salt, v), repeatTo(password, v)...)
	var out []byte
	for len(out) < size {
		h.Reset()
		h.Write(bytes.Repeat([]byte{id}, v))
		h.Write(input)
		a := h.Sum(nil)
		for range iterations - 1 {
			h.Reset()
			h.Write(a)
			a = h.Sum(a[:0])
		}
		out = append(out, a...)
		stepInput(input, a, v)
	}
	return out[:size]
}

// stepInput adds a, repeated to the block's size, and one to every block.
func stepInput(input, a []byte, v int) {
	b := new(big.Int).SetBytes(repeatTo(a, v)[:v])
	b.Add(b, big.NewInt(1))
	for i := 0; i < len(input); i += v {
		sum := new(big.Int).SetBytes(input[i : i+v])
		raw := sum.Add(sum, b).FillBytes(make([]byte, v+1))
		copy(input[i:i+v], raw[1:])
	}
}

// repeatTo repeats b up to the next multiple of v.
func repeatTo(b []byte, v int) []byte {
	if len(b) == 0 {
		return nil
	}
	n := (len(b) + v - 1) / v * v
	return bytes.Repeat(b, n/len(b)+1)[:n]
}
