package documentstest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

func wrongSizes(t *testing.T, b Bench) {
	for _, tc := range []struct {
		reason string
		length int
		size   int64
	}{
		{"too small", 10, 9}, {"too big", 10, 11}, {"not empty", 1, 0}, {"far too small", 1 << 20, 10}, {"far too big", 10, 1 << 20},
	} {
		_, err := b.Create(t.Context(), connector.NewDocument{Name: "n", Size: tc.size}, strings.NewReader(strings.Repeat("x", tc.length)))
		if e := WantKind(t, err, connector.Invalid); !strings.Contains(e.Message, fmt.Sprint(tc.size)) {
			t.Errorf("%s: %v", tc.reason, err)
		}
	}
	wantLeft(t, b, 0)
}

// breaking gives some content and then an error.
type breaking struct {
	left int
	err  error
}

func (r *breaking) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, r.err
	}
	n := min(len(p), r.left)
	r.left -= n
	return n, nil
}

func brokenSource(t *testing.T, b Bench) {
	cause := &connector.Error{Kind: connector.NotFound, Message: "The object is gone."}
	for _, size := range []int64{-1, 1 << 20} {
		for _, after := range []int{0, 10, 300 << 10} {
			_, err := b.Create(t.Context(), connector.NewDocument{Size: size}, &breaking{after, cause})
			if e := WantKind(t, err, connector.NotFound); e.Message != cause.Message {
				t.Errorf("size %d, after %d: %v", size, after, err)
			}
			_, err = b.Create(t.Context(), connector.NewDocument{Size: size}, &breaking{after, errors.New("wire cut")})
			if e := WantKind(t, err, connector.Unavailable); !strings.Contains(e.Message, "wire cut") {
				t.Errorf("size %d, after %d: %v", size, after, err)
			}
		}
	}
	wantLeft(t, b, 0)
}

// stopping cancels in the middle of being read.
type stopping struct {
	breaking
	stop func()
}

func (r *stopping) Read(p []byte) (int, error) {
	if r.left < 1000 {
		r.stop()
	}
	return r.breaking.Read(p[:min(len(p), 500)])
}

func canceled(t *testing.T, b Bench) {
	for _, size := range []int64{-1, 1 << 20} {
		ctx, stop := context.WithCancel(t.Context())
		_, err := b.Create(ctx, connector.NewDocument{Size: size}, &stopping{breaking{1 << 20, io.EOF}, stop})
		WantKind(t, err, connector.Canceled)
	}
	wantLeft(t, b, 0)
	ref := Put(t, b, connector.NewDocument{Size: -1}, strings.Repeat("x", 4<<20))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	c, err := b.Open(ctx, ref)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Body.Close() }()
	if _, err := io.ReadFull(c.Body, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	stop()
	_, err = io.Copy(io.Discard, c.Body)
	WantKind(t, err, connector.Canceled)
	_, err = b.Open(ctx, ref)
	WantKind(t, err, connector.Canceled)
}

func badMetadata(t *testing.T, b Bench) {
	past := b.Now()
	for _, tc := range []struct {
		reason, field string
		n             connector.NewDocument
	}{
		{"a time to live below nothing", "/metadata/expiresAt", connector.NewDocument{TTL: -time.Second}},
		{"an end that was", "/metadata/expiresAt", connector.NewDocument{Metadata: connector.DocumentMetadata{ExpiresAt: &past}}},
		{"custom properties that are no object", "/metadata/customProperties", connector.NewDocument{Metadata: connector.DocumentMetadata{CustomProperties: json.RawMessage(`[1]`)}}},
		{"custom properties that are no JSON", "/metadata/customProperties", connector.NewDocument{Metadata: connector.DocumentMetadata{CustomProperties: json.RawMessage(`{"a`)}}},
	} {
		tc.n.Size = -1
		_, err := b.Create(t.Context(), tc.n, strings.NewReader("x"))
		if e := WantKind(t, err, connector.Invalid); e.Field != tc.field || e.Fix == "" {
			t.Errorf("%s: %+v", tc.reason, e)
		}
	}
	wantLeft(t, b, 0)
}
