package utilities

import (
	"archive/zip"
	"compress/flate"
	"crypto/aes"    //nolint:depguard // it only reads what others have encrypted
	"crypto/cipher" //nolint:depguard // likewise
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // the format has it so
	"crypto/subtle"
	"encoding/binary"
	"hash"
	"hash/crc32"
	"io"

	"github.com/fairlead-io/fairlead/connector"
)

// openEntry unpacks an entry, decrypting it where it is encrypted. What comes
// out is checked against the archive's checksum at its end.
func openEntry(f *zip.File, password string) (io.ReadCloser, error) {
	if f.Flags&1 == 0 {
		return f.Open()
	}
	if password == "" {
		return nil, wrongPassword("It is encrypted.", "Give its password in File Passwords.")
	}
	raw, err := f.OpenRaw()
	if err != nil {
		return nil, err
	}
	method, crc := f.Method, true
	var plain io.Reader
	if f.Method == methodAES {
		plain, method, crc, err = decryptAES(f, raw, password)
	} else {
		plain, err = decryptTraditional(f, raw, password)
	}
	if err != nil {
		return nil, err
	}
	return unpack(f, plain, method, crc)
}

func wrongPassword(message, fix string) error {
	return connector.InvalidField("/filePasswords", message, fix)
}

func unpack(f *zip.File, plain io.Reader, method uint16, crc bool) (io.ReadCloser, error) {
	c := &checked{f: f, sum: crc32.NewIEEE(), crc: crc, rest: plain}
	switch method {
	case zip.Store:
		c.r = io.NopCloser(plain)
	case zip.Deflate:
		c.r = flate.NewReader(plain)
	default:
		return nil, zip.ErrAlgorithm
	}
	return c, nil
}

// checked compares what comes out with what the archive says of it.
type checked struct {
	f    *zip.File
	r    io.ReadCloser
	rest io.Reader // below a decompressor, which need not read to the end
	sum  hash.Hash32
	crc  bool
	n    uint64
}

func (c *checked) Close() error { return c.r.Close() }

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	_, _ = c.sum.Write(p[:n]) // never fails
	c.n += uint64(n)
	if err != io.EOF {
		return n, err
	}
	if _, err := io.Copy(io.Discard, c.rest); err != nil {
		return n, err
	}
	if c.n != c.f.UncompressedSize64 || c.crc && c.sum.Sum32() != c.f.CRC32 {
		// The traditional encryption tells one wrong password in 256 from damage
		// only here.
		return n, wrongPassword("Its password is wrong, or it is damaged.", "Check its password in File Passwords.")
	}
	return n, io.EOF
}

// traditional is PKWARE's first encryption (APPNOTE 6.1).
type traditional struct {
	r io.Reader
	k [3]uint32
}

const traditionalHeader = 12

func decryptTraditional(f *zip.File, raw io.Reader, password string) (io.Reader, error) {
	t := &traditional{r: raw, k: [3]uint32{0x12345678, 0x23456789, 0x34567890}}
	for _, c := range []byte(password) {
		t.update(c)
	}
	head := make([]byte, traditionalHeader)
	if _, err := io.ReadFull(t, head); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	want := byte(f.CRC32 >> 24)
	if f.Flags&8 != 0 { // sizes follow the data, so the checksum was not known yet
		want = byte(f.ModifiedTime >> 8)
	}
	if head[traditionalHeader-1] != want {
		return nil, wrongPassword("Its password is wrong.", "Check its password in File Passwords.")
	}
	return t, nil
}

func (t *traditional) update(c byte) {
	t.k[0] = crc32.IEEETable[byte(t.k[0])^c] ^ t.k[0]>>8
	t.k[1] = (t.k[1]+t.k[0]&0xff)*134775813 + 1
	t.k[2] = crc32.IEEETable[byte(t.k[2])^byte(t.k[1]>>24)] ^ t.k[2]>>8
}

func (t *traditional) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	for i, c := range p[:n] {
		x := uint16(t.k[2]) | 2
		p[i] = c ^ byte((x*(x^1))>>8)
		t.update(p[i])
	}
	return n, err
}

// The AES encryption of WinZip.
const (
	methodAES   = 99
	extraAES    = 0x9901
	aesMAC      = 10
	aesVerifier = 2
	aesRounds   = 1000
)

func decryptAES(f *zip.File, raw io.Reader, password string) (_ io.Reader, method uint16, crc bool, _ error) {
	version, strength, method, ok := aesExtra(f.Extra)
	if !ok {
		return nil, 0, false, zip.ErrAlgorithm
	}
	keyLen := 8 + 8*int(strength)
	saltLen := keyLen / 2
	size := int64(min(f.CompressedSize64, 1<<62)) - int64(saltLen+aesVerifier+aesMAC)
	head := make([]byte, saltLen+aesVerifier)
	if _, err := io.ReadFull(raw, head); err != nil || size < 0 {
		return nil, 0, false, io.ErrUnexpectedEOF
	}
	keys, err := pbkdf2.Key(sha1.New, password, head[:saltLen], aesRounds, 2*keyLen+aesVerifier)
	if err != nil {
		return nil, 0, false, err
	}
	if subtle.ConstantTimeCompare(keys[2*keyLen:], head[saltLen:]) != 1 {
		return nil, 0, false, wrongPassword("Its password is wrong.", "Check its password in File Passwords.")
	}
	block, err := aes.NewCipher(keys[:keyLen])
	if err != nil {
		return nil, 0, false, err
	}
	r := &aesReader{raw: raw, left: size, block: block, mac: hmac.New(sha1.New, keys[keyLen:2*keyLen])}
	return r, method, version == 1, nil // version 2 leaves the checksum out
}

func aesExtra(extra []byte) (version uint16, strength byte, method uint16, ok bool) {
	for len(extra) >= 4 {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if len(extra) < 4+n {
			return 0, 0, 0, false
		}
		if e := extra[4 : 4+n]; id == extraAES && n >= 7 && e[4] >= 1 && e[4] <= 3 {
			return binary.LittleEndian.Uint16(e), e[4], binary.LittleEndian.Uint16(e[5:]), true
		}
		extra = extra[4+n:]
	}
	return 0, 0, 0, false
}

// aesReader decrypts in counter mode, whose counter starts at 1 and has its
// lowest byte first, and checks the code at the end.
type aesReader struct {
	raw   io.Reader
	left  int64
	block cipher.Block
	mac   hash.Hash
	count [aes.BlockSize]byte
	pad   [aes.BlockSize]byte
	used  int
	done  bool
	began bool
}

func (a *aesReader) Read(p []byte) (int, error) {
	if a.left == 0 {
		return 0, a.finish()
	}
	n, err := a.raw.Read(p[:min(int64(len(p)), a.left)])
	a.left -= int64(n)
	_, _ = a.mac.Write(p[:n]) // never fails
	for i := range p[:n] {
		if !a.began || a.used == aes.BlockSize {
			a.next()
		}
		p[i] ^= a.pad[a.used]
		a.used++
	}
	if err == io.EOF && a.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	if err == io.EOF {
		err = nil // the code is still to be checked
	}
	return n, err
}

func (a *aesReader) next() {
	for i := range a.count {
		if a.count[i]++; a.count[i] != 0 {
			break
		}
	}
	a.block.Encrypt(a.pad[:], a.count[:])
	a.began, a.used = true, 0
}

func (a *aesReader) finish() error {
	if a.done {
		return io.EOF
	}
	code := make([]byte, aesMAC)
	if _, err := io.ReadFull(a.raw, code); err != nil {
		return io.ErrUnexpectedEOF
	}
	if subtle.ConstantTimeCompare(code, a.mac.Sum(nil)[:aesMAC]) != 1 {
		return zip.ErrChecksum
	}
	a.done = true
	return io.EOF
}
