package documents

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// A cluster that is asked for too much, or is about to be back, is asked once
// more, as Camunda's client does.
const (
	defaultPause = time.Second
	longestPause = 10 * time.Second
	// mostKept is how much of a new document is kept for that.
	mostKept = 256 << 10
)

// forNow tells the answers that may be another one a moment later.
func forNow(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
}

// wait lasts as long as the answer asks for, within reason; false when ctx ends.
func (c *Cluster) wait(ctx context.Context, retryAfter string) bool {
	pause := c.pause
	if s, err := strconv.Atoi(strings.TrimSpace(retryAfter)); err == nil && s >= 0 {
		pause = min(time.Duration(s)*time.Second, longestPause)
	}
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// passing tells whether an upload was refused for now, and waits before it is
// sent again.
func (c *Cluster) passing(ctx context.Context, err error) bool {
	e, ok := errors.AsType[*connector.Error](err)
	if !ok || !forNow(e.Status) {
		return false
	}
	p, ok := errors.AsType[*Problem](err)
	return ok && c.wait(ctx, p.RetryAfter)
}

// keeper keeps the beginning of a content, so that it can be sent once more.
type keeper struct {
	r    io.Reader
	kept bytes.Buffer
	lost bool // more was read than is kept
}

func (k *keeper) Read(p []byte) (int, error) {
	n, err := k.r.Read(p)
	if !k.lost && k.kept.Len()+n > mostKept {
		k.lost, k.kept = true, bytes.Buffer{}
	}
	if !k.lost {
		k.kept.Write(p[:n])
	}
	return n, err
}

// again gives the content from its beginning; false when it was too long.
func (k *keeper) again() (io.Reader, bool) {
	return io.MultiReader(bytes.NewReader(k.kept.Bytes()), k.r), !k.lost
}
