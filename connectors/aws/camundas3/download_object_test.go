package camundas3

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
)

func TestDownloadOfContent(t *testing.T) {
	b := newBench(t)
	for _, tc := range []struct {
		reason, contentType, body string
		in                        in
		want                      string
	}{
		{"text", "text/plain", "Grüße \"x\"\n\x00", nil, `"Grüße \"x\"\n\u0000"`},
		{"JSON", "application/json", ` { "Hello" : "World" } `, nil, `{"Hello":"World"}`},
		{"the first JSON value", "application/json", `{"a":1.50} {"b":2}`, nil, `{"a":1.5}`},
		{"empty JSON", "application/json", " ", nil, "null"},
		{"anything else", "application/octet-stream", "Hello", nil, `"SGVsbG8="`},
		{"empty", "image/png", "", nil, `""`},
		{"text with a character set", "text/plain; charset=ISO-8859-1", "caf\xe9", nil, `"café"`},
		{"the same as Camunda takes it", "text/plain; charset=utf-8", "hello", in{"charsetAware": false}, `"aGVsbG8="`},
		{"JSON with a character set", "Application/JSON;charset=UTF-8", "[1]", nil, "[1]"},
		{"a character set nobody knows", "text/plain; charset=nope", "hello", nil, `"aGVsbG8="`},
		{"other text", "text/csv", "a", nil, `"YQ=="`},
		{"invalid UTF-8", "text/plain", "a\xffb\xe2\x82c\xf0\x9f\x98", nil, `"a` + "\ufffd" + `b` + "\ufffd" + `c` + "\ufffd" + `"`},
		{"as text", "application/json", `{"a":1}`, in{"documentReturnFormat": "TEXT"}, `"{\"a\":1}"`},
		{"as text of another set", "x/y", "caf\xe9", in{"documentReturnFormat": "TEXT", "encoding": "latin1"}, `"café"`},
		{"as JSON", "text/plain", `"s"`, in{"documentReturnFormat": "JSON", "asFile": true}, `"s"`},
	} {
		b.put(t, "k", tc.contentType, tc.body)
		input := b.access(in{"key": "k"})
		for k, v := range tc.in {
			input[k] = v
		}
		rec := b.do(t, "download-object", input, nil)
		if rec.Error != nil {
			t.Errorf("%s: %s", tc.reason, rec.Error.Line())
			continue
		}
		want := `{"bucket":"bkt","key":"k","element":{"content":` + tc.want + `}}`
		var got, meant any
		must(t, json.Unmarshal(encode(t, rec.RawData), &got))
		must(t, json.Unmarshal([]byte(want), &meant))
		if diff := cmp.Diff(meant, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
		}
	}
}

func TestDownloadToDocument(t *testing.T) {
	b := newBench(t)
	b.put(t, "a/k.txt", "text/plain", "hello")
	docs := &shelf{held: map[string]string{}}
	for _, more := range []in{{"asFile": true}, {"documentReturnFormat": "DOCUMENT"}} {
		more["key"] = "a/k.txt"
		out := ok[DownloadObjectOut](t, b, "download-object", b.access(more), docs)
		if d := out.Element.Document; d == nil || d.StoreID != "shelf" || docs.held[d.DocumentID] != "hello" || out.Element.Content != nil {
			t.Errorf("%+v", out)
		}
	}
	want := connector.NewDocument{Name: "a/k.txt", ContentType: "text/plain", Size: 5}
	if diff := cmp.Diff([]connector.NewDocument{want, want}, docs.made); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	out := ok[DownloadObjectOut](t, b, "download-object", b.access(in{"key": "a/k.txt", "asFile": true}), nil)
	d := out.Element.Document
	if d == nil || d.StoreID != "fairlead" || d.Metadata.FileName != "a/k.txt" || *d.Metadata.Size != 5 {
		t.Fatalf("%+v", d)
	}
	blob, err := b.files.Open(t.Context(), d.DocumentID, "")
	must(t, err)
	if info := blob.Info(); info.Name != "k.txt" || info.SHA256 != d.ContentHash {
		t.Errorf("%+v", info)
	}
}

// short promises more than it gives.
func short(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, "hello")
}

func TestDownloadIsTakenUpAgain(t *testing.T) {
	t.Parallel() // it waits more than it works
	b := newBench(t)
	b.put(t, "k", "text/plain", "whole")
	docs := &shelf{held: map[string]string{}}
	for _, asFile := range []bool{false, true} {
		input := b.access(in{"key": "k", "asFile": asFile})
		b.door.script(1, short)
		ok[DownloadObjectOut](t, b, "download-object", input, docs)
		b.door.script(9, short)
		_, f := b.fails(t, "download-object", input, docs)
		if f == nil || f.Reason != CutAnswer || f.Want != 100 || f.Got != 5 || f.Attempts != 4 {
			t.Errorf("as file %v: %+v", asFile, f)
		}
	}
	if diff := cmp.Diff(map[string]string{"made-0": "whole"}, docs.held); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDownloadThatFails(t *testing.T) {
	t.Parallel() // it waits more than it works
	b := newBench(t)
	b.put(t, "k", "application/json", `{oops`)
	b.put(t, "empty", "text/plain", "")
	b.put(t, "limit", "text/plain", strings.Repeat("x", maxFormatted))
	b.put(t, "over", "text/plain", strings.Repeat("x", maxFormatted+1))
	busy := &shelf{fail: &connector.Error{Kind: connector.Unavailable, Message: "The store is away.", Fix: "Wait."}}
	for _, tc := range []struct {
		reason string
		in     in
		docs   connector.Documents
		kind   connector.Kind
		why    Reason
	}{
		{"no object", in{"key": "none"}, nil, connector.NotFound, Answered},
		{"no JSON", in{"key": "k"}, nil, connector.Conflict, NotJSON},
		{"no JSON, asked for", in{"key": "k", "documentReturnFormat": "JSON"}, nil, connector.Conflict, NotJSON},
		{"nothing, asked for as JSON", in{"key": "empty", "documentReturnFormat": "JSON"}, nil, connector.Conflict, EmptyJSON},
		{"too large", in{"key": "over", "documentReturnFormat": "TEXT"}, nil, connector.Limited, TooLarge},
		{"a character set nobody knows", in{"key": "k", "documentReturnFormat": "TEXT", "encoding": "nope-9"}, nil, connector.Invalid, BadCharset},
		{"a store that is away", in{"key": "k", "asFile": true}, busy, connector.Unavailable, Documents},
	} {
		e, f := b.fails(t, "download-object", b.access(tc.in), tc.docs)
		if e.Kind != tc.kind || f == nil || f.Reason != tc.why {
			t.Errorf("%s: %+v %+v", tc.reason, e, f)
		}
	}
	ok[in](t, b, "download-object", b.access(in{"key": "limit", "documentReturnFormat": "TEXT"}), nil)
	ok[in](t, b, "download-object", b.access(in{"key": "over"}), nil)
}
