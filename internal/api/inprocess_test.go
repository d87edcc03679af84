package api_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/api"
	"github.com/fairlead-io/fairlead/internal/authz"
)

const base = "http://embedded.invalid"

func request(t *testing.T, ctx context.Context, method, path string, body io.Reader) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, base+path, body)
	must(t, err)
	return req
}

// echo answers each line as soon as it has read it.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Before", "yes")
	w.WriteHeader(http.StatusAccepted)
	w.Header().Set("X-After", "too late")
	sc := bufio.NewScanner(r.Body)
	for sc.Scan() {
		_, _ = io.WriteString(w, "got "+sc.Text()+"\n")
	}
})

func TestInProcessStreamsBothWays(t *testing.T) {
	c := &http.Client{Transport: api.InProcess(echo)}
	in, feed := io.Pipe()
	resp, err := c.Do(request(t, t.Context(), "POST", "/x", in))
	must(t, err)
	defer resp.Body.Close()
	if resp.StatusCode != 202 || resp.Header.Get("X-Before") != "yes" || resp.Header.Get("X-After") != "" {
		t.Errorf("status %d, headers %v", resp.StatusCode, resp.Header)
	}
	out := bufio.NewReader(resp.Body)
	for _, line := range []string{"one", "two"} { // each answer comes before the next line is sent
		_, err := io.WriteString(feed, line+"\n")
		must(t, err)
		got, err := out.ReadString('\n')
		if err != nil || got != "got "+line+"\n" {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	must(t, feed.Close())
	if _, err := out.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("the end: %v", err)
	}
}

func TestInProcessEnds(t *testing.T) {
	ended := make(chan struct{}, 1)
	hang := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/answer" {
			_, _ = io.WriteString(w, "begun")
		}
		<-r.Context().Done()
		ended <- struct{}{}
	})
	c := &http.Client{Transport: api.InProcess(hang)}

	t.Run("a canceled context ends a handler that has not answered", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		if _, err := c.Do(request(t, ctx, "GET", "/silent", nil)); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		<-ended
	})
	t.Run("closing the body ends a handler that answers", func(t *testing.T) {
		resp, err := c.Do(request(t, t.Context(), "GET", "/answer", nil))
		must(t, err)
		must(t, resp.Body.Close())
		<-ended
	})
	t.Run("a canceled context ends a reader", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		resp, err := c.Do(request(t, ctx, "GET", "/answer", nil))
		must(t, err)
		defer resp.Body.Close()
		time.AfterFunc(20*time.Millisecond, cancel)
		if _, err := io.ReadAll(resp.Body); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		<-ended
	})
}

func TestInProcessPanicAndEmptyAnswer(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/cut" {
			_, _ = io.WriteString(w, "half")
			panic(http.ErrAbortHandler)
		}
	})
	c := &http.Client{Transport: api.InProcess(h)}
	resp, err := c.Do(request(t, t.Context(), "GET", "/cut", nil))
	must(t, err)
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err == nil || string(b) != "half" {
		t.Errorf("an answer that was cut off looks whole: %q, %v", b, err)
	}
	resp, err = c.Do(request(t, t.Context(), "GET", "/empty", nil))
	must(t, err)
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err != nil || len(b) != 0 || resp.StatusCode != 200 {
		t.Errorf("%d %q, %v", resp.StatusCode, b, err)
	}
}

// TestInProcessAPI uses the whole API through the transport, as the command
// line does: an actor in the context needs no token.
func TestInProcessAPI(t *testing.T) {
	b := open(t)
	c := &http.Client{Transport: api.InProcess(b.api)}
	ctx := api.WithActor(t.Context(), authz.Local("me"))
	content := bytes.Repeat([]byte("x"), 1<<20)
	resp, err := c.Do(request(t, ctx, "POST", "/api/v1/files?name=a", bytes.NewReader(content)))
	must(t, err)
	must(t, resp.Body.Close())
	resp, err = c.Do(request(t, ctx, "GET", "/api/v1/files/1/content", nil))
	must(t, err)
	got, err := io.ReadAll(resp.Body)
	must(t, err)
	must(t, resp.Body.Close())
	if !bytes.Equal(got, content) {
		t.Errorf("%d bytes came back", len(got))
	}
	resp, err = c.Do(request(t, ctx, "POST", writeNotes, strings.NewReader(`{"input":{"noteNames":["a"]}}`)))
	must(t, err)
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	must(t, resp.Body.Close())
	if !bytes.Contains(body, []byte(`"actor":"me"`)) || resp.StatusCode != 200 {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	resp, err = c.Do(request(t, t.Context(), "GET", "/api/v1/me", nil))
	must(t, err)
	must(t, resp.Body.Close())
	if resp.StatusCode != 401 {
		t.Errorf("without an actor or token: %d", resp.StatusCode)
	}
}
