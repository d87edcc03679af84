// Package filestest is the suite that every implementation of files.Blobs must
// pass.
package filestest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/internal/files"
)

// Run runs the suite; open gives an empty store each time.
func Run(t *testing.T, open func(t *testing.T) files.Blobs) {
	t.Helper()
	for _, tc := range []struct {
		name string
		test func(*testing.T, files.Blobs)
	}{
		{"nothing is visible before commit", invisible},
		{"content comes back from any offset", offsets},
		{"empty content is content", empty},
		{"large content streams", large},
		{"abort leaves nothing", abort},
		{"a writer ends once", endsOnce},
		{"a canceled commit leaves nothing", canceled},
		{"equal content commits again", again},
		{"equal content commits at the same time", together},
		{"writers do not mix", separate},
		{"delete removes, and removing nothing is fine", remove},
		{"a reader outlives a delete", readerOutlives},
		{"list gives what is committed", list},
		{"keys cannot name anything else", keys},
	} {
		t.Run(tc.name, func(t *testing.T) { tc.test(t, open(t)) })
	}
}

// Key is the key of content.
func Key(content []byte) string {
	h := sha256.Sum256(content)
	return hex.EncodeToString(h[:])
}

func begin(t *testing.T, b files.Blobs, content []byte) files.BlobWriter {
	t.Helper()
	w, err := b.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n, err := w.Write(content); err != nil || n != len(content) {
		t.Fatalf("wrote %d of %d: %v", n, len(content), err)
	}
	return w
}

func put(t *testing.T, b files.Blobs, content []byte) string {
	t.Helper()
	key := Key(content)
	if err := begin(t, b, content).Commit(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	return key
}

// wantContent fails unless the content is whole; nil means that there is none.
func wantContent(t *testing.T, b files.Blobs, key string, want []byte) {
	t.Helper()
	r, err := b.Open(t.Context(), key, 0)
	if want == nil {
		if !errors.Is(err, files.ErrNoContent) {
			t.Errorf("want no content, got %v", err)
		}
		return
	}
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = r.Close() }()
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v, want %d", len(got), err, len(want))
	}
}

func keysIn(t *testing.T, b files.Blobs) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	for info, err := range b.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := out[info.Key]; twice {
			t.Errorf("%s is listed twice", info.Key)
		}
		if info.Modified.IsZero() {
			t.Errorf("%s has no time", info.Key)
		}
		out[info.Key] = info.Size
	}
	return out
}

func invisible(t *testing.T, b files.Blobs) {
	content := []byte("not yet")
	w := begin(t, b, content)
	wantContent(t, b, Key(content), nil)
	if d := cmp.Diff(map[string]int64{}, keysIn(t, b)); d != "" {
		t.Errorf("listed before commit: %s", d)
	}
	if err := w.Commit(t.Context(), Key(content)); err != nil {
		t.Fatal(err)
	}
	wantContent(t, b, Key(content), content)
}

func offsets(t *testing.T, b files.Blobs) {
	content := []byte("0123456789")
	key := put(t, b, content)
	for _, at := range []int{0, 1, 9, 10} {
		r, err := b.Open(t.Context(), key, int64(at))
		if err != nil {
			t.Fatalf("offset %d: %v", at, err)
		}
		got, err := io.ReadAll(r)
		_ = r.Close()
		if err != nil || string(got) != string(content[at:]) {
			t.Errorf("offset %d: %q, %v", at, got, err)
		}
	}
}

func empty(t *testing.T, b files.Blobs) {
	w, err := b.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(t.Context(), Key(nil)); err != nil {
		t.Fatal(err)
	}
	wantContent(t, b, Key(nil), []byte{})
}

func large(t *testing.T, b files.Blobs) {
	const blocks, size = 64, 128 << 10
	w, err := b.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	for i := range blocks {
		if _, err := io.MultiWriter(w, h).Write(bytes.Repeat([]byte{byte(i)}, size)); err != nil {
			t.Fatal(err)
		}
	}
	key := hex.EncodeToString(h.Sum(nil))
	if err := w.Commit(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	r, err := b.Open(t.Context(), key, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	back := sha256.New()
	if n, err := io.Copy(back, r); err != nil || n != blocks*size || hex.EncodeToString(back.Sum(nil)) != key {
		t.Errorf("%d bytes came back, %v", n, err)
	}
}

func abort(t *testing.T, b files.Blobs) {
	content := []byte("dropped")
	w := begin(t, b, content)
	w.Abort()
	w.Abort()
	wantContent(t, b, Key(content), nil)
	if d := cmp.Diff(map[string]int64{}, keysIn(t, b)); d != "" {
		t.Error(d)
	}
}

func endsOnce(t *testing.T, b files.Blobs) {
	content := []byte("once")
	for _, end := range []func(files.BlobWriter){
		func(w files.BlobWriter) {
			if err := w.Commit(t.Context(), Key(content)); err != nil {
				t.Fatal(err)
			}
		},
		files.BlobWriter.Abort,
	} {
		w := begin(t, b, content)
		end(w)
		if _, err := w.Write(content); !errors.Is(err, files.ErrEnded) {
			t.Errorf("write after the end: %v", err)
		}
		if err := w.Commit(t.Context(), Key(content)); !errors.Is(err, files.ErrEnded) {
			t.Errorf("commit after the end: %v", err)
		}
		w.Abort()
	}
	wantContent(t, b, Key(content), content) // which the first writer committed
}

func canceled(t *testing.T, b files.Blobs) {
	content := []byte("given up")
	w := begin(t, b, content)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Commit(ctx, Key(content)); !errors.Is(err, context.Canceled) {
		t.Errorf("commit: %v", err)
	}
	wantContent(t, b, Key(content), nil)
	if _, err := b.Create(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("create: %v", err)
	}
}

func again(t *testing.T, b files.Blobs) {
	content := []byte("the same")
	key := put(t, b, content)
	put(t, b, content)
	wantContent(t, b, key, content)
	if d := cmp.Diff(map[string]int64{key: int64(len(content))}, keysIn(t, b)); d != "" {
		t.Error(d)
	}
}

func together(t *testing.T, b files.Blobs) {
	content := bytes.Repeat([]byte("together"), 1000)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			w, err := b.Create(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			_, errWrite := w.Write(content)
			if err := errors.Join(errWrite, w.Commit(t.Context(), Key(content))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	wantContent(t, b, Key(content), content)
	if n := len(keysIn(t, b)); n != 1 {
		t.Errorf("%d listed", n)
	}
}

func separate(t *testing.T, b files.Blobs) {
	one, two := begin(t, b, []byte("one ")), begin(t, b, []byte("two "))
	for range 3 {
		_, err1 := one.Write([]byte("1"))
		_, err2 := two.Write([]byte("2"))
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(two.Commit(t.Context(), Key([]byte("two 222"))), one.Commit(t.Context(), Key([]byte("one 111")))); err != nil {
		t.Fatal(err)
	}
	wantContent(t, b, Key([]byte("one 111")), []byte("one 111"))
	wantContent(t, b, Key([]byte("two 222")), []byte("two 222"))
}

func remove(t *testing.T, b files.Blobs) {
	kept, gone := put(t, b, []byte("kept")), put(t, b, []byte("gone"))
	for range 2 {
		if err := b.Delete(t.Context(), gone); err != nil {
			t.Fatal(err)
		}
	}
	wantContent(t, b, gone, nil)
	wantContent(t, b, kept, []byte("kept"))
	put(t, b, []byte("gone"))
	wantContent(t, b, gone, []byte("gone"))
}

func readerOutlives(t *testing.T, b files.Blobs) {
	content := bytes.Repeat([]byte("x"), 1<<20)
	key := put(t, b, content)
	r, err := b.Open(t.Context(), key, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if _, err := io.ReadFull(r, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	if err := b.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, r); err != nil || n != int64(len(content)-10) {
		t.Errorf("%d more bytes, %v", n, err)
	}
}
