package camundas3

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"

	"github.com/fairlead-io/fairlead/connector"
)

// decoder gives what turns bytes of a character set into text. What is not
// valid becomes U+FFFD.
func decoder(name string, needed bool) (func([]byte) string, error) {
	name = strings.TrimSpace(name)
	if !needed || name == "" || strings.EqualFold(name, "UTF-8") {
		return utf8Text, nil
	}
	enc := charset(name)
	if enc == nil {
		return nil, (&Failure{Reason: BadCharset}).with(connector.Error{
			Kind: connector.Invalid, Field: "/encoding", Message: "The encoding " + name + " is not known.", Fix: "Use the IANA name of a character set, such as UTF-8 or ISO-8859-1.",
		})
	}
	return func(raw []byte) string {
		out, err := enc.NewDecoder().Bytes(raw)
		if err != nil { // decoders replace what they cannot read
			return utf8Text(raw)
		}
		return string(out)
	}, nil
}

func charset(name string) encoding.Encoding {
	if enc, err := ianaindex.IANA.Encoding(name); err == nil && enc != nil {
		return enc
	}
	if enc, err := htmlindex.Get(name); err == nil {
		return enc
	}
	return nil
}

// utf8Text replaces each sequence of bytes that begins a character and does not
// end it by one U+FFFD, as Java does.
func utf8Text(raw []byte) string {
	if utf8.Valid(raw) {
		return string(raw)
	}
	var b strings.Builder
	b.Grow(len(raw) + 16)
	for len(raw) > 0 {
		r, n := utf8.DecodeRune(raw)
		if r == utf8.RuneError && n == 1 {
			n = broken(raw)
		}
		b.WriteRune(r)
		raw = raw[n:]
	}
	return b.String()
}

// broken is how many bytes belong to the broken character at the beginning.
func broken(raw []byte) int {
	for n := 2; n <= min(3, len(raw)); n++ {
		if !begins(raw[:n]) {
			return n - 1
		}
	}
	return min(3, len(raw))
}

// begins tells whether a character can begin with these bytes.
func begins(b []byte) bool {
	for _, rest := range [...]string{"\x80", "\xbf", "\x90", "\x9f", "\xa0"} {
		for missing := 1; missing <= 2; missing++ {
			full := string(b) + strings.Repeat(rest, missing)
			if r, n := utf8.DecodeRuneInString(full); r != utf8.RuneError && n == len(full) {
				return true
			}
		}
	}
	return false
}
