package outbound_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/test/camunda/recorded"
)

func quiet(testing.TB) *slog.Logger { return slog.New(slog.DiscardHandler) }

// shelf keeps documents in memory.
type shelf struct {
	prefix  string
	content map[string][]byte
	refuse  error
}

func newDocuments(t testing.TB, c recorded.Case) *shelf {
	t.Helper()
	s := &shelf{prefix: c.ID, content: map[string][]byte{}}
	for _, d := range c.Documents {
		b, err := d.Content.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		s.content[d.ID] = b
	}
	return s
}

func (s *shelf) Open(_ context.Context, d connector.Document) (*connector.DocumentContent, error) {
	b, ok := s.content[d.DocumentID]
	if !ok {
		return nil, errNotThere
	}
	out := &connector.DocumentContent{Body: io.NopCloser(bytes.NewReader(b)), Size: int64(len(b)), Name: d.DocumentID}
	if d.Metadata != nil {
		out.Name, out.ContentType = d.Metadata.FileName, d.Metadata.ContentType
	}
	return out, nil
}

func (s *shelf) Create(_ context.Context, n connector.NewDocument, content io.Reader) (connector.Document, error) {
	if s.refuse != nil {
		return connector.Document{}, s.refuse
	}
	b, err := io.ReadAll(content)
	if err != nil {
		return connector.Document{}, err
	}
	id := s.prefix + "-created-" + strconv.Itoa(len(s.content)+1)
	s.content[id] = b
	sum, size := sha256.Sum256(b), int64(len(b))
	kind := n.ContentType
	if kind == "" {
		kind = "application/octet-stream"
	}
	return connector.Document{
		Type: connector.ClusterDocument, StoreID: "in-memory", DocumentID: id, ContentHash: hex.EncodeToString(sum[:]),
		Metadata: &connector.DocumentMetadata{ContentType: kind, FileName: n.Name, Size: &size},
	}, nil
}

func (s *shelf) Link(_ context.Context, d connector.Document, _ time.Duration) (string, error) {
	if _, ok := s.content[d.DocumentID]; !ok {
		return "", errNotThere
	}
	return "http://docs.invalid/" + d.DocumentID, nil
}

func (s *shelf) Delete(_ context.Context, d connector.Document) error {
	delete(s.content, d.DocumentID)
	return nil
}
