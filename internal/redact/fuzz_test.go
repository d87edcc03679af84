package redact_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/redact"
)

// FuzzRedact: a value is gone from any text in every form that is looked for.
func FuzzRedact(f *testing.F) {
	for _, s := range [][2]string{{"secret", "a %s b"}, {`pa"ss<w>ord&`, "x%sy"}, {"ünïcode-secret", "%s%s"}, {"multi\nline\tsecret", `{"k":"%s"}`}, {"aaaaaa", "aaa%saaa"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, value, around string) {
		// What the mark itself could be part of cannot be told from the mark.
		if len(value) < redact.MinLength || strings.ContainsAny(value, connector.Redacted) || strings.ContainsAny(connector.Redacted, value) {
			return
		}
		quoted, err := json.Marshal(value)
		if err != nil || !json.Valid(quoted) {
			return
		}
		r := redact.New(value)
		for what, form := range map[string]string{
			"plain": value, "base64": base64.StdEncoding.EncodeToString([]byte(value)), "base64 of URLs": base64.URLEncoding.EncodeToString([]byte(value)),
			"hex": hex.EncodeToString([]byte(value)), "query": url.QueryEscape(value), "path": url.PathEscape(value), "JSON": string(quoted[1 : len(quoted)-1]),
		} {
			text := strings.ReplaceAll(around, "%s", form)
			if !strings.Contains(text, form) {
				text += form
			}
			if got := r.String(text); strings.Contains(got, form) {
				t.Errorf("%s of %q stays in %q: %q", what, value, text, got)
			}
			if got := string(r.Bytes([]byte(text))); strings.Contains(got, form) {
				t.Errorf("%s of %q stays in bytes", what, value)
			}
		}
	})
}
