package documents

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

const (
	idLen        = 32 // hexadecimal digits of an ID
	recordSuffix = ".json"
)

// A dated ID begins with the second from which on its document is over, so that
// in a store that is listed in order those that are due stand together. Then
// come random digits, and a checksum that tells it from names that others give.
const (
	endLen   = 10
	checkLen = 8
	datedLen = endLen + 30 + checkLen
	noEnd    = 1<<(4*endLen) - 1
)

// newID makes an ID for a store that knows no order.
func newID() string { return randomHex(idLen) }

func randomHex(digits int) string {
	random := make([]byte, digits/2)
	_, _ = rand.Read(random) // never fails
	return hex.EncodeToString(random)
}

// newDatedID makes an ID of a document that ends then; nil: never.
func newDatedID(end *time.Time) string {
	at := int64(noEnd)
	if end != nil { // rather a second late than one too early
		at = min(max(end.Add(time.Second-1).Unix(), 0), noEnd-1)
	}
	id := endDigits(at) + randomHex(datedLen-endLen-checkLen)
	return id + checkDigits(id)
}

func endDigits(at int64) string { return fmt.Sprintf("%0*x", endLen, at) }

func checkDigits(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:checkLen/2])
}

// validID tells whether a text is an ID that we gave, and so cannot name
// anything outside of a store.
func validID(id string) bool { return len(id) == idLen && isHex(id) }

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }

// isDated tells whether an ID is dated, and its end.
func isDated(id string) (end int64, ok bool) {
	if len(id) != datedLen || !isHex(id) || checkDigits(id[:datedLen-checkLen]) != id[datedLen-checkLen:] {
		return 0, false
	}
	_, err := fmt.Sscanf(id[:endLen], "%x", &end)
	return end, err == nil
}
