package utilities

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
)

// zipped makes an archive of names and contents in turn.
func zipped(t testing.TB, pairs ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		w, err := z.Create(pairs[i])
		if err == nil {
			_, err = io.WriteString(w, pairs[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func fixture(t testing.TB, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// stored are the files there are, besides the archives themselves.
func (b *bench) stored(t *testing.T) int {
	t.Helper()
	list, err := b.files("").List(t.Context(), connector.FileQuery{Limit: 500})
	must(t, err)
	n := 0
	for _, f := range list {
		if !strings.HasSuffix(f.Name, ".zip") {
			n++
		}
	}
	return n
}

func TestUnzip(t *testing.T) {
	b := newBench(t)
	id := b.save(t, connector.IncidentAttachmentFile, "a.zip", zipped(t, "a.txt", "one", "deep/er/b.txt", "two", "empty/", "", "c.zip", zipped(t, "x", "y")))
	if plan := b.plan(t, "unzip-files-and-save", in{"fileIds": []any{id}, "fileSource": "Incident Attachment File"}); len(plan) != 3 || plan[1].Item != "deep/er/b.txt" || plan[1].Size != 3 {
		t.Errorf("plan: %+v", plan)
	}
	var got UnzipFilesOut
	rec := b.do(t, "unzip-files-and-save", in{"fileIds": []any{id}, "fileSource": "Incident Attachment File"}, &got)
	if verdict(rec) != "Successful" || len(got.Files) != 3 || len(got.Skipped) != 0 {
		t.Fatalf("%s %+v %+v", verdict(rec), got, rec.Error)
	}
	f := got.Files[1]
	if f.FileName != "b.txt" || f.Path != "deep/er/b.txt" || f.ArchiveID != id || f.FileSource != connector.PlaybookFile || b.text(t, f.FileID) != "two" || f.Metadata["path"] != "deep/er/b.txt" {
		t.Errorf("%+v", f)
	}
	if !strings.HasPrefix(b.text(t, got.Files[2].FileID), "PK") {
		t.Error("the inner archive is not as it was")
	}
}

// TestUnzipReadsWhatOthersEncrypted goes over archives of other programs.
func TestUnzipReadsWhatOthersEncrypted(t *testing.T) {
	b := newBench(t)
	names, err := filepath.Glob("testdata/*.zip")
	must(t, err)
	if len(names) != 8 {
		t.Fatalf("%d archives", len(names))
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			raw := fixture(t, filepath.Base(name))
			id := b.save(t, "", "x.zip", raw)
			var got UnzipFilesOut
			rec := b.do(t, "unzip-files-and-save", in{"fileIds": []any{id}, "filePasswords": []string{"infected"}}, &got)
			if verdict(rec) != "Successful" || len(got.Files) == 0 {
				t.Fatalf("%+v", rec.Error)
			}
			if text := b.text(t, got.Files[0].FileID); !strings.HasPrefix(text, "hello, hello") {
				t.Errorf("got %q", text)
			}
			before := b.stored(t)
			for reason, tc := range map[string]struct {
				id       int64
				password []string
				part     string
			}{
				"without its password":    {id, nil, "It is encrypted."},
				"with a wrong one":        {id, []string{"wrong"}, "password is wrong"},
				"changed behind its head": {b.save(t, "", "x.zip", flip(raw)), []string{"infected"}, `"`},
			} {
				rec := b.do(t, "unzip-files-and-save", in{"fileIds": []any{tc.id}, "filePasswords": tc.password}, nil)
				if rec.Error == nil {
					t.Fatalf("%s: nothing was refused", reason)
				}
				if msg, status := one(t, rec); verdict(rec) != "Failed" || status != 400 || !strings.Contains(msg, tc.part) || strings.Contains(fmt.Sprint(rec.Error), "infected") {
					t.Errorf("%s: %s %d %s", reason, verdict(rec), status, msg)
				}
			}
			if b.stored(t) != before {
				t.Error("a refused archive left files behind")
			}
		})
	}
}

// flip changes a byte of the first entry's content: its name ends at 35.
func flip(raw string) string {
	b := []byte(raw)
	nameEnd := 30 + int(b[26]) + int(b[28])
	b[nameEnd+19]++
	return string(b)
}

func TestUnzipPasswordsInOrder(t *testing.T) {
	b := newBench(t)
	open, shut := b.save(t, "", "a.zip", zipped(t, "a", "b")), b.save(t, "", "b.zip", fixture(t, "aes-256-2.zip"))
	rec := b.do(t, "unzip-files-and-save", in{"fileIds": []any{open, shut}, "filePasswords": []string{"", "infected"}}, nil)
	if verdict(rec) != "Successful" {
		t.Errorf("%+v", rec.Error)
	}
	rec = b.do(t, "unzip-files-and-save", in{"fileIds": []any{open, shut, open}, "filePasswords": []string{"", "infected"}}, nil)
	if msg, status := one(t, rec); status != 400 || !strings.Contains(msg, "2 passwords for 3 archives") {
		t.Errorf("%d %s", status, msg)
	}
}

// Nothing leads out, whatever an entry is called; the others are stored.
func TestUnzipSkipsWhatLeadsOut(t *testing.T) {
	b := newBench(t)
	bad := []string{"../up.txt", "a/../../up.txt", "/etc/passwd", `..\up.txt`, `C:\windows\x`, "c:x", "..", "a/..", "nul\x00byte", "./..//x"}
	var pairs []string
	for _, name := range bad {
		pairs = append(pairs, name, "evil")
	}
	id := b.save(t, "", "a.zip", zipped(t, append(pairs, "good/../still-good.txt", "good")...))
	var got UnzipFilesOut
	rec := b.do(t, "unzip-files-and-save", in{"fileIds": []any{id}}, &got)
	if verdict(rec) != "Successful" || len(got.Skipped) != len(bad) || len(got.Files) != 1 || got.Files[0].Path != "still-good.txt" {
		t.Errorf("%s: %d skipped, stored %+v, %+v", verdict(rec), len(got.Skipped), got.Files, rec.Error)
	}
	if b.stored(t) != 1 {
		t.Errorf("%d files", b.stored(t))
	}
}

func TestUnzipSkipsLinks(t *testing.T) {
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	h := &zip.FileHeader{Name: "link"}
	h.SetMode(fs.ModeSymlink | 0o777)
	w, err := z.CreateHeader(h)
	must(t, err)
	_, err = io.WriteString(w, "/etc/passwd")
	must(t, err)
	must(t, z.Close())
	b := newBench(t)
	var got UnzipFilesOut
	b.do(t, "unzip-files-and-save", in{"fileIds": []any{b.save(t, "", "a.zip", buf.String())}}, &got)
	if want := []SkippedEntry{{1, "link", "It is a link or a device."}}; !cmp.Equal(got.Skipped, want) || len(got.Files) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestUnzipRefusesBombs(t *testing.T) {
	b := newBench(t)
	zeros := strings.Repeat("\x00", 20<<20)
	flat := zipped(t, "a", zeros, "b", zeros)
	lying := []byte(zipped(t, "a", zeros)) // its table of contents says 1 byte
	at := bytes.Index(lying, []byte("PK\x01\x02")) + 24
	copy(lying[at:], []byte{1, 0, 0, 0})
	var many []string
	for i := range 40 {
		many = append(many, fmt.Sprint(i), "x")
	}
	for _, tc := range []struct {
		reason, content, part string
		input                 in
	}{
		{"larger in all than allowed", flat, "more than Maximum Size", in{"maximumSize": 30 << 20}},
		{"one entry larger than allowed", flat, "more than Maximum Size", in{"maximumSize": 1000}},
		{"larger than it says", string(lying), "", in{}},
		{"too many", zipped(t, many...), "more than 39 files", in{"maximumFiles": 39}},
		{"no archive", "not a zip", "cannot be read as a ZIP archive", in{}},
		{"empty", "", "cannot be read as a ZIP archive", in{}},
		{"cut off", flat[:len(flat)-30], "cannot be read as a ZIP archive", in{}},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			tc.input["fileIds"] = []any{b.save(t, "", "a.zip", tc.content)}
			rec := b.do(t, "unzip-files-and-save", tc.input, nil)
			if msg, status := one(t, rec); verdict(rec) != "Failed" || status != 400 || !strings.Contains(msg, tc.part) {
				t.Errorf("%s %d %s", verdict(rec), status, msg)
			}
			if n := b.stored(t); n != 0 {
				t.Errorf("it left %d files", n)
			}
		})
	}
	if rec := b.do(t, "unzip-files-and-save", in{"fileIds": []any{b.save(t, "", "a.zip", flat)}, "maximumSize": 40 << 20}, nil); verdict(rec) != "Successful" {
		t.Errorf("exactly what is allowed: %+v", rec.Error)
	}
}

func FuzzZip(f *testing.F) {
	for _, s := range []string{zipped(f, "a", "b", "c/d", "e"), fixture(f, "traditional.zip"), fixture(f, "traditional-stream.zip"), fixture(f, "aes-128-1.zip"), fixture(f, "aes-256-2.zip"), "PK\x05\x06" + strings.Repeat("\x00", 18)} {
		f.Add([]byte(s), "infected")
	}
	f.Fuzz(func(t *testing.T, raw []byte, password string) {
		z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			return
		}
		for _, e := range z.File {
			if p := strings.ToValidUTF8(e.Name, "_"); inside(p) && (filepath.IsAbs(p) || !filepath.IsLocal(p)) {
				t.Errorf("%q leads out", p)
			}
			r, err := openEntry(e, password)
			if err != nil {
				continue
			}
			n, _ := io.Copy(io.Discard, io.LimitReader(r, 1<<20))
			if r.Close(); n > 1<<20 {
				t.Error("the limit did not hold")
			}
		}
	})
}
