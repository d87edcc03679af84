package intrinsic_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/feel"
	"github.com/fairlead-io/fairlead/internal/documents"
	"github.com/fairlead-io/fairlead/internal/worker/compat"
	"github.com/fairlead-io/fairlead/internal/worker/intrinsic"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// library is a store of documents with some in it.
type library struct {
	connector.Documents
	refs map[string]string // JSON of the references, by name
	ttl  time.Duration     // of the last link
	err  error             // of every Open
}

func newLibrary(t *testing.T, content map[string]string) *library {
	t.Helper()
	s, err := documents.New(documents.Deps{Setting: documents.Setting{Kind: documents.KindMemory, Limit: 64 << 20}, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	l := &library{Documents: s, refs: map[string]string{}}
	for name, text := range content {
		ref, err := s.Create(t.Context(), connector.NewDocument{Name: name, Size: -1}, strings.NewReader(text))
		must(t, err)
		raw, err := json.Marshal(ref)
		must(t, err)
		l.refs[name] = string(raw)
	}
	return l
}

func (l *library) Open(ctx context.Context, d connector.Document) (*connector.DocumentContent, error) {
	if l.err != nil {
		return nil, l.err
	}
	return l.Documents.Open(ctx, d)
}

func (l *library) Link(_ context.Context, d connector.Document, ttl time.Duration) (string, error) {
	l.ttl = ttl
	return "http://docs.invalid/" + d.DocumentID, nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func evaluator(l *library, v compat.Version) *intrinsic.Evaluator {
	d := intrinsic.Deps{Engine: feel.New(), Compat: v}
	if l != nil {
		d.Documents = l
	}
	return intrinsic.New(d)
}

func call(name string, params ...string) json.RawMessage {
	return json.RawMessage(`{"camunda.function.type":"` + name + `","params":[` + strings.Join(params, ",") + `]}`)
}

func TestFunctions(t *testing.T) {
	l := newLibrary(t, map[string]string{
		"text": "hello document", "latin": "caf\xe9", "json": `{"name":"n.txt", "list":[1, 2.50], "when":"<now>"}`, "array": `[1]`, "broken": `{"a"`, "utf16": "\xfe\xff\x00h\x00i",
	})
	doc := l.refs["text"]
	for _, c := range []struct{ why, node, want string }{
		{"base64 of a text", string(call("base64", `"hello"`)), `"aGVsbG8="`},
		{"base64 of a document", string(call("base64", doc)), `"aGVsbG8gZG9jdW1lbnQ="`},
		{"base64 of an inline document", string(call("base64", `{"camunda.document.type":"inline","content":"hi"}`)), `"aGk="`},
		{"more parameters than needed", string(call("base64", `"a"`, `"b"`, `"c"`)), `"YQ=="`},
		{"nested", string(call("base64", string(call("base64", `"x"`)))), `"ZUE9PQ=="`},
		{"text of a document", string(call("getText", doc)), `"hello document"`},
		{"with null as charset", string(call("getText", doc, "null")), `"hello document"`},
		{"in ISO-8859-1", string(call("getText", l.refs["latin"], `"ISO-8859-1"`)), `"café"`},
		{"what is no UTF-8", string(call("getText", l.refs["latin"])), `"caf�"`},
		{"in UTF-16 without a mark", string(call("getText", doc, `"UTF-16"`)), `"桥汬漠摯捵浥湴"`},
		{"in UTF-16 with a mark", string(call("getText", l.refs["utf16"], `"utf-16"`)), `"hi"`},
		{"in ASCII", string(call("getText", doc, `"US-ASCII"`)), `"hello document"`},
		{"JSON", string(call("getJson", l.refs["json"])), `{"name":"n.txt","list":[1,2.50],"when":"<now>"}`},
		{"a field of it", string(call("getJson", l.refs["json"], `"name"`)), `"n.txt"`},
		{"an expression over it", string(call("getJson", l.refs["json"], `"={first: list[1], text: when}"`)), `{"first":1,"text":"<now>"}`},
		{"a field that is not there", string(call("getJson", l.refs["json"], `"nope"`)), `null`},
	} {
		got, err := evaluator(l, compat.V810).Evaluate(t.Context(), json.RawMessage(c.node))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: got %s, %v; want %s", c.why, got, err, c.want)
		}
	}
}

func TestCreateLink(t *testing.T) {
	l := newLibrary(t, map[string]string{"text": "x"})
	for param, want := range map[string]time.Duration{"": time.Hour, "null": time.Hour, `"PT5M"`: 5 * time.Minute, `"P1D"`: 24 * time.Hour} {
		params := []string{l.refs["text"]}
		if param != "" {
			params = append(params, param)
		}
		got, err := evaluator(l, compat.V810).Evaluate(t.Context(), call("createLink", params...))
		if err != nil || !strings.HasPrefix(string(got), `"http://docs.invalid/`) || l.ttl != want {
			t.Errorf("%s: got %s for %s, %v; want %s", param, got, l.ttl, err, want)
		}
	}
}

func TestFailures(t *testing.T) {
	l := newLibrary(t, map[string]string{"text": "x", "array": "[1]", "broken": `{"a"`})
	missing := `{"camunda.document.type":"camunda","storeId":"fairlead-memory","documentId":"nope"}`
	const doc = `io.camunda.connector.runtime.core.document.CamundaDocument@`
	for _, c := range []struct {
		why     string
		node    json.RawMessage
		version compat.Version
		want    string
	}{
		{"an unknown name", call("nope", `"x"`), compat.V810, "No intrinsic function found with name: nope"},
		{"no parameter", call("base64"), compat.V810, "Parameter at index 0 is required but not provided"},
		{"no list of parameters", json.RawMessage(`{"camunda.function.type":"base64"}`), compat.V810, "Parameter at index 0 is required but not provided"},
		{"parameters that are no list", json.RawMessage(`{"camunda.function.type":"base64","params":"x"}`), compat.V810, "An intrinsic function needs a name and a list of params."},
		{"null", call("base64", "null"), compat.V810, "Failed to execute intrinsic function: base64 with arguments: [null]"},
		{"a number", call("base64", "5"), compat.V810, "Failed to execute intrinsic function: base64 with arguments: [5]"},
		{"no document", call("getText", "5"), compat.V810, "Failed to convert parameter document at index 0 to type interface io.camunda.connector.api.document.Document"},
		{"no document, in words of 8.8", call("getText", "5"), compat.V88, "Failed to convert parameter arg0 at index 0 to type interface io.camunda.connector.api.document.Document"},
		{"an object as charset", call("getText", l.refs["text"], "{}"), compat.V810, "Failed to convert parameter charset at index 1 to type class java.lang.String"},
		{"null for a document", call("getText", "null"), compat.V810, "Failed to execute intrinsic function: getText with arguments: [null, null]"},
		{"an unknown charset", call("getText", l.refs["text"], `"nope"`), compat.V810, "Failed to execute intrinsic function: getText with arguments: [" + doc},
		{"a document that is gone", call("getText", missing), compat.V810, "Failed to execute intrinsic function: getText with arguments: [" + doc},
		{"a list as JSON", call("getJson", l.refs["array"]), compat.V810, "Failed to execute intrinsic function: getJson with arguments: [" + doc},
		{"no JSON", call("getJson", l.refs["broken"]), compat.V810, "Failed to execute intrinsic function: getJson with arguments: [" + doc},
		{"no duration", call("createLink", l.refs["text"], `"soon"`), compat.V810, "Failed to execute intrinsic function: createLink with arguments: [" + doc},
		{"a negative duration", call("createLink", l.refs["text"], `"-PT1S"`), compat.V810, "Failed to execute intrinsic function: createLink with arguments: [" + doc},
		{"a failure within", call("base64", string(call("nope"))), compat.V810, "No intrinsic function found with name: nope"},
	} {
		_, err := evaluator(l, c.version).Evaluate(t.Context(), c.node)
		f, ok := err.(*job.Fault) //nolint:errorlint // it must be one itself
		if !ok || !f.Input || f.Type != job.InputException || !strings.HasPrefix(f.Message, c.want) {
			t.Errorf("%s: got %v, want an input fault %q", c.why, err, c.want)
		}
	}
	if _, err := evaluator(nil, compat.V810).Evaluate(t.Context(), call("getText", l.refs["text"])); err == nil {
		t.Error("without a store there is no text")
	}
	l.err = &connector.Error{Kind: connector.Unavailable, Message: "away"}
	_, err := evaluator(l, compat.V810).Evaluate(t.Context(), call("getText", l.refs["text"]))
	if f, ok := err.(*job.Fault); !ok || f.Input { //nolint:errorlint // it must be one itself
		t.Errorf("a store that is away for a moment is worth a retry: %v", err)
	}
}

func TestLargeDocuments(t *testing.T) {
	l := newLibrary(t, nil)
	ref, err := l.Create(t.Context(), connector.NewDocument{Name: "big", Size: -1}, io.LimitReader(zeros{}, intrinsic.MaxContent+1))
	must(t, err)
	raw, err := json.Marshal(ref)
	must(t, err)
	if _, err := evaluator(l, compat.V810).Evaluate(t.Context(), call("base64", string(raw))); err == nil {
		t.Error("a document above the limit is read")
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return copy(p, bytes.Repeat([]byte{0}, len(p))), nil }

func TestLimit(t *testing.T) {
	deep := `"x"`
	for n := 1; n <= 11; n++ {
		deep = string(call("base64", deep))
		_, err := evaluator(nil, compat.V810).Evaluate(t.Context(), json.RawMessage(deep))
		if want := n > intrinsic.Limit; (err != nil) != want || err != nil && err.Error() != "Intrinsic function limit exceeded" {
			t.Errorf("%d nested calls: %v", n, err)
		}
	}
	e := evaluator(nil, compat.V810)
	for n := 1; n <= 11; n++ {
		if _, err := e.Evaluate(t.Context(), call("base64", `"x"`)); (err != nil) != (n > intrinsic.Limit) {
			t.Errorf("call %d of a job: %v", n, err)
		}
	}
}

func TestResolve(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":1.50, "b":[ "x" ]}`: `{"a":1.50, "b":[ "x" ]}`,
		`{"a":{"camunda.function.type":"base64","params":["hello"]},"n":1.50}`:       `{"a":"aGVsbG8=","n":1.50}`,
		`[{"b":[{"camunda.function.type":"base64","params":["x"]},null,"<"]},"a"]`:   `[{"b":["eA==",null,"<"]},"a"]`,
		`{"camunda.function.type":"base64","params":["x"]}`:                          `"eA=="`,
		`"camunda.function.type"`:                                                    `"camunda.function.type"`,
		`{"a":"camunda.function.type","b":{"c":"camunda.function.type"}}`:            `{"a":"camunda.function.type","b":{"c":"camunda.function.type"}}`,
		`{"<":{"camunda.function.type":"base64","params":[{"a":"b"}]}}`:              "Failed to execute intrinsic function: base64 with arguments: [{\"a\":\"b\"}]",
		`{"a":{"x":{"camunda.function.type":"nope","params":[]}},"b":["untouched"]}`: "No intrinsic function found with name: nope",
	} {
		got, err := intrinsic.Resolve(t.Context(), json.RawMessage(in), evaluator(nil, compat.V810).Evaluate)
		shown := string(got)
		if err != nil {
			shown = fmt.Sprint(err)
		}
		if shown != want {
			t.Errorf("%s gave %s, want %s", in, shown, want)
		}
	}
}
