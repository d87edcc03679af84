// Package documentstest is the suite that every store of documents must pass,
// and a stand-in for a cluster's document API on a real socket.
package documentstest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

func roundTrip(t *testing.T, b Bench) {
	text := "Grüße, 世界\n"
	ref := Put(t, b, connector.NewDocument{
		Name: "dir/Grüße \"1\".txt", ContentType: "text/plain; charset=utf-8", Size: int64(len(text)), TTL: time.Hour,
		Metadata: connector.DocumentMetadata{ProcessDefinitionID: "order", ProcessInstanceKey: "2251799813685249", CustomProperties: json.RawMessage(`{"a":{"b":[1,2.50]}}`)},
	}, text)
	until, size := b.Now().Add(time.Hour).UTC(), int64(len(text))
	want := connector.Document{
		Type: connector.ClusterDocument, StoreID: ref.StoreID, DocumentID: ref.DocumentID, ContentHash: Sum(text),
		Metadata: &connector.DocumentMetadata{
			ContentType: "text/plain; charset=utf-8", ExpiresAt: &until, Size: &size, FileName: "dir/Grüße \"1\".txt",
			ProcessDefinitionID: "order", ProcessInstanceKey: "2251799813685249", CustomProperties: ref.Metadata.CustomProperties,
		},
	}
	if d := cmp.Diff(want, ref); d != "" || ref.StoreID == "" || ref.DocumentID == "" {
		t.Errorf("-want +got\n%s", d)
	}
	if got := compact(t, ref.Metadata.CustomProperties); got != `{"a":{"b":[1,2.50]}}` && got != `{"a":{"b":[1,2.5]}}` {
		t.Errorf("custom properties are %s", got)
	}
	got, c := Get(t, b, ref)
	if got != text || c.Size != size || c.ContentType != "text/plain; charset=utf-8" || c.Name != "dir/Grüße \"1\".txt" {
		t.Errorf("came back as %q, %+v", got, c)
	}
	// What the process says of the document wins.
	ref.Metadata = &connector.DocumentMetadata{ContentType: "text/csv", FileName: "other.csv"}
	if got, c = Get(t, b, ref); got != text || c.Size != size || c.ContentType != "text/csv" || c.Name != "other.csv" {
		t.Errorf("with other metadata: %q, %+v", got, c)
	}
	// A reference without a hash is not checked.
	if got, _ = Get(t, b, connector.Document{Type: connector.ClusterDocument, StoreID: ref.StoreID, DocumentID: ref.DocumentID}); got != text {
		t.Errorf("without a hash: %q", got)
	}
}

func compact(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Compact(&out, raw); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func sizes(t *testing.T, b Bench) {
	for _, tc := range []struct {
		reason, text string
		size         int64
	}{
		{"empty", "", 0}, {"empty, size unknown", "", -1}, {"size unknown", "some text", -1}, {"one byte", "x", 1},
	} {
		ref := Put(t, b, connector.NewDocument{Size: tc.size}, tc.text)
		got, c := Get(t, b, ref)
		if got != tc.text || *ref.Metadata.Size != int64(len(tc.text)) || ref.ContentHash != Sum(tc.text) {
			t.Errorf("%s: %q, %+v", tc.reason, got, ref)
		}
		if c.ContentType != "application/octet-stream" || len(c.Name) != 36 {
			t.Errorf("%s: nothing was said, and it is %+v", tc.reason, c)
		}
		if ref.Metadata.CustomProperties != nil || ref.Metadata.ExpiresAt != nil {
			t.Errorf("%s: made up %+v", tc.reason, ref.Metadata)
		}
	}
}

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

func wrongHash(t *testing.T, b Bench) {
	ref := Put(t, b, connector.NewDocument{Size: -1}, "content")
	ref.ContentHash = Sum("other")
	_, err := b.Open(t.Context(), ref)
	WantKind(t, err, connector.Invalid)
	if e := connector.AsError(err); e.StatusCode() != 400 {
		t.Errorf("status %d", e.StatusCode())
	}
}

func notFound(t *testing.T, b Bench) {
	ref := Put(t, b, connector.NewDocument{Size: -1}, "content")
	for _, id := range []string{"nothing", "../" + ref.DocumentID, ".", "..", "a/b c?d#e%f", ref.DocumentID + "0", "0", "9223372036854775807", "-1", "ÄÖ\x00", strings.Repeat("a", 32), strings.Repeat("9", 500)} {
		d := connector.Document{Type: connector.ClusterDocument, StoreID: ref.StoreID, DocumentID: id}
		_, err := b.Open(t.Context(), d)
		if e := WantKind(t, err, connector.NotFound); e.StatusCode() != 404 || e.Item != id {
			t.Errorf("%q: %+v", id, e)
		}
		WantKind(t, b.Delete(t.Context(), d), connector.NotFound)
		_, err = b.Link(t.Context(), d, 0)
		WantKind(t, err, connector.NotFound)
	}
	_, err := b.Open(t.Context(), connector.Document{Type: connector.ClusterDocument, StoreID: ref.StoreID})
	if e := WantKind(t, err, connector.Invalid); e.Field != "/documentId" {
		t.Errorf("no ID: %+v", e)
	}
	if got, _ := Get(t, b, ref); got != "content" {
		t.Error("the document is not what it was")
	}
}

func remove(t *testing.T, b Bench) {
	ref, other := Put(t, b, connector.NewDocument{Size: -1}, "same"), Put(t, b, connector.NewDocument{Size: -1}, "same")
	if ref.DocumentID == other.DocumentID {
		t.Fatal("two documents of one ID")
	}
	if err := b.Delete(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	_, err := b.Open(t.Context(), ref)
	WantKind(t, err, connector.NotFound)
	WantKind(t, b.Delete(t.Context(), ref), connector.NotFound)
	if got, _ := Get(t, b, other); got != "same" {
		t.Error("another document of the same content went too")
	}
	if err := b.Delete(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	wantLeft(t, b, 0)
}

func expiry(t *testing.T, b Bench) {
	at := b.Now().Add(2 * time.Hour)
	short := Put(t, b, connector.NewDocument{Size: -1, TTL: time.Hour}, "short")
	dated := Put(t, b, connector.NewDocument{Size: -1, Metadata: connector.DocumentMetadata{ExpiresAt: &at}}, "dated")
	lasting := Put(t, b, connector.NewDocument{Size: -1}, "lasting")
	b.Forward(time.Hour - time.Second)
	Get(t, b, short)
	b.Forward(time.Second)
	_, err := b.Open(t.Context(), short)
	WantKind(t, err, connector.NotFound)
	Get(t, b, dated)
	b.Forward(time.Hour)
	_, err = b.Link(t.Context(), dated, 0)
	WantKind(t, err, connector.NotFound)
	WantKind(t, b.Delete(t.Context(), dated), connector.NotFound)
	if got, _ := Get(t, b, lasting); got != "lasting" {
		t.Error("what has no end ended")
	}
	// What a process made of the reference does not make it last longer.
	dated.Metadata = nil
	_, err = b.Open(t.Context(), dated)
	WantKind(t, err, connector.NotFound)
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

func openTwice(t *testing.T, b Bench) {
	text := strings.Repeat("0123456789", 100_000)
	ref := Put(t, b, connector.NewDocument{Size: int64(len(text))}, text)
	early, err := b.Open(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	head := make([]byte, 100)
	if _, err := io.ReadFull(early.Body, head); err != nil || string(head) != text[:100] {
		t.Errorf("%q, %v", head, err)
	}
	if got, _ := Get(t, b, ref); got != text {
		t.Error("the second reader got something else")
	}
	if err := early.Body.Close(); err != nil {
		t.Error(err)
	}
}

func together(t *testing.T, b Bench) {
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			text := strings.Repeat(fmt.Sprintf("%02d,", i), 20_000+i)
			ref, err := b.Create(t.Context(), connector.NewDocument{Name: fmt.Sprint(i), Size: int64(len(text))}, strings.NewReader(text))
			if err != nil {
				t.Error(err)
				return
			}
			c, err := b.Open(t.Context(), ref)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = c.Body.Close() }()
			if got, err := io.ReadAll(c.Body); err != nil || string(got) != text || c.Name != fmt.Sprint(i) {
				t.Errorf("%d: %d bytes of %d, %q, %v", i, len(got), len(text), c.Name, err)
			}
		})
	}
	wg.Wait()
	wantLeft(t, b, 16)
}
