package files_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/store"
)

// limited gives a second Service on the same records and folder with another
// limit, as the program has had at another time.
func (r *rig) limited(small int64) *files.Service {
	c := r.Config
	c.Small = small
	return files.New(c)
}

func TestWhereContentIsPut(t *testing.T) {
	const limit = files.DefaultSmall
	for _, tc := range []struct {
		reason       string
		small        int64
		sizes        []int // of the writes
		rows, onDisk int
	}{
		{"nothing was written", 0, nil, 1, 0},
		{"an empty write", 0, []int{0}, 1, 0},
		{"one byte", 0, []int{1}, 1, 0},
		{"just small, at once", 0, []int{limit}, 1, 0},
		{"just small, in parts", 0, []int{limit - 1, 0, 1}, 1, 0},
		{"a byte too many, at once", 0, []int{limit + 1}, 0, 1},
		{"a byte too many, at the end", 0, []int{limit, 1}, 0, 1},
		{"large from the first write on", 0, []int{10 * limit, 5}, 0, 1},
		{"another limit", 3, []int{3}, 1, 0},
		{"beyond another limit", 3, []int{4}, 0, 1},
		{"without small content, nothing was written", -1, nil, 0, 1},
		{"without small content, an empty write", -1, []int{0}, 0, 1},
		{"without small content, one byte", -1, []int{1}, 0, 1},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			r := newRigOf(t, tc.small)
			want, id := writeIn(t, r.scoped(), tc.sizes)
			if r.rows(t) != tc.rows || len(onDisk(t, r.blobs())) != tc.onDisk {
				t.Errorf("%d with the records, %v in the folder", r.rows(t), onDisk(t, r.blobs()))
			}
			if textOf(t, r.scoped(), id) != want {
				t.Error("the content differs")
			}
			if err := r.scoped().Delete(t.Context(), strconv.FormatInt(id, 10), ""); err != nil || r.stored(t) != 0 {
				t.Errorf("deleted: %v; %d pieces of content are left", err, r.stored(t))
			}
		})
	}
}

// writeIn stores a file with writes of some sizes, whose buffer is used again.
func writeIn(t *testing.T, f connector.Files, sizes []int) (content string, id int64) {
	t.Helper()
	w, err := f.Create(t.Context(), connector.NewFile{Name: "f"})
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range sizes {
		p := []byte(strings.Repeat(strconv.Itoa(i), n))
		content += string(p)
		if got, err := w.Write(p); got != n || err != nil {
			t.Fatalf("wrote %d of %d: %v", got, n, err)
		}
		clear(p)
	}
	info, err := w.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return content, info.ID
}

// Files that were stored under another limit stay readable, and nothing of
// them stays when they go, in whichever order.
func TestContentInBothPlaces(t *testing.T) {
	for _, tc := range []struct {
		reason      string
		first, then int64 // limits
	}{
		{"in the folder, then with the records", -1, 0},
		{"with the records, then in the folder", 0, -1},
	} {
		for _, olderGoes := range []bool{true, false} {
			t.Run(fmt.Sprint(tc.reason, ", older goes first: ", olderGoes), func(t *testing.T) {
				r := newRigOf(t, tc.then)
				owner := files.Owner{Tenant: "acme", Actor: "tester"}
				older := save(t, r.limited(tc.first).For(owner), connector.NewFile{Name: "older"}, "0123456789")
				if textOf(t, r.scoped(), older.ID) != "0123456789" {
					t.Error("the older file cannot be read alone")
				}
				newer := save(t, r.scoped(), connector.NewFile{Name: "newer"}, "0123456789")
				if r.rows(t) != 1 || len(onDisk(t, r.blobs())) != 1 {
					t.Fatalf("%d with the records, %v in the folder", r.rows(t), onDisk(t, r.blobs()))
				}
				goes, stays := older, newer
				if !olderGoes {
					goes, stays = newer, older
				}
				deleteAndRead(t, r, goes.ID, stays.ID)
				if err := r.scoped().Delete(t.Context(), fmt.Sprint(stays.ID), ""); err != nil || r.stored(t) != 0 {
					t.Errorf("deleted both: %v; %d pieces of content are left", err, r.stored(t))
				}
			})
		}
	}
}

func deleteAndRead(t *testing.T, r *rig, goes, stays int64) {
	t.Helper()
	if err := r.scoped().Delete(t.Context(), fmt.Sprint(goes), ""); err != nil {
		t.Fatal(err)
	}
	if n, err := r.SweepOrphans(t.Context()); n != 0 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	if textOf(t, r.scoped(), stays) != "0123456789" {
		t.Error("the other file lost its content")
	}
}

// A file whose record is refused leaves no content: they are one transaction.
func TestARefusedRecordLeavesNoContent(t *testing.T) {
	r := newRig(t)
	for _, tc := range []struct {
		reason string
		owner  files.Owner
		cause  error
	}{
		{"a record that the store refuses", files.Owner{Tenant: ""}, nil},
		{"an entry that cannot be chained", files.Owner{Tenant: "acme"}, errBoom},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			c := r.Config
			c.Records = refusing{r.Records, tc.cause}
			w, err := files.New(c).For(tc.owner).Create(t.Context(), connector.NewFile{Name: "x"})
			if err != nil {
				t.Fatal(err)
			}
			_, errWrite := io.WriteString(w, "content")
			_, errCommit := w.Commit(t.Context())
			if errWrite != nil || errCommit == nil || r.stored(t) != 0 {
				t.Errorf("%v, %v; %d pieces of content are stored", errWrite, errCommit, r.stored(t))
			}
		})
	}
}

// refusing fails a batch after its records are written, inside the transaction.
type refusing struct {
	files.Records
	err error
}

func (r refusing) Submit(ctx context.Context, b store.Batch) error {
	if r.err != nil {
		b.Prepare = func(*store.Batch) error { return r.err }
	}
	return r.Records.Submit(ctx, b)
}

// Records that cannot be read are not content that is missing: nobody should
// restore a backup for them.
func TestContentThatCannotBeRead(t *testing.T) {
	r := newRig(t)
	info := save(t, r.scoped(), connector.NewFile{Name: "a"}, "a")
	b, err := r.scoped().Open(t.Context(), fmt.Sprint(info.ID), "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Open(ctx, 0); connector.AsError(err).Kind != connector.Canceled {
		t.Errorf("canceled: %v", err)
	}
	if err := r.store.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Open(t.Context(), 0); connector.AsError(err).Kind != connector.Unavailable {
		t.Errorf("closed: %v", err)
	}
}

// The folder is needed only once content is not small any more, and what it
// says then ends the file.
func TestAFolderThatTakesNothing(t *testing.T) {
	r := newRig(t)
	c := r.Config
	c.Blobs = noBlobs{r.Blobs}
	f := files.New(c).For(files.Owner{Tenant: "acme"})
	save(t, f, connector.NewFile{Name: "small"}, "small")
	w, err := f.Create(t.Context(), connector.NewFile{Name: "large"})
	if err != nil {
		t.Fatal(err)
	}
	_, errWrite := w.Write(make([]byte, files.DefaultSmall+1))
	_, errCommit := w.Commit(t.Context())
	if !errors.Is(errWrite, errBoom) || !errors.Is(errCommit, errBoom) {
		t.Errorf("wrote: %v, committed: %v", errWrite, errCommit)
	}
	if d := cmp.Diff(1, r.stored(t)); d != "" {
		t.Error(d)
	}
}

type noBlobs struct{ files.Blobs }

func (noBlobs) Create(context.Context) (files.BlobWriter, error) { return nil, errBoom }

// A small file that expires goes with its content, also one that an older
// program has put into the folder.
func TestExpiredSmallFilesOfBothPlaces(t *testing.T) {
	r := newRig(t)
	soon := r.now.Add(time.Minute)
	old := r.limited(-1).For(files.Owner{Tenant: "acme"})
	save(t, old, connector.NewFile{Name: "old", ExpiresAt: &soon}, "old")
	save(t, r.scoped(), connector.NewFile{Name: "new", ExpiresAt: &soon}, "new")
	save(t, r.scoped(), connector.NewFile{Name: "as old", ExpiresAt: &soon}, "old")
	r.forward(time.Hour)
	if n, err := r.SweepExpired(t.Context()); n != 3 || err != nil || r.stored(t) != 0 {
		t.Errorf("swept %d, %v; %d pieces of content are left", n, err, r.stored(t))
	}
}
