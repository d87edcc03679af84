package feel

// rxCompiler makes the graph of steps, from the end to the start.
type rxCompiler struct{ locals int }

func (c *rxCompiler) local() int {
	c.locals++
	return c.locals - 1
}

func (c *rxCompiler) step(n *rx, next rxStep) rxStep {
	switch n.kind {
	case rxEmpty:
		return next
	case rxSet:
		return newSet(n.set, next)
	case rxSeq:
		for i := len(n.kids) - 1; i >= 0; i-- {
			next = c.step(n.kids[i], next)
		}
		return next
	case rxAlt:
		alt := &stAlt{}
		for _, k := range n.kids {
			alt.alts = append(alt.alts, c.step(k, next))
		}
		return alt
	case rxGroup:
		if n.index == 0 {
			return c.step(n.kids[0], next)
		}
		at := c.local()
		return &stMark{local: at, next: c.step(n.kids[0], &stClose{group: n.index, local: at, next: next})}
	case rxRepeat:
		return c.repeat(n, next)
	case rxAtomic:
		return &stAtomic{body: c.step(n.kids[0], stStop{}), next: next}
	case rxLook:
		return c.look(n, next)
	case rxBackref:
		return &stBackref{group: n.index, fold: n.fold, next: next}
	}
	return &stAssert{kind: n.kind, unixLine: n.unixLine, next: next}
}

func (c *rxCompiler) look(n *rx, next rxStep) rxStep {
	s := &stLook{next: next, negative: n.negative, behind: n.behind, min: n.min, max: n.max}
	if !n.behind {
		s.body = c.step(n.kids[0], stStop{})
		return s
	}
	s.until = c.local()
	s.body = c.step(n.kids[0], stUntil{s.until})
	return s
}

func (c *rxCompiler) repeat(n *rx, next rxStep) rxStep {
	body := n.kids[0]
	for body.kind == rxSeq && len(body.kids) == 1 {
		body = body.kids[0]
	}
	if body.kind == rxSet {
		mode := byte('g')
		if n.lazy {
			mode = 'l'
		} else if n.hungry {
			mode = 'p'
		}
		return &stRun{set: newSet(body.set, nil), min: n.min, max: n.max, mode: mode, next: next}
	}
	if n.idle() {
		return next
	}
	if n.hungry {
		return &stAtomic{body: c.loop(n, body, stStop{}), next: next}
	}
	return c.loop(n, body, next)
}

func (c *rxCompiler) loop(n, body *rx, next rxStep) rxStep {
	loop := &stLoop{next: next, min: n.min, max: n.max, lazy: n.lazy, begin: c.local(), times: c.local()}
	loop.body = c.step(body, loop)
	return &stEnter{loop}
}

// idle reports a repeat of a group that matches nothing but a place, such as (\b)*:
// Java leaves the group unset.
func (n *rx) idle() bool {
	body := n.kids[0]
	_, most := body.width()
	return body.kind == rxGroup && body.index > 0 && most == 0 && n.min == 0 && n.max != 1 && !n.lazy && !n.hungry && body.fixed()
}

// fixed reports that a node can match in one way only.
func (n *rx) fixed() bool {
	switch n.kind {
	case rxAlt, rxAtomic:
		return false
	case rxRepeat:
		return n.min == n.max && n.kids[0].fixed()
	case rxSeq, rxGroup:
		for _, k := range n.kids {
			if !k.fixed() {
				return false
			}
		}
	}
	return true
}
