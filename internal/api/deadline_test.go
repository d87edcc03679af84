package api_test

import (
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// deadlines is an answer that remembers what deadlines it was given.
type deadlines struct {
	*httptest.ResponseRecorder
	mu   sync.Mutex
	seen []time.Time
}

func (d *deadlines) SetWriteDeadline(t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen = append(d.seen, t)
	return nil
}

// TestDeadlinesEndWithTheAnswer keeps the deadline of a stream from cutting off
// a later answer on the same connection.
func TestDeadlinesEndWithTheAnswer(t *testing.T) {
	b := open(t)
	b.call(t, b.owner, "POST", "/api/v1/files?name=a", "hello").want(t, 201)
	run := text(b.call(t, b.owner, "POST", readNotes, `{"input":{"noteNames":["a"]}}`).want(t, 200)["runId"])
	for _, path := range []string{"/api/v1/files/1/content", "/api/v1/runs/" + run + "/events"} {
		req := httptest.NewRequestWithContext(t.Context(), "GET", path, nil)
		req.Header.Set("Authorization", "Bearer "+b.owner)
		w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
		b.api.ServeHTTP(w, req)
		if w.Code != 200 || len(w.seen) < 2 {
			t.Fatalf("%s: status %d, deadlines %v", path, w.Code, w.seen)
		}
		if first, last := w.seen[0], w.seen[len(w.seen)-1]; first.IsZero() || !last.IsZero() {
			t.Errorf("%s: the deadlines were %v", path, w.seen)
		}
	}
}
