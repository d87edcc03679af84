package documents

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/files"
)

// stored makes documents of Fairlead's stored files: the ID of a document is
// that of the file, so that either can be used where the other was made.
type stored struct {
	files connector.Files
	links *Links
	now   func() time.Time
}

var _ connector.Documents = (*stored)(nil)

// metadataOf is the member of a file's metadata with what files have no place for.
const metadataOf = "document"

// fileMetadata is what it holds.
type fileMetadata struct {
	ProcessDefinitionID string          `json:"processDefinitionId,omitempty"`
	ProcessInstanceKey  string          `json:"processInstanceKey,omitempty"`
	CustomProperties    json.RawMessage `json:"customProperties,omitempty"`
}

func (s *stored) Create(ctx context.Context, n connector.NewDocument, content io.Reader) (connector.Document, error) {
	m, err := describe(n, s.now())
	if err != nil {
		return connector.Document{}, err
	}
	more := fileMetadata{m.ProcessDefinitionID, m.ProcessInstanceKey, unlessEmpty(m.CustomProperties)}
	file := connector.NewFile{Name: m.FileName, ContentType: m.ContentType, ExpiresAt: m.ExpiresAt}
	if more.ProcessDefinitionID != "" || more.ProcessInstanceKey != "" || more.CustomProperties != nil {
		file.Metadata = map[string]any{metadataOf: more}
	}
	w, err := s.files.Create(ctx, file)
	if err != nil {
		return connector.Document{}, err
	}
	defer w.Abort()
	in := &intake{ctx: ctx, r: content, want: n.Size}
	if _, err := io.CopyBuffer(onlyWriter{w}, onlyReader{in}, make([]byte, 256<<10)); err != nil {
		if f := in.failure(); f != nil {
			err = f
		}
		return connector.Document{}, storeError(err)
	}
	info, err := w.Commit(ctx)
	if err != nil {
		return connector.Document{}, err
	}
	return OfFile(info), nil
}

// OfFile gives the reference under which a stored file is a document.
func OfFile(f connector.FileInfo) connector.Document {
	m := &connector.DocumentMetadata{ContentType: f.ContentType, FileName: f.Name, Size: &f.Size, ExpiresAt: f.ExpiresAt}
	if raw, err := json.Marshal(f.Metadata[metadataOf]); err == nil {
		var more fileMetadata
		if json.Unmarshal(raw, &more) == nil {
			m.ProcessDefinitionID, m.ProcessInstanceKey, m.CustomProperties = more.ProcessDefinitionID, more.ProcessInstanceKey, unlessEmpty(more.CustomProperties)
		}
	}
	return connector.Document{
		Type: connector.ClusterDocument, StoreID: FilesStore, DocumentID: strconv.FormatInt(f.ID, 10), ContentHash: f.SHA256, Metadata: m,
	}
}

// find gives the file of a document, of whatever source.
func (s *stored) find(ctx context.Context, d connector.Document) (connector.Blob, error) {
	if _, err := strconv.ParseInt(d.DocumentID, 10, 64); err != nil {
		return nil, gone(d.DocumentID)
	}
	b, err := s.files.Open(ctx, d.DocumentID, files.AnySource)
	switch {
	case err != nil && connector.AsError(err).Kind == connector.NotFound:
		return nil, gone(d.DocumentID)
	case err != nil:
		return nil, err
	case d.ContentHash != "" && !strings.EqualFold(d.ContentHash, b.Info().SHA256):
		return nil, wrongHash(d.DocumentID)
	}
	return b, nil
}

func (s *stored) Open(ctx context.Context, d connector.Document) (*connector.DocumentContent, error) {
	b, err := s.find(ctx, d)
	if err != nil {
		return nil, err
	}
	body, err := b.Open(ctx, 0)
	if err != nil {
		return nil, err
	}
	info := b.Info()
	c := described(d, connector.DocumentContent{
		Body: &checked{ReadCloser: body, ctx: ctx, id: d.DocumentID, left: info.Size, hash: sha256.New(), want: info.SHA256},
		Size: info.Size, ContentType: info.ContentType, Name: info.Name,
	})
	return &c, nil
}

func (s *stored) Link(ctx context.Context, d connector.Document, ttl time.Duration) (string, error) {
	if _, err := s.find(ctx, d); err != nil {
		return "", err
	}
	return s.links.make(ctx, FilesStore, d.DocumentID, ttl, s.now())
}

func (s *stored) Delete(ctx context.Context, d connector.Document) error {
	if _, err := s.find(ctx, d); err != nil {
		return err
	}
	return s.files.Delete(ctx, d.DocumentID, files.AnySource)
}
