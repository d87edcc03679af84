package documents

import (
	"context"
	"errors"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/internal/files"
)

// Objects keep content under names, each of lower-case hexadecimal digits, with
// ".json" after it or not. They know nothing of documents.
type Objects interface {
	// Put stores content under a name, whole or not at all, and makes it last
	// before it returns. size is -1 when it is not known.
	Put(ctx context.Context, name string, content io.Reader, size int64, contentType string) error
	// Get reads what is stored. It fails with ErrNoObject when there is nothing.
	Get(ctx context.Context, name string) (io.ReadCloser, error)
	// Delete removes what is stored; that there is nothing is no error.
	Delete(ctx context.Context, name string) error
	// List gives what is stored, in no order.
	List(ctx context.Context) iter.Seq2[Object, error]
}

// Sorted are objects of which there may be very many, and others' among them,
// but that can be listed in order.
type Sorted interface {
	Objects
	// After lists what sorts after a name, in the order of names. The list is
	// fetched as it is read.
	After(ctx context.Context, name string) iter.Seq2[Object, error]
}

// Object is one entry of a list.
type Object struct {
	Name     string
	Modified time.Time
}

// ErrNoObject says that there is nothing of a name; found with errors.Is.
var ErrNoObject = errors.New("documents: no such object")

// InBlobs keeps objects as blobs, which can neither be seen half-written nor be
// lost once they are there.
func InBlobs(b files.Blobs) Objects { return &inBlobs{b} }

type inBlobs struct{ blobs files.Blobs }

// Keys of blobs are as long as two IDs. What follows the first tells a record
// from content.
var (
	contentKey = strings.Repeat("0", idLen)
	recordKey  = strings.Repeat("0", idLen-1) + "1"
)

func keyOf(name string) string {
	if id, ok := strings.CutSuffix(name, recordSuffix); ok {
		return id + recordKey
	}
	return name + contentKey
}

func nameOf(key string) (string, bool) {
	if id, ok := strings.CutSuffix(key, recordKey); ok {
		return id + recordSuffix, true
	}
	return strings.CutSuffix(key, contentKey)
}

func (o *inBlobs) Put(ctx context.Context, name string, content io.Reader, _ int64, _ string) error {
	w, err := o.blobs.Create(ctx)
	if err != nil {
		return err
	}
	defer w.Abort()
	if _, err := io.CopyBuffer(onlyWriter{w}, onlyReader{content}, make([]byte, 256<<10)); err != nil {
		return err
	}
	return w.Commit(ctx, keyOf(name))
}

// onlyWriter and onlyReader keep io.Copy to the buffer it was given.
type (
	onlyWriter struct{ io.Writer }
	onlyReader struct{ io.Reader }
)

func (o *inBlobs) Get(ctx context.Context, name string) (io.ReadCloser, error) {
	r, err := o.blobs.Open(ctx, keyOf(name), 0)
	if errors.Is(err, files.ErrNoContent) {
		return nil, ErrNoObject
	}
	return r, err
}

func (o *inBlobs) Delete(ctx context.Context, name string) error {
	return o.blobs.Delete(ctx, keyOf(name))
}

func (o *inBlobs) List(ctx context.Context) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		for b, err := range o.blobs.List(ctx) {
			name, ok := nameOf(b.Key)
			if err == nil && !ok {
				continue // not ours
			}
			if !yield(Object{name, b.Modified}, err) {
				return
			}
		}
	}
}
