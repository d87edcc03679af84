// Package apptest opens the whole program over a folder of a test's own, in this
// process or as a process of its own, and speaks to it through its API only.
package apptest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
)

const base = "/api/v1"

// Client speaks to the API. URL is the server's address, without a path; Token
// is empty for a client in the server's own process.
type Client struct {
	HTTP  *http.Client
	URL   string
	Token string
}

// Reply is an answer, read to its end.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// Send makes a request below /api/v1. A body that is no reader is sent as JSON.
// headers are names and values in turn. The caller closes the answer's body.
func (c *Client) Send(t testing.TB, method, path string, body any, headers ...string) *http.Response {
	t.Helper()
	r, err := reader(body)
	Must(t, err)
	req, err := http.NewRequestWithContext(t.Context(), method, c.URL+base+path, r)
	Must(t, err)
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.HTTP.Do(req)
	Must(t, err)
	return resp
}

func reader(body any) (io.Reader, error) {
	switch b := body.(type) {
	case nil:
		return nil, nil
	case io.Reader:
		return b, nil
	}
	raw, err := json.Marshal(body)
	return bytes.NewReader(raw), err
}

// Call is Send with the answer read.
func (c *Client) Call(t testing.TB, method, path string, body any, headers ...string) Reply {
	t.Helper()
	resp := c.Send(t, method, path, body, headers...)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	Must(t, err)
	return Reply{resp.StatusCode, resp.Header, raw}
}

// Want makes a call that must be answered with a status, and reads the JSON of
// the answer into out, unless that is nil.
func (c *Client) Want(t testing.TB, status int, method, path string, body, out any, headers ...string) {
	t.Helper()
	r := c.Call(t, method, path, body, headers...)
	if r.Status != status {
		t.Fatalf("%s %s: %d instead of %d: %s", method, path, r.Status, status, r.Body)
	}
	if out != nil {
		Must(t, json.Unmarshal(r.Body, out))
	}
}

// Connect adds a connection.
func (c *Client) Connect(t testing.TB, integration, name string, settings any) {
	t.Helper()
	c.Want(t, http.StatusCreated, http.MethodPost, "/connections", map[string]any{"integration": integration, "name": name, "settings": settings}, nil)
}

// Order is the body of a run; the zero values are left out.
type Order struct {
	Connection string         `json:"connection,omitempty"`
	Input      map[string]any `json:"input,omitempty"`
	DryRun     bool           `json:"dryRun,omitempty"`
	Async      bool           `json:"async,omitempty"`
}

// Run runs a command and gives the run object. No run at all fails the test.
func (c *Client) Run(t testing.TB, integration, command string, o Order) *run.Record {
	t.Helper()
	rec := &run.Record{}
	want := http.StatusOK
	if o.Async {
		want = http.StatusAccepted
	}
	c.Want(t, want, http.MethodPost, "/integrations/"+integration+"/commands/"+command+"/runs", o, rec)
	return rec
}

// AddFile stores a file.
func (c *Client) AddFile(t testing.TB, name string, content io.Reader) connector.FileInfo {
	t.Helper()
	var info connector.FileInfo
	c.Want(t, http.StatusCreated, http.MethodPost, "/files?name="+name, content, &info, "Content-Type", "application/octet-stream")
	return info
}

// Content gives the bytes of a stored file.
func (c *Client) Content(t testing.TB, id any) []byte {
	t.Helper()
	r := c.Call(t, http.MethodGet, fmt.Sprintf("/files/%v/content", id), nil)
	if r.Status != http.StatusOK {
		t.Fatalf("content of file %v: %d %s", id, r.Status, r.Body)
	}
	return r.Body
}

// Verdict gives how a run ended, empty while it has not.
func Verdict(rec *run.Record) run.ReturnData {
	if rec.ReturnData == nil {
		return ""
	}
	return *rec.ReturnData
}

// Line is how people see a run: its error in one line, else its verdict.
func Line(rec *run.Record) string {
	if rec.Error != nil {
		return rec.Error.Line()
	}
	return string(Verdict(rec))
}

// Raw reads a run's raw data as a type.
func Raw[T any](t testing.TB, rec *run.Record) T {
	t.Helper()
	var out T
	raw, err := json.Marshal(rec.RawData)
	Must(t, err)
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	Must(t, d.Decode(&out))
	return out
}

// Must fails the test with an error.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
