package secrets

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"github.com/fairlead-io/fairlead/connector"
)

// Sizes of what the own store keeps.
const (
	MaxName  = 255      // bytes of a name
	MaxValue = 64 << 10 // bytes of a value
)

// namesFix says what a name may be. It must be what the syntax {{secrets.NAME}}
// can refer to, and what fits into an address.
const namesFix = "Use letters, digits and signs without spaces and braces, such as FOO, A/B or DASH-NAME."

// cleanName gives the form in which names are kept and compared: letters with
// accents are one letter each, however they were typed.
func cleanName(name string) string { return norm.NFC.String(name) }

// checkName tells what is wrong with the name of a secret that is to be stored.
func checkName(name string) *connector.Error {
	problem := ""
	switch {
	case name == "":
		problem = "The name of the secret is missing."
	case len(name) > MaxName:
		problem = fmt.Sprintf("The name of the secret is longer than %d bytes.", MaxName)
	case !utf8.ValidString(name):
		problem = "The name of the secret is not UTF-8 text."
	case strings.ContainsFunc(name, unreferable):
		problem = "The name of the secret holds a space or a control character, so that nothing could refer to it."
	case strings.ContainsAny(name, "{}"):
		problem = "The name of the secret holds a brace, so that nothing could refer to it."
	case name == "." || name == "..":
		problem = "The name of the secret is the name of a folder in an address."
	default:
		return nil
	}
	return connector.InvalidField("/name", problem, namesFix)
}

// unreferable are the characters at which a reference ends or breaks.
func unreferable(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

// checkValue tells what is wrong with a value, without showing it.
func checkValue(value string) *connector.Error {
	switch {
	case value == "":
		return connector.InvalidField("/value", "The value of the secret is empty.", "Give a value; to have no secret of this name, delete it.")
	case len(value) > MaxValue:
		return connector.InvalidField("/value", fmt.Sprintf("The value of the secret is larger than %d KiB.", MaxValue>>10), "Store large content as a file.")
	case !utf8.ValidString(value):
		return connector.InvalidField("/value", "The value of the secret is not UTF-8 text.", "Encode it first, for example in Base64.")
	}
	return nil
}

// upper is the second name under which a secret is looked for: FOO is found by
// foo. ROOT's rules of upper case count, not those of a language.
func upper(name string) string {
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			return cases.Upper(language.Und).String(name)
		}
	}
	return strings.ToUpper(name)
}
