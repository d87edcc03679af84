package store

import (
	"time"

	"github.com/google/uuid"

	"github.com/fairlead-io/fairlead/internal/audit"
)

// DefaultTenant is the tenant of an installation that has only one.
const DefaultTenant = "default"

// States of a run.
const (
	RunQueued   = "queued"
	RunWaiting  = "waiting"
	RunRunning  = "running"
	RunDone     = "done"
	RunCanceled = "canceled"
	RunUnknown  = "unknown"
)

// States of an item.
const (
	ItemWaiting  = "waiting"
	ItemRunning  = "running"
	ItemDone     = "done"
	ItemFailed   = "failed"
	ItemSkipped  = "skipped"
	ItemCanceled = "canceled"
)

// NewID returns a new id for a run, connection, token, keyset or audit entry: a UUIDv7 as text, which sorts by time.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// Micros is t as records keep it: microseconds since 1970, UTC.
func Micros(t time.Time) int64 { return t.UnixMicro() }

// Time is the inverse of Micros.
func Time(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

// Connection holds settings and sealed credentials of one integration.
type Connection struct {
	ID          string // UUIDv7
	Tenant      string
	Integration string
	Name        string // unique per tenant without regard to case
	Description string
	Active      bool
	Settings    []byte            // JSON object of the parameters that are not secret
	Secrets     map[string][]byte // parameter id -> sealed bytes
	Guardrails  []byte            // JSON, nil if none
	Health      []byte            // JSON of the last check, nil if never checked; written by Batch.SetHealth only
	Revision    int64             // 1 when created, then one more at each update
	CreatedAt   int64
	UpdatedAt   int64
	CreatedBy   string // identity id
}

// Token is an API credential; only the SHA-256 of its text is kept.
type Token struct {
	ID         string
	Tenant     string
	Name       string
	Hash       [32]byte
	Scopes     []string
	CreatedAt  int64
	ExpiresAt  *int64
	LastUsedAt *int64 // written by Batch.TouchTokens only
	RevokedAt  *int64 // written by Batch.RevokeTokens only
	CreatedBy  string
}

// Run is one execution of a command. The fields from State on change while it goes on; the others are fixed when it is
// inserted and are ignored by an update.
type Run struct {
	ID             string // UUIDv7
	Tenant         string
	ParentID       *string // the run this one belongs to, resumes or undoes
	Integration    string
	Command        string
	ConnectionID   *string // nil for inline settings, and where none is needed
	ConnectionName string
	Inline         bool // settings came with the request and were not stored
	Origin         string
	Actor          string // identity id
	ActorName      string
	ExternalRef    *string
	IdempotencyKey *string // unique per tenant and actor
	RequestHash    []byte  // to tell a repeated request from another one under the same key
	DryRun         bool
	CreatedAt      int64
	InputRedacted  []byte // JSON for people
	InputSealed    []byte // exact input, sealed

	State        string
	ReturnData   *string // nil until the run has ended
	StatusCode   int
	Error        []byte // JSON, nil if none
	StartedAt    *int64
	EndedAt      *int64
	HeartbeatAt  *int64 // last sign of life of the node that runs it
	NodeID       string
	ItemsTotal   int64
	ItemsDone    int64
	ItemsFailed  int64
	Bytes        int64
	Output       []byte // JSON {rawData,keyFields,result,outputData,plan}, redacted
	OutputSealed []byte // secret outputs, sealed
}

// RunProgress is the part of a run that moves while it goes on.
type RunProgress struct {
	Tenant, ID                                string
	ItemsTotal, ItemsDone, ItemsFailed, Bytes int64
	HeartbeatAt                               int64
}

// Item is one object a multi-item command worked on. It is known by (Tenant, RunID, Seq). Text that is not valid UTF-8,
// and NUL, are stored as U+FFFD, since not every database can hold them.
type Item struct {
	Tenant         string
	RunID          string
	Seq            int
	Item           string
	State          string
	Message        string
	StatusCode     int
	Code           string
	Operation      string
	RequestID      string
	DurationMicros int64
	Bytes          int64
	Detail         []byte // JSON, nil if none
}

// AuditEntry is one link of a tenant's audit chain; see package audit.
type AuditEntry = audit.Entry

// File is the record of stored content. Content is shared: several files may have one ContentKey.
type File struct {
	ID          int64 // set when the file is inserted; never used again, not even after a delete
	Tenant      string
	Name        string
	Size        int64
	MD5         string // lower-case hex, as are the other hashes
	SHA1        string
	SHA256      string
	ContentType string
	Source      string
	ContentKey  string
	Metadata    []byte // JSON object, nil if none
	RunID       *string
	CreatedAt   int64
	CreatedBy   string
	ExpiresAt   *int64
}

// Content is the content of small files, which is stored with their records. What is not there is stored elsewhere.
type Content struct {
	Tenant string
	Key    string // a file's ContentKey
	Bytes  []byte
}

// Keyset is a tenant's data key for one purpose, wrapped by a key-encryption key.
type Keyset struct {
	ID        string
	Tenant    string
	Purpose   string
	Wrapped   []byte
	KEK       string // id of the key-encryption key
	CreatedAt int64
}

// Secret is a named secret for jobs.
type Secret struct {
	ID        string // UUIDv7, the same for as long as there is a secret of this name
	Tenant    string
	Name      string // unique per tenant, to the byte
	CreatedAt int64
	UpdatedAt int64
	CreatedBy string // identity id
	UpdatedBy string
	Sealed    []byte // not read by lists
}

// Setting is a named value of a tenant.
type Setting struct {
	Tenant string
	Name   string
	Value  []byte
}
