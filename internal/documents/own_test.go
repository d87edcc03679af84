package documents_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/documents"
	"github.com/fairlead-io/fairlead/internal/documents/documentstest"
	"github.com/fairlead-io/fairlead/internal/files"
)

func TestMemoryIsBounded(t *testing.T) {
	k := newClock()
	s := service(t, documents.Deps{Setting: setting(t, "memory:1MiB"), Now: k.Now})
	ref := documentstest.Put(t, s, connector.NewDocument{Size: -1, TTL: time.Hour}, strings.Repeat("x", 1<<20-4096))
	for _, size := range []int64{8192, -1} {
		_, err := s.Create(t.Context(), connector.NewDocument{Size: size}, strings.NewReader(strings.Repeat("y", 8192)))
		if e := documentstest.WantKind(t, err, connector.Limited); !strings.Contains(e.Message, "1048576") || e.Fix == "" {
			t.Errorf("%+v", e)
		}
	}
	small := documentstest.Put(t, s, connector.NewDocument{Size: -1}, "there is room for this")
	k.Forward(time.Hour)
	if n, err := s.Sweep(t.Context()); n != 1 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	documentstest.Put(t, s, connector.NewDocument{Size: -1}, strings.Repeat("z", 900<<10))
	if got, _ := documentstest.Get(t, s, small); got != "there is room for this" {
		t.Error(got)
	}
	_, err := s.Open(t.Context(), ref)
	documentstest.WantKind(t, err, connector.NotFound)
}

func TestFolderIsSharedAndOutlivesItsProcess(t *testing.T) {
	dir := t.TempDir()
	one := service(t, documents.Deps{Setting: setting(t, "folder:"+dir)})
	ref := documentstest.Put(t, one, connector.NewDocument{Name: "a.txt", Size: -1}, "content")
	two := service(t, documents.Deps{Setting: setting(t, "folder:"+dir)})
	if got, c := documentstest.Get(t, two, ref); got != "content" || c.Name != "a.txt" {
		t.Errorf("%q, %+v", got, c)
	}
	if err := two.Delete(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	_, err := one.Open(t.Context(), ref)
	documentstest.WantKind(t, err, connector.NotFound)
}

func TestFolderThatCannotBeOpened(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := documents.New(documents.Deps{Setting: setting(t, "folder:"+file)})
	documentstest.WantKind(t, err, connector.Unavailable)
}

func TestSweep(t *testing.T) {
	k, dir := newClock(), t.TempDir()
	s := service(t, documents.Deps{Setting: setting(t, "folder:"+dir), Now: k.Now})
	lasting := documentstest.Put(t, s, connector.NewDocument{Size: -1}, "lasting")
	documentstest.Put(t, s, connector.NewDocument{Size: -1, TTL: time.Minute}, "short")
	lost := documentstest.Put(t, s, connector.NewDocument{Size: -1}, "its record is lost, as a crash before it would have it")
	if err := os.Remove(recordFile(dir, lost)); err != nil {
		t.Fatal(err)
	}
	age(t, contentFile(dir, lost), k.Now().Add(-59*time.Minute))
	if n, err := s.Sweep(t.Context()); n != 0 || err != nil {
		t.Errorf("swept %d, %v, and nothing is due", n, err)
	}
	k.Forward(time.Minute)
	if n, err := s.Sweep(t.Context()); n != 2 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	if n := filesIn(t, dir); n != 2 {
		t.Errorf("%d files are left", n)
	}
	documentstest.Get(t, s, lasting)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Sweep(ctx)
	documentstest.WantKind(t, err, connector.Canceled)
}

func contentFile(dir string, d connector.Document) string {
	return filepath.Join(dir, d.DocumentID[:2], d.DocumentID+strings.Repeat("0", 32))
}

func recordFile(dir string, d connector.Document) string {
	return filepath.Join(dir, d.DocumentID[:2], d.DocumentID+strings.Repeat("0", 31)+"1")
}

func age(t *testing.T, path string, at time.Time) {
	t.Helper()
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func TestDamageIsNoticed(t *testing.T) {
	for _, tc := range []struct {
		reason string
		harm   func(dir string, d connector.Document) error
		opens  bool
	}{
		{"cut", func(dir string, d connector.Document) error { return os.Truncate(contentFile(dir, d), 3) }, true},
		{"longer", func(dir string, d connector.Document) error {
			return os.WriteFile(contentFile(dir, d), []byte("content and more"), 0o600)
		}, true},
		{"changed", func(dir string, d connector.Document) error {
			return os.WriteFile(contentFile(dir, d), []byte("CONTENT"), 0o600)
		}, true},
		{"lost", func(dir string, d connector.Document) error { return os.Remove(contentFile(dir, d)) }, false},
		{"record damaged", func(dir string, d connector.Document) error {
			return os.WriteFile(recordFile(dir, d), []byte("{"), 0o600)
		}, false},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			dir := t.TempDir()
			s := service(t, documents.Deps{Setting: setting(t, "folder:"+dir)})
			ref := documentstest.Put(t, s, connector.NewDocument{Size: -1}, "content")
			if err := tc.harm(dir, ref); err != nil {
				t.Fatal(err)
			}
			c, err := s.Open(t.Context(), ref)
			if (err == nil) != tc.opens {
				t.Fatalf("open: %v", err)
			}
			if err == nil {
				_, err = io.ReadAll(c.Body)
				_ = c.Body.Close()
			}
			if e := documentstest.WantKind(t, err, connector.Internal); e.Item != ref.DocumentID || e.Fix == "" {
				t.Errorf("%+v", e)
			}
		})
	}
}

// failing are objects that fail when told to.
type failing struct {
	documents.Objects
	put, remove map[bool]error // by whether it is a record
	taken       bool           // a Put that fails has stored all the same
}

func isRecord(name string) bool { return strings.HasSuffix(name, ".json") }

func (f *failing) Put(ctx context.Context, name string, content io.Reader, size int64, contentType string) error {
	err := f.put[isRecord(name)]
	if err != nil && !f.taken {
		return err
	}
	return errors.Join(f.Objects.Put(ctx, name, content, size, contentType), err)
}

func (f *failing) Delete(ctx context.Context, name string) error {
	if err := f.remove[isRecord(name)]; err != nil {
		return err
	}
	return f.Objects.Delete(ctx, name)
}

func (f *failing) List(ctx context.Context) iter.Seq2[documents.Object, error] {
	return f.Objects.List(ctx)
}

func TestStoreThatFailsKeepsNothing(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, tc := range []struct {
		reason string
		record bool
		taken  bool
	}{
		{"content refused", false, false},
		{"content taken, but not said so", false, true},
		{"record refused", true, false},
		{"record taken, but not said so", true, true},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			k := newClock()
			m := documents.NewMemory(0, k.Now)
			o := &failing{Objects: documents.InBlobs(m), put: map[bool]error{tc.record: broken}, taken: tc.taken}
			s := service(t, documents.Deps{Setting: setting(t, "s3:b"), Objects: o, Now: k.Now})
			_, err := s.Create(t.Context(), connector.NewDocument{Size: 1}, strings.NewReader("x"))
			if e := documentstest.WantKind(t, err, connector.Unavailable); !strings.Contains(e.Message, "disk on fire") {
				t.Errorf("%+v", e)
			}
			for o, err := range m.List(t.Context()) {
				t.Errorf("left behind: %v, %v", o, err)
			}
		})
	}
}

func TestContentThatStaysIsSwept(t *testing.T) {
	k := newClock()
	m := documents.NewMemory(0, k.Now)
	broken := errors.New("disk on fire")
	o := &failing{Objects: documents.InBlobs(m), put: map[bool]error{true: broken}, remove: map[bool]error{false: broken}}
	s := service(t, documents.Deps{Setting: setting(t, "s3:b"), Objects: o, Now: k.Now})
	_, err := s.Create(t.Context(), connector.NewDocument{Size: 1}, strings.NewReader("x"))
	documentstest.WantKind(t, err, connector.Unavailable)
	k.Forward(2 * time.Hour)
	if n, err := s.Sweep(t.Context()); n != 1 || err == nil {
		t.Errorf("swept %d, %v: it cannot be removed yet", n, err)
	}
	o.remove = nil
	if n, err := s.Sweep(t.Context()); n != 1 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
}

func TestFilesAreDocuments(t *testing.T) {
	k := newClock()
	svc, _ := storedFiles(t, k.Now)
	f := svc.For(files.Owner{Tenant: "acme", Actor: "person", Source: connector.ArtifactFile})
	w, err := f.Create(t.Context(), connector.NewFile{Name: "report.csv", Metadata: map[string]any{"document": "not ours"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "a,b\n"); err != nil {
		t.Fatal(err)
	}
	info, err := w.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := service(t, documents.Deps{Files: svc.For(files.Owner{Tenant: "acme", Actor: "worker"}), Cluster: cluster(t, documentstest.NewCluster(t)), Now: k.Now})
	// By hand, as a person writes it into a process, and as we give it.
	var byHand connector.Document
	if err := json.Unmarshal([]byte(`{"camunda.document.type":"camunda","storeId":"fairlead","documentId":"1"}`), &byHand); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []connector.Document{byHand, documents.OfFile(info)} {
		if got, c := documentstest.Get(t, s, ref); got != "a,b\n" || c.Name != "report.csv" || c.ContentType != "text/csv; charset=utf-8" {
			t.Errorf("%q, %+v", got, c)
		}
	}
	other := service(t, documents.Deps{Files: svc.For(files.Owner{Tenant: "other"}), Now: k.Now})
	_, err = other.Open(t.Context(), byHand)
	documentstest.WantKind(t, err, connector.NotFound)
	// And the other way round.
	own := service(t, documents.Deps{Files: svc.For(files.Owner{Tenant: "acme", Actor: "worker"}), Now: k.Now})
	ref := documentstest.Put(t, own, connector.NewDocument{Name: "made.txt", ContentType: "text/plain", Size: 4, Metadata: connector.DocumentMetadata{ProcessInstanceKey: "12"}}, "made")
	b, err := f.Open(t.Context(), ref.DocumentID, files.AnySource)
	if err != nil || ref.StoreID != "fairlead" || b.Info().Name != "made.txt" || b.Info().SHA256 != ref.ContentHash {
		t.Errorf("%+v, %v", ref, err)
	}
	if again := documents.OfFile(b.Info()); again.Metadata.ProcessInstanceKey != "12" {
		t.Errorf("%+v", again.Metadata)
	}
}
