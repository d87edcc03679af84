// Package redact removes known secret values from text before it is logged,
// recorded or shown. It goes by value, not by field name, and also finds the
// encodings in which a value commonly reappears.
package redact

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// MinLength is the length in bytes from which a value is looked for. Shorter
// ones would tear holes into ordinary text; they are kept out by field.
const MinLength = 6

// Redactor replaces the values it was made for. The zero value and nil replace
// nothing. It is safe for concurrent use.
type Redactor struct {
	forms []string
	rep   *strings.Replacer
}

// New makes a redactor of secret values.
func New(values ...string) *Redactor {
	var forms []string
	for _, v := range values {
		if len(v) >= MinLength {
			forms = append(forms, encodings(v)...)
		}
		if p := password(v); len(p) >= MinLength {
			forms = append(forms, encodings(p)...)
		}
	}
	if len(forms) == 0 {
		return nil
	}
	// Longest first, so that an escaped form is not cut by the raw one.
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
	forms = slices.Compact(forms)
	pairs := make([]string, 0, 2*len(forms))
	for _, f := range forms {
		pairs = append(pairs, f, connector.Redacted)
	}
	return &Redactor{forms: forms, rep: strings.NewReplacer(pairs...)}
}

// String gives s without the values.
func (r *Redactor) String(s string) string {
	if r == nil || !r.found(s) {
		return s
	}
	return r.rep.Replace(s)
}

// Bytes gives b without the values; b itself is not changed.
func (r *Redactor) Bytes(b []byte) []byte {
	if r == nil || len(b) == 0 {
		return b
	}
	s := string(b)
	if !r.found(s) {
		return b
	}
	return []byte(r.rep.Replace(s))
}

func (r *Redactor) found(s string) bool {
	for _, f := range r.forms {
		if strings.Contains(s, f) {
			return true
		}
	}
	return false
}

// password gives the secret part of a value written user:password: whom the two
// are sent to knows the password by itself, and may say it.
func password(v string) string {
	user, password, ok := strings.Cut(v, ":")
	if !ok || strings.ContainsAny(user, "/ \t\r\n") || strings.HasPrefix(password, "//") {
		return ""
	}
	return password
}

func encodings(v string) []string {
	out := []string{
		v, url.QueryEscape(v), url.PathEscape(v), jsonEscape(v), jsonEscape(jsonEscape(v)), jsonPlain(v), jsonPlain(jsonPlain(v)),
		hex.EncodeToString([]byte(v)), strings.ToUpper(hex.EncodeToString([]byte(v))),
	}
	out = append(out, pathForms(v)...)
	return append(out, base64Forms(v)...)
}

// pathForms are how a value stands in the path of an address, of S3's among
// them: whole, or as the name of an object whose slashes stay.
func pathForms(v string) []string {
	strict := strings.ReplaceAll(url.QueryEscape(v), "+", "%20")
	if strict == v {
		return nil
	}
	return []string{strict, strings.ReplaceAll(strict, "%2F", "/"), (&url.URL{Path: v}).EscapedPath()}
}

func jsonEscape(v string) string {
	b, err := json.Marshal(v)
	if err != nil {
		return v
	}
	return string(b[1 : len(b)-1])
}

// jsonPlain is the form of encoders that leave <, > and & alone.
func jsonPlain(v string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return v
	}
	s := strings.TrimSuffix(b.String(), "\n")
	return s[1 : len(s)-1]
}

// base64Forms gives the part of the encoding that does not depend on what
// stands around the value, for each of the three alignments it can have.
func base64Forms(v string) []string {
	var out []string
	for pad := range 3 {
		in := strings.Repeat("\x00", pad) + v
		skip := []int{0, 2, 3}[pad]
		end := len(in) / 3 * 4
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			if e := enc.EncodeToString([]byte(in)); skip < end && end-skip >= MinLength {
				out = append(out, e[skip:end])
			}
		}
	}
	return append(out, base64.StdEncoding.EncodeToString([]byte(v)), base64.RawStdEncoding.EncodeToString([]byte(v)),
		base64.URLEncoding.EncodeToString([]byte(v)), base64.RawURLEncoding.EncodeToString([]byte(v)))
}
