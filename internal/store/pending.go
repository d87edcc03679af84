package store

import (
	"context"
	"errors"
	"iter"

	"github.com/fairlead-io/fairlead/internal/audit"
)

// Store keeps the records.
type Store struct{ w *Writer }

var errPending = errors.New("pending")

func (s *Store) Submit(ctx context.Context, b Batch) error { return s.w.Submit(ctx, b) }
func (s *Store) Writer() *Writer                           { return s.w }
func (s *Store) Close() error                              { return errPending }

// Writer is the group-commit writer.
type Writer struct{}

func (w *Writer) Submit(ctx context.Context, b Batch) error { return errPending }
func (w *Writer) Close() error                              { return errPending }

func (s *Store) Connection(ctx context.Context, tenant, id string) (Connection, error) {
	return Connection{}, errPending
}
func (s *Store) ConnectionByName(ctx context.Context, tenant, name string) (Connection, error) {
	return Connection{}, errPending
}
func (s *Store) Connections(ctx context.Context, tenant string, f ConnectionFilter) ([]Connection, error) {
	return nil, errPending
}
func (s *Store) TokenByHash(ctx context.Context, hash [32]byte) (Token, error) {
	return Token{}, errPending
}
func (s *Store) Tokens(ctx context.Context, tenant string) ([]Token, error) { return nil, errPending }
func (s *Store) Run(ctx context.Context, tenant, id string) (Run, error)    { return Run{}, errPending }
func (s *Store) RunByIdempotencyKey(ctx context.Context, tenant, actor, key string) (Run, error) {
	return Run{}, errPending
}
func (s *Store) Runs(ctx context.Context, tenant string, f RunFilter, p Page) (RunPage, error) {
	return RunPage{}, errPending
}
func (s *Store) ListUnfinishedRuns(ctx context.Context, nodeID string) ([]Run, error) {
	return nil, errPending
}
func (s *Store) Items(ctx context.Context, tenant, runID, state string, p Page) (ItemPage, error) {
	return ItemPage{}, errPending
}
func (s *Store) File(ctx context.Context, tenant string, id int64) (File, error) {
	return File{}, errPending
}
func (s *Store) Files(ctx context.Context, tenant string, f FileFilter, p Page) (FilePage, error) {
	return FilePage{}, errPending
}
func (s *Store) ExpiredFiles(ctx context.Context, before int64, limit int) ([]File, error) {
	return nil, errPending
}
func (s *Store) ContentReferenced(ctx context.Context, contentKey string) (bool, error) {
	return false, errPending
}
func (s *Store) Setting(ctx context.Context, tenant, name string) (Setting, error) {
	return Setting{}, errPending
}
func (s *Store) Settings(ctx context.Context, tenant string) ([]Setting, error) {
	return nil, errPending
}
func (s *Store) AuditEntries(ctx context.Context, tenant string, f AuditFilter, p Page) (AuditPage, error) {
	return AuditPage{}, errPending
}
func (s *Store) AuditChain(ctx context.Context, tenant string, after int64) iter.Seq2[AuditEntry, error] {
	return nil
}
func (s *Store) AuditHead(ctx context.Context, tenant string) (audit.Checkpoint, error) {
	return audit.Checkpoint{}, errPending
}
func (s *Store) Tenants(ctx context.Context) ([]string, error) { return nil, errPending }
