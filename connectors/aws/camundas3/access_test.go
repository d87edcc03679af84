package camundas3

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/connectortest"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
)

func encode(t testing.TB, v any) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(v)
	must(t, err)
	return raw
}

// TestConformance holds every command to the rules of all integrations.
func TestConformance(t *testing.T) {
	b := newBench(t)
	b.put(t, "kept.txt", "text/plain", "content")
	i := integration(newPool(time.Millisecond, mostClients))
	conf := runtest.NewConformance(t, i, runtest.Options{Files: realFiles(t), HTTP: onceEach})
	access := func(more in) map[string]any {
		out := b.access(more)
		out["endpoint"] = b.sim.Endpoint()
		return out
	}
	connectortest.Run(t, connectortest.Kit{
		Integration: i, Runner: patient{conf}, Validate: runtest.Check,
		Inputs: map[string]func(*testing.T) map[string]any{
			"upload-object":   func(*testing.T) map[string]any { return access(in{"document": inline("x", "x.txt")}) },
			"download-object": func(*testing.T) map[string]any { return access(in{"key": "kept.txt"}) },
			"delete-object":   func(*testing.T) map[string]any { return access(in{"key": "gone.txt"}) },
			"list-objects":    func(*testing.T) map[string]any { return access(in{}) },
		},
	})
}

// onceEach makes clients that keep no connection: the suite takes those for
// goroutines left behind.
func onceEach(o connector.HTTPOptions) (*http.Client, error) {
	c, err := egress.New(egress.Policy{}).Client(o)
	if err != nil {
		return nil, err
	}
	once := *c
	once.Transport = closing{c.Transport}
	return &once, nil
}

type closing struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (c closing) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Close = true
	return c.next.RoundTrip(r)
}

// patient gives the sandbox's workers, which are idle for a second, time to end.
type patient struct{ connectortest.Runner }

// Run implements connectortest.Runner.
func (p patient) Run(t *testing.T, r connectortest.Request) connectortest.Outcome {
	o := p.Runner.Run(t, r)
	if r.Command == "upload-object" && r.Timeout == time.Nanosecond { // the suite's last
		<-time.After(2500 * time.Millisecond)
	}
	return o
}

// TestDeadlineAndCancel leads every command to a server that never answers.
func TestDeadlineAndCancel(t *testing.T) {
	t.Parallel() // it waits more than it works
	b := newBench(t)
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the end of the connection is not noticed
		<-r.Context().Done()
	}))
	defer silent.Close()
	for command, more := range map[string]in{"upload-object": {"document": inline("x", "x")}, "download-object": {"key": "k"}, "delete-object": {"key": "k"}} {
		input := b.access(more)
		input["endpoint"] = silent.URL
		req := run.Request{Integration: "camunda-aws-s3", Command: command, Input: encode(t, input), Origin: "test"}
		req.Timeout = 100 * time.Millisecond
		rec, err := b.Run(t.Context(), b.Owner, req)
		must(t, err)
		if rec.Error == nil || rec.Error.Kind != connector.Timeout {
			t.Errorf("%s out of time: %+v", command, rec.Error)
		}
		ctx, stop := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, stop)
		req.Timeout = 0
		rec, err = b.Run(ctx, b.Owner, req)
		must(t, err)
		if rec.State != run.Canceled {
			t.Errorf("%s canceled: %s %+v", command, rec.State, rec.Error)
		}
	}
}

// TestSecretsStayOut leads every command to a server that refuses and repeats
// the request in its answer.
func TestSecretsStayOut(t *testing.T) {
	b := newBench(t)
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		dump, err := httputil.DumpRequest(r, true)
		if err != nil {
			dump = []byte(err.Error())
		}
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write(append(dump, "canary-secret-key canary-session-token"...))
	}))
	defer echo.Close()
	for command, more := range map[string]in{"upload-object": {"document": inline("x", "x")}, "download-object": {"key": "k"}, "delete-object": {"key": "k"}} {
		input := b.access(more)
		input["endpoint"], input["secretKey"], input["sessionToken"] = echo.URL, "canary-secret-key", "canary-session-token"
		rec := b.do(t, command, input, nil)
		seen := string(encode(t, rec)) + b.Logs.String()
		if rec.Error == nil || strings.Contains(seen, "canary") {
			t.Errorf("%s: %s", command, seen)
		}
	}
}

func inline(content any, name string) in {
	return in{"camunda.document.type": "inline", "content": content, "name": name}
}

func TestInputIsChecked(t *testing.T) {
	b := newBench(t)
	doc := inline("x", "x")
	for _, tc := range []struct {
		reason, command, field string
		more                   in
	}{
		{"no keys", "delete-object", "/accessKey", in{"key": "k", "accessKey": nil}},
		{"an empty key", "delete-object", "/key", in{"key": ""}},
		{"no region's code", "delete-object", "/region", in{"key": "k", "region": "eu central 1"}},
		{"no address", "delete-object", "/endpoint", in{"key": "k", "endpoint": "s3.example.com"}},
		{"a password in the address", "delete-object", "/endpoint", in{"key": "k", "endpoint": "http://u:p@s3.example.com"}},
		{"an external ID for nobody", "download-object", "/externalId", in{"key": "k", "externalId": "deal"}},
		{"a format nobody knows", "download-object", "/documentReturnFormat", in{"key": "k", "documentReturnFormat": "XML"}},
		{"nothing to upload", "upload-object", "/document", in{"key": "k"}},
		{"two things to upload", "upload-object", "/fileId", in{"key": "k", "fileId": 1, "document": doc}},
		{"no reference", "upload-object", "/document", in{"document": "what?"}},
		{"a type nobody knows", "upload-object", "/document/camunda.document.type", in{"document": in{"camunda.document.type": "other"}}},
		{"no content", "upload-object", "/document/content", in{"document": in{"camunda.document.type": "inline"}}},
		{"no address of the content", "upload-object", "/document/url", in{"document": in{"camunda.document.type": "external"}}},
		{"no document", "upload-object", "/document/documentId", in{"document": in{"camunda.document.type": "camunda"}}},
	} {
		e, _ := b.fails(t, tc.command, b.access(tc.more), nil)
		if e.Kind != connector.Invalid || e.Items[0].Field != tc.field {
			t.Errorf("%s: %+v", tc.reason, e)
		}
	}
	if n := len(b.door.requests()); n > 0 {
		t.Errorf("%d requests left", n)
	}
}

func TestEnvironment(t *testing.T) {
	b := newBench(t)
	b.put(t, "k", "text/plain", "x")
	input := b.access(in{"key": "k", "accessKey": nil, "secretKey": nil, "region": nil, "endpoint": nil, "authenticationType": defaultChain})
	b.env["AWS_ENDPOINT_URL_S3"] = b.door.URL

	e, f := b.fails(t, "download-object", input, nil)
	if f == nil || f.Reason != NoRegion || e.Items[0].Field != "/region" {
		t.Errorf("no region: %+v", e)
	}
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "config"), []byte("[default]\nregion = us-east-1\n"), 0o600))
	b.env["AWS_CONFIG_FILE"] = filepath.Join(dir, "config")
	e, f = b.fails(t, "download-object", input, nil)
	if f == nil || f.Reason != NoCredentials || e.Kind != connector.Denied || f.Attempts != 0 {
		t.Errorf("no credentials: %+v %+v", e, f)
	}
	b.env["AWS_ACCESS_KEY_ID"], b.env["AWS_SECRET_ACCESS_KEY"] = b.sim.AccessKey(), b.sim.SecretKey()
	ok[DownloadObjectOut](t, b, "download-object", input, nil)
	b.Owner.Scopes = authz.Scopes{authz.Run, authz.Write, authz.Delete}
	if e, _ = b.fails(t, "download-object", input, nil); e.Kind != connector.Denied || !strings.Contains(e.Items[0].Fix, "manage") {
		t.Errorf("the machine's credentials for somebody who may only run: %+v", e)
	}
	b.Owner.Scopes = authz.AllScopes()
	b.env[saasVariable] = ""
	if e, _ = b.fails(t, "download-object", input, nil); e.Kind != connector.Denied {
		t.Errorf("the machine's credentials for other people: %+v", e)
	}
	b.env["AWS_ENDPOINT_URL_S3"] = "nowhere"
	if e, _ = b.fails(t, "download-object", b.access(in{"key": "k", "endpoint": nil}), nil); e.Kind != connector.Invalid {
		t.Errorf("a wrong endpoint in the environment: %+v", e)
	}
}

func TestRoleAndSessionToken(t *testing.T) {
	const role = "arn:aws:iam::123456789012:role/documents"
	b := newBench(t, func(o *s3sim.Options) {
		o.Identities = []s3sim.Identity{{Name: "nobody", AccessKey: "AKIANOBODY", SecretKey: "nobody-secret-key", Allow: s3sim.AllowActions("sts:*")}}
		o.Roles = []s3sim.Role{{ARN: role, Trusted: []string{"AKIANOBODY"}, ExternalID: "deal-42", Allow: s3sim.AllowActions("s3:*")}}
	})
	b.put(t, "k", "text/plain", "x")
	nobody := in{"key": "k", "accessKey": "AKIANOBODY", "secretKey": "nobody-secret-key"}
	if e, _ := b.fails(t, "download-object", b.access(nobody), nil); e.Kind != connector.Denied {
		t.Errorf("without a role: %+v", e)
	}
	nobody["roleArn"] = role
	e, f := b.fails(t, "download-object", b.access(nobody), nil)
	if f == nil || f.Reason != NoCredentials || e.Kind != connector.Denied {
		t.Errorf("without the external ID: %+v", e)
	}
	nobody["externalId"] = "deal-42"
	ok[DownloadObjectOut](t, b, "download-object", b.access(nobody), nil)
	if e, _ := b.fails(t, "download-object", b.access(in{"key": "k", "sessionToken": "not one"}), nil); e.StatusCode == 0 {
		t.Errorf("a session token that is none: %+v", e)
	}
}

// TestClientsAreShared also shows that they are dropped when nobody needs them.
func TestClientsAreShared(t *testing.T) {
	b := newBench(t)
	b.pool.idle = time.Hour
	b.put(t, "k", "text/plain", "x")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { ok[DownloadObjectOut](t, b, "download-object", b.access(in{"key": "k"}), nil) })
	}
	wg.Wait()
	if n := b.clients(); n != 1 {
		t.Errorf("%d clients of one target", n)
	}
	b.pool.most = 3
	for _, region := range []string{"us-east-2", "us-west-1", "us-west-2", "eu-west-1"} {
		b.do(t, "download-object", b.access(in{"key": "k", "region": region}), nil)
	}
	if n := b.clients(); n != 3 {
		t.Errorf("%d clients where 3 may be kept", n)
	}
	b.pool.idle = time.Millisecond
	b.do(t, "download-object", b.access(in{"key": "k", "region": "us-west-1"}), nil)
	for deadline := time.Now().Add(5 * time.Second); b.clients() == 3 && time.Now().Before(deadline); {
		<-time.After(time.Millisecond)
	}
	if n := b.clients(); n != 2 {
		t.Errorf("%d clients after one was idle", n)
	}
}

func (b *bench) clients() int {
	b.pool.mu.Lock()
	defer b.pool.mu.Unlock()
	return len(b.pool.clients)
}

func TestPathStyle(t *testing.T) {
	for _, tc := range []struct {
		choice, endpoint string
		want             bool
	}{
		{pathAutomatic, "", false},
		{pathAutomatic, "http://localhost:9000", true},
		{pathAutomatic, "https://bucket.vpce-1a2b.s3.eu-west-1.vpce.amazonaws.com", false},
		{pathOn, "", true},
		{"Off", "http://localhost:9000", false},
	} {
		if got := pathStyle(tc.choice, tc.endpoint); got != tc.want {
			t.Errorf("%s, %q: %v", tc.choice, tc.endpoint, got)
		}
	}
}

func TestLeastPolicy(t *testing.T) {
	docs, err := Integration().LeastPolicy([]string{"delete-object"}, map[string][]string{"bucket": {"contracts"}}, "")
	must(t, err)
	const want = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Objects",
      "Effect": "Allow",
      "Action": [
        "s3:DeleteObject"
      ],
      "Resource": [
        "arn:aws:s3:::contracts/*"
      ]
    }
  ]
}
`
	if diff := cmp.Diff(want, docs[0].Text); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
