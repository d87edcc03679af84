package store

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// fold gives names that differ only in case, or in how their accents are encoded, one key. It is done here and not in
// SQL, since databases disagree about case beyond ASCII.
func fold(s string) string {
	s = storable(s)
	if isASCII(s) {
		return strings.ToLower(s)
	}
	return cases.Fold().String(norm.NFC.String(s))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// storable replaces what not every database can hold: bytes that are not UTF-8, and NUL.
func storable(s string) string {
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// storableRef is storable for optional text.
func storableRef(s *string) *string {
	if s == nil {
		return nil
	}
	clean := storable(*s)
	return &clean
}

var likeEscape = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// contains is the LIKE pattern (escape character !) of folded text that contains part, nil for an empty part.
func contains(part string) *string {
	if part == "" {
		return nil
	}
	pattern := "%" + likeEscape.Replace(fold(part)) + "%"
	return &pattern
}

// optional is nil for empty text: an empty filter selects all.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// notNil keeps an empty value from becoming NULL.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
