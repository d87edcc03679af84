package s3wire

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const (
	algorithm       = "AWS4-HMAC-SHA256"
	longTime        = "20060102T150405Z"
	unsignedPayload = "UNSIGNED-PAYLOAD"
	emptySHA        = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

// field is a header by its canonical name ("X-Amz-Date").
type field struct{ name, value string }

// signer signs requests. It keeps the key of the day and the text of the second.
type signer struct {
	key  atomic.Pointer[signingKey]
	last atomic.Pointer[stamp]
	set  atomic.Pointer[setKey]
}

// signingKey is derived from a secret for one day, region and service.
type signingKey struct {
	id, secret string
	scope      string // day/region/service/aws4_request
	day        string
	region     string
	service    string
	key        [sha256.Size]byte
}

// stamp is a second as SigV4 writes it.
type stamp struct {
	second int64
	long   string
}

func (s *signer) stamp(t time.Time) string {
	if last := s.last.Load(); last != nil && last.second == t.Unix() {
		return last.long
	}
	n := &stamp{second: t.Unix(), long: t.UTC().Format(longTime)}
	s.last.Store(n)
	return n.long
}

func (s *signer) signingKey(cr *aws.Credentials, region, service, long string) *signingKey {
	day := long[:8]
	if k := s.key.Load(); k != nil && k.day == day && k.region == region && k.service == service && k.id == cr.AccessKeyID && k.secret == cr.SecretAccessKey {
		return k
	}
	k := &signingKey{
		id: cr.AccessKeyID, secret: cr.SecretAccessKey, day: day, region: region, service: service,
		scope: day + "/" + region + "/" + service + "/aws4_request",
	}
	sum := mac([]byte("AWS4"+cr.SecretAccessKey), day)
	for _, part := range []string{region, service, "aws4_request"} {
		sum = mac(sum[:], part)
	}
	k.key = sum
	s.key.Store(k)
	return k
}

// mac is HMAC-SHA256 without the allocations of a hash that is kept.
func mac(key []byte, text string) [sha256.Size]byte {
	var room [sha256.BlockSize + 512]byte
	if len(key) > sha256.BlockSize {
		sum := sha256.Sum256(key)
		key = sum[:]
	}
	inner := append(pad(room[:0], key, 0x36), text...)
	sum := sha256.Sum256(inner)
	return sha256.Sum256(append(pad(room[:0], key, 0x5c), sum[:]...))
}

func pad(b, key []byte, with byte) []byte {
	b = append(b, key...)
	for len(b) < sha256.BlockSize {
		b = append(b, 0)
	}
	for i := range b {
		b[i] ^= with
	}
	return b
}

// unsigned is a request as the signature sees it.
type unsigned struct {
	method, path, query string  // as they are sent
	fields              []field // sorted by name, the host among them
	payload             string  // x-amz-content-sha256
}

// signature is what signing gives: the header, and what signed chunks go on from.
type signature struct {
	header string
	long   string
	text   string // hex
	key    *signingKey
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 2<<10); return &b }}

// sign signs a request. long is the time in its header x-amz-date.
func (s *signer) sign(r *unsigned, cr *aws.Credentials, region, service, long string) signature {
	key := s.signingKey(cr, region, service, long)
	room := buffers.Get().(*[]byte)
	b := appendCanonical((*room)[:0], r)
	sum := sha256.Sum256(b)
	text := toSign(algorithm, long, key.scope, sum)
	sig := mac(key.key[:], text)
	names := b[len(b)-len(r.payload)-1-namesLen(r.fields) : len(b)-len(r.payload)-1]

	sigText := hex.EncodeToString(sig[:])
	var w strings.Builder
	w.Grow(len(algorithm) + len(cr.AccessKeyID) + len(key.scope) + len(names) + 110)
	w.WriteString(algorithm)
	w.WriteString(" Credential=")
	w.WriteString(cr.AccessKeyID)
	w.WriteByte('/')
	w.WriteString(key.scope)
	w.WriteString(", SignedHeaders=")
	w.Write(names)
	w.WriteString(", Signature=")
	w.WriteString(sigText)
	*room = b
	buffers.Put(room)
	return signature{header: w.String(), long: long, text: sigText, key: key}
}

func toSign(algorithm, long, scope string, sum [sha256.Size]byte) string {
	var digest [2 * sha256.Size]byte
	hex.Encode(digest[:], sum[:])
	var w strings.Builder
	w.Grow(len(algorithm) + len(long) + len(scope) + len(digest) + 3)
	w.WriteString(algorithm)
	w.WriteByte('\n')
	w.WriteString(long)
	w.WriteByte('\n')
	w.WriteString(scope)
	w.WriteByte('\n')
	w.Write(digest[:])
	return w.String()
}

// appendCanonical makes the canonical request; its last two lines are the
// names of the headers and the payload's hash.
func appendCanonical(b []byte, r *unsigned) []byte {
	b = append(append(b, r.method...), '\n')
	b = append(append(b, r.path...), '\n')
	b = append(append(b, r.query...), '\n')
	for _, f := range r.fields {
		b = append(appendLower(b, f.name), ':')
		b = append(appendTrimmed(b, f.value), '\n')
	}
	b = append(b, '\n')
	for i, f := range r.fields {
		if i > 0 {
			b = append(b, ';')
		}
		b = appendLower(b, f.name)
	}
	b = append(b, '\n')
	return append(b, r.payload...)
}

func namesLen(fields []field) int {
	n := max(0, len(fields)-1)
	for _, f := range fields {
		n += len(f.name)
	}
	return n
}

func appendLower(b []byte, s string) []byte {
	for i := range len(s) {
		b = append(b, lower(s[i]))
	}
	return b
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// appendTrimmed writes a value without blanks around it, and with one where
// there are several inside.
func appendTrimmed(b []byte, s string) []byte {
	s = strings.Trim(s, " \t")
	if !strings.Contains(s, "  ") {
		return append(b, s...)
	}
	for i := range len(s) {
		if s[i] != ' ' || s[i-1] != ' ' { // the first byte is none
			b = append(b, s[i])
		}
	}
	return b
}

// sortFields orders headers by their names in lower case.
func sortFields(list []field) {
	for i := 1; i < len(list); i++ {
		for j := i; j > 0 && lessFold(list[j].name, list[j-1].name); j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
}

func lessFold(a, b string) bool {
	for i := range min(len(a), len(b)) {
		if x, y := lower(a[i]), lower(b[i]); x != y {
			return x < y
		}
	}
	return len(a) < len(b)
}
