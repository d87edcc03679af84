package camundas3

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
)

func text(s string) *string { return &s }

func TestUpload(t *testing.T) {
	t.Parallel() // it waits more than it works
	b := newBench(t)
	b.put(t, "taken.txt", "", "old")
	docs := &shelf{held: map[string]string{"d": "hello document", "empty": "", "large": strings.Repeat("0123456789", 20_000)}}
	for _, tc := range []struct {
		reason            string
		docs              *shelf
		in                in
		key               string
		body, contentType string
		out               UploadObjectOut
	}{
		{"a document of the process", docs, in{"key": "a/b.txt", "document": reference0("d", 14)}, "a/b.txt", "hello document", "text/plain", UploadObjectOut{Key: text("a/b.txt"), Link: "https://bkt.s3.amazonaws.com/a/b.txt"}},
		{"an object that is there", docs, in{"key": "taken.txt", "document": reference0("d", 14)}, "taken.txt", "hello document", "text/plain", UploadObjectOut{Key: text("taken.txt"), Link: "https://bkt.s3.amazonaws.com/taken.txt"}},
		{"the file's name as key", docs, in{"document": reference0("d", 14)}, "d.txt", "hello document", "text/plain", UploadObjectOut{Key: text("d.txt"), Link: "https://bkt.s3.amazonaws.com/d.txt"}},
		{"the same, answered as Camunda does", docs, in{"document": reference0("d", 14), "fixKey": false}, "d.txt", "hello document", "text/plain", UploadObjectOut{Link: "https://bkt.s3.amazonaws.com/null"}},
		{"nothing in it", docs, in{"document": reference0("empty", 0)}, "empty.txt", "", "text/plain", UploadObjectOut{Key: text("empty.txt"), Link: "https://bkt.s3.amazonaws.com/empty.txt"}},
		{"no size in the reference", docs, in{"document": reference0("d", nil)}, "d.txt", "hello document", "text/plain", UploadObjectOut{Key: text("d.txt"), Link: "https://bkt.s3.amazonaws.com/d.txt"}},
		{"too large to be kept", docs, in{"document": reference0("large", 200_000)}, "large.txt", docs.held["large"], "text/plain", UploadObjectOut{Key: text("large.txt"), Link: "https://bkt.s3.amazonaws.com/large.txt"}},
		{"cut at the stated size", docs, in{"document": reference0("d", 5), "sizeMismatch": "Cut"}, "d.txt", "hello", "text/plain", UploadObjectOut{Key: text("d.txt"), Link: "https://bkt.s3.amazonaws.com/d.txt"}},
		{"cut to nothing", docs, in{"document": reference0("d", 0), "sizeMismatch": "Cut"}, "d.txt", "", "text/plain", UploadObjectOut{Key: text("d.txt"), Link: "https://bkt.s3.amazonaws.com/d.txt"}},
		{"text in the call", nil, in{"document": inline("Grüße", "g.txt")}, "g.txt", "Grüße", "text/plain; charset=utf-8", UploadObjectOut{Key: text("g.txt"), Link: "https://bkt.s3.amazonaws.com/g.txt"}},
		{"JSON in the call", nil, in{"document": inline(in{"a": []int{1, 2}}, "g.json")}, "g.json", `{"a":[1,2]}`, "application/json", UploadObjectOut{Key: text("g.json"), Link: "https://bkt.s3.amazonaws.com/g.json"}},
		{"a reference as text", nil, in{"document": `{"camunda.document.type":"inline","content":"x","name":"t"}`}, "t", "x", "application/octet-stream", UploadObjectOut{Key: text("t"), Link: "https://bkt.s3.amazonaws.com/t"}},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			var store connector.Documents
			if tc.docs != nil {
				store = tc.docs
			}
			tc.out.Bucket = "bkt"
			if diff := cmp.Diff(tc.out, ok[UploadObjectOut](t, b, "upload-object", b.access(tc.in), store)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			body, contentType := b.object(t, tc.key)
			if body != tc.body || contentType != tc.contentType {
				t.Errorf("stored %.40q as %s", body, contentType)
			}
		})
	}
}

func TestUploadOfStoredFile(t *testing.T) {
	b := newBench(t)
	id := b.store(t, "report.csv", "a,b\n")
	n, err := strconv.Atoi(id)
	must(t, err)
	sum := sha256.Sum256([]byte("a,b\n"))
	ref := in{"camunda.document.type": "camunda", "storeId": "fairlead", "documentId": id, "contentHash": hex.EncodeToString(sum[:])}
	for key, input := range map[string]in{"by-id": {"fileId": n}, "by-reference": {"document": ref}} {
		input["key"] = key
		ok[UploadObjectOut](t, b, "upload-object", b.access(input), nil)
		if body, contentType := b.object(t, key); body != "a,b\n" || !strings.HasPrefix(contentType, "text/csv") {
			t.Errorf("%s: %q, %s", key, body, contentType)
		}
	}
	ref["contentHash"] = "00"
	if e, _ := b.fails(t, "upload-object", b.access(in{"document": ref}), nil); e.Items[0].Field != "/document/contentHash" {
		t.Errorf("another content: %+v", e)
	}
	ref["storeId"] = "in-memory"
	if e, _ := b.fails(t, "upload-object", b.access(in{"document": ref}), nil); e.Items[0].Field != "/document/storeId" {
		t.Errorf("a cluster's store: %+v", e)
	}
}

func TestUploadOfExternalDocument(t *testing.T) {
	t.Parallel() // it waits more than it works
	b := newBench(t)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/x-web")
		switch r.URL.Path {
		case "/named":
			w.Header().Set("Content-Disposition", `attachment; filename="named.txt"`)
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/unsized":
			_ = http.NewResponseController(w).Flush() // what arrives is looked at
		}
		_, _ = io.WriteString(w, "from "+r.URL.Path)
	}))
	defer web.Close()
	for path, name := range map[string]string{"/plain.txt": "plain.txt", "/named": "named.txt", "/unsized": "unsized"} {
		out := ok[UploadObjectOut](t, b, "upload-object", b.access(in{"document": in{"camunda.document.type": "external", "url": web.URL + path}}), nil)
		body, contentType := b.object(t, name)
		if *out.Key != name || body != "from "+path || contentType != "text/x-web" {
			t.Errorf("%s: %s, %q, %s", path, *out.Key, body, contentType)
		}
	}
	for url, kind := range map[string]connector.Kind{web.URL + "/gone": connector.NotFound, "http://127.0.0.1:9/x": connector.Unavailable, "ftp://x.example/": connector.Invalid} {
		e, f := b.fails(t, "upload-object", b.access(in{"document": in{"camunda.document.type": "external", "url": url}}), nil)
		if e.Kind != kind || f == nil || f.Reason != Documents {
			t.Errorf("%s: %+v", url, e)
		}
	}
}

// TestUploadInParts sends content of which nobody tells the size.
func TestUploadInParts(t *testing.T) {
	t.Parallel() // it waits more than it works
	b := newBench(t)
	content := strings.Repeat("0123456789abcdef", (2*minPart+5<<10)/16)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush() // what arrives is looked at
		_, _ = io.WriteString(w, content[:len(content)/2])
		if r.URL.Path == "/cut" {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, content[len(content)/2:])
	}))
	defer web.Close()
	external := func(path string) in {
		return b.access(in{"key": "parts", "document": in{"camunda.document.type": "external", "url": web.URL + path}})
	}
	ok[UploadObjectOut](t, b, "upload-object", external("/"), nil)
	if body, _ := b.object(t, "parts"); body != content {
		t.Errorf("%d bytes of %d arrived", len(body), len(content))
	}
	_, err := b.sdk.DeleteObject(t.Context(), &awss3.DeleteObjectInput{Bucket: text("bkt"), Key: text("parts")})
	must(t, err)
	if _, f := b.fails(t, "upload-object", external("/cut"), nil); f == nil || f.Reason != Documents {
		t.Errorf("content that was cut: %+v", f)
	}
	list, err := b.sdk.ListMultipartUploads(t.Context(), &awss3.ListMultipartUploadsInput{Bucket: text("bkt")})
	must(t, err)
	if body, _ := b.object(t, "parts"); body != "absent" || len(list.Uploads) > 0 {
		t.Errorf("%d bytes and %d uploads are left", len(body), len(list.Uploads))
	}
}

func TestUploadIsRepeated(t *testing.T) {
	t.Parallel() // it waits more than it works
	b := newBench(t)
	docs := &shelf{held: map[string]string{"small": "hello", "large": strings.Repeat("0123456789", 20_000)}}
	for _, id := range []string{"small", "large"} {
		for reason, answer := range map[string]http.HandlerFunc{"busy": refusal(503, "SlowDown", "Please reduce your request rate."), "cut": cut} {
			docs.opened = 0
			b.door.script(2, answer)
			ok[UploadObjectOut](t, b, "upload-object", b.access(in{"key": id, "document": reference0(id, len(docs.held[id]))}), docs)
			if body, _ := b.object(t, id); body != docs.held[id] {
				t.Errorf("%s, %s: %d bytes arrived", id, reason, len(body))
			}
			if id == "small" && docs.opened != 1 {
				t.Errorf("a small document was read %d times", docs.opened)
			}
			b.door.script(9, answer)
			if _, f := b.fails(t, "upload-object", b.access(in{"key": id, "document": reference0(id, len(docs.held[id]))}), docs); f == nil || f.Attempts != 4 {
				t.Errorf("%s, %s: %+v", id, reason, f)
			}
		}
	}
}

func TestUploadOfWrongDocuments(t *testing.T) {
	t.Parallel() // it waits more than it works
	b := newBench(t)
	docs := &shelf{held: map[string]string{"d": "0123456789", "large": strings.Repeat("0123456789", 20_000)}}
	for _, tc := range []struct {
		reason string
		in     in
		kind   connector.Kind
		why    Reason
	}{
		{"shorter than its reference says", in{"document": reference0("d", 20)}, connector.Conflict, ShortDocument},
		{"the same, cut", in{"document": reference0("d", 20), "sizeMismatch": "Cut"}, connector.Conflict, ShortDocument},
		{"shorter and large", in{"document": reference0("large", 200_001)}, connector.Conflict, ShortDocument},
		{"longer", in{"document": reference0("d", 9)}, connector.Conflict, ""},
		{"longer and large", in{"document": reference0("large", 199_999)}, connector.Conflict, ""},
		{"longer than nothing", in{"document": reference0("d", 0)}, connector.Conflict, ""},
		{"a negative size", in{"document": reference0("d", -1)}, connector.Invalid, ""},
		{"no document", in{"document": reference0("none", 1)}, connector.NotFound, Documents},
		{"neither key nor name", in{"document": in{"camunda.document.type": "camunda", "documentId": "d", "metadata": in{"size": 10}}}, connector.Invalid, ""},
	} {
		b.door.script(0, nil)
		e, f := b.fails(t, "upload-object", b.access(tc.in), docs)
		if e.Kind != tc.kind || tc.why != "" && (f == nil || f.Reason != tc.why) {
			t.Errorf("%s: %+v, %+v", tc.reason, e, f)
		}
		for _, key := range []string{"d.txt", "large.txt"} {
			if body, _ := b.object(t, key); body != "absent" {
				t.Errorf("%s: %d bytes were stored", tc.reason, len(body))
			}
		}
	}
}

func TestUploadPlan(t *testing.T) {
	b := newBench(t)
	b.put(t, "old.txt", "", "x")
	for name, action := range map[string]string{"new.txt": connector.PlanCreate, "old.txt": connector.PlanReplace} {
		want := []connector.PlanStep{{Item: name, Action: action, Size: 5}}
		if diff := cmp.Diff(want, b.plan(t, "upload-object", b.access(in{"document": inline("hello", name)}))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
