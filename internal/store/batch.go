package store

// Batch is what one Submit writes: whole or not at all, in the order of the fields. Records are shared with the writer
// until Submit returns; fields that the store assigns (File.ID, Connection.Revision, audit Seq, Prev and Hash, and the
// results in FileDelete) hold good only if Submit returned nil.
type Batch struct {
	InsertConnections []*Connection // Revision becomes 1
	UpdateConnections []*Connection // Revision must be the stored one, else Conflict; becomes one more
	SetHealth         []ConnectionHealth
	DeleteConnections []Ref

	InsertTokens []*Token
	RevokeTokens []TokenTime
	TouchTokens  []TokenTime

	InsertRuns  []*Run
	UpdateRuns  []*Run        // the fields from State on; Conflict if it has ended (unless as unknown)
	Progress    []RunProgress // ignored for a run that has ended or does not exist
	UpsertItems []*Item
	InsertUndo  []*Undo
	ClearRuns   []*RunClear
	DeleteRuns  []Ref // with their items and what could undo them

	RequestCancels []CancelRequest
	InsertNodes    []string
	BeatNodes      []*NodeBeat
	AdoptRuns      []*Adoption
	DeleteNodes    []string // one that is not there is no error

	InsertContents []Content // each of a file below
	InsertFiles    []*File   // ID is assigned
	DeleteFiles    []*FileDelete

	InsertKeysets []*KeysetInsert
	SaveKeysets   []*Keyset // replaces the tenant's keyset of that purpose
	// ReplaceKeysets changes keysets that are still as they were read, else Conflict.
	ReplaceKeysets []KeysetChange
	SaveSettings   []Setting
	DeleteSettings []SettingRef

	InsertSecrets []*Secret      // Conflict if the name is taken
	UpdateSecrets []SecretUpdate // the name and who made it stay
	DeleteSecrets []Ref

	// Prepare, if set, is called after the writes above and before Audit, so that entries can name ids that the store has
	// assigned. It may be called more than once and must neither block nor use the store; an error fails the batch.
	Prepare func(*Batch) error
	Audit   []*AuditEntry // chained in order; an empty ID is filled in

	// Relaxed says that the batch survives the end of this process, but need not survive that of the machine before a
	// batch that is not relaxed has been written. It is for what is announced and has no effect yet.
	Relaxed bool

	// Flushed makes a relaxed batch reach the disk right after Submit has returned, and is told once that it has, or why
	// not. It is called only if Submit returned nil, from the writer, and must not block.
	Flushed func(error)

	// Patient says that nobody waits for the batch: it may be kept for a moment, so that it shares the commit of the next one.
	Patient bool

	InsertCheckpoints []Checkpoint // one that is there already stays
}

// Ref names a record with a text id.
type Ref struct{ Tenant, ID string }

// TokenTime names a token and when it was used or revoked.
type TokenTime struct {
	Tenant, ID string
	At         int64
}

// ConnectionHealth is the result of a check, as JSON. It leaves the revision alone, so that a check that ends while
// somebody edits the connection does not spoil the edit.
type ConnectionHealth struct {
	Tenant, ID string
	Health     []byte
}

// RunClear removes what only details of a run that has ended need: its items, what could undo it, its sealed input and
// outputs. Such a run can be neither resumed nor undone. A run that goes on is NotFound.
type RunClear struct {
	Tenant, ID string

	Items int64 // set: how many items were removed
}

// CancelRequest asks the node that runs a run to cancel it.
type CancelRequest struct {
	Tenant, RunID string
	At            int64
}

// NodeBeat is a node's sign of life.
type NodeBeat struct {
	ID string

	Missing bool // set: the node is not listed, because others took it for dead
}

// Adoption makes the runs of one node that have no end those of another.
type Adoption struct {
	From, To string

	Runs int64 // set: how many
}

// Undo is a part of what a run changed: sealed steps, in the order of Seq.
type Undo struct {
	Tenant, RunID string
	Seq           int64
	Steps         []byte
}

// FileDelete removes a file record, and the content that is stored with it unless another file of the tenant has the
// same. It tells whether content that is stored elsewhere is still needed.
type FileDelete struct {
	Tenant string
	ID     int64

	ContentKey      string // set: key of the content the file had
	StillReferenced bool   // set: another file, of any tenant, has the same content
}

// SettingRef names a setting.
type SettingRef struct{ Tenant, Name string }

// SecretUpdate gives a secret another value.
type SecretUpdate struct {
	Tenant, ID string
	Sealed     []byte
	UpdatedAt  int64
	UpdatedBy  string
}

// KeysetInsert adds a tenant's first keyset of a purpose; the first one wins.
type KeysetInsert struct {
	Keyset
	Inserted bool // set: false if the tenant had one
}

// KeysetChange replaces what wraps a keyset, and with what.
type KeysetChange struct {
	Keyset // ID and CreatedAt are ignored

	Present []byte // Wrapped as it was read
}
