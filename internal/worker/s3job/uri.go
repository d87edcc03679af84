package s3job

import (
	"strconv"
	"strings"
)

// badURI is what Java says of a text that it cannot read as a URI; empty when it
// can.
func badURI(s string) string {
	at := func(what string, i int) string { return what + " at index " + strconv.Itoa(i) + ": " + s }
	rest, from := s, 0
	if i := strings.IndexAny(s, "/?#:"); i >= 0 && s[i] == ':' {
		if i == 0 {
			return at("Expected scheme name", 0)
		}
		if bad := badScheme(s[:i]); bad >= 0 {
			return at("Illegal character in scheme name", bad)
		}
		rest, from = s[i+1:], i+1
		if rest == "" {
			return at("Expected scheme-specific part", from)
		}
	}
	authority := strings.HasPrefix(rest, "//")
	if authority {
		rest, from = rest[2:], from+2
		end := strings.IndexAny(rest, "/?#")
		if end < 0 {
			end = len(rest)
		}
		switch {
		case rest == "":
			return at("Expected authority", from)
		case badCharacter(rest[:end], "[]") >= 0:
			return at("Illegal character in authority", from)
		}
		rest, from = rest[end:], from+end
	}
	return badRest(rest, from, at)
}

func badRest(rest string, from int, at func(string, int) string) string {
	place := "path"
	for i := 0; i < len(rest); {
		end := i + badCharacter(rest[i:], "")
		next := strings.IndexAny(rest[i:], "?#")
		if next >= 0 && (end < i || i+next < end) {
			place = "query"
			if rest[i+next] == '#' {
				place = "fragment"
			}
			i += next + 1
			continue
		}
		if end >= i {
			return at("Illegal character in "+place, from+end)
		}
		break
	}
	return ""
}

func badScheme(s string) int {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		other := r >= '0' && r <= '9' || r == '+' || r == '-' || r == '.'
		if !letter && (i == 0 || !other) {
			return i
		}
	}
	return -1
}

// badCharacter finds the first character that a URI cannot hold unescaped.
func badCharacter(s, but string) int {
	return strings.IndexFunc(s, func(r rune) bool {
		return r <= ' ' || r == 0x7f || strings.ContainsRune("\"<>\\^`{|}[]", r) && !strings.ContainsRune(but, r)
	})
}
