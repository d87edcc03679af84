package run

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/connection"
	"github.com/fairlead-io/fairlead/internal/obs"
	"github.com/fairlead-io/fairlead/internal/redact"
	"github.com/fairlead-io/fairlead/internal/store"
)

// sessionIdle is how long an unused session is kept.
const sessionIdle = 10 * time.Minute

// sessions keeps opened connections, so that a run does not pay for
// decryption, credentials and connects each time. An entry belongs to one
// revision of a connection.
type sessions struct {
	conns   *connection.Manager
	env     connector.Env
	now     func() time.Time
	mu      sync.Mutex
	entries map[string]*sessionEntry
}

type sessionEntry struct {
	once     sync.Mutex
	secrets  []string
	red      *redact.Redactor // of secrets
	opened   json.RawMessage  // settings with secrets; dropped once the session is open
	session  connector.Session
	loaded   bool
	users    int
	lastUsed time.Time
	stale    bool
}

func newSessions(c *connection.Manager, env connector.Env, now func() time.Time) *sessions {
	return &sessions{conns: c, env: env, now: now, entries: map[string]*sessionEntry{}}
}

// redactor gives what takes a connection's secrets, and those of one run, out
// of text. Most runs bring none of their own and share the connection's.
func (s *sessions) redactor(ctx context.Context, c *store.Connection, own []string) (*redact.Redactor, error) {
	if c == nil {
		return redact.New(own...), nil
	}
	e := s.entry(c)
	defer s.release(e)
	e.once.Lock()
	defer e.once.Unlock()
	if err := s.load(ctx, c, e); err != nil {
		return nil, err
	}
	if len(own) == 0 {
		return e.red, nil
	}
	return redact.New(append(own, e.secrets...)...), nil
}

func (s *sessions) load(ctx context.Context, c *store.Connection, e *sessionEntry) error {
	if e.loaded {
		return nil
	}
	o, err := s.conns.Open(ctx, c)
	if err != nil {
		return err
	}
	e.secrets, e.red, e.opened, e.loaded = o.Secrets, redact.New(o.Secrets...), o.Settings, true
	return nil
}

// open gives the session of a job and what to call when it is no longer used.
func (s *sessions) open(ctx context.Context, j *job) (connector.Session, func(), error) {
	switch {
	case j.integ.Connection == nil:
		return connector.NoSession{}, func() {}, nil
	case j.inline != nil:
		return s.openInline(ctx, j)
	}
	e := s.entry(j.conn)
	e.once.Lock()
	defer e.once.Unlock()
	if err := s.openEntry(ctx, j, e); err != nil {
		s.release(e)
		return nil, nil, err
	}
	return e.session, func() { s.release(e) }, nil
}

func (s *sessions) openEntry(ctx context.Context, j *job, e *sessionEntry) error {
	if e.session != nil {
		return nil
	}
	if err := s.load(ctx, j.conn, e); err != nil {
		return err
	}
	env := s.env
	env.Log = obs.Cleaned(env.Log, redact.New(e.secrets...))
	if err := narrow(&env, j.conn); err != nil {
		return err
	}
	sess, err := j.integ.Connection.Open(ctx, env, e.opened)
	if err != nil {
		return err
	}
	e.session, e.opened = sess, nil
	return nil
}

// narrow holds every client of a session to the hosts that the connection's
// guardrails allow. A change of them is a revision, and so a new session.
func narrow(env *connector.Env, c *store.Connection) error {
	g, err := connection.GuardrailsOf(c)
	if err != nil || g == nil || len(g.Hosts) == 0 {
		return err
	}
	open, list := env.HTTP, strings.Join(g.Hosts, ",")
	env.HTTP = func(o connector.HTTPOptions) (*http.Client, error) {
		o.Hosts = list
		return open(o)
	}
	return nil
}

func (s *sessions) openInline(ctx context.Context, j *job) (connector.Session, func(), error) {
	raw, err := json.Marshal(j.inline)
	if err != nil {
		return nil, nil, err
	}
	env := s.env
	env.Log = obs.Cleaned(env.Log, j.red)
	sess, err := j.integ.Connection.Open(ctx, env, raw)
	if err != nil {
		return nil, nil, err
	}
	return sess, func() { closeSession(sess) }, nil
}

func (s *sessions) entry(c *store.Connection) *sessionEntry {
	key := fmt.Sprintf("%s|%s|%d", c.Tenant, c.ID, c.Revision)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	e, ok := s.entries[key]
	if !ok {
		e = &sessionEntry{}
		s.entries[key] = e
	}
	e.users++
	e.lastUsed = s.now()
	return e
}

func (s *sessions) release(e *sessionEntry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.users--
	if e.stale && e.users == 0 {
		closeSession(e.session)
	}
}

// sweep drops entries that nobody has used for a while, among them those of
// older revisions. The caller holds the lock.
func (s *sessions) sweep() {
	for k, e := range s.entries {
		if e.users == 0 && s.now().Sub(e.lastUsed) > sessionIdle {
			delete(s.entries, k)
			closeSession(e.session)
		}
	}
}

func (s *sessions) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, e := range s.entries {
		delete(s.entries, k)
		if e.stale = true; e.users == 0 {
			closeSession(e.session)
		}
	}
}

const closeLimit = 5 * time.Second

func closeSession(sess connector.Session) {
	c, ok := sess.(connector.SessionCloser)
	if !ok {
		return
	}
	ctx, done := context.WithTimeout(context.Background(), closeLimit)
	defer done()
	_ = c.Close(ctx) // nothing depends on it any more
}
