package outbound

import "strings"

const (
	secretPrefix = "secrets."
	openBraces   = "{{"
	closeBraces  = "}}"
)

// reference is one place of a text that names a secret.
type reference struct {
	name       string
	start, end int // bytes that the value takes the place of
}

// references finds the names of secrets in a text, in order: {{secrets.NAME}},
// and the bare secrets.NAME that is deprecated and also found inside a word.
// A name in braces holds anything but blanks, control characters and braces,
// so an unclosed reference never reaches into what follows it.
func references(s string) []reference {
	var found []reference
	for from := 0; ; {
		at := strings.Index(s[from:], secretPrefix)
		if at < 0 {
			return found
		}
		at += from
		ref, ok := braced(s, from, at)
		if !ok {
			ref, ok = bare(s, at)
		}
		if !ok {
			from = at + len(secretPrefix)
			continue
		}
		found = append(found, ref)
		from = ref.end
	}
}

// braced reads the reference whose "secrets." is at a place, if two braces and
// nothing but spaces stand before it, and two braces behind the name.
func braced(s string, from, at int) (reference, bool) {
	before := strings.TrimRight(s[from:at], " ")
	if !strings.HasSuffix(before, openBraces) {
		return reference{}, false
	}
	begin := at + len(secretPrefix)
	end := begin
	for end < len(s) && inName(s[end]) {
		end++
	}
	rest := strings.TrimLeft(s[end:], " ")
	if end == begin || !strings.HasPrefix(rest, closeBraces) {
		return reference{}, false
	}
	return reference{
		name:  s[begin:end],
		start: from + len(before) - len(openBraces),
		end:   len(s) - len(rest) + len(closeBraces),
	}, true
}

func inName(b byte) bool { return b > ' ' && b != '{' && b != '}' && b != 0x7f }

// bare reads the reference without braces: runs of letters and digits joined
// by one of / . _ -.
func bare(s string, at int) (reference, bool) {
	begin := at + len(secretPrefix)
	end := begin
	for i := begin; i < len(s); i++ {
		switch {
		case alphanumeric(s[i]):
			end = i + 1
		case i > begin && i == end && strings.IndexByte("/._-", s[i]) >= 0:
		default:
			i = len(s)
		}
	}
	return reference{s[begin:end], at, end}, end > begin
}

func alphanumeric(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z'
}

// substitute puts values in the place of references. What a value holds is
// never looked at again. A name without a value stays as it stands.
func substitute(s string, value func(name string) (string, bool)) string {
	refs := references(s)
	if len(refs) == 0 {
		return s
	}
	var b strings.Builder
	last := 0
	for _, r := range refs {
		v, ok := value(r.name)
		if !ok {
			continue
		}
		b.WriteString(s[last:r.start])
		b.WriteString(v)
		last = r.end
	}
	b.WriteString(s[last:])
	return b.String()
}
