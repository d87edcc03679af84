package intrinsic

import (
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/ianaindex"
)

// textCharset decodes text. The zero value is UTF-8.
type textCharset struct{ enc encoding.Encoding }

// charset finds a charset by its registered name or an alias; empty is UTF-8.
func charset(name string) (textCharset, error) {
	switch strings.ToUpper(name) {
	case "", "UTF-8", "UTF8":
		return textCharset{}, nil
	case "ASCII":
		name = "US-ASCII"
	}
	enc, err := ianaindex.IANA.Encoding(name)
	if err != nil || enc == nil { // nil: registered, but without a decoder
		return textCharset{}, invalid("there is no charset " + name)
	}
	return textCharset{enc}, nil
}

// decode gives the text; what is no character of the charset becomes U+FFFD.
func (c textCharset) decode(content []byte) (string, error) {
	if c.enc == nil {
		return strings.ToValidUTF8(string(content), "\ufffd"), nil
	}
	out, err := c.enc.NewDecoder().Bytes(content)
	return string(out), err
}
