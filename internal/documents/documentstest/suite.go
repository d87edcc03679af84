// Package documentstest is the suite that every store of documents must pass,
// and a stand-in for a cluster's document API on a real socket.
package documentstest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// Bench is a store under test.
type Bench struct {
	connector.Documents
	// Now is the store's clock, and Forward moves it.
	Now     func() time.Time
	Forward func(time.Duration)
	// Left tells how many objects there are, half-written ones included; a
	// document has Each of them.
	Left func() int
	Each int
	// Memory is set where content stays in memory, which then is not flat.
	Memory bool
	// Sweep removes what is over: each is one of the nodes that share the store.
	// None: others see to it.
	Sweep []func(context.Context) (int, error)
}

// Run runs the suite; open gives an empty store each time.
func Run(t *testing.T, open func(t *testing.T) Bench) {
	t.Helper()
	for _, tc := range []struct {
		name string
		test func(*testing.T, Bench)
	}{
		{"content comes back with all that is said of it", roundTrip},
		{"content of no and of unknown size", sizes},
		{"a size that is not the content's stores nothing", wrongSizes},
		{"a source that breaks stores nothing", brokenSource},
		{"a call that is canceled stores nothing", canceled},
		{"a hash that is not the content's is refused", wrongHash},
		{"what is not there is not found", notFound},
		{"delete removes", remove},
		{"a document ends with its time", expiry},
		{"bad metadata is refused", badMetadata},
		{"each open reads anew, and may be left early", openTwice},
		{"many at a time do not mix", together},
	} {
		t.Run(tc.name, func(t *testing.T) { tc.test(t, open(t)) })
	}
	for _, tc := range []struct {
		name string
		test func(*testing.T, Bench)
	}{
		{"what is over is swept, and nothing else", swept},
		{"several nodes sweep at a time", sweptTogether},
		{"a sweep that failed is made up for", sweepsFailFirst},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := open(t)
			if b.Sweep == nil {
				return // others sweep it
			}
			tc.test(t, b)
		})
	}
	for _, size := range []int64{8 << 20, 100 << 20, 1 << 30} {
		t.Run(fmt.Sprintf("%d MiB stream both ways", size>>20), func(t *testing.T) { large(t, open(t), size) })
	}
}

// Sum is the SHA-256 of a text in lower-case hex.
func Sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

// Put stores a text.
func Put(t *testing.T, d connector.Documents, n connector.NewDocument, content string) connector.Document {
	t.Helper()
	ref, err := d.Create(t.Context(), n, strings.NewReader(content))
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	return ref
}

// Get reads a document whole and gives its text.
func Get(t *testing.T, d connector.Documents, ref connector.Document) (string, connector.DocumentContent) {
	t.Helper()
	c, err := d.Open(t.Context(), ref)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	defer func() { _ = c.Body.Close() }()
	b, err := io.ReadAll(c.Body)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return string(b), *c
}

// WantKind fails unless err is a *connector.Error of a kind, with words for
// people; it gives a copy of it.
func WantKind(t *testing.T, err error, kind connector.Kind) connector.Error {
	t.Helper()
	e, ok := errors.AsType[*connector.Error](err)
	if !ok || e.Kind != kind || e.Message == "" {
		t.Errorf("got %v (%T), want %s", err, err, kind)
		return connector.Error{}
	}
	return *e
}

func wantLeft(t *testing.T, b Bench, documents int) {
	t.Helper()
	if got := b.Left(); got != documents*b.Each {
		t.Errorf("%d objects are left, want %d", got, documents*b.Each)
	}
}
