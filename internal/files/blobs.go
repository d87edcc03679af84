// Package files keeps the content of files by its hash, and the records that
// name it. Content is stored once however many files have it, becomes visible
// whole or not at all, and is removed when the last file that has it is gone.
// Small content is stored with the records, once for each tenant; larger
// content is in Blobs.
package files

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"
)

// Blobs keeps content under a key. It knows nothing of files. Package filestest
// has the suite that every implementation must pass.
type Blobs interface {
	// Create begins new content, of which nothing is visible until Commit.
	Create(ctx context.Context) (BlobWriter, error)
	// Open reads content from a byte offset on; at the end it reads nothing. It
	// fails with ErrNoContent when there is no such content. The reader keeps
	// working when the content is deleted meanwhile.
	Open(ctx context.Context, key string, offset int64) (io.ReadCloser, error)
	// Delete removes content; that there is none is no error.
	Delete(ctx context.Context, key string) error
	// List gives all that is committed, in no order. It holds true for what was
	// there before it began and is still there when it ends.
	List(ctx context.Context) iter.Seq2[BlobInfo, error]
}

// BlobWriter takes content. Exactly one of Commit and Abort ends it; Abort
// after the end does nothing.
type BlobWriter interface {
	io.Writer
	// Commit makes the content durable and visible under a key. Committing again
	// under a key that exists is right and changes nothing: equal keys mean equal
	// content. A failed or canceled Commit leaves nothing behind.
	Commit(ctx context.Context, key string) error
	Abort()
}

// BlobInfo describes stored content.
type BlobInfo struct {
	Key      string
	Size     int64
	Modified time.Time
}

// Errors of Blobs, found with errors.Is.
var (
	ErrNoContent = errors.New("files: no such content")
	ErrBadKey    = errors.New("files: a key is 64 lower-case hexadecimal digits")
	ErrEnded     = errors.New("files: the writer has ended")
)

// ValidKey tells whether a text is the SHA-256 of something in lower-case hex,
// and so cannot name anything outside the store.
func ValidKey(key string) bool {
	if len(key) != 64 {
		return false
	}
	for _, c := range []byte(key) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
