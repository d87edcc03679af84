package api_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/internal/api"
)

func TestFileRoundTrip(t *testing.T) {
	b := open(t)
	content := bytes.Repeat([]byte("0123456789"), 100_000)
	sum := sha256.Sum256(content)
	f := b.call(t, b.owner, "POST", "/api/v1/files?name=report.txt&source=Artifact+File", content).want(t, 201)
	if f["id"] != 1.0 || f["name"] != "report.txt" || f["size"] != 1e6 || f["sha256"] != hex.EncodeToString(sum[:]) || f["source"] != "Artifact File" {
		t.Fatalf("got %v", f)
	}
	got := b.call(t, b.owner, "GET", "/api/v1/files/1/content", nil)
	if got.status != 200 || !bytes.Equal(got.body, content) || got.header.Get("ETag") != `"`+hex.EncodeToString(sum[:])+`"` {
		t.Fatalf("status %d, %d bytes, %v", got.status, len(got.body), got.header)
	}
	b.call(t, b.owner, "GET", "/api/v1/files/1?source=Playbook+File", nil).problem(t, 404, "NotFound")
	b.call(t, b.owner, "GET", "/api/v1/files/1?source=artifact+file", nil).want(t, 200)
	b.call(t, b.owner, "DELETE", "/api/v1/files/1", nil).want(t, 204)
	b.call(t, b.owner, "GET", "/api/v1/files/1/content", nil).problem(t, 404, "NotFound")
}

func TestRangesAndConditions(t *testing.T) {
	b := open(t)
	etag := `"` + text(b.call(t, b.owner, "POST", "/api/v1/files?name=a", "0123456789").want(t, 201)["sha256"]) + `"`
	for _, tc := range []struct {
		reason  string
		headers []string
		status  int
		body    string
	}{
		{"a part", []string{"Range", "bytes=2-4"}, 206, "234"},
		{"the end", []string{"Range", "bytes=-3"}, 206, "789"},
		{"from a byte on", []string{"Range", "bytes=8-"}, 206, "89"},
		{"outside", []string{"Range", "bytes=10-"}, 416, ""},
		{"the client has it", []string{"If-None-Match", etag}, 304, ""},
		{"the client has another", []string{"If-None-Match", `"x"`}, 200, "0123456789"},
		{"a part of what it was", []string{"Range", "bytes=0-0", "If-Range", etag}, 206, "0"},
		{"all of what it is now", []string{"Range", "bytes=0-0", "If-Range", `"x"`}, 200, "0123456789"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			r := b.call(t, b.owner, "GET", "/api/v1/files/1/content", nil, tc.headers...)
			if r.status != tc.status || tc.status != 416 && string(r.body) != tc.body {
				t.Errorf("want %d %q, got %d %q", tc.status, tc.body, r.status, r.body)
			}
		})
	}
	r := b.call(t, b.owner, "HEAD", "/api/v1/files/1/content", nil)
	if r.status != 200 || r.header.Get("Content-Length") != "10" {
		t.Errorf("HEAD: %d %v", r.status, r.header)
	}
}

// Names come from anywhere: none may change a header, a path or a page.
func TestHostileNames(t *testing.T) {
	b := open(t)
	for i, name := range []string{"../../etc/passwd", "a\r\nSet-Cookie: x=1", `a"; filename="b.exe`, "späße.txt", "CON", "<script>.html", "a\u202Egpj.exe", strings.Repeat("n", 900)} {
		b.call(t, b.owner, "POST", "/api/v1/files?contentType=text/html&name="+url.QueryEscape(name), "<script>alert(1)</script>").want(t, 201)
		r := b.call(t, b.owner, "GET", fmt.Sprintf("/api/v1/files/%d/content", i+1), nil)
		cd := r.header.Get("Content-Disposition")
		if r.status != 200 || !strings.HasPrefix(cd, `attachment; filename="`) || strings.ContainsAny(cd, "\r\n/\\") || strings.Count(cd, `"`) != 2 {
			t.Errorf("%q: %d %q", name, r.status, cd)
		}
		if r.header.Get("Set-Cookie") != "" || !strings.Contains(r.header.Get("Content-Security-Policy"), "sandbox") || r.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%q: headers %v", name, r.header)
		}
	}
}

func TestFileList(t *testing.T) {
	b := open(t)
	for i := range 5 {
		b.call(t, b.owner, "POST", fmt.Sprintf("/api/v1/files?name=f%d.txt", i), "x").want(t, 201)
	}
	first := b.call(t, b.owner, "GET", "/api/v1/files?limit=3", nil).want(t, 200)
	if len(first["files"].([]any)) != 3 || first["next"] != 3.0 {
		t.Fatalf("got %v", first)
	}
	rest := b.call(t, b.owner, "GET", "/api/v1/files?limit=3&after=3", nil).want(t, 200)
	if len(rest["files"].([]any)) != 2 || rest["next"] != nil {
		t.Errorf("got %v", rest)
	}
	if named := b.call(t, b.owner, "GET", "/api/v1/files?name=F3", nil).want(t, 200); len(named["files"].([]any)) != 1 {
		t.Errorf("by name: %v", named)
	}
}

func TestForm(t *testing.T) {
	b := open(t)
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	must(t, w.WriteField("note", "ignored"))
	part, err := w.CreateFormFile("file", "from-form.bin")
	must(t, err)
	_, err = part.Write([]byte("content"))
	must(t, err)
	must(t, w.Close())
	f := b.call(t, b.owner, "POST", "/api/v1/files", form.Bytes(), "Content-Type", w.FormDataContentType()).want(t, 201)
	if f["name"] != "from-form.bin" || f["size"] != 7.0 {
		t.Errorf("got %v", f)
	}
	b.call(t, b.owner, "POST", "/api/v1/files", "--x--\r\n", "Content-Type", "multipart/form-data; boundary=x").problem(t, 400, "Invalid")
	b.call(t, b.owner, "POST", "/api/v1/files", "", "Content-Type", "multipart/form-data").problem(t, 400, "Invalid")
}

type broken struct{ left int }

func (r *broken) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, errors.New("connection reset")
	}
	n := min(len(p), r.left)
	r.left -= n
	return n, nil
}

func TestRefusedUploadsLeaveNothing(t *testing.T) {
	b := open(t, func(d *api.Deps) { d.MaxUpload = 1000 })
	b.call(t, b.owner, "POST", "/api/v1/files", "x").problem(t, 400, "Invalid")
	b.call(t, b.owner, "POST", "/api/v1/files?name=a&source=Nowhere", "x").problem(t, 400, "Invalid")
	b.call(t, b.owner, "POST", "/api/v1/files?name=a&expiresAt=2001-01-01T00:00:00Z", "x").problem(t, 400, "Invalid")
	b.call(t, b.owner, "POST", "/api/v1/files?name=a", strings.Repeat("x", 1001)).problem(t, 413, "Invalid")
	b.call(t, b.owner, "POST", "/api/v1/files?name=a", io.Reader(&broken{500})).problem(t, 400, "Invalid")
	b.call(t, b.owner, "POST", "/api/v1/files?name=a", strings.Repeat("x", 1000)).want(t, 201)
	list := b.call(t, b.owner, "GET", "/api/v1/files", nil).want(t, 200)
	if len(list["files"].([]any)) != 1 {
		t.Errorf("files: %v", list)
	}
}

// TestLargeFileStreams sends more than fits into the limits of JSON bodies
// over a real connection, and the server holds little of it at a time.
func TestLargeFileStreams(t *testing.T) {
	b := open(t)
	srv := httptest.NewServer(b.api)
	defer srv.Close()
	const size = 48 << 20
	f := b.call(t, b.owner, "POST", "/api/v1/files?name=big.bin", io.LimitReader(zeros{}, size)).want(t, 201)
	if f["size"] != float64(size) {
		t.Fatalf("got %v", f)
	}
	resp := b.get(t, srv, "/api/v1/files/1/content")
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if err != nil || n != size || resp.ContentLength != size {
		t.Errorf("%d bytes of %d, %v", n, resp.ContentLength, err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestReveal(t *testing.T) {
	b := open(t)
	ref := b.secret(t)
	got := b.call(t, b.token(t, "reveal"), "POST", "/api/v1/reveal", map[string]string{"ref": ref}).want(t, 200)
	if got["value"] != "canary-output-1" {
		t.Errorf("got %v", got)
	}
	b.call(t, b.owner, "POST", "/api/v1/reveal", `{"ref":"x"}`).problem(t, 400, "Invalid")
	b.call(t, b.owner, "POST", "/api/v1/reveal", map[string]string{"ref": ref + "/x"}).problem(t, 404, "NotFound")
	audit := b.call(t, b.owner, "GET", "/api/v1/audit?kind=secret.revealed", nil).want(t, 200)
	if len(audit["entries"].([]any)) != 1 {
		t.Errorf("the reveal is not in the audit trail: %v", audit)
	}
	for _, path := range []string{"/api/v1/runs", "/api/v1/audit", "/api/v1/runs/" + strings.SplitN(ref, "#", 2)[0]} {
		if r := b.call(t, b.owner, "GET", path, nil); bytes.Contains(r.body, []byte("canary-output")) {
			t.Errorf("%s shows the secret", path)
		}
	}
}
