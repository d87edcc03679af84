package files_test

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/store/sqlite"
)

// rig is a Service on a real store and a real folder.
type rig struct {
	*files.Service
	dir   string
	store *store.Store
	mu    sync.Mutex
	now   time.Time
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) forward(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

func newRig(t *testing.T) *rig { return newRigOf(t, 0) }

// both runs a test twice: with small content stored with the records, and with
// all content in the folder.
func both(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Run("with the records", func(t *testing.T) { test(t, newRigOf(t, 0)) })
	t.Run("in the folder", func(t *testing.T) { test(t, newRigOf(t, -1)) })
}

func newRigOf(t *testing.T, small int64) *rig {
	t.Helper()
	r := &rig{dir: t.TempDir(), now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	st, err := sqlite.Open(t.Context(), filepath.Join(r.dir, "fairlead.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	r.store = st
	r.Service = files.New(files.Config{Blobs: openLocal(t, r.blobs()), Records: st, Now: r.clock, Log: slog.New(slog.DiscardHandler), Small: small})
	return r
}

func (r *rig) blobs() string { return filepath.Join(r.dir, "files") }

// rows tells how many pieces of content are stored with the records.
func (r *rig) rows(t *testing.T) int {
	t.Helper()
	counts, err := r.store.Dump(t.Context(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return int(counts["contents"])
}

// stored tells how many pieces of content are stored at all.
func (r *rig) stored(t *testing.T) int {
	t.Helper()
	return r.rows(t) + len(onDisk(t, r.blobs()))
}

func (r *rig) scoped() *files.Scoped { return r.For(files.Owner{Tenant: "acme", Actor: "tester"}) }

func save(t *testing.T, f connector.Files, n connector.NewFile, content string) connector.FileInfo {
	t.Helper()
	w, err := f.Create(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	info, err := w.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func textOf(t *testing.T, f connector.Files, id int64) string {
	t.Helper()
	b, err := f.Open(t.Context(), strconv.FormatInt(id, 10), files.AnySource)
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.Open(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	got, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

func TestAFileComesBackAsItWasStored(t *testing.T) {
	r := newRig(t)
	f := r.For(files.Owner{Tenant: "acme", Actor: "tester", RunID: "0198c0de-0000-7000-8000-000000000001"})
	until := r.now.Add(time.Hour)
	content := strings.Repeat("line of text\n", 10000)
	got := save(t, f, connector.NewFile{Name: "reports/a.csv", Metadata: map[string]any{"origin": "test", "n": 1.5}, ExpiresAt: &until}, content)
	want := connector.FileInfo{
		ID: got.ID, Name: "reports/a.csv", Size: int64(len(content)), ContentType: "text/csv; charset=utf-8", Source: connector.PlaybookFile,
		MD5: fmt.Sprintf("%x", md5.Sum([]byte(content))), SHA1: fmt.Sprintf("%x", sha1.Sum([]byte(content))), SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte(content))),
		CreatedAt: r.now, ExpiresAt: &until, RunID: "0198c0de-0000-7000-8000-000000000001", Metadata: map[string]any{"origin": "test", "n": 1.5},
	}
	if d := cmp.Diff(want, got); d != "" || got.ID <= 0 {
		t.Errorf("id %d, -want +got\n%s", got.ID, d)
	}
	read, err := f.Info(t.Context(), fmt.Sprint(got.ID), "")
	if d := cmp.Diff(want, read); d != "" || err != nil {
		t.Errorf("read back: -want +got\n%s%v", d, err)
	}
	if textOf(t, f, got.ID) != content {
		t.Error("the content differs")
	}
}

func TestFindingAFile(t *testing.T) {
	r := newRig(t)
	mine := save(t, r.scoped(), connector.NewFile{Name: "a.txt"}, "a")
	attached := save(t, r.For(files.Owner{Tenant: "acme", Source: "incident attachment file"}), connector.NewFile{Name: "b.txt"}, "b")
	foreign := save(t, r.For(files.Owner{Tenant: "other"}), connector.NewFile{Name: "c.txt"}, "c")
	soon := r.now.Add(time.Minute)
	passing := save(t, r.scoped(), connector.NewFile{Name: "d.txt", ExpiresAt: &soon}, "d")
	r.forward(time.Minute)
	for _, tc := range []struct {
		reason, id, source string
		kind               connector.Kind
		msg, fix           string
	}{
		{"by number, default source", fmt.Sprint(mine.ID), "", "", "", ""},
		{"blanks around it", fmt.Sprintf(" %d ", mine.ID), "Playbook File", "", "", ""},
		{"source in any case", fmt.Sprint(attached.ID), "INCIDENT attachment file", "", "", ""},
		{"any source", fmt.Sprint(attached.ID), files.AnySource, "", "", ""},
		{"a word", "report.txt", "", connector.Invalid, "Error converting data type nvarchar to bigint.", "whole number"},
		{"empty", "", "", connector.Invalid, "Error converting data type nvarchar to bigint.", "whole number"},
		{"a fraction", "1.0", "", connector.Invalid, "Error converting data type nvarchar to bigint.", "whole number"},
		{"beyond bigint", "9223372036854775808", "", connector.Invalid, "Error converting data type nvarchar to bigint.", "whole number"},
		{"below bigint", "-9223372036854775809", "", connector.Invalid, "Error converting data type nvarchar to bigint.", "whole number"},
		{"largest bigint", "9223372036854775807", "", connector.NotFound, "There is no file with ID 9223372036854775807.", "List Files"},
		{"negative", "-1", "", connector.NotFound, "There is no file with ID -1.", "List Files"},
		{"another source", fmt.Sprint(attached.ID), "", connector.NotFound, fmt.Sprintf(`There is no file with ID %d under the source "Playbook File"; it is stored under "Incident Attachment File".`, attached.ID), `Give "Incident Attachment File"`},
		{"unknown source", fmt.Sprint(mine.ID), "Attachment", connector.Invalid, `Unknown file source "Attachment".`, "Artifact File"},
		{"another tenant's", fmt.Sprint(foreign.ID), files.AnySource, connector.NotFound, fmt.Sprintf("There is no file with ID %d.", foreign.ID), "List Files"},
		{"expired but not yet swept", fmt.Sprint(passing.ID), "", connector.NotFound, fmt.Sprintf("There is no file with ID %d.", passing.ID), "List Files"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			_, err := r.scoped().Open(t.Context(), tc.id, tc.source)
			errDelete := error(nil)
			if tc.kind != "" { // what cannot be opened cannot be deleted either
				errDelete = r.scoped().Delete(t.Context(), tc.id, tc.source)
			}
			for _, err := range []error{err, errDelete} {
				e := connector.AsError(err)
				if tc.kind == "" {
					if e != nil {
						t.Errorf("failed: %v", e)
					}
					continue
				}
				if e == nil || e.Kind != tc.kind || e.Message != tc.msg || !strings.Contains(e.Fix, tc.fix) {
					t.Errorf("got %+v", e)
				}
			}
		})
	}
}

func TestReadingFromAnOffset(t *testing.T) { both(t, readingFromAnOffset) }

func readingFromAnOffset(t *testing.T, r *rig) {
	f := r.scoped()
	info := save(t, f, connector.NewFile{Name: "a"}, "0123456789")
	b, err := f.Open(t.Context(), fmt.Sprint(info.ID), "")
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[int64]string{0: "0123456789", 7: "789", 10: ""} {
		for range 2 { // a retry opens again
			rd, err := b.Open(t.Context(), at)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(rd)
			_ = rd.Close()
			if err != nil || string(got) != want {
				t.Errorf("from %d: %q, %v", at, got, err)
			}
		}
	}
	for _, at := range []int64{-1, 11} {
		if _, err := b.Open(t.Context(), at); connector.AsError(err).Kind != connector.Invalid {
			t.Errorf("from %d: %v", at, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	rd, err := b.Open(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rd.Close() }()
	cancel()
	if _, err := rd.Read(make([]byte, 1)); connector.AsError(err).Kind != connector.Canceled {
		t.Errorf("reading on after a cancel: %v", err)
	}
}

func TestListing(t *testing.T) {
	r := newRig(t)
	f := r.For(files.Owner{Tenant: "acme", RunID: "0198c0de-0000-7000-8000-000000000001"})
	var ids []int64
	soon := r.now.Add(time.Minute)
	for i := range 10 {
		n := connector.NewFile{Name: fmt.Sprintf("file %d.txt", i)}
		if i%2 == 1 {
			n.ExpiresAt = &soon
		}
		ids = append(ids, save(t, f, n, "x").ID)
	}
	art := save(t, r.For(files.Owner{Tenant: "acme", Source: connector.ArtifactFile}), connector.NewFile{Name: "Other.bin"}, "y").ID
	save(t, r.For(files.Owner{Tenant: "other"}), connector.NewFile{Name: "file foreign"}, "z")
	r.forward(time.Minute) // every second one is gone now
	for _, tc := range []struct {
		reason string
		q      connector.FileQuery
		want   []int64
	}{
		{"all, newest first, none expired, none of another tenant", connector.FileQuery{}, []int64{art, ids[8], ids[6], ids[4], ids[2], ids[0]}},
		{"a page is full although expired ones lie between", connector.FileQuery{Limit: 3}, []int64{art, ids[8], ids[6]}},
		{"the page after it", connector.FileQuery{Limit: 3, After: ids[6]}, []int64{ids[4], ids[2], ids[0]}},
		{"after the last", connector.FileQuery{After: ids[0]}, []int64{}},
		{"by source", connector.FileQuery{Source: "artifact file"}, []int64{art}},
		{"by name, in any case", connector.FileQuery{NameContains: "OTHER"}, []int64{art}},
		{"by run", connector.FileQuery{RunID: "0198c0de-0000-7000-8000-000000000001", Limit: 2}, []int64{ids[8], ids[6]}},
		{"more than there can be", connector.FileQuery{Limit: 1 << 40}, []int64{art, ids[8], ids[6], ids[4], ids[2], ids[0]}},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			got, err := r.scoped().List(t.Context(), tc.q)
			if err != nil {
				t.Fatal(err)
			}
			have := []int64{}
			for _, g := range got {
				have = append(have, g.ID)
			}
			if d := cmp.Diff(tc.want, have); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
	for _, q := range []connector.FileQuery{{Limit: -1}, {Source: "Nowhere"}} {
		if _, err := r.scoped().List(t.Context(), q); connector.AsError(err).Kind != connector.Invalid {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

// Tenants share content in the folder, and none with the records.
func TestContentGoesWithItsLastFile(t *testing.T) {
	t.Run("with the records", func(t *testing.T) { contentGoesWithItsLastFile(t, newRigOf(t, 0), 2) })
	t.Run("in the folder", func(t *testing.T) { contentGoesWithItsLastFile(t, newRigOf(t, -1), 1) })
}

func contentGoesWithItsLastFile(t *testing.T, r *rig, pieces int) {
	f := r.scoped()
	one, two := save(t, f, connector.NewFile{Name: "one"}, "same"), save(t, r.For(files.Owner{Tenant: "other"}), connector.NewFile{Name: "two"}, "same")
	twin := save(t, f, connector.NewFile{Name: "twin"}, "same")
	if got := r.stored(t); got != pieces {
		t.Fatalf("%d pieces are stored", got)
	}
	if err := f.Delete(t.Context(), fmt.Sprint(twin.ID), ""); err != nil {
		t.Fatal(err)
	}
	if textOf(t, f, one.ID) != "same" {
		t.Error("another file's content went too")
	}
	if err := f.Delete(t.Context(), fmt.Sprint(one.ID), ""); err != nil {
		t.Fatal(err)
	}
	if textOf(t, r.For(files.Owner{Tenant: "other"}), two.ID) != "same" {
		t.Error("another tenant's content went too")
	}
	if err := f.Delete(t.Context(), fmt.Sprint(one.ID), ""); connector.AsError(err).Kind != connector.NotFound {
		t.Errorf("deleting again: %v", err)
	}
	if err := r.For(files.Owner{Tenant: "other"}).Delete(t.Context(), fmt.Sprint(two.ID), ""); err != nil {
		t.Fatal(err)
	}
	if got := r.stored(t); got != 0 {
		t.Errorf("%d pieces of content are left", got)
	}
}

func TestNothingStaysOfAFileThatWasNotStored(t *testing.T) {
	both(t, nothingStaysOfAFileThatWasNotStored)
}

func nothingStaysOfAFileThatWasNotStored(t *testing.T, r *rig) {
	past := r.now
	for _, tc := range []struct {
		reason string
		n      connector.NewFile
		field  string
	}{
		{"expired before it is there", connector.NewFile{ExpiresAt: &past}, "/expiresAt"},
		{"metadata is not JSON", connector.NewFile{Metadata: map[string]any{"f": func() {}}}, "/metadata"},
		{"metadata is too large", connector.NewFile{Metadata: map[string]any{"f": strings.Repeat("x", 64<<10)}}, "/metadata"},
	} {
		if _, err := r.scoped().Create(t.Context(), tc.n); connector.AsError(err).Field != tc.field {
			t.Errorf("%s: %v", tc.reason, err)
		}
	}
	if _, err := r.For(files.Owner{Source: "Nowhere"}).Create(t.Context(), connector.NewFile{}); connector.AsError(err).Field != "/source" {
		t.Errorf("unknown source: %v", err)
	}
	w, err := r.scoped().Create(t.Context(), connector.NewFile{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "given up"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Commit(ctx); connector.AsError(err).Kind != connector.Canceled {
		t.Errorf("a canceled commit: %v", err)
	}
	if _, err := w.Commit(t.Context()); err == nil {
		t.Error("committed after the end")
	}
	if _, err := w.Write([]byte("more")); err == nil {
		t.Error("written after the end")
	}
	w.Abort()
	if got := r.stored(t); got != 0 {
		t.Errorf("%d pieces of content are left", got)
	}
	if got, err := r.scoped().List(t.Context(), connector.FileQuery{}); err != nil || len(got) != 0 {
		t.Errorf("listed %v, %v", got, err)
	}
}

// brokenRecords fails at a chosen point of writing.
type brokenRecords struct {
	files.Records
	err error
}

func (b brokenRecords) Submit(context.Context, store.Batch) error { return b.err }

func TestContentWithoutARecordDoesNotStay(t *testing.T) { both(t, contentWithoutARecordDoesNotStay) }

func contentWithoutARecordDoesNotStay(t *testing.T, r *rig) {
	kept := save(t, r.scoped(), connector.NewFile{Name: "kept"}, "both have this")
	broken := files.New(files.Config{Blobs: r.Blobs, Records: brokenRecords{r.Records, &store.Error{Kind: store.Unavailable}}, Now: r.clock, Log: r.Log, Small: r.Small})
	for _, content := range []string{"both have this", "only this one"} {
		w, err := broken.For(files.Owner{Tenant: "acme"}).Create(t.Context(), connector.NewFile{Name: "x"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, content); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Commit(t.Context()); connector.AsError(err).Kind != connector.Unavailable {
			t.Errorf("%q: %v", content, err)
		}
	}
	if got := r.stored(t); got != 1 || textOf(t, r.scoped(), kept.ID) != "both have this" {
		t.Errorf("%d pieces of content are stored", got)
	}
}

// damage changes content where it is: a record is written with bytes that are
// not its own.
func (r *rig) damage(t *testing.T, key, to string) {
	t.Helper()
	if r.Small < 0 {
		truncate(t, filepath.Join(r.blobs(), key[:2], key), int64(len(to)))
		return
	}
	r.record(t, key, store.Content{Tenant: "acme", Key: key, Bytes: []byte(to)})
}

// record writes a file of ten bytes past the Service.
func (r *rig) record(t *testing.T, key string, content ...store.Content) int64 {
	t.Helper()
	f := &store.File{Tenant: "acme", Name: "past", Size: 10, ContentKey: key, Source: connector.PlaybookFile}
	if err := r.store.Submit(t.Context(), store.Batch{InsertContents: content, InsertFiles: []*store.File{f}}); err != nil {
		t.Fatal(err)
	}
	return f.ID
}

func TestDamageIsNoticed(t *testing.T) { both(t, damageIsNoticed) }

func damageIsNoticed(t *testing.T, r *rig) {
	info := save(t, r.scoped(), connector.NewFile{Name: "a"}, "0123456789")
	b, err := r.scoped().Open(t.Context(), fmt.Sprint(info.ID), "")
	if err != nil {
		t.Fatal(err)
	}
	r.damage(t, info.SHA256, "0123")
	rd, err := b.Open(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadAll(rd)
	_ = rd.Close()
	if e := connector.AsError(err); e == nil || e.Kind != connector.Internal || !strings.Contains(e.Message, "is damaged: it does not have 10 bytes") {
		t.Errorf("cut short: %+v", e)
	}
	save(t, r.scoped(), connector.NewFile{Name: "again"}, "0123456789") // as the error advises
	if got := textOf(t, r.scoped(), info.ID); got != "0123456789" {
		t.Errorf("after the same was stored again: %q", got)
	}
	lost := r.record(t, strings.Repeat("0", 64))
	if b, err = r.scoped().Open(t.Context(), fmt.Sprint(lost), ""); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Open(t.Context(), 0); connector.AsError(err).Message != fmt.Sprintf("The content of file %d is missing.", lost) {
		t.Errorf("missing: %v", err)
	}
}

func TestEveryChangeIsAudited(t *testing.T) {
	r := newRig(t)
	soon := r.now.Add(time.Minute)
	a := save(t, r.scoped(), connector.NewFile{Name: "a"}, "a")
	b := save(t, r.scoped(), connector.NewFile{Name: "b", ExpiresAt: &soon}, "b")
	if err := r.scoped().Delete(t.Context(), fmt.Sprint(a.ID), ""); err != nil {
		t.Fatal(err)
	}
	r.forward(time.Hour)
	if n, err := r.SweepExpired(t.Context()); n != 1 || err != nil {
		t.Fatalf("swept %d, %v", n, err)
	}
	var got []string
	for e, err := range r.store.AuditChain(t.Context(), "acme", 0) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Kind+" "+e.Subject+" "+e.Actor)
	}
	want := []string{
		fmt.Sprint(audit.KindFileCreated, " ", a.ID, " tester"), fmt.Sprint(audit.KindFileCreated, " ", b.ID, " tester"),
		fmt.Sprint(audit.KindFileDeleted, " ", a.ID, " tester"), fmt.Sprint(audit.KindFileExpired, " ", b.ID, " system"),
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

var errBoom = errors.New("boom")

func TestRecordFailuresHaveAKind(t *testing.T) {
	r := newRig(t)
	info := save(t, r.scoped(), connector.NewFile{Name: "a"}, "a")
	for _, tc := range []struct {
		err  error
		kind connector.Kind
	}{
		{&store.Error{Kind: store.Unavailable}, connector.Unavailable},
		{&store.Error{Kind: store.Invalid}, connector.Invalid},
		{&store.Error{Kind: store.NotFound}, connector.NotFound},
		{context.DeadlineExceeded, connector.Timeout},
		{errBoom, connector.Internal},
	} {
		broken := files.New(files.Config{Blobs: r.Blobs, Records: brokenRecords{r.Records, tc.err}, Now: r.clock, Log: r.Log})
		err := broken.For(files.Owner{Tenant: "acme"}).Delete(t.Context(), fmt.Sprint(info.ID), "")
		if e := connector.AsError(err); e.Kind != tc.kind {
			t.Errorf("%v: %+v", tc.err, e)
		}
	}
	if textOf(t, r.scoped(), info.ID) != "a" {
		t.Error("content was deleted although its record stayed")
	}
}
