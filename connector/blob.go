package connector

import (
	"context"
	"io"
	"time"
)

// DefaultSource is the source of files that commands make and the one a file
// is looked up under when none is named.
const DefaultSource = "Playbook File"

// The sources a stored file can have; fixed when it is stored.
const (
	PlaybookFile           = DefaultSource
	IncidentAttachmentFile = "Incident Attachment File"
	ArtifactFile           = "Artifact File"
)

// Blob is content that streams. Open may be called again for a retry; the
// caller closes what it gives. Offset is the first byte wanted.
type Blob interface {
	Info() FileInfo
	Open(ctx context.Context, offset int64) (io.ReadCloser, error)
}

// FileInfo describes a stored file. Sizes are in bytes, hashes lower-case hex.
type FileInfo struct {
	ID          int64          `json:"id"`
	Name        string         `json:"name"`
	Size        int64          `json:"size"`
	MD5         string         `json:"md5"`
	SHA1        string         `json:"sha1"`
	SHA256      string         `json:"sha256"`
	ContentType string         `json:"contentType,omitempty"`
	Source      string         `json:"source"`
	CreatedAt   time.Time      `json:"createdAt"`
	ExpiresAt   *time.Time     `json:"expiresAt,omitempty"`
	Metadata    map[string]any `json:"metadata,omitempty"`
	RunID       string         `json:"runId,omitempty"`
}

// NewFile is what a command says of a file it stores; hashes and size are
// found while it streams.
type NewFile struct {
	Name        string
	ContentType string // detected from name and content when empty
	Metadata    map[string]any
	ExpiresAt   *time.Time
}

// FileWriter takes the content of a new file. Nothing is visible until Commit;
// Abort (harmless after Commit) drops what was written.
type FileWriter interface {
	io.Writer
	Commit(ctx context.Context) (FileInfo, error)
	Abort()
}

// FileQuery selects stored files. Zero values select all.
type FileQuery struct {
	Source       string
	NameContains string
	RunID        string
	Limit        int
	After        int64 // only files with a smaller ID: newest come first
}

// Files is the store of files as a command sees it: within the caller's tenant.
type Files interface {
	// Open finds a file by ID under a source (DefaultSource when empty). The
	// ID is text because callers write it so; one that is not a whole number
	// fails with the message of the seed's own system.
	Open(ctx context.Context, id, source string) (Blob, error)
	Create(ctx context.Context, f NewFile) (FileWriter, error)
	List(ctx context.Context, q FileQuery) ([]FileInfo, error)
	Delete(ctx context.Context, id, source string) error
}
