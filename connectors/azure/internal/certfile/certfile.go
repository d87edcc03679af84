// Package certfile opens private keys and certificates as people have them:
// PEM in all the forms that OpenSSL writes, and PKCS#12 (PFX) files. It works
// with the standard library and scrypt alone, and refuses files that ask for
// more work than a key is worth.
package certfile

import (
	"encoding/pem"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// What can be wrong with a file. Tell them apart with errors.Is.
var (
	// ErrPassphrase means that the passphrase is wrong or missing. Wrong ones
	// cannot always be told from damaged files.
	ErrPassphrase = errors.New("certfile: wrong or missing passphrase")
	// ErrFormat means that the text is no key or certificate.
	ErrFormat = errors.New("certfile: not a key or certificate")
	// ErrUnsupported means an encryption that is not opened here.
	ErrUnsupported = errors.New("certfile: unsupported encryption")
	// ErrTooCostly means a file whose key derivation asks for too much work.
	ErrTooCostly = errors.New("certfile: key derivation asks for too much work")
	// ErrMismatch means that no certificate belongs to the key.
	ErrMismatch = errors.New("certfile: no certificate belongs to the key")
)

// MaxInput is the most bytes of one file.
const MaxInput = 1 << 20

var (
	armour  = regexp.MustCompile(`-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END ([A-Z0-9 ]+)-----`)
	headers = regexp.MustCompile(`(?m)^[A-Za-z-]+: `)
)

// Tidy brings text that went through forms and JSON back into PEM: line ends
// written as \n, as CRLF or as blanks.
func Tidy(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", `\r\n`, "\n", `\n`, "\n").Replace(text)
	return armour.ReplaceAllStringFunc(text, func(block string) string {
		m := armour.FindStringSubmatch(block)
		if headers.MatchString(strings.TrimLeft(m[2], " \n")) {
			return block // an old encrypted key: its headers need their lines
		}
		body := strings.Join(strings.Fields(m[2]), "\n")
		return "-----BEGIN " + m[1] + "-----\n" + body + "\n-----END " + m[3] + "-----"
	})
}

// blocks are the PEM blocks of a text.
func blocks(text string) ([]*pem.Block, error) {
	if len(text) > MaxInput {
		return nil, fmt.Errorf("%w: it is longer than %d bytes", ErrFormat, MaxInput)
	}
	var out []*pem.Block
	for b, rest := pem.Decode([]byte(Tidy(text))); b != nil; b, rest = pem.Decode(rest) {
		out = append(out, b)
	}
	return out, nil
}

// IsPEM tells whether a text has PEM in it.
func IsPEM(text string) bool { return strings.Contains(text, "-----BEGIN ") }
