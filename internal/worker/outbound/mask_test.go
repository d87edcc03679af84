package outbound

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
)

func masking(values ...string) mask {
	var secrets []connector.Secret
	for _, v := range values {
		secrets = append(secrets, connector.NewSecret(v))
	}
	return newMask(secrets)
}

func TestMask(t *testing.T) {
	long := "p@ss&word/1"
	for _, c := range []struct {
		why    string
		values []string
		in     string
		want   string
	}{
		{"a value", []string{long}, "no " + long + "!", "no ***!"},
		{"within a word", []string{"secret"}, "xsecretx", "x***x"},
		{"in base64", []string{long}, base64.StdEncoding.EncodeToString([]byte(long)), "***"},
		{"in an address", []string{long}, "http://h/" + url.PathEscape(long), "http://h/***"},
		{"a short value alone", []string{"e"}, "the e of e.g. (e)", "the *** of ***.g. (***)"},
		{"a short value within words", []string{"e"}, "The element here", "The element here"},
		{"a short value of other letters", []string{"ü"}, "für ü", "für ***"},
		{"an empty value", []string{""}, "nothing", "nothing"},
		{"several, the longer first", []string{"ab", "ab-cd"}, "ab-cd ab", "*** ***"},
		{"marks that were there", []string{"other-value"}, "a " + connector.Redacted, "a " + connector.Redacted},
		{"a mark is not masked again", []string{"*"}, "a * b", "a *** b"},
		{"no secrets", nil, "text", "text"},
	} {
		if got := masking(c.values...).text(c.in); got != c.want {
			t.Errorf("%s: %q gave %q, want %q", c.why, c.in, got, c.want)
		}
	}
}

func TestMaskJSON(t *testing.T) {
	got := string(masking("secret-value", "42").json([]byte(`{"secret-value":["a secret-value b",42,true],"n":"42"}`)))
	if want := `{"***":["a *** b",42,true],"n":"***"}`; got != want {
		t.Errorf("got %s, want %s: numbers stay, names do not", got, want)
	}
}

// FuzzMask: no value is left in the text, and a text without it stays.
func FuzzMask(f *testing.F) {
	f.Add("secret", "a secret b")
	f.Add("e", "element e")
	f.Add(`q"uote`, `{"a":"q\"uote"}`)
	f.Fuzz(func(t *testing.T, value, text string) {
		if strings.ContainsAny(value, "*"+connector.Redacted) {
			return // cannot be told from the mark
		}
		got := masking(value).text(text)
		if len(value) >= 6 && strings.Contains(got, value) {
			t.Errorf("%q is left in %q", value, got)
		}
		if !strings.Contains(text, value) && len(value) < 6 && got != text {
			t.Errorf("%q became %q without %q in it", text, got, value)
		}
	})
}
