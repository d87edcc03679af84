package s3wire

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strconv"
)

// Chunks are announced by the payload's hash and X-Amz-Decoded-Content-Length
// alone. The Content-Encoding aws-chunked that AWS documents besides is not
// needed there, and other services store it with the object.
const (
	streamingPayload = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	chunkAlgorithm   = "AWS4-HMAC-SHA256-PAYLOAD"
	chunkSize        = 64 << 10
	chunkExtra       = len(";chunk-signature=") + 64 + 4 // and the two line ends
)

// chunkedSize is how many bytes content of a size makes.
func chunkedSize(size int64) int64 {
	whole, rest := size/chunkSize, size%chunkSize
	total := whole*(chunkSize+int64(len(strconv.FormatInt(chunkSize, 16))+chunkExtra)) + 1 + int64(chunkExtra)
	if rest > 0 {
		total += rest + int64(len(strconv.FormatInt(rest, 16))+chunkExtra)
	}
	return total
}

// chunks frames content in chunks, each signed over the one before.
type chunks struct {
	src  io.ReadCloser
	left int64
	sig  signature
	prev string
	room []byte
	out  []byte // what is still to be read of room
	end  bool
}

func newChunks(src io.ReadCloser, size int64, sig signature) *chunks {
	return &chunks{src: src, left: size, sig: sig, prev: sig.text}
}

// Read gives the framed content.
func (c *chunks) Read(b []byte) (int, error) {
	if len(c.out) == 0 {
		if c.end {
			return 0, io.EOF
		}
		if err := c.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(b, c.out)
	c.out = c.out[n:]
	return n, nil
}

// maxHead is the most that stands before a chunk's bytes.
const maxHead = 16 + chunkExtra

// fill makes the next chunk: the bytes first, then the head right before them.
func (c *chunks) fill() error {
	if c.room == nil {
		c.room = make([]byte, maxHead+chunkSize+2)
	}
	n := int(min(chunkSize, c.left))
	data := c.room[maxHead : maxHead+n]
	if _, err := io.ReadFull(c.src, data); err != nil && n > 0 {
		return err
	}
	c.left -= int64(n)
	c.end = n == 0
	head := strconv.AppendInt(nil, int64(n), 16)
	head = append(append(append(head, ";chunk-signature="...), c.next(data)...), "\r\n"...)
	begin := maxHead - len(head)
	copy(c.room[begin:], head)
	c.out = append(c.room[begin:maxHead+n], "\r\n"...)
	return nil
}

// next signs a chunk.
func (c *chunks) next(data []byte) string {
	sum := sha256.Sum256(data)
	mac := mac(c.sig.key.key[:], toSign(chunkAlgorithm, c.sig.long, c.sig.key.scope+"\n"+c.prev+"\n"+emptySHA, sum))
	c.prev = hex.EncodeToString(mac[:])
	return c.prev
}

// Close closes the source.
func (c *chunks) Close() error { return c.src.Close() }
