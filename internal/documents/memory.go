package documents

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"sync"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/files"
)

// Memory keeps content in this process. It is a files.Blobs that holds no more
// than it was told to, what is being written included.
type Memory struct {
	limit int64
	now   func() time.Time

	mu    sync.Mutex
	used  int64
	blobs map[string]*piece
}

var _ files.Blobs = (*Memory)(nil)

// piece is content that does not change any more.
type piece struct {
	parts    [][]byte
	size     int64
	modified time.Time
}

// NewMemory makes a Memory; a limit of 0 means DefaultMemory.
func NewMemory(limit int64, now func() time.Time) *Memory {
	if limit <= 0 {
		limit = DefaultMemory
	}
	return &Memory{limit: limit, now: now, blobs: map[string]*piece{}}
}

func (m *Memory) take(n int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.used+n > m.limit {
		return &connector.Error{
			Kind: connector.Limited, Message: fmt.Sprintf("The document store in memory is full: it holds %d bytes at most.", m.limit),
			Fix: "Delete documents or let them expire, give the store more memory with FAIRLEAD_DOCUMENTS=memory:SIZE, or use another store.",
		}
	}
	m.used += n
	return nil
}

func (m *Memory) give(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used -= n
}

// Create begins new content.
func (m *Memory) Create(ctx context.Context) (files.BlobWriter, error) {
	return &memoryWriter{m: m}, ctx.Err()
}

// Open reads content from an offset on.
func (m *Memory) Open(ctx context.Context, key string, offset int64) (io.ReadCloser, error) {
	if !files.ValidKey(key) {
		return nil, files.ErrBadKey
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	p, ok := m.blobs[key]
	if !ok {
		return nil, files.ErrNoContent
	}
	readers := make([]io.Reader, 0, len(p.parts))
	for _, part := range p.parts {
		skip := min(offset, int64(len(part)))
		offset -= skip
		readers = append(readers, bytes.NewReader(part[skip:]))
	}
	return io.NopCloser(io.MultiReader(readers...)), nil
}

// Delete removes content.
func (m *Memory) Delete(ctx context.Context, key string) error {
	if !files.ValidKey(key) {
		return files.ErrBadKey
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if p, ok := m.blobs[key]; ok {
		m.used -= p.size
		delete(m.blobs, key)
	}
	return nil
}

// List gives what is committed.
func (m *Memory) List(ctx context.Context) iter.Seq2[files.BlobInfo, error] {
	return func(yield func(files.BlobInfo, error) bool) {
		m.mu.Lock()
		list := make([]files.BlobInfo, 0, len(m.blobs))
		for key, p := range m.blobs {
			list = append(list, files.BlobInfo{Key: key, Size: p.size, Modified: p.modified})
		}
		m.mu.Unlock()
		for _, info := range list {
			if err := ctx.Err(); err != nil {
				yield(files.BlobInfo{}, err)
				return
			}
			if !yield(info, nil) {
				return
			}
		}
	}
}

type memoryWriter struct {
	m     *Memory
	p     piece
	ended bool
}

// Parts grow with the content, so that small content costs little and large
// content is never moved.
const (
	firstPart = 4 << 10
	lastPart  = 1 << 20
)

func (w *memoryWriter) Write(b []byte) (int, error) {
	if w.ended {
		return 0, files.ErrEnded
	}
	if err := w.m.take(int64(len(b))); err != nil {
		return 0, err
	}
	w.p.size += int64(len(b))
	for rest := b; len(rest) > 0; {
		last := len(w.p.parts) - 1
		if last < 0 || len(w.p.parts[last]) == cap(w.p.parts[last]) {
			w.p.parts = append(w.p.parts, make([]byte, 0, min(firstPart<<min(2*len(w.p.parts), 8), lastPart)))
			last++
		}
		part := w.p.parts[last]
		n := min(len(rest), cap(part)-len(part))
		w.p.parts[last] = append(part, rest[:n]...)
		rest = rest[n:]
	}
	return len(b), nil
}

// Commit makes the content visible under a key.
func (w *memoryWriter) Commit(ctx context.Context, key string) error {
	if w.ended {
		return files.ErrEnded
	}
	err := ctx.Err()
	if err == nil && !files.ValidKey(key) {
		err = files.ErrBadKey
	}
	if err != nil {
		w.Abort()
		return err
	}
	w.ended = true
	m := w.m
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, there := m.blobs[key]; there {
		m.used -= w.p.size // equal keys mean equal content
		return nil
	}
	w.p.modified = m.now()
	m.blobs[key] = &w.p
	return nil
}

// Abort drops what was written.
func (w *memoryWriter) Abort() {
	if w.ended {
		return
	}
	w.ended = true
	w.m.give(w.p.size)
	w.p.parts = nil
}
