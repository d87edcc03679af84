package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/fairlead-io/fairlead/internal/api"
)

func TestSecurityHeaders(t *testing.T) {
	b := open(t, func(d *api.Deps) {
		d.Static = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "console") })
	})
	for _, path := range []string{"/api/v1/me", "/api/v1/nothing", "/healthz", "/", "/openapi.json"} {
		h := b.call(t, b.owner, "GET", path, nil).header
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		if !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") || strings.Contains(h.Get("Content-Security-Policy"), "unsafe-eval") {
			t.Errorf("%s: policy %q", path, h.Get("Content-Security-Policy"))
		}
		if strings.HasPrefix(path, "/api/") && h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be cached: %q", path, h.Get("Cache-Control"))
		}
		if h.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: HSTS over plain HTTP", path)
		}
	}
	if r := b.call(t, "", "GET", "/some/page", nil); string(r.body) != "console" {
		t.Errorf("the console is not served: %s", r.body)
	}
	b.call(t, "", "GET", "/api/x", nil).problem(t, 404, "NotFound")
}

func TestCrossOriginRequestsAreRefused(t *testing.T) {
	b := open(t)
	body := `{"input":{"noteNames":["a"]}}`
	b.call(t, b.owner, "POST", writeNotes, body, "Sec-Fetch-Site", "cross-site").problem(t, 403, "Denied")
	b.call(t, b.owner, "POST", writeNotes, body, "Origin", "https://evil.example").problem(t, 403, "Denied")
	if b.written.Load() != 0 {
		t.Error("the command ran")
	}
	b.call(t, b.owner, "POST", writeNotes, body, "Sec-Fetch-Site", "same-origin").want(t, 200)
}

// TestForwardedHeaders sends the same claims from everywhere. Where a request
// came from shows in the log, and its scheme in HSTS.
func TestForwardedHeaders(t *testing.T) {
	for _, tc := range []struct {
		reason  string
		proxies []netip.Prefix
		peer    string
		forFor  string
		status  int
		from    string
		https   bool
	}{
		{"nobody is trusted by default", nil, "203.0.113.9:5", "198.51.100.1", 200, "203.0.113.9:5", false},
		{"a named proxy is", prefixes("10.0.0.0/8"), "10.1.2.3:5", "198.51.100.1", 200, "198.51.100.1:0", true},
		{"the nearest address that is no proxy counts", prefixes("10.0.0.0/8"), "10.1.2.3:5", "1.1.1.1, 198.51.100.1, 10.9.9.9", 200, "198.51.100.1:0", true},
		{"what is no address is not believed", prefixes("10.0.0.0/8"), "10.1.2.3:5", "evil", 200, "10.1.2.3:5", true},
		{"a proxy that speaks IPv4 in IPv6", prefixes("10.0.0.0/8"), "[::ffff:10.1.2.3]:5", "198.51.100.1", 200, "198.51.100.1:0", true},
		{"others must come through the proxy", prefixes("10.0.0.0/8"), "203.0.113.9:5", "198.51.100.1", 403, "", false},
		{"this machine may come directly", prefixes("10.0.0.0/8"), "127.0.0.1:5", "198.51.100.1", 200, "127.0.0.1:5", false},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			b := open(t, func(d *api.Deps) { d.BehindProxy = tc.proxies })
			req := httptest.NewRequestWithContext(t.Context(), "GET", "/healthz", nil)
			req.RemoteAddr = tc.peer
			req.Header.Set("X-Forwarded-For", tc.forFor)
			req.Header.Set("X-Forwarded-Proto", "https")
			w := httptest.NewRecorder()
			b.api.ServeHTTP(w, req)
			if w.Code != tc.status {
				t.Fatalf("status %d", w.Code)
			}
			if got := w.Header().Get("Strict-Transport-Security") != ""; got != tc.https {
				t.Errorf("believed the scheme: %v", got)
			}
			if tc.from != "" && !strings.Contains(b.Logs.String(), "from="+tc.from+" ") && !strings.Contains(b.Logs.String(), fmt.Sprintf("from=%q ", tc.from)) {
				t.Errorf("the log does not say from=%s: %s", tc.from, b.Logs.String())
			}
		})
	}
}

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

func TestNormalOperationLogsNothingAboveDebug(t *testing.T) {
	b := open(t)
	b.call(t, b.owner, "POST", writeNotes, `{"input":{"noteNames":["a","bad"]}}`).want(t, 200)
	b.call(t, b.owner, "GET", "/api/v1/runs/none", nil).problem(t, 404, "NotFound")
	for _, level := range []string{"level=INFO", "level=WARN", "level=ERROR", `"INFO"`, `"WARN"`, `"ERROR"`} {
		if strings.Contains(b.Logs.String(), level) {
			t.Errorf("logged: %s", b.Logs.String())
		}
	}
}

// TestDocument checks that the document is whole: version, references, YAML,
// and no value of a secret kind without its mark.
func TestDocument(t *testing.T) {
	b := open(t)
	raw := b.call(t, "", "GET", "/openapi.json", nil)
	doc := raw.want(t, 200)
	if doc["openapi"] != "3.1.0" || raw.header.Get("Content-Type") != "application/openapi+json" {
		t.Errorf("version %v, type %s", doc["openapi"], raw.header.Get("Content-Type"))
	}
	refs := map[string]bool{}
	collectRefs(doc, refs)
	if !refs["#/components/schemas/Run"] || !refs["#/components/schemas/Problem"] {
		t.Errorf("references: %v", refs)
	}
	for ref := range refs {
		if !resolves(doc, ref) {
			t.Errorf("%s leads nowhere", ref)
		}
	}
	y := b.call(t, "", "GET", "/openapi.yaml", nil)
	var fromYAML map[string]any
	must(t, yaml.Unmarshal(y.body, &fromYAML))
	if n, m := len(fromYAML["paths"].(map[string]any)), len(doc["paths"].(map[string]any)); n != m || n < 25 {
		t.Errorf("%d paths in YAML, %d in JSON", n, m)
	}
	again, err := json.Marshal(b.call(t, "", "GET", "/openapi.json", nil).json(t))
	must(t, err)
	first, err := json.Marshal(doc)
	must(t, err)
	if string(again) != string(first) {
		t.Error("the document changes from call to call")
	}
}

func collectRefs(v any, refs map[string]bool) {
	switch x := v.(type) {
	case map[string]any:
		if r, ok := x["$ref"].(string); ok {
			refs[r] = true
		}
		for _, e := range x {
			collectRefs(e, refs)
		}
	case []any:
		for _, e := range x {
			collectRefs(e, refs)
		}
	}
}

func resolves(doc map[string]any, ref string) bool {
	var at any = doc
	for _, seg := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		m, ok := at.(map[string]any)
		if !ok {
			return false
		}
		at = m[seg]
	}
	return at != nil
}

func TestPanicIsAnAnswer(t *testing.T) {
	b := open(t, func(d *api.Deps) {
		d.Static = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") })
	})
	p := b.call(t, "", "GET", "/page", nil).problem(t, 500, "Internal")
	if strings.Contains(text(p["detail"]), "boom") || !strings.Contains(b.Logs.String(), "boom") {
		t.Errorf("the answer is %v", p)
	}
}
