package feel

import (
	"slices"
	"strings"
)

// sumOf compiles a + b + c ..: texts are joined once, not step by step.
func (c *compiler) sumOf(n *node) evalFn {
	var terms []evalFn
	var at []int32
	for ; n.kind == nArith && n.op == opAdd; n = n.a {
		terms, at = append(terms, c.compile(n.b)), append(at, n.pos)
	}
	first := c.compile(n)
	slices.Reverse(terms)
	slices.Reverse(at)
	return func(r *run, s *scope) Value {
		acc := first(r, s)
		base := len(r.texts)
		for i, f := range terms {
			x := f(r, s)
			if acc.t == tString && x.t == tString {
				if len(r.texts) == base {
					r.texts = append(r.texts, acc.s)
				}
				r.texts = append(r.texts, x.s)
				continue
			}
			acc = addTerm(r, at[i], joined(r, base, acc), x)
		}
		return joined(r, base, acc)
	}
}

// joined returns the sum so far: the texts collected from base on, or the value.
func joined(r *run, base int, acc Value) Value {
	parts := r.texts[base:]
	if len(parts) == 0 {
		return acc
	}
	size, halves := 0, false
	for _, p := range parts {
		size += len(p)
		halves = halves || len(p) >= 3 && p[0] == 0xED
	}
	r.text(size)
	text := ""
	if halves { // two halves of a pair may meet
		for _, p := range parts {
			text = joinText(text, p)
		}
	} else {
		text = strings.Join(parts, "")
	}
	r.texts = r.texts[:base]
	return String(text)
}

func addTerm(r *run, pos int32, x, y Value) Value {
	switch {
	case x.failed():
		return x.orNull()
	case y.failed():
		return y.orNull()
	}
	return r.charge(addValues(r, pos, x, y)).orNull()
}
