package documentstest

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

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

// swept removes what is over, and nothing else.
func swept(t *testing.T, b Bench) {
	end := b.Now().Add(2 * time.Hour)
	Put(t, b, connector.NewDocument{Size: -1, TTL: time.Hour}, "short")
	Put(t, b, connector.NewDocument{Size: -1, Metadata: connector.DocumentMetadata{ExpiresAt: &end}}, "dated")
	lasting := Put(t, b, connector.NewDocument{Size: -1}, "lasting")
	for _, step := range []struct {
		reason      string
		forward     time.Duration
		swept, left int
	}{
		{"nothing is over", 0, 0, 3},
		{"one is", time.Hour, 1, 2},
		{"the other one is", time.Hour, 1, 1},
		{"what has no end stays", 365 * 24 * time.Hour, 0, 1},
	} {
		b.Forward(step.forward)
		if n, err := b.Sweep[0](t.Context()); n != step.swept || err != nil {
			t.Errorf("%s: swept %d, %v", step.reason, n, err)
		}
		wantLeft(t, b, step.left)
	}
	if got, _ := Get(t, b, lasting); got != "lasting" {
		t.Errorf("%q", got)
	}
}

// sweptTogether lets all nodes sweep at a time, several times each, while
// documents are stored and read.
func sweptTogether(t *testing.T, b Bench) {
	const each = 8
	for range each {
		Put(t, b, connector.NewDocument{Size: -1, TTL: time.Minute}, "over")
	}
	stay := []connector.Document{Put(t, b, connector.NewDocument{Size: -1, TTL: 2 * time.Hour}, "stays"), Put(t, b, connector.NewDocument{Size: -1}, "stays")}
	b.Forward(time.Hour)
	var wg sync.WaitGroup
	for _, sweep := range b.Sweep {
		for range 3 {
			wg.Go(func() {
				if _, err := sweep(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	}
	made := make([]connector.Document, each)
	wg.Go(func() {
		for i := range made {
			made[i] = Put(t, b, connector.NewDocument{Size: -1, TTL: time.Hour}, "stays")
		}
	})
	wg.Wait()
	for _, ref := range append(stay, made...) {
		if got, _ := Get(t, b, ref); got != "stays" {
			t.Errorf("%q", got)
		}
	}
	wantLeft(t, b, len(stay)+each)
}

// sweepsFailFirst are canceled, and do their work when they are called again.
func sweepsFailFirst(t *testing.T, b Bench) {
	Put(t, b, connector.NewDocument{Size: -1, TTL: time.Minute}, "over")
	b.Forward(time.Hour)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	_, err := b.Sweep[0](ctx)
	WantKind(t, err, connector.Canceled)
	b.Forward(time.Hour)
	if n, err := b.Sweep[0](t.Context()); n != 1 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	wantLeft(t, b, 0)
}
