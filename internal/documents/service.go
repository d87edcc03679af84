// Package documents keeps and gives the documents that processes refer to: those
// of a Camunda 8 cluster, those of stores of our own, content at a URL, and
// content that stands in the reference itself. Content streams both ways.
package documents

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/files"
)

// Deps are what a Service is made of.
type Deps struct {
	// Setting says where new documents go. The zero value is the cluster where
	// there is one, else the stored files.
	Setting Setting
	// Cluster is the document API of a cluster; nil where there is none.
	Cluster *Cluster
	// Files are Fairlead's stored files, as the one sees them for whom documents
	// are kept; nil where there are none.
	Files connector.Files
	// Objects keep the documents where the setting says S3; see NewBucket.
	Objects Objects
	// Web fetches external documents. It must come from package egress, since
	// their addresses are given by users; nil: external documents are refused.
	Web *http.Client
	// Links makes addresses of documents in stores of our own; nil: they have none.
	Links *Links
	Now   func() time.Time
	Log   *slog.Logger
}

// Service is all documents as one owner sees them. It is a connector.Documents
// and safe for concurrent use.
type Service struct {
	own      map[string]connector.Documents // stores of our own, by their storeId
	cluster  connector.Documents            // every other storeId; nil: none
	main     connector.Documents            // new documents
	external external
	links    *Links
	now      func() time.Time
	kept     *kept // the one store that has to be swept; nil: none
	close    func() error
}

var _ connector.Documents = (*Service)(nil)

// New makes a Service. It opens the folder that the setting names: Close gives
// it back. Errors are Invalid where the setting needs something that is not
// there, Unavailable where the folder cannot be opened.
func New(d Deps) (*Service, error) {
	s := &Service{
		own: map[string]connector.Documents{}, external: external{web: d.Web}, links: d.Links, now: d.Now,
		close: func() error { return nil },
	}
	if d.Cluster != nil {
		s.cluster = d.Cluster
	}
	if d.Files != nil {
		s.own[FilesStore] = &stored{files: d.Files, links: d.Links, now: d.Now}
	}
	kind := d.Setting.Kind
	if kind == "" {
		kind = KindFiles
		if d.Cluster != nil {
			kind = KindCluster
		}
	}
	if err := s.choose(kind, d); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Service) choose(kind Kind, d Deps) error {
	switch kind {
	case KindCluster:
		if d.Cluster == nil {
			return badSetting("says cluster, but no address of a cluster's REST API is set", "Set CAMUNDA_CLIENT_RESTADDRESS, or choose another store of documents.")
		}
		s.main = d.Cluster
	case KindFiles:
		if d.Files == nil {
			return badSetting("says fairlead, but there are no stored files here", "Choose another store of documents, such as memory.")
		}
		s.main = s.own[FilesStore]
	case KindMemory:
		return s.keep(MemoryStore, InBlobs(NewMemory(d.Setting.Limit, d.Now)), d)
	case KindFolder:
		return s.keepInFolder(d)
	case KindS3:
		if d.Objects == nil {
			return badSetting("says s3, but runs are not at hand", "Choose another store of documents.")
		}
		return s.keep(BucketStore, d.Objects, d)
	default:
		return badSetting("is none of the choices", settingFix)
	}
	return nil
}

func (s *Service) keepInFolder(d Deps) error {
	// Several processes may have the folder, so that workers can share documents.
	local, err := files.OpenShared(d.Setting.Folder)
	if err != nil {
		return &connector.Error{
			Kind: connector.Unavailable, Message: "The folder of documents cannot be opened: " + err.Error() + ".",
			Fix: "Check the folder that FAIRLEAD_DOCUMENTS names, and who may write to it.", Err: err,
		}
	}
	s.close = local.Close
	return s.keep(FolderStore, InBlobs(local), d)
}

func (s *Service) keep(id string, o Objects, d Deps) error {
	s.kept = newKept(id, o, d)
	s.own[id], s.main = s.kept, s.kept
	return nil
}

// Close gives back what New opened.
func (s *Service) Close() error { return s.close() }

// Sweep removes the documents whose time is over, and content that a crash left
// without its document, and tells how many it removed. It is meant to be called
// every minute or so: what costs much it does in turns of its own. Stored files
// are swept with all other files, the cluster's documents by the cluster.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	if s.kept == nil {
		return 0, nil
	}
	return s.kept.sweep(ctx)
}

// Open gives the content of a document.
func (s *Service) Open(ctx context.Context, d connector.Document) (*connector.DocumentContent, error) {
	switch d.Type {
	case connector.ExternalDocument:
		return s.external.open(ctx, d)
	case connector.InlineDocument:
		return openInline(d)
	}
	store, err := s.storeOf(d)
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, d)
}

// Create stores a document where the setting says.
func (s *Service) Create(ctx context.Context, n connector.NewDocument, content io.Reader) (connector.Document, error) {
	return s.main.Create(ctx, n, content)
}

// Link gives an address of the content: an hour long where ttl is 0. That of an
// external document is its own, which does not end.
func (s *Service) Link(ctx context.Context, d connector.Document, ttl time.Duration) (string, error) {
	switch d.Type {
	case connector.ExternalDocument:
		if d.URL == "" {
			return "", noURL()
		}
		return d.URL, nil
	case connector.InlineDocument:
		return "", &connector.Error{Kind: connector.Invalid, Message: "An inline document has no link: its content stands in the reference itself.", Fix: "Store the content as a document first, or pass the content on."}
	}
	if ttl < 0 {
		return "", connector.InvalidField("/timeToLive", "The time for which a link works is negative.", "Give a duration such as PT1H, or none for an hour.")
	}
	store, err := s.storeOf(d)
	if err != nil {
		return "", err
	}
	return store.Link(ctx, d, ttl)
}

// Delete removes a document. That there is none is NotFound.
func (s *Service) Delete(ctx context.Context, d connector.Document) error {
	if d.Type == connector.ExternalDocument || d.Type == connector.InlineDocument {
		return &connector.Error{Kind: connector.Invalid, Message: "A document of the type " + d.Type + " is in no store and cannot be deleted.", Fix: "Delete documents of the type " + connector.ClusterDocument + " only."}
	}
	store, err := s.storeOf(d)
	if err != nil {
		return err
	}
	return store.Delete(ctx, d)
}

// storeOf finds the store of a reference. What is not ours is the cluster's,
// whose stores have any names.
func (s *Service) storeOf(d connector.Document) (connector.Documents, error) {
	if d.Type != connector.ClusterDocument {
		return nil, connector.InvalidField("/camunda.document.type", "The document's type "+quote(d.Type)+" is not known.", "Use camunda, external or inline.")
	}
	if d.DocumentID == "" {
		return nil, connector.InvalidField("/documentId", "The document's reference has no documentId.", "Pass the reference on as the store gave it.")
	}
	if store, ok := s.own[d.StoreID]; ok {
		return store, nil
	}
	if s.cluster != nil {
		return s.cluster, nil
	}
	if d.StoreID == "" {
		return s.main, nil
	}
	known := strings.Join(slices.Sorted(maps.Keys(s.own)), ", ")
	return nil, &connector.Error{
		Kind: connector.NotFound, Item: d.DocumentID,
		Message: "The document store " + quote(d.StoreID) + " is not known here.",
		Fix:     "Known here: " + known + ". For the stores of a cluster, set the address of its REST API.",
	}
}

// OpenLinked gives the content that a link leads to. Errors are Denied where
// the link is not one of ours or its time is over.
func (s *Service) OpenLinked(ctx context.Context, l Linked) (*connector.DocumentContent, error) {
	if err := s.links.check(ctx, l, s.now()); err != nil {
		return nil, err
	}
	store, ok := s.own[l.Store]
	if !ok {
		return nil, gone(l.ID)
	}
	return store.Open(ctx, connector.Document{Type: connector.ClusterDocument, StoreID: l.Store, DocumentID: l.ID})
}
