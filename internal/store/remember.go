package store

import (
	"context"
	"maps"
	"sync"
)

// memory remembers connections, which every run asks for and few writes change. It is only of use where one process has
// the database: there, every change passes the writer, which empties it before it answers.
type memory struct {
	mu         sync.Mutex
	generation uint64 // of what is remembered
	known      map[connectionQuery][]Connection
}

// connectionQuery is what was asked; a name is folded.
type connectionQuery struct {
	tenant, id, name string
	integration      string
	active           int8 // 0: not asked for, 1: active, 2: inactive
}

// maxKnown bounds what is remembered; names that do not exist are not.
const maxKnown = 1024

func (m *memory) find(q connectionQuery) (found []Connection, generation uint64, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found, ok = m.known[q]
	return found, m.generation, ok
}

// keep remembers an answer unless something was changed since it was asked for.
func (m *memory) keep(q connectionQuery, found []Connection, generation uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.generation != generation {
		return
	}
	if m.known == nil || len(m.known) >= maxKnown {
		m.known = map[connectionQuery][]Connection{}
	}
	m.known[q] = found
}

func (m *memory) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.generation++
	m.known = nil
}

// remembered answers from memory, or reads and remembers. What it gives is the caller's own.
func (s *Store) remembered(ctx context.Context, q connectionQuery, read func() ([]Connection, error)) ([]Connection, error) {
	if s.cfg.Shared || s.closed.Load() || ctx.Err() != nil {
		return read()
	}
	found, generation, ok := s.writer.connections.find(q)
	if !ok {
		var err error
		if found, err = read(); err != nil {
			return nil, err
		}
		s.writer.connections.keep(q, found, generation)
	}
	own := make([]Connection, len(found))
	for i, c := range found {
		c.Secrets = maps.Clone(c.Secrets)
		own[i] = c
	}
	return own, nil
}

// remember1 is remembered for one connection.
func (s *Store) remember1(ctx context.Context, q connectionQuery, read func() (Connection, error)) (Connection, error) {
	found, err := s.remembered(ctx, q, func() ([]Connection, error) {
		c, err := read()
		return []Connection{c}, err
	})
	if err != nil {
		return Connection{}, err
	}
	return found[0], nil
}

func activeCode(active *bool) int8 {
	switch {
	case active == nil:
		return 0
	case *active:
		return 1
	}
	return 2
}

// changesConnections tells whether a batch makes remembered answers wrong.
func (b *Batch) changesConnections() bool {
	return len(b.InsertConnections)+len(b.UpdateConnections)+len(b.SetHealth)+len(b.DeleteConnections) > 0
}
