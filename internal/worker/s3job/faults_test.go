package s3job

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/camundas3"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/worker/compat"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

func text(s string) *string { return &s }

func TestClasses(t *testing.T) {
	for _, tc := range []struct {
		code string
		v    compat.Version
		want string
	}{
		{"NoSuchKey", compat.V87, "NoSuchKeyException"},
		{"NoSuchBucket", compat.V810, "NoSuchBucketException"},
		{"InvalidObjectState", compat.V88, "InvalidObjectStateException"},
		{"ObjectNotInActiveTierError", compat.V88, "ObjectNotInActiveTierErrorException"},
		{"AccessDenied", compat.V88, "S3Exception"},
		{"AccessDenied", compat.V89, "AccessDeniedException"},
		{"SlowDown", compat.V89, "S3Exception"},
		{"", compat.V89, "S3Exception"},
	} {
		if got := classOf(tc.code, tc.v); got != "software.amazon.awssdk.services.s3.model."+tc.want {
			t.Errorf("%s in %s: %s", tc.code, tc.v, got)
		}
	}
}

// TestWords has what no recording shows.
func TestWords(t *testing.T) {
	upload := &request{auth: &authentication{secretKey: text("secret-key")}, action: &action{kind: actionUpload, document: &document{kind: connector.ExternalDocument}}}
	down := &request{auth: &authentication{secretKey: text("secret-key")}, action: &action{kind: actionDownload}}
	refused := &connector.Error{Kind: connector.NotFound, Status: 404, Message: "web.example answered 404.", Fix: "Look."}
	for _, tc := range []struct {
		reason         string
		r              *request
		why            *camundas3.Failure
		variables      string
		v              compat.Version
		class, message string
		code           string
		input          bool
	}{
		{"S3 repeats a secret", down, &camundas3.Failure{Reason: camundas3.Answered, Code: "X", Message: "Your secret-key is wrong", Status: 403, RequestID: "R", Attempts: 1}, "", compat.V88, classModel + "S3Exception", "Your *** is wrong (Service: S3, Status Code: 403, Request ID: R) (SDK Attempt Count: 1)", "", false},
		{"no request ID", down, &camundas3.Failure{Reason: camundas3.Answered, Status: 502, HostID: "H", Attempts: 4}, "", compat.V88, classModel + "S3Exception", "(Service: S3, Status Code: 502, Request ID: null, Extended Request ID: H) (SDK Attempt Count: 4)", "", false},
		{"cut off", down, &camundas3.Failure{Reason: camundas3.CutAnswer, Want: 100, Got: 5}, "", compat.V88, classRuntime, "org.apache.http.ConnectionClosedException: Premature end of Content-Length delimited message body (expected: 100; received: 5)", "", false},
		{"cut off, from 8.9 on", down, &camundas3.Failure{Reason: camundas3.CutAnswer, Want: 100, Got: 5}, "", compat.V89, classRuntime, "org.apache.hc.core5.http.ConnectionClosedException: Premature end of Content-Length delimited message body (expected: 100; received: 5)", "", false},
		{"too large as JSON", down, &camundas3.Failure{Reason: camundas3.TooLarge}, `{"documentReturnFormat":{"choice":"JSON"}}`, compat.V810, classConnector, "JSON response payload exceeds the inline variable size limit of 1.5 MiB. Re-run with 'Document reference' as the response format so the payload is uploaded to the document store instead.", "", false},
		{"too large for anything", down, &camundas3.Failure{Reason: camundas3.TooLarge}, `{}`, compat.V88, job.InputException, "The object is larger than 32 MiB, which is too much for a variable. To handle large payloads, enable the 'Create document' option where available.", "", true},
		{"no JSON, asked for", down, &camundas3.Failure{Reason: camundas3.NotJSON, Err: io.ErrUnexpectedEOF}, `{"documentReturnFormat":{"choice":"JSON"}}`, compat.V810, classConnector, "JSON response format selected but payload is not valid JSON: unexpected EOF", "", false},
		{"an external document that is not there", upload, &camundas3.Failure{Reason: camundas3.Documents, Err: refused}, "", compat.V88, classConnector, "web.example answered 404.", "404", false},
		{"a role that may not be assumed", down, &camundas3.Failure{Reason: camundas3.NoCredentials, Err: &connector.Error{Operation: "AssumeRole", Message: "No.", Fix: "Ask."}}, "", compat.V88, "software.amazon.awssdk.services.sts.model.StsException", "No. Ask.", "", false},
		{"a profile that cannot be read", down, &camundas3.Failure{Reason: camundas3.NoCredentials, Err: &connector.Error{Message: "The chain broke."}}, "", compat.V88, classSDKClient, "Unable to load credentials from any of the providers in the chain: The chain broke.", "", false},
	} {
		tc.why.Err = orNone(tc.why.Err)
		rec := &run.Record{Error: &run.ErrorView{Message: "seen", Cause: &connector.Error{Err: tc.why}}}
		f, ok := errors.AsType[*job.Fault](New(Options{}, nil).failed(rec, tc.r, Options{}, job.Invocation{Variables: json.RawMessage(tc.variables), Compat: tc.v}))
		if !ok || f.Type != tc.class || f.Message != tc.message || f.Code != tc.code || f.Input != tc.input {
			t.Errorf("%s: %+v", tc.reason, f)
		}
	}
}

func orNone(err error) error {
	if err == nil {
		return io.EOF
	}
	return err
}

// TestPlainFailures are those of our own rules.
func TestPlainFailures(t *testing.T) {
	for kind, class := range map[connector.Kind]string{
		connector.Invalid: job.InputException, connector.Internal: classRuntime, connector.Denied: classSDKClient, connector.Canceled: classRuntime,
	} {
		e := &run.ErrorView{Kind: kind, Message: "Words.", Fix: "Fix.", Cause: &connector.Error{Kind: kind}}
		if f := plain(e); f.Type != class || f.Message != "Words. Fix." || f.Input != (kind == connector.Invalid) {
			t.Errorf("%s: %+v", kind, f)
		}
	}
	for kind, input := range map[connector.Kind]bool{connector.Invalid: true, connector.Unavailable: false} {
		if f, ok := errors.AsType[*job.Fault](ofRun(&connector.Error{Kind: kind, Message: "No."})); !ok || f.Input != input || f.Message != "No." {
			t.Errorf("%s: %+v", kind, f)
		}
	}
}

// TestSwitches shows each switch in a job, and what it changes.
func TestSwitches(t *testing.T) {
	w := newWorld(t)
	w.fill(t, []bucketState{{Bucket: "bkt"}})
	w.docs.reset(&recording{Documents: []storedDocument{{DocumentID: "d", Content: content{Text: text("hello")}}}})
	job := func(own, kind, action string) []byte {
		return []byte(`{"authentication":{"accessKey":"` + rootKey + `","secretKey":"` + rootSecret + `"},"configuration":{"region":"us-east-1","fairlead":{` + own + `}},"actionDiscriminator":"` + kind + `","action":{"bucket":"bkt",` + action + `}}`)
	}
	doc := `"document":{"camunda.document.type":"camunda","documentId":"d","metadata":{"size":5,"fileName":"d.txt","contentType":"text/plain; charset=utf-8"}}`
	for _, tc := range []struct{ own, kind, action, want string }{
		{``, actionUpload, doc, `{"bucket":"bkt","key":null,"link":"https://bkt.s3.amazonaws.com/null"}`},
		{`"fixKey":true`, actionUpload, doc, `{"bucket":"bkt","key":"d.txt","link":"https://bkt.s3.amazonaws.com/d.txt"}`},
		{``, actionDownload, `"key":"d.txt"`, `{"bucket":"bkt","key":"d.txt","element":{"content":"aGVsbG8="}}`},
		{`"charsetAware":true`, actionDownload, `"key":"d.txt"`, `{"bucket":"bkt","key":"d.txt","element":{"content":"hello"}}`},
		{`"pathStyle":"On"`, actionDelete, `"key":"d.txt"`, `{"bucket":"bkt","key":"d.txt"}`},
	} {
		got, f := w.call(t, compat.V88, job(tc.own, tc.kind, tc.action), Options{})
		if f != nil || string(got) != tc.want {
			t.Errorf("%s %s: %s %+v", tc.kind, tc.own, got, f)
		}
	}
	missing := func(own string, o Options) *failure {
		_, f := w.call(t, compat.V88, job(own, actionDownload, `"key":"none"`), o)
		if f == nil {
			t.Fatal("an object that is not there was found")
		}
		return f
	}
	if f := missing("", Options{}); f.Code != "" || f.Retries != nil || f.Input {
		t.Errorf("%+v", f)
	}
	if f := missing(`"errorCodes":true,"failFast":true`, Options{}); f.Code != "NoSuchKey" || f.Retries == nil || *f.Retries != 0 {
		t.Errorf("%+v", f)
	}
	if f := missing(`"failFast":false`, Options{FailFast: true, ErrorCodes: true}); f.Code != "NoSuchKey" || f.Retries != nil {
		t.Errorf("%+v", f)
	}
}

type failure = job.Fault

// TestTemporaryCredentials shows that a session token is sent, and that nothing
// is taken from where Camunda's connector ignores it.
func TestTemporaryCredentials(t *testing.T) {
	w := newWorld(t)
	seen := make(chan string, 2)
	s3 := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Get("X-Amz-Security-Token")
		rw.WriteHeader(http.StatusNoContent)
	}))
	defer s3.Close()
	for own, want := range map[string]string{`{"sessionToken":"token-of-a-session"}`: "token-of-a-session", `{}`: ""} {
		variables := vars(`"authentication":{"accessKey":"AK","secretKey":"SK","sessionToken":"ignored","roleArn":"ignored"}`,
			`"configuration":{"region":"r","endpoint":"`+s3.URL+`","fairlead":`+own+`}`, deletes, actionOfB)
		if _, f := w.call(t, compat.V810, []byte(variables), Options{}); f != nil {
			t.Fatal(f)
		}
		if got := <-seen; got != want {
			t.Errorf("%s: the token is %q", own, got)
		}
	}
}

// TestUnreachable has the network's failures in the words of both HTTP clients.
func TestUnreachable(t *testing.T) {
	w := newWorld(t)
	for endpoint, want := range map[string]string{
		"http://127.0.0.1:9":          "Unable to execute HTTP request: Connect to http://127.0.0.1:9 failed: Connection refused (SDK Attempt Count: 4)",
		"http://no-such-host.invalid": "Received an UnknownHostException when attempting to interact with a service.",
		"http://169.254.169.254":      "",
	} {
		variables := vars(keys, `"configuration":{"region":"r","endpoint":"`+endpoint+`"}`, deletes, actionOfB)
		_, f := w.call(t, compat.V810, []byte(variables), Options{})
		if f == nil || f.Type != classSDKClient || !strings.HasPrefix(f.Message, want) || f.Input {
			t.Errorf("%s: %+v", endpoint, f)
		}
	}
}
