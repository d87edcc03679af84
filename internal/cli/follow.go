package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
)

const (
	eventStream = "text/event-stream"
	// cancelTimeout is how long a canceled run is waited for.
	cancelTimeout = 10 * time.Second
	// beginTimeout is how long a signal waits for the run to get its ID.
	beginTimeout = 2 * time.Second
)

// event is one message of a run that is followed.
type event struct {
	Type     string          `json:"type"`
	Progress *run.Progress   `json:"progress"`
	Run      json.RawMessage `json:"run"`
}

// follower waits for the end of a run. The request outlives a signal: the run
// is canceled then, and what it did until its end is still told.
type follower struct {
	client   *client
	progress *progress
	abort    context.CancelFunc // of the request

	once  sync.Once
	begun chan struct{} // closed when id is known
	id    string
}

// follow sends a request that makes or watches a run, and gives the run's
// object once it has ended, or as it is when the answer does not wait.
func (p *program) follow(ctx context.Context, label string, r apiRequest) (json.RawMessage, error) {
	c, err := p.client(ctx)
	if err != nil {
		return nil, err
	}
	wait, abort := context.WithCancel(context.WithoutCancel(ctx))
	defer abort()
	f := &follower{client: c, progress: p.newProgress(label), abort: abort, begun: make(chan struct{})}
	defer f.progress.close()
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { defer close(interrupted); f.interrupt(context.WithoutCancel(ctx)) })
	raw, err := f.wait(wait, r)
	if !stop() {
		<-interrupted
		if err != nil {
			err = f.canceled(err)
		}
	}
	return raw, err
}

// wait reads the answer, events or the run itself.
func (f *follower) wait(ctx context.Context, r apiRequest) (json.RawMessage, error) {
	if r.header == nil {
		r.header = map[string]string{}
	}
	r.header["Accept"] = eventStream + ", application/json"
	res, err := f.client.send(ctx, r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if !strings.HasPrefix(res.Header.Get("Content-Type"), eventStream) {
		raw, err := io.ReadAll(res.Body)
		if err == nil && !json.Valid(raw) {
			err = errors.New("the answer is cut off")
		}
		if err != nil {
			return nil, f.lost(ctx, err)
		}
		return raw, nil
	}
	return f.events(ctx, bufio.NewReader(res.Body))
}

// events reads until the run has ended. Only data lines matter: they tell
// their type themselves.
func (f *follower) events(ctx context.Context, r *bufio.Reader) (json.RawMessage, error) {
	for {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return nil, f.lost(ctx, err)
		}
		data, ok := bytes.CutPrefix(line, []byte("data: "))
		if !ok {
			continue
		}
		var e event
		if err := json.Unmarshal(data, &e); err != nil {
			return nil, f.lost(ctx, err)
		}
		switch e.Type {
		case "begun":
			f.begin(e.Run)
		case "progress":
			f.progress.update(e.Progress)
		case "end":
			return e.Run, nil
		}
	}
}

func (f *follower) begin(raw json.RawMessage) {
	rec, err := decodeAs[struct {
		RunID string `json:"runId"`
	}](raw)
	if err != nil || rec.RunID == "" {
		return
	}
	f.known(rec.RunID)
}

func (f *follower) known(id string) {
	f.once.Do(func() {
		f.id = id
		close(f.begun)
	})
}

// interrupt cancels the run and lets its end arrive.
func (f *follower) interrupt(ctx context.Context) {
	begin := time.NewTimer(beginTimeout)
	defer begin.Stop()
	select {
	case <-f.begun:
	case <-begin.C:
		f.abort() // it never said who it is
		return
	}
	ctx, done := context.WithTimeout(ctx, cancelTimeout)
	defer done()
	_, err := f.client.get(ctx, apiRequest{method: http.MethodPost, path: at("runs", f.id, "cancel")})
	if err != nil {
		f.abort()
		return
	}
	time.AfterFunc(cancelTimeout, f.abort)
}

// lost is an answer that breaks off.
func (f *follower) lost(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e := &connector.Error{Kind: connector.Unavailable, Message: "The connection broke before the run's end was told: " + err.Error() + ".", Fix: "Look for the run with \"fairlead runs list\".", Err: err}
	select {
	case <-f.begun:
		e.Fix = fmt.Sprintf("Look at what became of it: fairlead runs show %s", f.id)
	default:
	}
	return e
}

// canceled is said when the end did not arrive in time.
func (f *follower) canceled(err error) error {
	if told := connector.AsError(err); told.Kind != connector.Canceled {
		return err
	}
	e := &connector.Error{Kind: connector.Canceled, Message: "Canceled."}
	select {
	case <-f.begun:
		e.Message = fmt.Sprintf("Canceled, but run %s has not ended yet.", f.id)
		e.Fix = fmt.Sprintf("Look at what became of it: fairlead runs show %s", f.id)
	default:
	}
	return e
}
