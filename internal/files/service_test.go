package files_test

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/files"
)

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
