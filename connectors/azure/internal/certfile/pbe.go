package certfile

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"hash"

	"golang.org/x/crypto/scrypt"
)

// What a key derivation may cost.
const (
	maxIterations   = 10_000_000
	maxScryptMemory = 64 << 20
	maxScryptWork   = 1 << 25 // N*r*p
	scryptRound     = 4       // of which so many cost as much as one round of PBKDF2
)

type encryptedData struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

// budget is the rounds that the derivations of one file may take together.
type budget struct{ left int }

func newBudget() *budget { return &budget{maxIterations} }

func (b *budget) spend(iterations int) error {
	if iterations < 1 || iterations > b.left {
		return ErrTooCostly
	}
	b.left -= iterations
	return nil
}

func openEncrypted(der []byte, passphrase string, b *budget) (*Key, error) {
	var e encryptedData
	if rest, err := asn1.Unmarshal(der, &e); err != nil || len(rest) > 0 {
		return nil, fmt.Errorf("%w: not an encrypted key", ErrFormat)
	}
	plain, err := decrypt(e, passphrase, b)
	if err != nil {
		return nil, err
	}
	k, err := ParsePKCS8(plain)
	if err != nil {
		return nil, ErrPassphrase // padding can come out right by chance
	}
	return k, nil
}

// decrypt opens data that is encrypted under a passphrase: PBES2 of PKCS#5, and
// the one scheme of PKCS#12 that is still made.
func decrypt(e encryptedData, passphrase string, b *budget) ([]byte, error) {
	if e.Algorithm.Algorithm.Equal(oid(1, 2, 840, 113549, 1, 5, 13)) {
		return decryptPBES2(e, passphrase, b)
	}
	if e.Algorithm.Algorithm.Equal(oid(1, 2, 840, 113549, 1, 12, 1, 3)) {
		return decryptPKCS12(e, passphrase, b)
	}
	return nil, ErrUnsupported
}

func oid(n ...int) asn1.ObjectIdentifier { return n }

type pbes2 struct {
	KDF, Cipher pkix.AlgorithmIdentifier
}

func decryptPBES2(e encryptedData, passphrase string, b *budget) ([]byte, error) {
	var p pbes2
	if _, err := asn1.Unmarshal(e.Algorithm.Parameters.FullBytes, &p); err != nil {
		return nil, fmt.Errorf("%w: PBES2", ErrFormat)
	}
	c, ok := cipherOf(p.Cipher.Algorithm)
	if !ok {
		return nil, ErrUnsupported
	}
	var iv []byte
	if _, err := asn1.Unmarshal(p.Cipher.Parameters.FullBytes, &iv); err != nil {
		return nil, fmt.Errorf("%w: no initial vector", ErrFormat)
	}
	key, err := derive(p.KDF, passphrase, c.keySize, b)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	return c.open(key, iv, e.Data)
}

type blockCipher struct {
	oid     asn1.ObjectIdentifier
	keySize int
	make    func([]byte) (cipher.Block, error)
}

func cipherOf(id asn1.ObjectIdentifier) (blockCipher, bool) {
	for _, c := range []blockCipher{
		{oid(2, 16, 840, 1, 101, 3, 4, 1, 2), 16, aes.NewCipher},
		{oid(2, 16, 840, 1, 101, 3, 4, 1, 22), 24, aes.NewCipher},
		{oid(2, 16, 840, 1, 101, 3, 4, 1, 42), 32, aes.NewCipher},
		{oid(1, 2, 840, 113549, 3, 7), 24, des.NewTripleDESCipher},
		{oid(1, 3, 14, 3, 2, 7), 8, des.NewCipher},
	} {
		if c.oid.Equal(id) {
			return c, true
		}
	}
	return blockCipher{}, false
}

// open decrypts CBC and takes the padding off, all of which must be right.
func (c blockCipher) open(key, iv, data []byte) ([]byte, error) {
	block, err := c.make(key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	size := block.BlockSize()
	if len(iv) != size || len(data) == 0 || len(data)%size != 0 {
		return nil, fmt.Errorf("%w: encrypted data is cut", ErrFormat)
	}
	plain := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, data)
	pad := int(plain[len(plain)-1])
	if pad < 1 || pad > size || !bytes.Equal(plain[len(plain)-pad:], bytes.Repeat([]byte{byte(pad)}, pad)) {
		clear(plain)
		return nil, ErrPassphrase
	}
	return plain[:len(plain)-pad], nil
}

func derive(kdf pkix.AlgorithmIdentifier, passphrase string, size int, b *budget) ([]byte, error) {
	switch {
	case kdf.Algorithm.Equal(oid(1, 2, 840, 113549, 1, 5, 12)):
		return derivePBKDF2(kdf.Parameters.FullBytes, passphrase, size, b)
	case kdf.Algorithm.Equal(oid(1, 3, 6, 1, 4, 1, 11591, 4, 11)):
		return deriveScrypt(kdf.Parameters.FullBytes, passphrase, size, b)
	}
	return nil, ErrUnsupported
}

func derivePBKDF2(params []byte, passphrase string, size int, b *budget) ([]byte, error) {
	var p struct {
		Salt       []byte
		Iterations int
		KeyLength  int                      `asn1:"optional"`
		PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(params, &p); err != nil {
		return nil, fmt.Errorf("%w: PBKDF2", ErrFormat)
	}
	if p.KeyLength != 0 && p.KeyLength != size {
		return nil, fmt.Errorf("%w: key length", ErrFormat)
	}
	h, ok := prfOf(p.PRF.Algorithm)
	if !ok {
		return nil, ErrUnsupported
	}
	if err := b.spend(p.Iterations); err != nil {
		return nil, err
	}
	return pbkdf2.Key(h, passphrase, p.Salt, p.Iterations, size)
}

func prfOf(id asn1.ObjectIdentifier) (func() hash.Hash, bool) {
	if len(id) == 0 { // the default of RFC 8018
		return sha1.New, true
	}
	for n, h := range map[int]func() hash.Hash{
		7: sha1.New, 8: sha256.New224, 9: sha256.New, 10: sha512.New384, 11: sha512.New, 12: sha512.New512_224, 13: sha512.New512_256,
	} {
		if id.Equal(oid(1, 2, 840, 113549, 2, n)) {
			return h, true
		}
	}
	return nil, false
}

func deriveScrypt(params []byte, passphrase string, size int, b *budget) ([]byte, error) {
	var p struct {
		Salt    []byte
		N, R, P int
		Length  int `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(params, &p); err != nil {
		return nil, fmt.Errorf("%w: scrypt", ErrFormat)
	}
	if p.N < 2 || p.R < 1 || p.P < 1 || p.N > 1<<24 || p.R > 1<<10 || p.P > 1<<10 ||
		128*p.N*p.R > maxScryptMemory || p.N*p.R*p.P > maxScryptWork {
		return nil, ErrTooCostly
	}
	if err := b.spend(max(1, p.N*p.R*p.P/scryptRound)); err != nil {
		return nil, err
	}
	key, err := scrypt.Key([]byte(passphrase), p.Salt, p.N, p.R, p.P, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return key, nil
}
