package files

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/store"
)

// Records is what files need of the store; *store.Store has it.
type Records interface {
	Submit(ctx context.Context, b store.Batch) error
	File(ctx context.Context, tenant string, id int64) (store.File, error)
	Content(ctx context.Context, tenant, key string) ([]byte, error)
	Files(ctx context.Context, tenant string, f store.FileFilter, p store.Page) (store.FilePage, error)
	ContentReferenced(ctx context.Context, contentKey string) (bool, error)
	ExpiredFiles(ctx context.Context, before int64, limit int) ([]store.File, error)
	// LockContent keeps other nodes apart that share the content; see contentLocks.
	LockContent(ctx context.Context, key string, alone bool) (release func(), err error)
}

// Config is what a Service is made of.
type Config struct {
	Blobs   Blobs
	Records Records
	Now     func() time.Time
	Log     *slog.Logger
	// Space tells whether so many more bytes may be stored; nil: always. Its
	// error ends the file.
	Space func(more int64) error
	// Small is how many bytes content may have to be stored with the records;
	// 0: DefaultSmall, negative: none is.
	Small int64
}

// Service stores files. It is safe for concurrent use. It does not check
// scopes: its callers do, since a command that only reads may store its output.
type Service struct {
	Config
	locks contentLocks
}

// New makes a Service.
func New(c Config) *Service {
	if c.Small == 0 {
		c.Small = DefaultSmall
	}
	return &Service{Config: c}
}

// Owner is for whom files are stored and found.
type Owner struct {
	Tenant string
	Actor  string // identity id, for records and audit
	RunID  string // the run that stores them, if any
	Source string // of files that are stored; connector.DefaultSource when empty
}

// For gives the files of an owner's tenant.
func (s *Service) For(o Owner) *Scoped { return &Scoped{s: s, owner: o} }

// Scoped is the store of files as one owner sees it. It is a connector.Files.
type Scoped struct {
	s      *Service
	owner  Owner
	submit func(context.Context, store.Batch) error // of new files; nil: the records'
}

var _ connector.Files = (*Scoped)(nil)

// Through is the same store, whose new files are recorded by submit, which may
// write more in the same transaction.
func (f *Scoped) Through(submit func(context.Context, store.Batch) error) connector.Files {
	through := *f
	through.submit = submit
	return &through
}

// contentLocks keep a delete of content and a new file that has the same
// content apart. Who adds a record of content holds its lock shared, from
// before the content is there until the record is; who removes content holds it
// alone, from before it knows that no record is left. Who stores content with
// its record needs none: both are written at once. Who removes such a record
// does not know where its content is, and holds the lock all the same.
//
// They hold within one process; the lock of the records keeps nodes apart that
// share a folder.
type contentLocks [256]sync.RWMutex

// of gives the lock of a key; many keys share one.
func (l *contentLocks) of(key string) *sync.RWMutex {
	var n byte
	for _, c := range []byte(key[:min(len(key), 2)]) {
		n = n<<4 | (c&15 + 9*(c>>6)) // a hex digit's value
	}
	return &l[n]
}

// lock takes a content's lock, here and among nodes.
func (s *Service) lock(ctx context.Context, key string, alone bool) (release func(), err error) {
	l := s.locks.of(key)
	take, give := l.RLock, l.RUnlock
	if alone {
		take, give = l.Lock, l.Unlock
	}
	take()
	others, err := s.Records.LockContent(ctx, key, alone)
	if err != nil {
		give()
		return nil, recordError(err, 0)
	}
	return func() { others(); give() }, nil
}

func infoOf(f store.File) connector.FileInfo {
	out := connector.FileInfo{
		ID: f.ID, Name: f.Name, Size: f.Size, MD5: f.MD5, SHA1: f.SHA1, SHA256: f.SHA256,
		ContentType: f.ContentType, Source: f.Source, CreatedAt: store.Time(f.CreatedAt),
	}
	if f.ExpiresAt != nil {
		t := store.Time(*f.ExpiresAt)
		out.ExpiresAt = &t
	}
	if f.RunID != nil {
		out.RunID = *f.RunID
	}
	if len(f.Metadata) > 0 {
		_ = json.Unmarshal(f.Metadata, &out.Metadata) // it was checked when it was stored
	}
	return out
}

func expired(f store.File, now time.Time) bool {
	return f.ExpiresAt != nil && *f.ExpiresAt <= store.Micros(now)
}
