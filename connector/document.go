package connector

import (
	"context"
	"encoding/json"
	"io"
	"time"
)

// Types of a Document.
const (
	ClusterDocument  = "camunda"
	ExternalDocument = "external"
	InlineDocument   = "inline"
)

// Document is a reference to content, in the JSON shape that Camunda 8 gives
// to processes. Which fields count depends on the type.
type Document struct {
	Type        string            `json:"camunda.document.type"`
	StoreID     string            `json:"storeId,omitempty"`     // camunda
	DocumentID  string            `json:"documentId,omitempty"`  // camunda
	ContentHash string            `json:"contentHash,omitempty"` // camunda: lower-case hex SHA-256
	Metadata    *DocumentMetadata `json:"metadata,omitempty"`    // camunda
	URL         string            `json:"url,omitempty"`         // external
	Name        string            `json:"name,omitempty"`        // external, inline
	Content     *string           `json:"content,omitempty"`     // inline: the text itself
	ContentType string            `json:"contentType,omitempty"` // inline
}

// DocumentMetadata is what is known of a document besides its bytes. Size is
// in bytes; nil when unknown.
type DocumentMetadata struct {
	ContentType         string          `json:"contentType,omitempty"`
	ExpiresAt           *time.Time      `json:"expiresAt,omitempty"`
	Size                *int64          `json:"size,omitempty"`
	FileName            string          `json:"fileName,omitempty"`
	ProcessDefinitionID string          `json:"processDefinitionId,omitempty"`
	ProcessInstanceKey  string          `json:"processInstanceKey,omitempty"`
	CustomProperties    json.RawMessage `json:"customProperties,omitempty"`
}

// DocumentContent is the content of a document as it streams. The caller
// closes Body.
type DocumentContent struct {
	Body        io.ReadCloser
	Size        int64 // -1 when unknown
	ContentType string
	Name        string
}

// NewDocument describes content that becomes a document.
type NewDocument struct {
	Name        string
	ContentType string
	Size        int64         // -1 when unknown
	TTL         time.Duration // 0: as long as the store keeps it
	Metadata    DocumentMetadata
}

// Documents is a store of documents as a command sees it.
type Documents interface {
	// Open may be called again for a retry; each call asks the store anew.
	Open(ctx context.Context, d Document) (*DocumentContent, error)
	// Create streams content into the store and gives its reference. Nothing is
	// visible when it fails.
	Create(ctx context.Context, n NewDocument, content io.Reader) (Document, error)
	// Link gives an address under which the content can be fetched for a while.
	Link(ctx context.Context, d Document, ttl time.Duration) (string, error)
	Delete(ctx context.Context, d Document) error
}
