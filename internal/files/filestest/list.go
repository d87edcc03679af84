package filestest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/internal/files"
)

func list(t *testing.T, b files.Blobs) {
	want := map[string]int64{}
	for i := range 50 {
		content := []byte(strings.Repeat("x", i) + fmt.Sprint(i))
		want[put(t, b, content)] = int64(len(content))
	}
	if d := cmp.Diff(want, keysIn(t, b)); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	for _, err := range b.List(t.Context()) {
		if err != nil {
			t.Error(err)
		}
		break // a caller may stop early
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var err error
	for _, err = range b.List(ctx) {
		if err != nil {
			break
		}
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a canceled list: %v", err)
	}
}

func keys(t *testing.T, b files.Blobs) {
	good := Key([]byte("x"))
	for _, key := range []string{"", "..", "../../etc/passwd", good[1:], good + "0", strings.ToUpper("ab" + good[2:]), "../" + good[3:], good[:63] + "/", good[:63] + "\x00"} {
		if err := begin(t, b, []byte("x")).Commit(t.Context(), key); !errors.Is(err, files.ErrBadKey) {
			t.Errorf("commit %q: %v", key, err)
		}
		if _, err := b.Open(t.Context(), key, 0); !errors.Is(err, files.ErrBadKey) {
			t.Errorf("open %q: %v", key, err)
		}
		if err := b.Delete(t.Context(), key); !errors.Is(err, files.ErrBadKey) {
			t.Errorf("delete %q: %v", key, err)
		}
	}
	wantContent(t, b, good, nil)
}
