package feel

import (
	"fmt"
	"regexp"
	"strings"
)

// linear translates a pattern for Go's engine, whose time is linear in the input. It
// cannot express everything: lookaround, backreferences, possessive repeats, ends of
// lines in Java's sense, and repeats of what may be empty are left to the backtracker.
func linear(n *rx) (*regexp.Regexp, bool) {
	var b strings.Builder
	if !writeLinear(&b, n) || b.Len() > 100_000 {
		return nil, false
	}
	re, err := regexp.Compile(b.String())
	return re, err == nil
}

func writeLinear(b *strings.Builder, n *rx) bool {
	switch n.kind {
	case rxEmpty:
		return true
	case rxSet:
		return writeSet(b, n.set)
	case rxSeq:
		for _, k := range n.kids {
			if !writeLinear(b, k) {
				return false
			}
		}
		return true
	case rxAlt:
		return writeAlternatives(b, n)
	case rxGroup:
		b.WriteString("(")
		if n.index == 0 {
			b.WriteString("?:")
		}
		ok := writeLinear(b, n.kids[0])
		b.WriteString(")")
		return ok
	case rxRepeat:
		return writeRepeat(b, n)
	case rxBegin:
		b.WriteString(`\A`)
		return true
	case rxEnd:
		b.WriteString(`\z`)
		return true
	}
	return false
}

func writeAlternatives(b *strings.Builder, n *rx) bool {
	b.WriteString("(?:")
	for i, k := range n.kids {
		if i > 0 {
			b.WriteByte('|')
		}
		if !writeLinear(b, k) {
			return false
		}
	}
	b.WriteByte(')')
	return true
}

func writeRepeat(b *strings.Builder, n *rx) bool {
	if least, _ := n.kids[0].width(); n.hungry || least == 0 || n.min > 500 || n.max > 500 {
		return false
	}
	b.WriteString("(?:")
	if !writeLinear(b, n.kids[0]) {
		return false
	}
	b.WriteByte(')')
	switch {
	case n.min == 0 && n.max < 0:
		b.WriteByte('*')
	case n.min == 1 && n.max < 0:
		b.WriteByte('+')
	case n.min == 0 && n.max == 1:
		b.WriteByte('?')
	case n.max < 0:
		fmt.Fprintf(b, "{%d,}", n.min)
	default:
		fmt.Fprintf(b, "{%d,%d}", n.min, n.max)
	}
	if n.lazy {
		b.WriteByte('?')
	}
	return true
}

func writeSet(b *strings.Builder, s runeSet) bool {
	if len(s) == 0 || len(s) > 400 {
		return false
	}
	b.WriteByte('[')
	for _, r := range s {
		fmt.Fprintf(b, `\x{%X}-\x{%X}`, r.lo, r.hi)
	}
	b.WriteByte(']')
	return true
}
