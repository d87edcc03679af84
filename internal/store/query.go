package store

// Page asks for part of a list. Limit 0 means DefaultLimit; more than MaxLimit is cut. Cursor is the Next of the page
// before, empty for the first; it is opaque and only valid with the same filter.
type Page struct {
	Limit  int
	Cursor string
}

// Limits of a page.
const (
	DefaultLimit = 100
	MaxLimit     = 1000
)

// ConnectionFilter selects connections; zero fields select all.
type ConnectionFilter struct {
	Integration string
	Active      *bool
}

// RunFilter selects runs of one tenant; zero fields select all.
type RunFilter struct {
	Integration  string
	Command      string
	ConnectionID string
	Connection   string // connection name, without regard to case
	State        string
	ReturnData   string
	Actor        string
	Origin       string
	ParentID     string
	From, To     int64  // created at or after From and before To, microseconds; 0 leaves an end open
	Text         string // part of id, integration, command, connection name, actor name or external reference, without regard to case
}

// RunPage is a page of runs, newest first.
type RunPage struct {
	Runs []Run  // without InputRedacted, InputSealed, RequestHash, Output and OutputSealed
	Next string // cursor of the next page, empty at the end
}

// ItemPage is a page of items in the order of Seq.
type ItemPage struct {
	Items []Item
	Next  string
}

// FileFilter selects files of one tenant; zero fields select all.
type FileFilter struct {
	Source       string
	NameContains string // without regard to case
	RunID        string
}

// FilePage is a page of files, newest (highest ID) first.
type FilePage struct {
	Files []File
	Next  string
}

// AuditFilter selects audit entries of one tenant; zero fields select all.
type AuditFilter struct {
	Kind     string
	Actor    string
	RunID    string
	From, To int64
}

// AuditPage is a page of entries, newest first.
type AuditPage struct {
	Entries []AuditEntry
	Next    string
}
