package azuresim

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"net/url"
)

// randomBytes cannot fail: crypto/rand ends the process rather than return an error.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

func randomSecret() string { return base64.RawURLEncoding.EncodeToString(randomBytes(30)) }

// newVersionID looks like Azure's: 32 hexadecimal digits.
func newVersionID() string { return hex.EncodeToString(randomBytes(16)) }

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func unescape(segment string) string {
	if s, err := url.PathUnescape(segment); err == nil {
		return s
	}
	return segment
}
