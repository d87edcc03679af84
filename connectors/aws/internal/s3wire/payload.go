package s3wire

import (
	"bytes"
	"context"
	"crypto/md5" // Content-MD5 is what every service checks
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"
	"sync"

	"github.com/fairlead-io/fairlead/connectors/aws/internal/stall"
)

// Body is the content of a request.
type Body struct {
	// Size is how many bytes are sent. What Open gives beyond it is left, less
	// than it is a *SourceError of io.ErrUnexpectedEOF.
	Size int64
	// Open gives the content from its beginning. It is called when the content
	// is needed, and again for each repeat.
	Open func() (io.ReadCloser, error)
	// Once says that Open works only once. Such a request is repeated only while
	// nothing of it was read, or when it was small enough to be kept.
	Once bool
}

// Bytes is a body in memory; b must not change until the call has ended.
func Bytes(b []byte) *Body {
	return &Body{Size: int64(len(b)), Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }}
}

// smallBody is the size up to which a payload is kept in memory: headers and
// content then leave in one write, and a repeat needs no second reading.
const smallBody = 64 << 10

// expectFrom is the size from which a service is asked before the payload is
// sent: a refusal then costs no transfer.
const expectFrom = 2 << 20

// payload is a body with what its request says of it. Its methods do for a nil
// payload what a request without a body needs.
type payload struct {
	Body
	sha  string // hex, when the caller knows it
	md5  string // hex, when the caller knows it
	held []byte // the content of a small one; never reused, the transport may still be reading it

	payloadHash string
	chunked     bool
	extra       []field

	mu   sync.Mutex
	read bool  // something was taken from Open's reader
	fail error // of the source
}

func newPayload(b *Body, sha, md5 string) *payload {
	if b == nil {
		b = &Body{}
	}
	return &payload{Body: *b, sha: sha, md5: md5}
}

// prepare reads a small payload and decides how the content is signed.
func (p *payload) prepare(_ context.Context, op string, at *place) error {
	if p == nil {
		return nil
	}
	if p.Size < 0 {
		return refuse(op, "The size of the content is not known.", "Store the content first, then send it.")
	}
	if p.Size <= smallBody {
		if err := p.hold(); err != nil {
			return &Error{Op: op, Err: &SourceError{err}}
		}
	}
	p.checks(at)
	if err := p.signing(at); err != nil {
		return &Error{Op: op, Err: &SourceError{err}}
	}
	return nil
}

// hold takes a small payload into memory.
func (p *payload) hold() error {
	p.held = make([]byte, p.Size)
	if p.Size == 0 && p.Open == nil {
		return nil
	}
	rc, err := p.Open()
	if err != nil {
		return err
	}
	defer rc.Close()
	if _, err = io.ReadFull(rc, p.held); errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// checks adds the checksum that the service is to compare.
func (p *payload) checks(at *place) {
	switch sum, _ := hex.DecodeString(p.md5); {
	case len(sum) > 0 && at.auth != authSession: // directory buckets refuse it
		p.extra = append(p.extra, field{"Content-Md5", base64.StdEncoding.EncodeToString(sum)})
	case p.sha != "" && at.auth != authSession || at.scheme != "https" || p.held == nil: // it is signed, or too large to look at
	case at.aws:
		crc := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(p.held))
		p.extra = append(p.extra, field{"X-Amz-Checksum-Crc32", base64.StdEncoding.EncodeToString(crc)})
	default:
		own := md5.Sum(p.held)
		p.extra = append(p.extra, field{"Content-Md5", base64.StdEncoding.EncodeToString(own[:])})
	}
}

// signing decides what stands in x-amz-content-sha256.
func (p *payload) signing(at *place) (err error) {
	switch {
	case p.sha != "":
		p.payloadHash = p.sha
	case at.scheme == "https":
		p.payloadHash = unsignedPayload
	case p.held != nil:
		sum := sha256.Sum256(p.held)
		p.payloadHash = hex.EncodeToString(sum[:])
	case p.Once:
		p.payloadHash, p.chunked = streamingPayload, true
	default:
		p.payloadHash, err = p.readHash()
	}
	return err
}

// readHash reads the content for its hash.
func (p *payload) readHash() (string, error) {
	rc, err := p.Open()
	if err != nil {
		return "", err
	}
	defer rc.Close()
	h := sha256.New()
	if n, err := io.Copy(h, io.LimitReader(rc, p.Size)); err != nil || n < p.Size {
		return "", errors.Join(err, short(n, p.Size))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func short(n, size int64) error {
	if n < size {
		return io.ErrUnexpectedEOF
	}
	return nil
}

func (p *payload) hash() string {
	if p == nil {
		return emptySHA
	}
	return p.payloadHash
}

// repeatable tells whether the content can be sent again.
func (p *payload) repeatable() bool {
	if p == nil || !p.Once || p.held != nil {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.read
}

func (p *payload) sourceErr() error {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fail
}

// addFields adds what the request says of its content.
func (p *payload) addFields(list []field) []field {
	if p == nil {
		return list
	}
	list = append(list, p.extra...)
	if p.chunked {
		list = append(list, field{"X-Amz-Decoded-Content-Length", strconv.FormatInt(p.Size, 10)})
	}
	return list
}

// attach puts the content into a request.
func (p *payload) attach(req *http.Request, w *stall.Watch, sig signature) {
	if p.Size == 0 {
		req.Body = http.NoBody
		return
	}
	open := func() (io.ReadCloser, error) { return p.reader(w, sig), nil }
	req.Body, _ = open()
	req.ContentLength = p.Size
	if p.chunked {
		req.ContentLength = chunkedSize(p.Size)
	}
	if p.held != nil || !p.Once {
		req.GetBody = open // for a connection that was closed before it was used
	}
	if p.Size >= expectFrom {
		req.Header["Expect"] = []string{"100-continue"}
	}
}

func (p *payload) reader(w *stall.Watch, sig signature) io.ReadCloser {
	if p.held != nil {
		return io.NopCloser(bytes.NewReader(p.held)) // net/http sends this type in one write with the headers
	}
	src := &sourceReader{p: p, w: w}
	if p.chunked {
		return newChunks(src, p.Size, sig)
	}
	return src
}

var errClosed = errors.New("the content was closed")

// sourceReader reads content from where it is kept; it is opened with the
// first read, so that a request that never got so far can be repeated.
type sourceReader struct {
	p   *payload
	w   *stall.Watch
	pos int64

	mu     sync.Mutex
	rc     io.ReadCloser
	closed bool
}

// Read gives the next bytes up to the size.
func (r *sourceReader) Read(b []byte) (int, error) {
	if r.pos == r.p.Size {
		return 0, io.EOF
	}
	rc, err := r.source()
	if err != nil {
		return 0, err
	}
	n, err := rc.Read(b[:min(int64(len(b)), r.p.Size-r.pos)])
	r.pos += int64(n)
	if n > 0 {
		r.w.Moved()
	}
	switch {
	case err == nil || errors.Is(err, io.EOF) && r.pos == r.p.Size:
		return n, nil
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	}
	r.failed(err)
	return n, err
}

// failed keeps the source's error, unless it is that of closing it.
func (r *sourceReader) failed(err error) {
	r.mu.Lock()
	closed := r.closed
	r.mu.Unlock()
	if closed {
		return
	}
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	r.p.fail = err
}

func (r *sourceReader) source() (io.ReadCloser, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, errClosed
	}
	if r.rc != nil {
		return r.rc, nil
	}
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	r.p.read = true
	rc, err := r.p.Open()
	if err != nil {
		r.p.fail = err
		return nil, err
	}
	r.rc = rc
	return rc, nil
}

// Close closes the source.
func (r *sourceReader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if r.rc == nil {
		return nil
	}
	rc := r.rc
	r.rc = nil
	return rc.Close()
}
