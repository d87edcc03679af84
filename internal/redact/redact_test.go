package redact

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fairlead-io/fairlead/connector"
)

const value = `s3cr&t/"va+lue\<é`

func TestForms(t *testing.T) {
	j, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	twice, err := json.Marshal(string(j))
	if err != nil {
		t.Fatal(err)
	}
	r := New(value)
	for form, text := range map[string]string{
		"raw": value, "query escaped": url.QueryEscape(value), "path escaped": url.PathEscape(value), "JSON": string(j), "JSON in JSON": string(twice),
		"S3's path": "s3cr%26t/%22va%2Blue%5C%3C%C3%A9", "RFC 3986": "s3cr%26t%2F%22va%2Blue%5C%3C%C3%A9", "Go's path": `s3cr&t/%22va+lue%5C%3C%C3%A9`,
		"JSON without HTML escapes": `s3cr&t/\"va+lue\\<é`,
		"hex":                       hex.EncodeToString([]byte(value)), "base64": base64.StdEncoding.EncodeToString([]byte(value)),
		"base64 URL": base64.RawURLEncoding.EncodeToString([]byte(value)),
		"basic auth": base64.StdEncoding.EncodeToString([]byte("user:" + value)), "basic auth, other alignment": base64.StdEncoding.EncodeToString([]byte("use:" + value)),
		"third alignment": base64.StdEncoding.EncodeToString([]byte("us:" + value)),
	} {
		got := r.String("before " + text + " after")
		if !strings.Contains(got, connector.Redacted) || strings.Contains(got, text) || !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after") {
			t.Errorf("%s: %q", form, got)
		}
	}
}

// A proxy that is sent user:password may say the password alone.
func TestPasswords(t *testing.T) {
	r := New("user:pass/word-1")
	for _, text := range []string{"user:pass/word-1", "pass/word-1", url.QueryEscape("pass/word-1"), base64.StdEncoding.EncodeToString([]byte("other:pass/word-1"))} {
		if got := r.String("before " + text + " after"); got != "before "+connector.Redacted+" after" && (strings.Contains(got, text) || !strings.Contains(got, connector.Redacted)) {
			t.Errorf("%q became %q", text, got)
		}
	}
	for secret, text := range map[string]string{
		"https://example.com/path": "//example.com/path", "a text: with a colon in it": " with a colon in it", "line\nKey: value-1": " value-1", "user:short": "short",
	} {
		if got := New(secret).String(text); got != text {
			t.Errorf("of the secret %q, %q became %q", secret, text, got)
		}
	}
}

func TestLeavesAlone(t *testing.T) {
	r := New("short", "", "longer-value")
	for _, s := range []string{"short is too short to look for", "", "nothing here", "longer-valu"} {
		if got := r.String(s); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
	if New("abc") != nil {
		t.Error("a redactor of short values only is not nil")
	}
	var none *Redactor
	if none.String("x") != "x" || string(none.Bytes([]byte("x"))) != "x" {
		t.Error("a nil redactor changes text")
	}
}

func TestBytesDoesNotChangeItsInput(t *testing.T) {
	in := []byte("a longer-value b")
	out := New("longer-value").Bytes(in)
	if string(in) != "a longer-value b" || strings.Contains(string(out), "longer-value") {
		t.Errorf("in %q out %q", in, out)
	}
}

func TestNoFormSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.StringN(MinLength, 40, 60).Filter(func(s string) bool { return len(s) >= MinLength }).Draw(t, "value")
		pre, post := rapid.String().Draw(t, "before"), rapid.String().Draw(t, "after")
		got := New(v).String(pre + v + post)
		if strings.Contains(got, v) && !strings.Contains(pre, v) && !strings.Contains(post, v) && !strings.Contains(connector.Redacted, v) {
			// What is left may join with its neighbours to the value again only by overlap with them.
			if !strings.Contains(strings.Replace(pre+v+post, v, "", 1), v) {
				t.Fatalf("%q is still in %q", v, got)
			}
		}
	})
}
