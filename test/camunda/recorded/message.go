package recorded

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Tags of observations.
const (
	unordered = "unordered-violations"
	javaText  = "java-text"
	feelText  = "feel-text"
)

// maxMessage is where a runtime cuts messages, in UTF-16 units; recorded long ones
// are ASCII.
const maxMessage = 6000

const bar = " | Error variables: "

// message is a failure's text, and the Java print of its variables that follows
// from 8.9 on.
type message struct {
	head, tail string
	hasTail    bool
	cut        bool
}

func splitMessage(s string) message {
	m := message{cut: len(s) >= maxMessage}
	m.head, m.tail, m.hasTail = strings.Cut(s, bar)
	return m
}

// alike compares the wording of two messages, as freely as the tags allow.
func (c *comparison) alike(want, got string) bool {
	switch {
	case want == got:
		return true
	case slices.Contains(c.tags, unordered):
		return sortedLines(want) == sortedLines(got)
	case slices.Contains(c.tags, feelText) && strings.Contains(want, inContext):
		return feelShape(want) == feelShape(got)
	case slices.Contains(c.tags, javaText):
		return got != ""
	}
	return false
}

func sortedLines(s string) string {
	lines := strings.Split(s, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

const (
	inContext = "' in context '"
	reason    = "'. Reason: "
)

// feelShape leaves of a failed evaluation what is not the engine's wording nor a
// Java print: that it failed, and of which expression.
func feelShape(s string) string {
	head, rest, ok := strings.Cut(s, inContext)
	if !ok {
		return s
	}
	if strings.Contains(rest, reason) {
		return head + inContext + reason
	}
	return head + inContext
}

// isPrintOf tells whether a message's tail prints the variables as Java prints a
// map, whatever the order of the keys. A message that was cut ends somewhere.
func isPrintOf(m message, variables json.RawMessage) bool {
	if m.cut && m.tail == "" {
		return true
	}
	for _, rest := range printed(decode(variables), m.tail, m.cut) {
		if rest == "" {
			return true
		}
	}
	return false
}

// printed gives what remains of text after each way to print the value at its
// beginning; with open, text that ends too early is fine.
func printed(v any, text string, open bool) []string {
	switch t := v.(type) {
	case map[string]any:
		rest, ok := after(text, "{", open)
		if !ok {
			return nil
		}
		return printedEntries(t, rest, "", open)
	case []any:
		return printedList(t, text, open)
	case nil:
		return literal(text, "null", open)
	default:
		return literal(text, fmt.Sprint(t), open)
	}
}

func literal(text, want string, open bool) []string {
	if rest, ok := after(text, want, open); ok {
		return []string{rest}
	}
	return nil
}

// after takes a beginning away.
func after(text, prefix string, open bool) (string, bool) {
	if rest, ok := strings.CutPrefix(text, prefix); ok {
		return rest, true
	}
	return "", open && strings.HasPrefix(prefix, text)
}

func printedEntries(left map[string]any, text, separator string, open bool) []string {
	if len(left) == 0 {
		return literal(text, "}", open)
	}
	var rests []string
	for k, v := range left {
		rest, ok := after(text, separator+k+"=", open)
		if !ok {
			continue
		}
		others := map[string]any{}
		for name, x := range left {
			if name != k {
				others[name] = x
			}
		}
		for _, r := range printed(v, rest, open) {
			rests = append(rests, printedEntries(others, r, ", ", open)...)
		}
	}
	return rests
}

func printedList(list []any, text string, open bool) []string {
	rest, ok := after(text, "[", open)
	if !ok {
		return nil
	}
	rests := []string{rest}
	for i, v := range list {
		var next []string
		for _, r := range rests {
			if i > 0 {
				r, ok = after(r, ", ", open)
			}
			if ok {
				next = append(next, printed(v, r, open)...)
			}
		}
		rests = next
	}
	var out []string
	for _, r := range rests {
		out = append(out, literal(r, "]", open)...)
	}
	return out
}

// Places are the addresses of the servers around a runtime, host:port each.
type Places struct{ Web, S3, Documents string }

// Insert puts them into a case's text.
func (p Places) Insert(s string) string {
	return strings.NewReplacer("{web}", p.Web, "{s3}", p.S3, "{documents}", p.Documents).Replace(s)
}

type normal struct {
	is *regexp.Regexp
	to string
}

// normals replace what changes from run to run, as was done for the recordings.
var normals = []normal{
	{regexp.MustCompile(`Extended Request ID: [^,)\s]+`), "Extended Request ID: {hostId}"},
	{regexp.MustCompile(`([^d]) Request ID: [^,)\s]+`), "$1 Request ID: {requestId}"},
	{regexp.MustCompile(`@[0-9a-f]{5,8}\b`), "@{objectHash}"},
	{regexp.MustCompile(`\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`), "{uuid}"},
}

// Normalise replaces what changes from run to run by the recordings' placeholders.
func (p Places) Normalise(s string) string {
	for _, place := range []struct{ at, name string }{{p.Web, "{web}"}, {p.S3, "{s3}"}, {p.Documents, "{documents}"}} {
		if place.at != "" {
			s = strings.ReplaceAll(s, place.at, place.name)
		}
	}
	for _, n := range normals {
		s = n.is.ReplaceAllString(s, n.to)
	}
	return s
}
