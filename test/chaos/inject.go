// Package chaos breaks things on purpose: it injects faults into the store, the content of files and the network, and
// kills the program, and then looks whether runs were lost, effects repeated, or anything half-written.
//
// Each harness first shows that it notices a failure of its own kind.
package chaos

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/store"
)

// Scale is by how much a harness does more than in a plain test run: ten times with FAIRLEAD_SOAK.
func Scale() int {
	if os.Getenv("FAIRLEAD_SOAK") != "" {
		return 10
	}
	return 1
}

// Kinds of faults.
const (
	none       = iota
	before     // an error instead of the effect
	slow       // the effect, later
	answerLost // the effect, and an error all the same
	kinds
)

// Injector decides when something fails. It is safe for concurrent use.
type Injector struct {
	mu       sync.Mutex
	random   *rand.Rand
	Share    float64 // of operations that fail
	armed    atomic.Bool
	Injected atomic.Int64
}

// NewInjector makes an Injector whose decisions follow from a seed, as far as goroutines allow. Nothing fails before Arm.
func NewInjector(seed uint64, share float64) *Injector {
	return &Injector{random: rand.New(rand.NewPCG(seed, seed)), Share: share} //nolint:gosec // chance, not secrecy
}

// Arm begins the faults.
func (i *Injector) Arm() { i.armed.Store(true) }

// Heal ends all faults.
func (i *Injector) Heal() { i.armed.Store(false) }

func (i *Injector) next() int {
	if !i.armed.Load() {
		return none
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.random.Float64() >= i.Share {
		return none
	}
	i.Injected.Add(1)
	return 1 + i.random.IntN(kinds-1)
}

func (i *Injector) pause(ctx context.Context) {
	i.mu.Lock()
	d := time.Duration(i.random.IntN(20)) * time.Millisecond
	i.mu.Unlock()
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// Store is store.Around's: the store goes away, is slow, or its answers are lost.
func (i *Injector) Store(ctx context.Context, b store.Batch, write func(context.Context, store.Batch) error) error {
	gone := &store.Error{Kind: store.Unavailable, Op: "write", Message: "injected fault"}
	switch i.next() {
	case before:
		return gone
	case slow:
		i.pause(ctx)
	case answerLost:
		if err := write(ctx, b); err != nil {
			return err
		}
		return gone
	}
	return write(ctx, b)
}

var errInjected = errors.New("chaos: injected fault")

// Blobs puts faults around the content of files.
func (i *Injector) Blobs(b files.Blobs) files.Blobs { return &faultyBlobs{b, i} }

type faultyBlobs struct {
	files.Blobs
	i *Injector
}

func (b *faultyBlobs) Create(ctx context.Context) (files.BlobWriter, error) {
	if b.i.next() == before {
		return nil, errInjected
	}
	w, err := b.Blobs.Create(ctx)
	if err != nil {
		return nil, err
	}
	return &faultyWriter{w, b.i}, nil
}

func (b *faultyBlobs) Open(ctx context.Context, key string, offset int64) (io.ReadCloser, error) {
	if b.i.next() == before {
		return nil, errInjected
	}
	return b.Blobs.Open(ctx, key, offset)
}

func (b *faultyBlobs) Delete(ctx context.Context, key string) error {
	switch b.i.next() {
	case before:
		return errInjected
	case answerLost:
		return errors.Join(b.Blobs.Delete(ctx, key), errInjected)
	}
	return b.Blobs.Delete(ctx, key)
}

type faultyWriter struct {
	files.BlobWriter
	i *Injector
}

func (w *faultyWriter) Write(p []byte) (int, error) {
	if w.i.next() == before {
		n, err := w.BlobWriter.Write(p[:len(p)/2])
		return n, errors.Join(err, errInjected)
	}
	return w.BlobWriter.Write(p)
}

func (w *faultyWriter) Commit(ctx context.Context, key string) error {
	switch w.i.next() {
	case before:
		w.Abort()
		return errInjected
	case slow:
		w.i.pause(ctx)
	case answerLost:
		return errors.Join(w.BlobWriter.Commit(ctx, key), errInjected)
	}
	return w.BlobWriter.Commit(ctx, key)
}

// Ledger is a service in the network that counts what was done to it. Doing it twice is what must not happen.
type Ledger struct {
	i      *Injector
	mu     sync.Mutex
	counts map[string]int
}

// NewLedger makes a Ledger whose answers fail as the injector says.
func NewLedger(i *Injector) *Ledger { return &Ledger{i: i, counts: map[string]int{}} }

// Count tells how often something was done.
func (l *Ledger) Count(key string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts[key]
}

// ServeHTTP does something, or fails in one of the ways of networks.
func (l *Ledger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault := l.i.next()
	if fault == before {
		if l.i.chance() {
			http.Error(w, "try later", http.StatusServiceUnavailable)
			return
		}
		panic(http.ErrAbortHandler)
	}
	if fault == slow {
		l.i.pause(r.Context())
	}
	l.mu.Lock()
	l.counts[r.URL.Query().Get("key")]++
	l.mu.Unlock()
	if fault == answerLost {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(http.StatusOK)
}

func (i *Injector) chance() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.random.IntN(2) == 0
}
