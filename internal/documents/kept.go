package documents

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// kept is a store of our own: content and a record of it, each an object. A
// document is there when its record is. The record is written last and removed
// first, so that nothing half-written is ever seen.
type kept struct {
	id      string
	objects Objects
	sorted  Sorted // the objects, if they are; then the IDs are dated
	rounds  rounds // of sweeping them
	links   *Links
	now     func() time.Time
	log     *slog.Logger
}

var _ connector.Documents = (*kept)(nil)

// record is what is kept of a document besides its bytes.
type record struct {
	Size      int64     `json:"size"`
	SHA256    string    `json:"sha256"`
	CreatedAt time.Time `json:"createdAt"`
	newMetadata
}

const maxRecord = 1 << 20

func newKept(id string, o Objects, d Deps) *kept {
	k := &kept{id: id, objects: o, links: d.Links, now: d.Now, log: d.Log}
	k.sorted, _ = o.(Sorted)
	return k
}

func (k *kept) newID(m newMetadata) string {
	if k.sorted == nil {
		return newID()
	}
	return newDatedID(m.ExpiresAt)
}

// valid tells whether an ID is one that this store gave, now or in the past.
func (k *kept) valid(id string) bool {
	_, dated := isDated(id)
	return validID(id) || dated && k.sorted != nil
}

func (k *kept) Create(ctx context.Context, n connector.NewDocument, content io.Reader) (connector.Document, error) {
	m, err := describe(n, k.now())
	if err != nil {
		return connector.Document{}, err
	}
	id := k.newID(m)
	in := &intake{ctx: ctx, r: content, want: n.Size, hash: sha256.New()}
	if err := k.objects.Put(ctx, id, in, n.Size, m.ContentType); err != nil {
		if f := in.failure(); f != nil {
			err = f
		}
		k.drop(ctx, id)
		return connector.Document{}, storeError(err)
	}
	r := record{Size: in.n, SHA256: in.sum(), CreatedAt: k.now().UTC(), newMetadata: m}
	if err := k.write(ctx, id, r); err != nil {
		k.drop(ctx, id)
		return connector.Document{}, err
	}
	return k.reference(id, r), nil
}

// write makes a document visible.
func (k *kept) write(ctx context.Context, id string, r record) error {
	raw, err := json.Marshal(r)
	if err != nil || len(raw) > maxRecord {
		return connector.InvalidField("/metadata", "The document's metadata is not JSON, or is more than 1 MiB of it.", "Give fewer custom properties.")
	}
	return storeError(k.objects.Put(ctx, id+recordSuffix, bytes.NewReader(raw), int64(len(raw)), "application/json"))
}

// drop removes what may be left of a document that could not be stored. Its
// record goes too: a store may have taken it and failed to say so.
func (k *kept) drop(ctx context.Context, id string) {
	if err := k.remove(context.WithoutCancel(ctx), id); err != nil {
		k.log.WarnContext(ctx, "content without a document stays until the next sweep", "document", id, "error", err)
	}
}

func (k *kept) remove(ctx context.Context, id string) error {
	if err := k.objects.Delete(ctx, id+recordSuffix); err != nil {
		return storeError(err)
	}
	return storeError(k.objects.Delete(ctx, id))
}

func (k *kept) reference(id string, r record) connector.Document {
	return connector.Document{
		Type: connector.ClusterDocument, StoreID: k.id, DocumentID: id, ContentHash: r.SHA256,
		Metadata: &connector.DocumentMetadata{
			ContentType: r.ContentType, FileName: r.FileName, Size: &r.Size, ExpiresAt: r.ExpiresAt,
			ProcessDefinitionID: r.ProcessDefinitionID, ProcessInstanceKey: r.ProcessInstanceKey, CustomProperties: unlessEmpty(r.CustomProperties),
		},
	}
}

// find gives the record of a document that is still there and is the one meant.
func (k *kept) find(ctx context.Context, d connector.Document) (record, error) {
	if !k.valid(d.DocumentID) {
		return record{}, gone(d.DocumentID)
	}
	r, err := k.read(ctx, d.DocumentID)
	if err != nil {
		return record{}, err
	}
	if r.over(k.now()) {
		k.drop(ctx, d.DocumentID)
		return record{}, gone(d.DocumentID)
	}
	if d.ContentHash != "" && !strings.EqualFold(d.ContentHash, r.SHA256) {
		return record{}, wrongHash(d.DocumentID)
	}
	return r, nil
}

func (k *kept) read(ctx context.Context, id string) (record, error) {
	in, err := k.objects.Get(ctx, id+recordSuffix)
	if errors.Is(err, ErrNoObject) {
		return record{}, gone(id)
	}
	if err != nil {
		return record{}, storeError(err)
	}
	defer func() { _ = in.Close() }()
	raw, err := io.ReadAll(io.LimitReader(in, maxRecord+1))
	if err != nil {
		return record{}, storeError(err)
	}
	var r record
	if json.Unmarshal(raw, &r) != nil {
		return record{}, damaged(id, "cannot be read: its record is damaged")
	}
	return r, nil
}

func (r record) over(now time.Time) bool { return r.ExpiresAt != nil && !r.ExpiresAt.After(now) }

func (k *kept) Open(ctx context.Context, d connector.Document) (*connector.DocumentContent, error) {
	r, err := k.find(ctx, d)
	if err != nil {
		return nil, err
	}
	body, err := k.objects.Get(ctx, d.DocumentID)
	if errors.Is(err, ErrNoObject) {
		// Deleted since the record was read, or lost.
		if _, again := k.read(ctx, d.DocumentID); again != nil {
			return nil, again
		}
		return nil, damaged(d.DocumentID, "is missing")
	}
	if err != nil {
		return nil, storeError(err)
	}
	c := described(d, connector.DocumentContent{
		Body: newChecked(ctx, body, d.DocumentID, r.Size, r.SHA256), Size: r.Size, ContentType: r.ContentType, Name: r.FileName,
	})
	return &c, nil
}

func (k *kept) Link(ctx context.Context, d connector.Document, ttl time.Duration) (string, error) {
	if _, err := k.find(ctx, d); err != nil {
		return "", err
	}
	return k.links.make(ctx, k.id, d.DocumentID, ttl, k.now())
}

func (k *kept) Delete(ctx context.Context, d connector.Document) error {
	if _, err := k.find(ctx, d); err != nil {
		return err
	}
	return k.remove(ctx, d.DocumentID)
}
