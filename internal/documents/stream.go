package documents

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"

	"github.com/fairlead-io/fairlead/connector"
)

// intake is content on its way into a store: counted, hashed, and held to the
// size that was given for it.
type intake struct {
	ctx  context.Context //nolint:containedctx // of the call that stores it; it ends with this reader
	r    io.Reader
	want int64 // -1: any
	n    int64
	hash hash.Hash // nil: nobody asks
	err  error     // why the content is not to be used
}

func (i *intake) Read(p []byte) (int, error) {
	if i.err == nil {
		i.err = i.ctx.Err()
	}
	if i.err != nil {
		return 0, i.err
	}
	n, err := i.r.Read(p)
	if i.want >= 0 && i.n+int64(n) > i.want {
		i.err = i.otherSize("more than %d bytes", i.want)
		return 0, i.err
	}
	i.n += int64(n)
	if i.hash != nil {
		_, _ = i.hash.Write(p[:n]) // never fails
	}
	switch {
	case err == io.EOF && i.want >= 0 && i.n < i.want:
		i.err = i.otherSize("only %d bytes", i.n)
		return n, i.err
	case err != nil && err != io.EOF:
		i.err = err
	}
	return n, err
}

func (i *intake) otherSize(format string, n int64) *connector.Error {
	return &connector.Error{
		Kind: connector.Invalid, Message: fmt.Sprintf("The document's content has "+format+", but its size was given as %d. It was not stored.", n, i.want),
		Fix: "Give the size of the content, or none.",
	}
}

// failure is what the content did wrong, nil when it was fine.
func (i *intake) failure() error {
	if i.err == nil {
		return nil
	}
	return sourceError(i.err)
}

func (i *intake) sum() string { return hex.EncodeToString(i.hash.Sum(nil)) }

// checked is content on its way out of a store. Its end comes only when it is
// what was stored.
type checked struct {
	io.ReadCloser
	ctx  context.Context //nolint:containedctx // of the call that opened it; it ends with this reader
	id   string
	left int64
	hash hash.Hash
	want string // SHA-256, lower-case hex
}

func newChecked(ctx context.Context, r io.ReadCloser, id string, size int64, sum string) *checked {
	return &checked{ReadCloser: r, ctx: ctx, id: id, left: size, hash: sha256.New(), want: sum}
}

func (c *checked) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, connector.AsError(err)
	}
	n, err := c.ReadCloser.Read(p)
	c.left -= int64(n)
	_, _ = c.hash.Write(p[:n]) // never fails
	switch {
	case err == nil:
		return n, nil
	case err != io.EOF:
		return n, storeError(err)
	case c.left != 0:
		return n, damaged(c.id, "is damaged: it does not have its size any more")
	case hex.EncodeToString(c.hash.Sum(nil)) != c.want:
		return n, damaged(c.id, "is damaged: it does not have its hash any more")
	}
	return n, io.EOF
}
