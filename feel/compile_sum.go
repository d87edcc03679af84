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
		texts := textSum{}
		for i, f := range terms {
			x := f(r, s)
			if acc.t == tString && x.t == tString {
				acc = texts.add(acc, x)
				continue
			}
			acc = addTerm(r, at[i], texts.flush(r, acc), x)
		}
		return texts.flush(r, acc)
	}
}

// textSum collects texts that follow each other.
type textSum struct {
	few   [8]string
	parts []string
}

// add takes the next text; the sum so far is acc alone, or in the parts.
func (t *textSum) add(acc, x Value) Value {
	if t.parts == nil {
		t.parts = append(t.few[:0], acc.s)
	}
	t.parts = append(t.parts, x.s)
	return acc
}

// flush returns the sum so far.
func (t *textSum) flush(r *run, acc Value) Value {
	if t.parts == nil {
		return acc
	}
	size, halves := 0, false
	for _, p := range t.parts {
		size += len(p)
		halves = halves || len(p) >= 3 && p[0] == 0xED
	}
	r.text(size)
	text := ""
	if halves { // two halves of a pair may meet
		for _, p := range t.parts {
			text = joinText(text, p)
		}
	} else {
		text = strings.Join(t.parts, "")
	}
	t.parts = nil
	return String(text)
}

func addTerm(r *run, pos int32, x, y Value) Value {
	switch {
	case x.failed():
		return x.orNull()
	case y.failed():
		return y.orNull()
	}
	return addValues(r, pos, x, y).orNull()
}
