package certfile

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"hash"
	"strings"
)

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"explicit,optional,tag:0"`
}

type pfx struct {
	Version  int
	AuthSafe contentInfo
	MAC      macData `asn1:"optional"`
}

type macData struct {
	Digest struct {
		Algorithm pkix.AlgorithmIdentifier
		Value     []byte
	}
	Salt       []byte
	Iterations int `asn1:"optional,default:1"`
}

type safeBag struct {
	ID         asn1.ObjectIdentifier
	Value      asn1.RawValue `asn1:"explicit,tag:0"`
	Attributes asn1.RawValue `asn1:"optional,set"`
}

// PFX is an opened PKCS#12 file.
type PFX struct {
	Key          *Key
	Certificates []*Certificate // the one that belongs to the key first

	budget *budget
}

// DecodePFX reads the base64 in which PFX files travel.
func DecodePFX(text string) ([]byte, error) {
	if len(text) > MaxInput {
		return nil, fmt.Errorf("%w: it is longer than %d bytes", ErrFormat, MaxInput)
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil || len(der) == 0 {
		return nil, fmt.Errorf("%w: not base64", ErrFormat)
	}
	return der, nil
}

// OpenPFX checks the passphrase and opens the file. ErrUnsupported says that
// the passphrase is right as far as it can be checked, but that a part is
// encrypted in a way that is not opened here.
func OpenPFX(der []byte, passphrase string) (*PFX, error) {
	var f pfx
	if rest, err := asn1.Unmarshal(der, &f); err != nil || len(rest) > 0 || f.Version != 3 {
		return nil, fmt.Errorf("%w: not a PFX file", ErrFormat)
	}
	safe, err := octets(f.AuthSafe)
	if err != nil {
		return nil, err
	}
	b := newBudget()
	if err := f.MAC.verify(safe, passphrase, b); err != nil {
		return nil, err
	}
	var parts []contentInfo
	if _, err := asn1.Unmarshal(safe, &parts); err != nil {
		return nil, fmt.Errorf("%w: PFX content", ErrFormat)
	}
	out := &PFX{budget: b}
	for _, p := range parts {
		if err := out.addPart(p, passphrase); err != nil {
			return nil, err
		}
	}
	return out, out.complete()
}

func (p *PFX) complete() error {
	if p.Key == nil || len(p.Certificates) == 0 {
		return fmt.Errorf("%w: the PFX file lacks a key or a certificate", ErrFormat)
	}
	var err error
	p.Certificates, err = Order(p.Key, p.Certificates)
	return err
}

func octets(c contentInfo) ([]byte, error) {
	var out []byte
	if !c.Type.Equal(oid(1, 2, 840, 113549, 1, 7, 1)) {
		return nil, ErrUnsupported
	}
	if _, err := asn1.Unmarshal(c.Content.Bytes, &out); err != nil {
		return nil, fmt.Errorf("%w: PFX content", ErrFormat)
	}
	return out, nil
}

func (m macData) verify(content []byte, passphrase string, b *budget) error {
	if len(m.Digest.Value) == 0 {
		return nil // without a MAC the parts themselves tell
	}
	h, ok := macHash(m.Digest.Algorithm.Algorithm)
	if !ok {
		return ErrUnsupported
	}
	for _, pw := range macPasswords(passphrase) {
		if err := b.spend(m.Iterations); err != nil {
			return err
		}
		mac := hmac.New(h, pkcs12Key(h, pw, m.Salt, m.Iterations, forMAC, h().Size()))
		mac.Write(content)
		if hmac.Equal(mac.Sum(nil), m.Digest.Value) {
			return nil
		}
	}
	return ErrPassphrase
}

// macPasswords are two for the empty passphrase, which tools hash differently.
func macPasswords(passphrase string) [][]byte {
	if passphrase == "" {
		return [][]byte{bmp(""), nil}
	}
	return [][]byte{bmp(passphrase)}
}

func macHash(id asn1.ObjectIdentifier) (func() hash.Hash, bool) {
	if id.Equal(oid(1, 3, 14, 3, 2, 26)) {
		return sha1.New, true
	}
	for n, h := range map[int]func() hash.Hash{1: sha256.New, 2: sha512.New384, 3: sha512.New, 4: sha256.New224} {
		if id.Equal(oid(2, 16, 840, 1, 101, 3, 4, 2, n)) {
			return h, true
		}
	}
	return nil, false
}

func (p *PFX) addPart(c contentInfo, passphrase string) error {
	plain, err := partContent(c, passphrase, p.budget)
	if err != nil {
		return err
	}
	var bags []safeBag
	if _, err := asn1.Unmarshal(plain, &bags); err != nil {
		return fmt.Errorf("%w: PFX bags", ErrFormat)
	}
	for _, b := range bags {
		if err := p.addBag(b, passphrase); err != nil {
			return err
		}
	}
	return nil
}

func partContent(c contentInfo, passphrase string, b *budget) ([]byte, error) {
	if !c.Type.Equal(oid(1, 2, 840, 113549, 1, 7, 6)) {
		return octets(c)
	}
	var e struct {
		Version int
		Info    struct {
			Type      asn1.ObjectIdentifier
			Algorithm pkix.AlgorithmIdentifier
			Data      []byte `asn1:"tag:0,optional"`
		}
	}
	if _, err := asn1.Unmarshal(c.Content.Bytes, &e); err != nil {
		return nil, fmt.Errorf("%w: encrypted PFX content", ErrFormat)
	}
	return decrypt(encryptedData{e.Info.Algorithm, e.Info.Data}, passphrase, b)
}

func (p *PFX) addBag(b safeBag, passphrase string) error {
	var err error
	switch {
	case b.ID.Equal(oid(1, 2, 840, 113549, 1, 12, 10, 1, 1)) && p.Key == nil:
		p.Key, err = ParsePKCS8(b.Value.Bytes)
	case b.ID.Equal(oid(1, 2, 840, 113549, 1, 12, 10, 1, 2)) && p.Key == nil:
		p.Key, err = openEncrypted(b.Value.Bytes, passphrase, p.budget)
	case b.ID.Equal(oid(1, 2, 840, 113549, 1, 12, 10, 1, 3)):
		return p.addCertificate(b.Value.Bytes)
	}
	return err
}

func (p *PFX) addCertificate(der []byte) error {
	var bag struct {
		ID    asn1.ObjectIdentifier
		Value []byte `asn1:"tag:0,explicit"`
	}
	if _, err := asn1.Unmarshal(der, &bag); err != nil {
		return fmt.Errorf("%w: certificate in the PFX file", ErrFormat)
	}
	c, err := parseCertificate(bag.Value)
	if err == nil {
		p.Certificates = append(p.Certificates, c)
	}
	return err
}
