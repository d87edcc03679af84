package s3

import (
	"crypto/md5"  // an ETag is an MD5
	"crypto/sha1" // one of the checksums that S3 offers
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"regexp"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// verifier compares content with what the service states of it: the cheapest
// checksum there is, else the ETag where that is an MD5, and always the size.
type verifier struct {
	by   string
	want string // hex
	sum  hash.Hash
	n    int64
	size int64
}

// crc64NVME is the polynomial of S3's default checksum, reversed.
const crc64NVME = 0x9a6c9329ac4bc9b5

var plainMD5 = regexp.MustCompile(`^[0-9a-f]{32}$`)

func newVerifier(o *object) *verifier {
	c := &verifier{by: "size", size: o.Size}
	for _, a := range []string{"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"} {
		if raw, err := base64.StdEncoding.DecodeString(o.Checksum[a]); err == nil && len(raw) > 0 {
			c.by, c.want, c.sum = a, hex.EncodeToString(raw), newHash(a)
			return c
		}
	}
	kms := strings.HasPrefix(o.SSE, "aws:") // such an ETag is not an MD5
	if plainMD5.MatchString(o.ETag) && !kms {
		c.by, c.want, c.sum = "ETag", o.ETag, md5.New()
	}
	return c
}

func newHash(algorithm string) hash.Hash {
	switch algorithm {
	case "CRC32":
		return crc32.NewIEEE()
	case "CRC32C":
		return crc32.New(crc32.MakeTable(crc32.Castagnoli))
	case "CRC64NVME":
		return crc64.New(crc64.MakeTable(crc64NVME))
	case "SHA1":
		return sha1.New()
	}
	return sha256.New()
}

// Write takes the content as it passes.
func (c *verifier) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	if c.sum != nil {
		c.sum.Write(p)
	}
	return len(p), nil
}

func (c *verifier) err() error {
	if c.n != c.size {
		return damaged(fmt.Sprintf("%d bytes came where the service announced %d", c.n, c.size))
	}
	if c.sum == nil {
		return nil
	}
	if got := hex.EncodeToString(c.sum.Sum(nil)); got != c.want {
		return damaged("the " + c.by + " is " + got + " where the service states " + c.want)
	}
	return nil
}

func damaged(what string) error {
	return &connector.Error{
		Kind: connector.Unavailable, Operation: "GetObject",
		Message: "The content does not agree with the service's word: " + what + ".",
		Fix:     "Nothing was kept. Try again; if it happens again, the stored object or a proxy on the way is at fault.",
	}
}
