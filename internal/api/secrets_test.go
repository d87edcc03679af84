package api_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/internal/api"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/secrets"
)

const namedCanary = "canary-named-secret-1"

func (b *bench) found(t *testing.T, name string) string {
	t.Helper()
	v, _, err := secrets.NewManager(secrets.Deps{Store: b.Store, Sealer: b.Keys}).For(authz.DefaultTenant).Lookup(t.Context(), name, secrets.Scope{})
	must(t, err)
	return v.Reveal()
}

func TestSecretsLife(t *testing.T) {
	b := open(t)
	for _, name := range []string{"FOO", "A/B", "DASH-NAME", "ÜBER", "a.b", "100%", `q"uote`, "x?y#z", "//", "a/../b"} {
		path := "/api/v1/secrets/" + url.PathEscape(name)
		made := b.call(t, b.owner, "PUT", path, map[string]any{"value": namedCanary}).want(t, 201)
		if made["name"] != name || made["value"] != nil {
			t.Errorf("%s: made %v", name, made)
		}
		if diff := cmp.Diff(made, b.call(t, b.owner, "GET", path, nil).want(t, 200)); diff != "" {
			t.Errorf("%s: -made +shown\n%s", name, diff)
		}
		b.call(t, b.owner, "PUT", path, map[string]any{"value": namedCanary + name}).want(t, 200)
		if got := b.found(t, name); got != namedCanary+name {
			t.Errorf("%s: a job gets %q", name, got)
		}
	}
	list := b.call(t, b.owner, "GET", "/api/v1/secrets", nil)
	if all, _ := list.want(t, 200)["secrets"].([]any); len(all) != 10 {
		t.Errorf("list: %s", list.body)
	}
	b.call(t, b.owner, "DELETE", "/api/v1/secrets/A%2FB", nil).is(t, 204)
	b.call(t, b.owner, "DELETE", "/api/v1/secrets/A%2FB", nil).problem(t, 404, "NotFound")
	b.call(t, b.owner, "GET", "/api/v1/secrets/A%2FB", nil).problem(t, 404, "NotFound")
	b.call(t, b.owner, "GET", "/api/v1/secrets/B", nil).problem(t, 404, "NotFound")
	audit := b.call(t, b.owner, "GET", "/api/v1/audit?kind=secret.created&limit=100", nil)
	if entries, _ := audit.want(t, 200)["entries"].([]any); len(entries) != 10 {
		t.Errorf("audit: %s", audit.body)
	}
	for name, text := range map[string]string{"list": string(list.body), "audit": string(audit.body), "log": b.Logs.String()} {
		if strings.Contains(text, "canary") {
			t.Errorf("the %s shows a value: %s", name, text)
		}
	}
}

// Mistakes are told with their place, and never with the value.
func TestSecretsThatAreRefused(t *testing.T) {
	b := open(t, func(d *api.Deps) { d.Limits = api.Limits{Body: 1 << 20} })
	for _, c := range []struct {
		reason, path string
		body         any
		status       int
		location     string
	}{
		{"no body", "FOO", nil, 400, "/value"},
		{"no value", "FOO", `{}`, 400, "/value"},
		{"an empty value", "FOO", `{"value":""}`, 400, "/value"},
		{"no text", "FOO", `{"value":["` + namedCanary + `"]}`, 400, "/value"},
		{"a number", "FOO", `{"value":17}`, 400, "/value"},
		{"a member that is none", "FOO", `{"value":"` + namedCanary + `","x":1}`, 400, ""},
		{"the value as a member", "FOO", `{"` + namedCanary + `":"value"}`, 400, ""},
		{"null", "FOO", `{"value":null}`, 400, "/value"},
		{"nothing", "FOO", `null`, 400, "/value"},
		{"no object", "FOO", `"` + namedCanary + `"`, 400, ""},
		{"no JSON", "FOO", `{"value":"` + namedCanary, 400, ""},
		{"no UTF-8", "FOO", "{\"value\":\"" + namedCanary + "\xff\"}", 400, ""},
		{"two objects", "FOO", `{"value":"` + namedCanary + `"} {}`, 400, ""},
		{"too large", "FOO", `{"value":"` + namedCanary + strings.Repeat("x", secrets.MaxValue) + `"}`, 400, "/value"},
		{"far too large", "FOO", `{"value":"` + namedCanary + strings.Repeat("x", 2<<20) + `"}`, 413, ""},
		{"a name with a space", "A%20B", `{"value":"` + namedCanary + `"}`, 400, "path.name"},
		{"a name with a line break", "A%0AB", `{"value":"` + namedCanary + `"}`, 400, "path.name"},
		{"a name that is not UTF-8", "A%FF", `{"value":"` + namedCanary + `"}`, 400, "path.name"},
	} {
		r := b.call(t, b.owner, "PUT", "/api/v1/secrets/"+c.path, c.body)
		p := r.problem(t, c.status, "Invalid")
		if strings.Contains(string(r.body), "canary") {
			t.Errorf("%s: the value is shown: %s", c.reason, r.body)
		}
		at := ""
		if list, _ := p["errors"].([]any); len(list) > 0 {
			at = text(list[0].(map[string]any)["location"])
		}
		if at != c.location || p["fix"] == "" {
			t.Errorf("%s: at %q, want %q: %s", c.reason, at, c.location, r.body)
		}
	}
	b.call(t, b.owner, "GET", "/api/v1/secrets/A%20B", nil).problem(t, 400, "Invalid")
	b.call(t, b.owner, "POST", "/api/v1/secrets/FOO", `{"value":"`+namedCanary+`"}`).problem(t, 405, "Invalid")
	if list := b.call(t, b.owner, "GET", "/api/v1/secrets", nil); string(list.body) != `{"secrets":[]}`+"\n" {
		t.Errorf("something was stored: %s", list.body)
	}
	if strings.Contains(b.Logs.String(), "canary") {
		t.Error("the log shows a value")
	}
}
