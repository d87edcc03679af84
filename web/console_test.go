//go:build !no_web

package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func packed(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func small(t *testing.T) http.Handler {
	t.Helper()
	return newConsole(fstest.MapFS{
		"index.html.gz":       {Data: packed(t, "the page")},
		"index.html.br":       {Data: []byte("brotli page")},
		"assets/a-1234.js.gz": {Data: packed(t, "script")},
		"assets/a-1234.js.br": {Data: []byte("brotli script")},
		"assets/p-1.png":      {Data: []byte("picture")},
	})
}

func get(t *testing.T, h http.Handler, method, path string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func TestServes(t *testing.T) {
	const forever, ask = "public, max-age=31536000, immutable", "no-cache"
	h := small(t)
	for _, tc := range []struct {
		reason, method, path, accept       string
		status                             int
		body, encoding, kind, cacheControl string
	}{
		{"brotli where it is taken", "GET", "/", "gzip, deflate, br", 200, "brotli page", "br", "text/html; charset=utf-8", ask},
		{"gzip else", "GET", "/", "gzip", 200, "the page", "gzip", "text/html; charset=utf-8", ask},
		{"unpacked for who takes neither", "GET", "/", "", 200, "the page", "", "text/html; charset=utf-8", ask},
		{"a refused encoding", "GET", "/", "br;q=0, gzip;q=0.0", 200, "the page", "", "text/html; charset=utf-8", ask},
		{"a preference", "GET", "/", "br;q=0.5", 200, "brotli page", "br", "text/html; charset=utf-8", ask},
		{"an address of the console", "GET", "/runs/01a2", "", 200, "the page", "", "text/html; charset=utf-8", ask},
		{"an address with a dot", "GET", "/connections/my.name", "", 200, "the page", "", "text/html; charset=utf-8", ask},
		{"files whose name changes are kept", "GET", "/assets/a-1234.js", "br", 200, "brotli script", "br", "text/javascript; charset=utf-8", forever},
		{"what is not text", "GET", "/assets/p-1.png", "br", 200, "picture", "", "image/png", forever},
		{"a missing file is not the page", "GET", "/assets/old.js", "", 404, "There is no such file.\n", "", "text/plain; charset=utf-8", ""},
		{"nor is a missing file at the top", "GET", "/robots.txt", "", 404, "There is no such file.\n", "", "text/plain; charset=utf-8", ""},
		{"nothing outside", "GET", "/assets/../../secret", "", 200, "the page", "", "text/html; charset=utf-8", ask},
		{"no writing", "POST", "/", "", 405, "The console takes GET only.\n", "", "text/plain; charset=utf-8", ""},
		{"head", "HEAD", "/", "br", 200, "", "br", "text/html; charset=utf-8", ask},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			res := get(t, h, tc.method, tc.path, "Accept-Encoding", tc.accept)
			body := content(t, res)
			if res.StatusCode != tc.status || body != tc.body {
				t.Errorf("got %d %q, want %d %q", res.StatusCode, body, tc.status, tc.body)
			}
			for name, want := range map[string]string{"Content-Encoding": tc.encoding, "Content-Type": tc.kind, "Cache-Control": tc.cacheControl} {
				if got := res.Header.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

// content gives the body, unpacked if it is gzip.
func content(t *testing.T, res *http.Response) string {
	t.Helper()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.Header.Get("Content-Encoding") != "gzip" || len(raw) == 0 {
		return string(raw)
	}
	return string(unpack(raw))
}

func TestTagsTellVersionsApart(t *testing.T) {
	h := small(t)
	first := get(t, h, "GET", "/", "Accept-Encoding", "br").Header.Get("ETag")
	if again := get(t, h, "GET", "/", "Accept-Encoding", "br", "If-None-Match", `"other", `+first); again.StatusCode != 304 {
		t.Errorf("status %d", again.StatusCode)
	}
	if other := get(t, h, "GET", "/", "Accept-Encoding", "gzip").Header.Get("ETag"); other == first {
		t.Error("two encodings share a tag")
	}
}

// TestBuilt looks at what is part of the program: every file that the page
// names is there, and nothing asks for another server or an inline script.
func TestBuilt(t *testing.T) {
	h := Handler()
	page := content(t, get(t, h, "GET", "/"))
	refs := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(refs) < 3 {
		t.Fatalf("the page names %d files: %s", len(refs), page)
	}
	for _, ref := range refs {
		if !strings.HasPrefix(ref[1], "/") {
			t.Errorf("%s is not a path of this server", ref[1])
		}
		if res := get(t, h, "GET", ref[1]); res.StatusCode != 200 || res.Header.Get("Content-Type") == "text/html; charset=utf-8" {
			t.Errorf("%s: %d %s", ref[1], res.StatusCode, res.Header.Get("Content-Type"))
		}
	}
	if regexp.MustCompile(`<script(?:[^>]*)>[^<]`).MatchString(page) || strings.Contains(page, "style=") {
		t.Errorf("inline code in %s", page)
	}
}
