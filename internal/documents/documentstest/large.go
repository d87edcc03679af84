package documentstest

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
)

// Pattern gives content of a size that can be made again at any time.
func Pattern(size int64) io.Reader { return io.LimitReader(&pattern{}, size) }

type pattern struct{ x uint64 }

func (p *pattern) Read(b []byte) (int, error) {
	for i := range b {
		if p.x&7 == 0 {
			p.x += 0x9e3779b97f4a7c15 &^ 7
		}
		b[i] = byte(p.x >> (8 * (p.x & 7)))
		p.x = p.x&^7 | (p.x+1)&7
	}
	return len(b), nil
}

// flat is how much the process may grow, whatever the size, in bytes.
const flat = 64 << 20

func large(t *testing.T, b Bench, size int64) {
	if b.Memory && size > 100<<20 {
		return // it holds what memory holds, by design
	}
	if testing.Short() && size > 100<<20 {
		t.Logf("NOT RUN: a document of %d MiB: -short", size>>20)
		if os.Getenv("CI") == "true" {
			t.Fail()
		}
		return
	}
	grown := runtest.Heap(t)
	want := sha256.New()
	ref, err := b.Create(t.Context(), connector.NewDocument{Name: "large.bin", Size: size}, io.TeeReader(Pattern(size), want))
	if err != nil {
		t.Fatal(err)
	}
	sum := hex.EncodeToString(want.Sum(nil))
	if ref.ContentHash != sum || *ref.Metadata.Size != size {
		t.Errorf("stored as %+v", ref)
	}
	c, err := b.Open(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Body.Close() }()
	got := sha256.New()
	n, err := io.CopyBuffer(onlyWriter{got}, c.Body, make([]byte, 64<<10))
	if err != nil || n != size || hex.EncodeToString(got.Sum(nil)) != sum {
		t.Errorf("%d of %d bytes, %v", n, size, err)
	}
	g := grown()
	t.Logf("%d MiB up and down, the heap grew by %.1f MiB", size>>20, float64(g)/(1<<20))
	if g > flat && !b.Memory {
		t.Errorf("the heap grew by %d MiB, want less than %d", g>>20, flat>>20)
	}
}

type onlyWriter struct{ io.Writer }
