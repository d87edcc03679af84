package s3wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/fairlead-io/fairlead/connector"
)

// clientOf is a client of a server whose pauses before repeats are short.
func clientOf(t *testing.T, url string, adjust ...func(*Config)) *Client {
	t.Helper()
	cfg := Config{
		HTTP: transport(t), Credentials: credentials.NewStaticCredentialsProvider("AKIAX", "secret", ""), Region: "us-east-1", Endpoint: url, PathStyle: true,
		Now: time.Now, Stalled: func(d time.Duration) error {
			return &connector.Error{Kind: connector.Timeout, Message: fmt.Sprintf("Nothing for %s.", d)}
		},
	}
	for _, f := range adjust {
		f(&cfg)
	}
	c := New(cfg)
	c.jitter = func(time.Duration) time.Duration { return time.Millisecond }
	return c
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

func xmlError(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("X-Amz-Request-Id", "R1")
	w.Header().Set("X-Amz-Id-2", "H1")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>%s</Message></Error>`, code, message)
}

func wantError(t *testing.T, err error) *Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("%T %v is no *Error", err, err)
	}
	return e
}

// What is sent again, how often, and what is said of it.
func TestRepeats(t *testing.T) {
	slow := func(w http.ResponseWriter) { xmlError(w, 503, "SlowDown", "Please reduce your request rate.") }
	for _, tc := range []struct {
		name   string
		answer func(w http.ResponseWriter)
		body   *Body
		sent   int
		status int
		code   string
	}{
		{"slow down", slow, Bytes([]byte("x")), 3, 503, "SlowDown"},
		{"a small body that opens once is kept", slow, once([]byte("x")), 3, 503, "SlowDown"},
		{"a large body that opens once was read", slow, once(make([]byte, smallBody+1)), 1, 503, "SlowDown"},
		{"internal error", func(w http.ResponseWriter) { xmlError(w, 500, "InternalError", "x") }, nil, 3, 500, "InternalError"},
		{"without a body", func(w http.ResponseWriter) { w.WriteHeader(502) }, nil, 3, 502, "502"},
		{"the service's own timeout", func(w http.ResponseWriter) { xmlError(w, 400, "RequestTimeout", "x") }, nil, 3, 400, "RequestTimeout"},
		{"denied", func(w http.ResponseWriter) { xmlError(w, 403, "AccessDenied", "x") }, nil, 1, 403, "AccessDenied"},
		{"not there", func(w http.ResponseWriter) { w.WriteHeader(404) }, nil, 1, 404, "404"},
		{"not implemented", func(w http.ResponseWriter) { xmlError(w, 501, "NotImplemented", "x") }, nil, 1, 501, "NotImplemented"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var sent atomic.Int64
			c := clientOf(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
				sent.Add(1)
				_, _ = io.Copy(io.Discard, r.Body)
				tc.answer(w)
			}))
			_, err := c.Put(t.Context(), &PutInput{Ref: Ref{Bucket: "b", Key: "k"}, Body: tc.body})
			e := wantError(t, err)
			if e.Attempts != tc.sent || int(sent.Load()) != tc.sent || e.Status != tc.status || e.Code != tc.code || e.Op != "PutObject" {
				t.Errorf("sent %d times, %+v", sent.Load(), e)
			}
			if tc.code == "SlowDown" && (e.RequestID != "R1" || e.HostID != "H1" || e.Explain("").Kind != connector.Limited) {
				t.Errorf("%+v", e)
			}
		})
	}
}

// A repeat carries the whole content again, under a signature of its own time.
func TestRepeatSendsTheContentAgain(t *testing.T) {
	for _, size := range []int{100, smallBody + 100} {
		var bodies [][]byte
		var opened atomic.Int64
		content := bytes.Repeat([]byte("ab"), size)
		c := clientOf(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
			raw, _ := io.ReadAll(r.Body)
			if bodies = append(bodies, raw); len(bodies) < 3 {
				xmlError(w, 503, "SlowDown", "")
				return
			}
			w.Header().Set("Etag", `"e"`)
		}))
		out, err := c.Put(t.Context(), &PutInput{Ref: Ref{Bucket: "b", Key: "k"}, SHA256: strings.Repeat("0", 64), Body: &Body{Size: int64(len(content)), Open: func() (io.ReadCloser, error) {
			opened.Add(1)
			return io.NopCloser(bytes.NewReader(content)), nil
		}}})
		must(t, err)
		want := int64(3)
		if len(content) <= smallBody {
			want = 1
		}
		if len(bodies) != 3 || !bytes.Equal(bodies[2], content) || !bytes.Equal(bodies[0], content) || out.ETag != `"e"` || opened.Load() != want {
			t.Errorf("%d: sent %d times, opened %d times, %+v", size, len(bodies), opened.Load(), out)
		}
	}
}

// raw is a server of bytes: answer gets the connection once the request's
// headers have come.
func raw(t *testing.T, answer func(n int, c net.Conn)) (url string, count *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	count = &atomic.Int64{}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				buf := make([]byte, 64<<10)
				if n, _ := c.Read(buf); n > 0 {
					answer(int(count.Add(1)), c)
				}
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		wg.Wait()
	})
	return "http://" + l.Addr().String(), count
}

const okAnswer = "HTTP/1.1 200 OK\r\nEtag: \"e\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

func TestCutConnections(t *testing.T) {
	for _, tc := range []struct{ name, before string }{
		{"before the answer", ""},
		{"within the headers", "HTTP/1.1 200 OK\r\nEta"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			url, count := raw(t, func(n int, c net.Conn) {
				if n < 3 {
					_, _ = io.WriteString(c, tc.before)
					return
				}
				_, _ = io.WriteString(c, okAnswer)
			})
			out, err := clientOf(t, url).Put(t.Context(), &PutInput{Ref: Ref{Bucket: "b", Key: "k"}, Body: Bytes([]byte("x"))})
			if err != nil || out.ETag != `"e"` || count.Load() != 3 {
				t.Errorf("after %d connections: %+v, %v", count.Load(), out, err)
			}
		})
	}
	t.Run("always", func(t *testing.T) {
		url, count := raw(t, func(int, net.Conn) {})
		_, err := clientOf(t, url, func(c *Config) { c.Attempts = 4 }).Delete(t.Context(), &DeleteInput{Ref: Ref{Bucket: "b", Key: "k"}})
		e := wantError(t, err)
		if x := e.Explain(""); count.Load() != 4 || e.Attempts != 4 || e.Status != 0 || x.Kind != connector.Unavailable || x.Operation != "DeleteObject" {
			t.Errorf("after %d connections: %+v, %+v", count.Load(), e, x)
		}
	})
	t.Run("within a list", func(t *testing.T) {
		url, count := raw(t, func(_ int, c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<ListBucketResult><Contents>")
		})
		_, err := clientOf(t, url).List(t.Context(), &ListInput{Bucket: "b"})
		if e := wantError(t, err); count.Load() != 3 || e.Explain("").Kind != connector.Unavailable {
			t.Errorf("after %d connections: %+v", count.Load(), e)
		}
	})
	t.Run("within a download", func(t *testing.T) {
		url, count := raw(t, func(_ int, c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
		})
		o, body, err := clientOf(t, url).Get(t.Context(), &GetInput{Ref: Ref{Bucket: "b", Key: "k"}})
		must(t, err)
		got, err := io.ReadAll(body)
		must(t, body.Close())
		if e := wantError(t, err); string(got) != "half" || o.Size != 1000 || count.Load() != 1 || e.Op != "GetObject" || e.Explain("").Kind != connector.Unavailable {
			t.Errorf("%q, %+v", got, e)
		}
	})
}

func TestRefusedConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	addr := l.Addr().String()
	must(t, l.Close())
	_, err = clientOf(t, "http://"+addr).Put(t.Context(), &PutInput{Ref: Ref{Bucket: "b", Key: "k"}, Body: once(make([]byte, smallBody+1))})
	e := wantError(t, err)
	// Nothing of the body was read, so that it could be sent again.
	if x := e.Explain(""); e.Attempts != 3 || !strings.Contains(x.Message, addr) || !strings.Contains(x.Message, "connection refused") {
		t.Errorf("%+v: %s", e, x.Message)
	}
}

func TestStall(t *testing.T) {
	stop := make(chan struct{})
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			w.Header().Set("Content-Length", "6")
			for range 3 { // slow, but moving: longer than the limit in all
				_, _ = w.Write([]byte("x"))
				_ = http.NewResponseController(w).Flush()
				select {
				case <-time.After(150 * time.Millisecond):
				case <-stop:
				}
			}
			if r.URL.Path == "/b/whole" {
				_, _ = w.Write([]byte("xxx"))
				return
			}
		}
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	})
	defer close(stop)
	c := clientOf(t, url, func(c *Config) { c.Stall, c.Attempts = 300*time.Millisecond, 2 })
	_, err := c.Delete(t.Context(), &DeleteInput{Ref: Ref{Bucket: "b", Key: "k"}})
	if e := wantError(t, err); e.Attempts != 2 || e.Explain("").Message != "Nothing for 300ms." || e.Explain("").Kind != connector.Timeout {
		t.Errorf("%+v", e)
	}
	for key, want := range map[string]bool{"whole": true, "stuck": false} {
		_, body, err := c.Get(t.Context(), &GetInput{Ref: Ref{Bucket: "b", Key: key}})
		must(t, err)
		got, err := io.ReadAll(body)
		must(t, body.Close())
		if (err == nil) != want || want && string(got) != "xxxxxx" {
			t.Errorf("%s: %q, %v", key, got, err)
		}
		if err != nil && wantError(t, err).Explain("").Message != "Nothing for 300ms." {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestCancel(t *testing.T) {
	arrived := make(chan struct{}, 10)
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	_, err := clientOf(t, url).Put(ctx, &PutInput{Ref: Ref{Bucket: "b", Key: "k"}, Body: Bytes([]byte("x"))})
	if e := wantError(t, err); e.Attempts != 1 || e.Explain("").Kind != connector.Canceled {
		t.Errorf("%+v", e)
	}
	// Cancelled in the pause before a repeat.
	ctx, cancel = context.WithCancel(t.Context())
	c := clientOf(t, serve(t, func(w http.ResponseWriter, _ *http.Request) { xmlError(w, 503, "SlowDown", "") }))
	c.jitter = func(time.Duration) time.Duration {
		cancel()
		return time.Hour
	}
	_, err = c.Delete(ctx, &DeleteInput{Ref: Ref{Bucket: "b", Key: "k"}})
	if e := wantError(t, err); e.Attempts != 1 || e.Explain("").Kind != connector.Canceled {
		t.Errorf("%+v", e)
	}
	// A deadline of the caller is a timeout, and nothing is repeated after it.
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = clientOf(t, url).Delete(ctx, &DeleteInput{Ref: Ref{Bucket: "b", Key: "k"}})
	if e := wantError(t, err); e.Attempts != 1 || e.Explain("").Kind != connector.Timeout {
		t.Errorf("%+v", e)
	}
}

// What cannot be read of the caller's content is told from what the service
// does, and never sent again.
func TestSourceErrors(t *testing.T) {
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	broken := errors.New("the disk is gone")
	reader := func(n int, err error) func() (io.ReadCloser, error) {
		return func() (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(bytes.NewReader(make([]byte, n)), &failing{err})), nil
		}
	}
	sha := strings.Repeat("0", 64)
	for _, tc := range []struct {
		name string
		in   PutInput
		want error
	}{
		{"cannot be opened", PutInput{Body: &Body{Size: 5, Open: func() (io.ReadCloser, error) { return nil, broken }}}, broken},
		{"breaks when small", PutInput{Body: &Body{Size: 5, Open: reader(3, broken)}}, broken},
		{"breaks when large", PutInput{SHA256: sha, Body: &Body{Size: 1 << 20, Open: reader(1<<19, broken)}}, broken},
		{"breaks while it is hashed", PutInput{Body: &Body{Size: 1 << 20, Open: reader(1<<19, broken)}}, broken},
		{"breaks in chunks", PutInput{Body: &Body{Size: 1 << 20, Once: true, Open: reader(1<<19, broken)}}, broken},
		{"too short when small", PutInput{Body: &Body{Size: 5, Open: reader(3, io.EOF)}}, io.ErrUnexpectedEOF},
		{"too short when large", PutInput{SHA256: sha, Body: &Body{Size: 1 << 20, Open: reader(1<<19, io.EOF)}}, io.ErrUnexpectedEOF},
		{"too short while it is hashed", PutInput{Body: &Body{Size: 1 << 20, Open: reader(1<<19, io.EOF)}}, io.ErrUnexpectedEOF},
		{"too short in chunks", PutInput{Body: &Body{Size: 1 << 20, Once: true, Open: reader(1<<19, io.EOF)}}, io.ErrUnexpectedEOF},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.in.Ref = Ref{Bucket: "b", Key: "k"}
			_, err := clientOf(t, url).Put(t.Context(), &tc.in)
			e := wantError(t, err)
			if _, ok := errors.AsType[*SourceError](err); !ok || !errors.Is(err, tc.want) || e.Attempts > 1 || e.Status != 0 {
				t.Errorf("%+v", e)
			}
		})
	}
	_, err := clientOf(t, url).Put(t.Context(), &PutInput{Ref: Ref{Bucket: "b", Key: "k"}, Body: &Body{Size: -1}})
	if e := wantError(t, err); e.Attempts != 0 || e.Explain("").Kind != connector.Invalid {
		t.Errorf("no size: %+v", e)
	}
}

type failing struct{ err error }

// Read fails.
func (f *failing) Read([]byte) (int, error) { return 0, f.err }
