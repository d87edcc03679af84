package camundas3

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
)

// stream is a store of one large document, which it makes as it is read, and of
// documents that it only looks at.
type stream struct {
	size int64
	sum  hash.Hash
}

func (s *stream) content() io.Reader {
	return io.LimitReader(rand.NewChaCha8([32]byte{1}), s.size)
}

// Open implements connector.Documents.
func (s *stream) Open(context.Context, connector.Document) (*connector.DocumentContent, error) {
	return &connector.DocumentContent{Body: io.NopCloser(s.content()), Size: -1}, nil
}

// Create implements connector.Documents.
func (s *stream) Create(_ context.Context, n connector.NewDocument, content io.Reader) (connector.Document, error) {
	s.sum = sha256.New()
	size, err := io.Copy(s.sum, content)
	return connector.Document{Type: connector.ClusterDocument, DocumentID: "d", Metadata: &connector.DocumentMetadata{Size: &size, FileName: n.Name}}, err
}

// Link implements connector.Documents.
func (*stream) Link(context.Context, connector.Document, time.Duration) (string, error) {
	return "", errors.New("a stream has no links")
}

// Delete implements connector.Documents.
func (*stream) Delete(context.Context, connector.Document) error {
	return errors.New("a stream flows")
}

// TestMemory: a large document goes up and comes down while the heap of the
// whole process, server included, grows by less than 64 MiB.
func TestMemory(t *testing.T) {
	size, limit := int64(200<<20), int64(64<<20)
	if os.Getenv("FAIRLEAD_SOAK") != "" {
		size = 1 << 30
	}
	b := newBench(t)
	docs := &stream{size: size}
	direct := func(more in) in {
		input := b.access(more)
		input["endpoint"] = b.sim.Endpoint()
		return input
	}
	for _, stated := range []any{size, nil} { // nil: in parts
		peak := runtest.Heap(t)
		ref := reference0("d", stated)
		if stated == nil {
			ref = in{"camunda.document.type": "external", "url": "http://nowhere.invalid/", "name": "d.txt"}
			docs.size = size - 1
		}
		ok[UploadObjectOut](t, b, "upload-object", direct(in{"key": "huge", "document": ref}), docs)
		out := ok[DownloadObjectOut](t, b, "download-object", direct(in{"key": "huge", "asFile": true}), docs)
		grown := peak()
		t.Logf("%d MiB, the heap grew by %.1f MiB", docs.size>>20, float64(grown)/(1<<20))
		if grown > limit {
			t.Errorf("the heap grew by %d MiB, want less than %d", grown>>20, limit>>20)
		}
		want := sha256.New()
		_, err := io.Copy(want, docs.content())
		must(t, err)
		if hex.EncodeToString(docs.sum.Sum(nil)) != hex.EncodeToString(want.Sum(nil)) || *out.Element.Document.Metadata.Size != docs.size {
			t.Errorf("other content came back: %d bytes", *out.Element.Document.Metadata.Size)
		}
	}
}
