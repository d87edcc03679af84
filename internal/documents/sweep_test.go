package documents_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/documents"
	"github.com/fairlead-io/fairlead/internal/documents/documentstest"
)

// shelf keeps objects in order, as S3 does, and counts what it is asked.
type shelf struct {
	now    func() time.Time
	mu     sync.Mutex
	things map[string]thing
	seen   int              // names that were listed
	read   int              // objects that were read
	broken map[string]error // by name: it cannot be removed
}

type thing struct {
	content  []byte
	modified time.Time
}

var _ documents.Sorted = (*shelf)(nil)

func newShelf(now func() time.Time) *shelf {
	return &shelf{now: now, things: map[string]thing{}, broken: map[string]error{}}
}

func (s *shelf) put(name, content string, modified time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.things[name] = thing{[]byte(content), modified}
}

func (s *shelf) Put(_ context.Context, name string, content io.Reader, _ int64, _ string) error {
	raw, err := io.ReadAll(content)
	if err == nil {
		s.put(name, string(raw), s.now())
	}
	return err
}

func (s *shelf) Get(_ context.Context, name string) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read++
	t, ok := s.things[name]
	if !ok {
		return nil, documents.ErrNoObject
	}
	return io.NopCloser(bytes.NewReader(t.content)), nil
}

func (s *shelf) Delete(_ context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.broken[name]; err != nil {
		return err
	}
	delete(s.things, name)
	return nil
}

func (s *shelf) List(ctx context.Context) iter.Seq2[documents.Object, error] { return s.After(ctx, "") }

func (s *shelf) After(_ context.Context, name string) iter.Seq2[documents.Object, error] {
	return func(yield func(documents.Object, error) bool) {
		for _, n := range s.names() {
			s.mu.Lock()
			t := s.things[n]
			s.mu.Unlock()
			if n <= name {
				continue
			}
			s.seen++
			if !yield(documents.Object{Name: n, Modified: t.modified}, nil) {
				return
			}
		}
	}
}

func (s *shelf) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.things))
}

// shelved is a store on a shelf.
func shelved(t *testing.T) (*shelf, *documents.Service, *clock) {
	t.Helper()
	k := newClock()
	s := newShelf(k.Now)
	return s, service(t, documents.Deps{Setting: setting(t, "s3:b"), Objects: s, Now: k.Now}), k
}

// TestSweepKnowsItsOwn lets a sweep look at all that may stand in a bucket, and
// says of each what becomes of it.
func TestSweepKnowsItsOwn(t *testing.T) {
	s, d, k := shelved(t)
	var stays []string
	leave := func(name, content string) {
		s.put(name, content, k.Now())
		stays = append(stays, name)
	}
	record := func(end time.Duration) string {
		return fmt.Sprintf(`{"size":3,"sha256":"%s","createdAt":"2026-01-01T00:00:00Z","expiresAt":%q}`, documentstest.Sum("old"), k.Now().Add(end).Format(time.RFC3339))
	}
	id := func(c string) string { return strings.Repeat(c, 32) }
	made := func(ttl time.Duration) string {
		return documentstest.Put(t, d, connector.NewDocument{Size: -1, TTL: ttl}, "content").DocumentID
	}
	without := func(id string) string {
		if err := s.Delete(t.Context(), id+".json"); err != nil {
			t.Fatal(err)
		}
		return id
	}
	// What others keep in the same place.
	leave("", "the folder itself")
	leave(id("a"), "a file that is called by its MD5")
	leave(id("b")+".json", "[]")
	leave(id("c")+".json", `{"expiresAt":"2026-01-01T00:00:00Z"}`)
	leave(id("c"), "beside it")
	leave("report.json", record(time.Minute))
	leave(strings.Repeat("0069", 12), "as long as an ID with a date")
	// Documents from before IDs had dates.
	s.put(id("1"), "old", k.Now())
	s.put(id("1")+".json", record(time.Minute), k.Now())
	leave(id("2"), "old")
	leave(id("2")+".json", record(24*time.Hour))
	// Documents.
	lasting, over, later, renewed := made(0), made(time.Minute), made(24*time.Hour), made(time.Minute)
	leave(renewed+".json", record(24*time.Hour)) // whatever its ID says
	stays = append(stays, lasting, lasting+".json", later, later+".json", renewed)
	// What crashes left.
	left := without(made(0))
	k.Forward(90 * time.Minute)
	stays = append(stays, without(made(0)), without(made(time.Minute)))
	k.Forward(30 * time.Minute)
	if n, err := d.Sweep(t.Context()); n != 3 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	slices.Sort(stays)
	if diff := cmp.Diff(stays, s.names()); diff != "" {
		t.Errorf("over is %s, left is %s, -want +got\n%s", over, left, diff)
	}
}

// TestSweepIsBounded counts what is done at a time.
func TestSweepIsBounded(t *testing.T) {
	s, d, k := shelved(t)
	for range 2500 {
		documentstest.Put(t, d, connector.NewDocument{Size: -1, TTL: time.Minute}, "over")
	}
	lasting := documentstest.Put(t, d, connector.NewDocument{Size: -1}, "lasting")
	k.Forward(time.Hour)
	for _, want := range []int{1000, 1000, 500, 0} {
		s.read = 0
		// The look through everything finds some too, on the first calls.
		if n, err := d.Sweep(t.Context()); n > want+1000 || err != nil || s.read > 2000 {
			t.Errorf("swept %d, wanted %d, %d read, %v", n, want, s.read, err)
		}
	}
	if got := s.names(); len(got) != 2 {
		t.Errorf("%d are left", len(got))
	}
	for range 59 {
		s.seen = 0
		if n, err := d.Sweep(t.Context()); n != 0 || err != nil || s.seen != 0 {
			t.Errorf("swept %d of %d, %v: it was not its turn", n, s.seen, err)
		}
		k.Forward(time.Minute)
	}
	documentstest.Get(t, d, lasting)
}

// TestSweepPassesOthers by: it comes to the documents behind them in the end.
func TestSweepPassesOthers(t *testing.T) {
	s, d, k := shelved(t)
	for i := range 25_000 {
		s.put(fmt.Sprintf("0069-%05d", i), "", k.Now())
	}
	documentstest.Put(t, d, connector.NewDocument{Size: -1, TTL: time.Minute}, "over")
	k.Forward(time.Hour)
	swept := 0
	for range 3 {
		s.seen = 0
		n, err := d.Sweep(t.Context())
		if err != nil || s.seen > 2*10_001 {
			t.Errorf("%d seen, %v", s.seen, err)
		}
		swept += n
	}
	if swept != 1 || len(s.names()) != 25_000 {
		t.Errorf("swept %d, %d are left", swept, len(s.names()))
	}
}

func TestSweepTriesAgain(t *testing.T) {
	for _, tc := range []struct {
		reason string
		suffix string
		left   int // objects, after the first sweep
	}{
		{"the record cannot be removed", ".json", 2},
		{"its content cannot, as if the process had been killed between the two", "", 1},
	} {
		s, d, k := shelved(t)
		stuck := documentstest.Put(t, d, connector.NewDocument{Size: -1, TTL: time.Minute}, "stuck").DocumentID
		documentstest.Put(t, d, connector.NewDocument{Size: -1, TTL: time.Minute}, "over")
		s.broken[stuck+tc.suffix] = errors.New("locked")
		k.Forward(time.Hour)
		if n, err := d.Sweep(t.Context()); n != 1 || err == nil || !strings.Contains(err.Error(), "locked") || len(s.names()) != tc.left {
			t.Errorf("%s: swept %d, %v, %v are left", tc.reason, n, err, s.names())
		}
		if n, err := d.Sweep(t.Context()); n != 0 || err == nil { // the look through everything finds it too
			t.Errorf("%s: swept %d, %v", tc.reason, n, err)
		}
		clear(s.broken)
		if n, err := d.Sweep(t.Context()); n != 0 || err != nil {
			t.Errorf("%s: swept %d at once, %v", tc.reason, n, err)
		}
		k.Forward(10 * time.Minute)
		if n, err := d.Sweep(t.Context()); n != 1 || err != nil || len(s.names()) != 0 {
			t.Errorf("%s: swept %d, %v, %v are left", tc.reason, n, err, s.names())
		}
	}
}
