package outbound

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/redact"
)

// masked stands where a secret would be shown.
const masked = "***"

// mask takes the values of a job's secrets out of what people and processes
// get to see of its failure. The zero mask changes nothing.
type mask struct {
	long  *redact.Redactor
	short []string
}

// newMask makes the mask of some values. Those shorter than redact.MinLength
// are taken out only where they stand alone: a secret "e" must not blot out
// every e of a message, and an empty one nothing at all.
func newMask(secrets []connector.Secret) mask {
	values := make([]string, len(secrets))
	for i, s := range secrets {
		values[i] = s.Reveal()
	}
	m := mask{long: redact.New(values...)}
	for _, v := range values {
		if v != "" && len(v) < redact.MinLength {
			m.short = append(m.short, v)
		}
	}
	slices.SortFunc(m.short, func(a, b string) int { return len(b) - len(a) })
	return m
}

func (m mask) empty() bool { return m.long == nil && len(m.short) == 0 }

// text gives s without the values.
func (m mask) text(s string) string {
	if clean := m.long.String(s); clean != s {
		s = strings.ReplaceAll(clean, connector.Redacted, masked)
	}
	for _, v := range m.short {
		s = replaceAlone(s, v)
	}
	return s
}

// json gives a JSON text without the values in its strings and names.
func (m mask) json(text json.RawMessage) json.RawMessage {
	if m.empty() || len(text) == 0 {
		return text
	}
	r := rewriter{src: text, touch: func([]byte) bool { return true }, change: m.text}
	return r.run()
}

// replaceAlone masks a value where no letter or digit stands beside it.
func replaceAlone(s, value string) string {
	var b strings.Builder
	rest := 0
	for i := 0; ; {
		at := strings.Index(s[i:], value)
		if at < 0 {
			break
		}
		start, end := i+at, i+at+len(value)
		if !alone(s, start, end) {
			_, n := utf8.DecodeRuneInString(s[start:])
			i = start + n
			continue
		}
		b.WriteString(s[rest:start])
		b.WriteString(masked)
		rest, i = end, end
	}
	if rest == 0 {
		return s
	}
	b.WriteString(s[rest:])
	return b.String()
}

func alone(s string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:start])
	after, _ := utf8.DecodeRuneInString(s[end:])
	return !wordly(before, start > 0) && !wordly(after, end < len(s))
}

func wordly(r rune, there bool) bool {
	return there && (unicode.IsLetter(r) || unicode.IsDigit(r))
}
