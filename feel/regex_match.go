package feel

import "unicode/utf8"

// The matcher is a graph of steps, each with its successor, that is tried in the order
// of java.util.regex. It counts its work; what a linear engine can do is handed to one
// when the count gets high (regex.go).

// step is one node of the graph.
type rxStep interface {
	match(m *rxRun, i int) bool
}

// rxRun is the state of one search.
type rxRun struct {
	in      string
	groups  []int // start and end of each, -1 if unset
	locals  []int
	prevEnd int // of the match before
	work    int
	budget  int
	depth   int
}

// errBudget ends a search that has worked too much.
type errBudget struct{}

const maxMatchDepth = 20_000

func (m *rxRun) count() {
	if m.work++; m.work > m.budget {
		panic(errBudget{})
	}
}

func (m *rxRun) enter() {
	m.count()
	if m.depth++; m.depth > maxMatchDepth {
		panic(errBudget{})
	}
}

// ---- single steps

type stAccept struct{}

func (stAccept) match(m *rxRun, i int) bool {
	m.groups[1] = i
	return true
}

// stStop ends a part of the pattern that is matched for itself.
type stStop struct{}

func (stStop) match(m *rxRun, i int) bool {
	m.locals[0] = i
	return true
}

type stSet struct {
	set  runeSet
	low  [2]uint64 // the ASCII members
	next rxStep
}

func newSet(s runeSet, next rxStep) *stSet {
	st := &stSet{set: s, next: next}
	for c := range rune(128) {
		if s.has(c) {
			st.low[c>>6] |= 1 << (c & 63)
		}
	}
	return st
}

// one returns the length of the code point at i if it is in the set, else 0.
func (s *stSet) one(in string, i int) int {
	if i >= len(in) {
		return 0
	}
	c := in[i]
	if c < utf8.RuneSelf {
		return int(s.low[c>>6] >> (c & 63) & 1)
	}
	r, n := decode(in[i:])
	if s.set.has(r) {
		return n
	}
	return 0
}

func (s *stSet) match(m *rxRun, i int) bool {
	m.count()
	n := s.one(m.in, i)
	return n > 0 && s.next.match(m, i+n)
}

// stRun repeats a set.
type stRun struct {
	set      *stSet
	min, max int
	mode     byte // g greedy, l lazy, p possessive
	next     rxStep
}

func (s *stRun) match(m *rxRun, i int) bool {
	n, start := 0, i
	for ; n < s.min; n++ {
		m.count()
		w := s.set.one(m.in, i)
		if w == 0 {
			return false
		}
		i += w
	}
	if s.mode == 'l' {
		return s.lazy(m, i, n)
	}
	least := i
	for s.max < 0 || n < s.max {
		w := s.set.one(m.in, i)
		if w == 0 {
			break
		}
		m.count()
		i, n = i+w, n+1
	}
	if s.mode == 'p' {
		return s.next.match(m, i)
	}
	for {
		if s.next.match(m, i) {
			return true
		}
		if i <= least || i <= start {
			return false
		}
		m.count()
		i = before16(m.in, i)
	}
}

// before16 returns the start of the code point that ends at i.
func before16(s string, i int) int {
	for i--; i > 0 && !utf8.RuneStart(s[i]); i-- {
	}
	return i
}

func (s *stRun) lazy(m *rxRun, i, n int) bool {
	for {
		if s.next.match(m, i) {
			return true
		}
		w := 0
		if s.max < 0 || n < s.max {
			w = s.set.one(m.in, i)
		}
		if w == 0 {
			return false
		}
		m.count()
		i, n = i+w, n+1
	}
}

type stAlt struct{ alts []rxStep }

func (s *stAlt) match(m *rxRun, i int) bool {
	m.enter()
	for _, a := range s.alts {
		if a.match(m, i) {
			m.depth--
			return true
		}
	}
	m.depth--
	return false
}

// stMark remembers a start, stClose makes the group of it.
type stMark struct {
	local int
	next  rxStep
}

func (s *stMark) match(m *rxRun, i int) bool {
	save := m.locals[s.local]
	m.locals[s.local] = i
	ok := s.next.match(m, i)
	m.locals[s.local] = save
	return ok
}

type stClose struct {
	group, local int
	next         rxStep
}

func (s *stClose) match(m *rxRun, i int) bool {
	g := m.groups[2*s.group : 2*s.group+2]
	a, b := g[0], g[1]
	g[0], g[1] = m.locals[s.local], i
	if s.next.match(m, i) {
		return true
	}
	g[0], g[1] = a, b
	return false
}

// stLoop repeats a body that leads back to it. begin holds where the current round
// started: a round that matched nothing is the last.
type stLoop struct {
	body, next   rxStep
	min, max     int
	lazy         bool
	begin, times int // locals
}

// stEnter starts a loop.
type stEnter struct{ loop *stLoop }

func (s *stEnter) match(m *rxRun, i int) bool {
	l := s.loop
	times, begin := m.locals[l.times], m.locals[l.begin]
	m.locals[l.times], m.locals[l.begin] = 0, -1
	ok := l.match(m, i)
	m.locals[l.times], m.locals[l.begin] = times, begin
	return ok
}

func (l *stLoop) match(m *rxRun, i int) bool {
	m.enter()
	ok := l.round(m, i)
	m.depth--
	return ok
}

func (l *stLoop) round(m *rxRun, i int) bool {
	n := m.locals[l.times]
	if i == m.locals[l.begin] && n > 0 { // nothing matched
		return l.leave(m, i)
	}
	if n < l.min {
		return l.again(m, i, n)
	}
	more := l.max < 0 || n < l.max
	if l.lazy {
		return l.leave(m, i) || more && l.again(m, i, n)
	}
	return more && l.again(m, i, n) || l.leave(m, i)
}

func (l *stLoop) again(m *rxRun, i, n int) bool {
	begin := m.locals[l.begin]
	m.locals[l.times], m.locals[l.begin] = n+1, i
	ok := l.body.match(m, i)
	if !ok {
		m.locals[l.times], m.locals[l.begin] = n, begin
	}
	return ok
}

func (l *stLoop) leave(m *rxRun, i int) bool { return l.next.match(m, i) }

// stAtomic matches its body once and for all.
type stAtomic struct {
	body rxStep
	next rxStep
}

func (s *stAtomic) match(m *rxRun, i int) bool {
	m.enter()
	defer func() { m.depth-- }()
	return s.body.match(m, i) && s.next.match(m, m.locals[0])
}

type stLook struct {
	body     rxStep
	next     rxStep
	negative bool
	behind   bool
	min, max int
	until    int // the local with the position where a lookbehind has to end
}

// stUntil is the end of a lookbehind.
type stUntil struct{ local int }

func (s stUntil) match(m *rxRun, i int) bool { return i == m.locals[s.local] }

// match does not undo groups: what a lookaround has seen stays visible, even where it
// fails, as in Java.
func (s *stLook) match(m *rxRun, i int) bool {
	m.enter()
	defer func() { m.depth-- }()
	found := false
	if s.behind {
		found = s.lookBehind(m, i)
	} else {
		found = s.body.match(m, i)
	}
	return found != s.negative && s.next.match(m, i)
}

func (s *stLook) lookBehind(m *rxRun, i int) bool {
	from := i
	save := m.locals[s.until]
	m.locals[s.until] = i
	defer func() { m.locals[s.until] = save }()
	for n := 0; n <= s.max; n++ {
		if n >= s.min && s.body.match(m, from) {
			return true
		}
		if from == 0 {
			return false
		}
		m.count()
		from = before16(m.in, from)
	}
	return false
}
