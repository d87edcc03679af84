package postgres_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/store/postgres"
	"github.com/fairlead-io/fairlead/internal/store/postgres/postgrestest"
)

func batch(tenants ...string) store.Batch {
	r := &store.Run{
		ID: store.NewID(), Tenant: tenants[0], Integration: "aws-s3", Command: "c", State: store.RunRunning, Actor: "a", CreatedAt: 1, NodeID: "n",
	}
	b := store.Batch{InsertRuns: []*store.Run{r}}
	for _, t := range tenants {
		b.Audit = append(b.Audit, &store.AuditEntry{Tenant: t, Kind: "k", RunID: &r.ID, Body: json.RawMessage(`{}`)})
	}
	return b
}

// verified counts the entries of a good chain.
func verified(t *testing.T, st *store.Store, tenant string) int {
	t.Helper()
	n, reached, problem, err := audit.Verify(t.Context(), tenant, audit.Checkpoint{}, st.AuditChain(t.Context(), tenant, 0))
	head, errHead := st.AuditHead(t.Context(), tenant)
	if problem == nil {
		problem = audit.Expect(reached, head)
	}
	if err := errors.Join(err, errHead); err != nil || problem != nil {
		t.Fatalf("chain of %s: %v, %v", tenant, problem, err)
	}
	return int(n)
}

func closed(t *testing.T, stores ...*store.Store) {
	t.Helper()
	for _, st := range stores {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Two nodes that touch the same two tenants in opposite orders extend one chain each, and do not wait for each other.
func TestNodesMakeOneChain(t *testing.T) {
	if missing(t) {
		return
	}
	url := postgrestest.NewURL(t)
	a, b := open(t, url), open(t, url)
	const each = 150
	var wg sync.WaitGroup
	for node, tenants := range map[*store.Store][]string{a: {"x", "y"}, b: {"y", "x"}} {
		for range 3 {
			wg.Go(func() {
				for range each {
					if err := node.Submit(t.Context(), batch(tenants...)); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
	}
	wg.Wait()
	for _, tenant := range []string{"x", "y"} {
		if n := verified(t, a, tenant); n != 6*each {
			t.Errorf("%d entries of %s, want %d", n, tenant, 6*each)
		}
	}
	closed(t, a, b)
}

// Where two nodes still wait for each other, the database ends one of them, which writes again.
func TestDeadlocksAreTriedAgain(t *testing.T) {
	if missing(t) {
		return
	}
	url := postgrestest.NewURL(t)
	a, b := open(t, url), open(t, url)
	defer closed(t, a, b)
	first, second := connection("1"), connection("2")
	if err := a.Submit(t.Context(), store.Batch{InsertConnections: []*store.Connection{first, second}}); err != nil {
		t.Fatal(err)
	}
	health := func(c *store.Connection) store.ConnectionHealth {
		return store.ConnectionHealth{Tenant: c.Tenant, ID: c.ID, Health: []byte(`{}`)}
	}
	var wg sync.WaitGroup
	for node, order := range map[*store.Store][]store.ConnectionHealth{a: {health(first), health(second)}, b: {health(second), health(first)}} {
		wg.Go(func() {
			for range 300 {
				if err := node.Submit(t.Context(), store.Batch{SetHealth: order}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if n := postgrestest.Text(t, url, "SELECT deadlocks::text FROM pg_stat_database WHERE datname = current_database()"); n == "0" {
		t.Error("there was no deadlock, so that nothing was shown")
	}
}

func connection(name string) *store.Connection {
	return &store.Connection{ID: store.NewID(), Tenant: "x", Integration: "i", Name: name, Settings: []byte(`{}`)}
}

// An idempotency key is one key on all nodes.
func TestIdempotencyKeyAcrossNodes(t *testing.T) {
	if missing(t) {
		return
	}
	url := postgrestest.NewURL(t)
	a, b := open(t, url), open(t, url)
	for i := range 20 {
		key := fmt.Sprint("key-", i)
		var won atomic.Int32
		var wg sync.WaitGroup
		for _, node := range []*store.Store{a, b} {
			wg.Go(func() {
				order := batch("x")
				order.InsertRuns[0].IdempotencyKey = &key
				err := node.Submit(t.Context(), order)
				if e, ok := errors.AsType[*store.Error](err); ok && e.Constraint == store.UniqueIdempotencyKey {
					return
				}
				if err != nil {
					t.Error(err)
				}
				won.Add(1)
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("%d runs were made under %s", won.Load(), key)
		}
	}
	closed(t, a, b)
}

// A server that ends all connections, as one does that restarts, fails no write.
func TestBrokenConnectionsFailNoWrite(t *testing.T) {
	if missing(t) {
		return
	}
	url := postgrestest.NewURL(t)
	st := open(t, url+"&application_name=victim")
	defer closed(t, st)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	var written atomic.Int64
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := st.Submit(t.Context(), batch("x")); err != nil {
					t.Error(err)
					return
				}
				written.Add(1)
			}
		})
	}
	for range 15 {
		before := written.Load()
		for deadline := time.Now().Add(10 * time.Second); written.Load() < before+20 && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		postgrestest.Exec(t, url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'fairlead' AND query NOT LIKE '%pg_terminate%' AND pid <> pg_backend_pid()")
	}
	close(stop)
	wg.Wait()
	again := open(t, url) // connections for reading that nobody broke
	defer closed(t, again)
	if n := verified(t, again, "x"); n != int(written.Load()) || n < 300 {
		t.Errorf("%d entries, %d were acknowledged", n, written.Load())
	}
}

// proxy passes bytes on to the server, and cuts every connection at the marks that cut finds in what the client sends:
// before it, or after the server has answered, whose answer is then lost.
type proxy struct {
	net.Listener
	server string
	cut    atomic.Int32 // 0 not, 1 before, 2 answer lost
	cuts   atomic.Int32
}

func newProxy(t *testing.T, server string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: l, server: server}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
	return p
}

func (p *proxy) serve(client net.Conn) {
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		_ = client.Close()
		return
	}
	var lose atomic.Bool
	end := func() { _ = client.Close(); _ = server.Close() }
	go func() {
		defer end()
		_, _ = io.Copy(writer(func(b []byte) (int, error) {
			if lose.Load() {
				p.cuts.Add(1)
				return 0, io.ErrClosedPipe
			}
			return client.Write(b)
		}), server)
	}()
	defer end()
	var commits []byte // name of the prepared COMMIT
	_, _ = io.Copy(writer(func(b []byte) (int, error) {
		if i := bytes.Index(b, []byte("\x00COMMIT\x00")); i > 0 {
			commits = append([]byte(nil), b[bytes.LastIndexByte(b[:i], 'P')+5:i]...)
		}
		if len(commits) > 0 && bytes.Contains(b, append([]byte{0}, append(commits, 0)...)) && bytes.IndexByte(b, 'B') == 0 {
			switch p.cut.Swap(0) {
			case 1:
				p.cuts.Add(1)
				return 0, io.ErrClosedPipe
			case 2:
				lose.Store(true)
			}
		}
		return server.Write(b)
	}), client)
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

// A COMMIT that never arrives is sent again; one that was done but whose answer is lost is not done twice.
func TestLostCommits(t *testing.T) {
	if missing(t) {
		return
	}
	url := postgrestest.NewURL(t)
	var p *proxy
	st, err := postgres.Open(t.Context(), postgres.Source{URL: url, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if p == nil {
			p = newProxy(t, address)
		}
		return (&net.Dialer{}).DialContext(ctx, network, p.Addr().String())
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, st)
	const rounds = 20
	for i := range rounds {
		p.cut.Store(int32(1 + i%2))
		if err := st.Submit(t.Context(), batch("x")); err != nil {
			t.Fatalf("round %d: %v", i, err)
		}
		if n := verified(t, st, "x"); n != i+1 {
			t.Fatalf("round %d: %d entries", i, n)
		}
	}
	if p.cuts.Load() != rounds {
		t.Errorf("%d connections were cut, want %d: the proxy has not found the commits", p.cuts.Load(), rounds)
	}
}
