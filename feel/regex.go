package feel

import (
	"regexp"
	"sync"
	"unicode/utf8"
)

// pattern is a compiled regular expression of Java's syntax. It is safe for
// concurrent use.
type pattern struct {
	tree   *rx
	start  rxStep
	first  *stSet // what a match must start with, or nil
	groups int
	locals int
	names  map[string]int

	once   sync.Once
	linear *regexp.Regexp
}

func compilePattern(text string, flags int) (*pattern, error) {
	tree, groups, names, err := parsePattern(text, flags)
	if err != nil {
		return nil, err
	}
	c := rxCompiler{locals: 1}
	p := &pattern{tree: tree, groups: groups, names: names}
	p.start = c.step(tree, stAccept{})
	p.locals = c.locals
	p.first = firstSet(p.start)
	return p, nil
}

func firstSet(s rxStep) *stSet {
	switch s := s.(type) {
	case *stSet:
		return s
	case *stRun:
		if s.min > 0 {
			return s.set
		}
	case *stMark:
		return firstSet(s.next)
	}
	return nil
}

// easyWork is what the backtracker may do before a linear engine takes over.
const easyWork = 5_000

// matcher finds one match after the other.
type matcher struct {
	r   *run
	p   *pattern
	in  string
	at  int // where the next search starts
	run rxRun
	buf []int
	out []byte
	// loc holds start and end of the match and of its groups, -1 for none.
	loc []int
}

// matcher returns the run's matcher, set up anew: there is one search at a time.
func (p *pattern) matcher(r *run, in string) *matcher {
	m := &r.matcher
	m.r, m.p, m.in, m.at = r, p, in, 0
	groups := 2 * (p.groups + 1)
	if len(m.buf) < groups+p.locals {
		m.buf = make([]int, groups+p.locals+8)
	}
	clear(m.buf)
	m.loc = m.buf[:groups:groups]
	m.run = rxRun{in: in, groups: m.loc, locals: m.buf[groups : groups+p.locals]}
	return m
}

const keptBytes = 4096

// forget drops what the matcher refers to, but its memory.
func (m *matcher) forget() {
	buf, out := m.buf, m.out
	if len(buf) > keptBytes || cap(out) > keptBytes {
		buf, out = nil, nil
	}
	*m = matcher{buf: buf, out: out}
}

// find goes to the next match.
func (m *matcher) find() bool {
	if m.at > len(m.in) {
		return false
	}
	ok, done := m.backtrack(easyWork + 4*(len(m.in)-m.at))
	if !done {
		if m.p.goPattern() != nil && utf8.ValidString(m.in) {
			ok = m.findLinear()
		} else if ok, done = m.backtrack(m.r.engine.limits.RegexSteps); !done {
			limitError("the regular expression needs more than %d steps", m.r.engine.limits.RegexSteps)
		}
	}
	if !ok {
		m.at = len(m.in) + 1
		return false
	}
	m.run.prevEnd = m.loc[1]
	m.at = m.loc[1]
	if m.loc[0] == m.loc[1] {
		m.at += stepWidth(m.in, m.at)
	}
	return true
}

func stepWidth(s string, i int) int {
	if i >= len(s) {
		return 1
	}
	_, n := decode(s[i:])
	return n
}

func (p *pattern) goPattern() *regexp.Regexp {
	p.once.Do(func() { p.linear, _ = linear(p.tree) })
	return p.linear
}

// backtrack searches with a budget; done is false if it was not enough.
func (m *matcher) backtrack(budget int) (ok, done bool) {
	m.run.budget, m.run.work, m.run.depth = budget, 0, 0
	defer func() {
		m.r.work(1 + m.run.work/64)
		if e := recover(); e != nil {
			if _, over := e.(errBudget); !over {
				panic(e)
			}
			ok, done = false, false
		}
	}()
	for g := range m.loc {
		m.loc[g] = -1
	}
	for i := m.at; i <= len(m.in); i += stepWidth(m.in, i) {
		if m.p.first != nil && m.p.first.one(m.in, i) == 0 {
			m.run.count()
			continue
		}
		if m.p.start.match(&m.run, i) {
			m.loc[0] = i
			return true, true
		}
	}
	return false, true
}

// findLinear lets Go's engine search. The text before the start is cut off, which
// only \A and ^ can notice: those match at the very start alone.
func (m *matcher) findLinear() bool {
	m.r.work(1 + (len(m.in)-m.at)/16)
	loc := m.p.linear.FindStringSubmatchIndex(m.in[m.at:])
	if loc == nil || m.at > 0 && m.p.anchored() {
		return false
	}
	for i, at := range loc {
		if m.loc[i] = at; at >= 0 {
			m.loc[i] += m.at
		}
	}
	return true
}

// anchored reports whether the pattern holds \A or ^ anywhere.
func (p *pattern) anchored() bool { return hasBegin(p.tree) }

func hasBegin(n *rx) bool {
	if n.kind == rxBegin {
		return true
	}
	for _, k := range n.kids {
		if hasBegin(k) {
			return true
		}
	}
	return false
}

// patterns remembers compiled patterns; when it is full it starts anew.
type patterns struct {
	mu    sync.RWMutex
	known map[patternKey]*pattern
}

type patternKey struct {
	text  string
	flags int
}

const (
	keptPatterns  = 256
	longestKept   = 1000
	longestRegexp = 5_000
	// compileWork is what one byte of a pattern counts, as sets of characters cost time.
	compileWork = 20
)

func (ps *patterns) get(r *run, text string, flags int) (*pattern, error) {
	key := patternKey{text, flags}
	ps.mu.RLock()
	p := ps.known[key]
	ps.mu.RUnlock()
	if p != nil {
		return p, nil
	}
	if len(text) > longestRegexp {
		limitError("a regular expression has more than %d bytes", longestRegexp)
	}
	r.work(compileWork * len(text))
	p, err := compilePattern(text, flags)
	if err != nil || len(text) > longestKept {
		return p, err
	}
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.known == nil || len(ps.known) >= keptPatterns {
		ps.known = make(map[patternKey]*pattern)
	}
	ps.known[key] = p
	return p, nil
}
