package connectortest

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"sync"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// graceful is how long a command may take to notice that it should end.
const graceful = 5 * time.Second

// endsInTime leads the command to a server that accepts and never answers.
func (k Kit) endsInTime(t *testing.T, c *connector.Command) {
	if k.At == nil {
		k.endsAtOnce(t, c)
		return
	}
	settings := k.At(silentServer(t))
	in := k.input(t, c)
	o := k.Runner.Run(t, Request{Command: c.ID, Settings: settings, Input: in, Timeout: 300 * time.Millisecond})
	if o.Kind != connector.Timeout || o.Took > graceful {
		t.Errorf("a deadline of 300 ms: %s after %s: %s", o.Kind, o.Took, o.Error)
	}
	o = k.Runner.Run(t, Request{Command: c.ID, Settings: settings, Input: in, Cancel: 300 * time.Millisecond})
	if o.Kind != connector.Canceled || o.State != "canceled" || o.Took > graceful {
		t.Errorf("canceled after 300 ms: %s %s after %s: %s", o.State, o.Kind, o.Took, o.Error)
	}
}

// endsAtOnce is for commands that go nowhere: with no time left they end, one
// way or the other, and do not hang.
func (k Kit) endsAtOnce(t *testing.T, c *connector.Command) {
	o := k.Runner.Run(t, Request{Command: c.ID, Input: k.input(t, c), Timeout: time.Nanosecond})
	if o.Took > graceful || o.State == "running" {
		t.Errorf("no time left: %s after %s", o.State, o.Took)
	}
}

func silentServer(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var conns []net.Conn
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
		for _, c := range conns {
			_ = c.Close()
		}
	})
	return l.Addr().String()
}

// echo leads the command to a server that refuses and repeats the request in
// its answer: what the connection sends must not come back into a sink.
func (k Kit) echo(t *testing.T, c *connector.Command) {
	if k.At == nil {
		return
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		dump, err := httputil.DumpRequest(r, true)
		if err != nil {
			dump = []byte(err.Error())
		}
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write(dump) // a client that went away has seen enough
	}))
	t.Cleanup(srv.Close)
	settings := k.At(srv.Listener.Addr().String())
	o := k.Runner.Run(t, Request{Command: c.ID, Settings: settings, Input: k.input(t, c), Timeout: 20 * time.Second})
	k.noSecrets(t, o, settings)
	if o.Verdict != "Failed" || o.Kind == connector.Internal {
		t.Errorf("a server that refuses everything: %s %s: %s", o.Verdict, o.Kind, o.Error)
	}
}
