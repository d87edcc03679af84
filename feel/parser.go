package feel

import "sync"

// Bounds of the text: how deep brackets nest, how deep the tree may get, and how
// often the parser may try again.
const (
	maxNesting   = 1500
	maxTreeDepth = 10_000
	stepsPerByte = 20
	spareSteps   = 20_000
)

// parser is a recursive descent over the text with operator precedence in the
// middle. A nil node means: no match here, try something else.
type parser struct {
	src   string
	pos   int
	depth int
	steps int
	zones *zones
	slab  []node
	arena []*node

	// pure says that the expression just parsed is arithmetic without a comparison, a
	// logical operator or a keyword: only that may start or end a range.
	pure bool
	// fatal ends the parse: no alternative may be tried.
	fatal    bool
	last     attempt
	failures map[int]bool

	far   int    // furthest position where something was missing
	want  string // what was missing there
	limit string // the bound that was met
}

func (p *parser) node(kind nodeKind, pos int) *node {
	if len(p.slab) == cap(p.slab) {
		p.slab = make([]node, 0, 2*cap(p.slab)+16)
	}
	p.slab = p.slab[:len(p.slab)+1]
	n := &p.slab[len(p.slab)-1]
	n.kind, n.pos, n.depth = kind, int32(pos), 1
	return n
}

// parsers are used again: the closures of an expression keep nothing of its tree.
var parsers = sync.Pool{New: func() any { return &parser{slab: make([]node, 0, 32), arena: make([]*node, 0, 32)} }}

func newParser(src string, z *zones) *parser {
	p := parsers.Get().(*parser)
	*p = parser{src: src, zones: z, slab: p.slab[:0], arena: p.arena[:0]}
	return p
}

const keptNodes = 256

// release gives the parser back, without what it refers to.
func (p *parser) release() {
	if cap(p.slab) > keptNodes || cap(p.arena) > keptNodes {
		return
	}
	clear(p.slab)
	clear(p.arena)
	p.src, p.zones, p.want, p.limit, p.last, p.failures = "", nil, "", "", attempt{}, nil
	parsers.Put(p)
}

// keep moves child nodes into the parser's own memory.
func (p *parser) keep(kids []*node) []*node {
	start := len(p.arena)
	p.arena = append(p.arena, kids...)
	return p.arena[start:len(p.arena):len(p.arena)]
}

// under makes b deep enough to hold its children.
func (p *parser) under(n *node, kids ...*node) *node {
	for _, k := range kids {
		if k != nil {
			n.depth = max(n.depth, k.depth+1)
			n.captures = n.captures || k.captures
			n.partial = n.partial || k.partial
		}
	}
	if n.depth > maxTreeDepth {
		return p.over("the expression is nested too deeply")
	}
	return n
}

func (p *parser) over(what string) *node {
	if p.limit == "" {
		p.limit = what
	}
	p.fatal = true
	return nil
}

func (p *parser) expect(what string) *node {
	p.failAt(p.pos, what)
	return nil
}

func (p *parser) failAt(pos int, what string) bool {
	if pos > p.far || p.want == "" {
		p.far, p.want = pos, what
	}
	return true
}

// parseText parses a whole text.
func (p *parser) parseText(rule func(*parser) *node) (*node, error) {
	p.space()
	var n *node
	if !p.fatal {
		n = rule(p)
	}
	if n != nil {
		p.space()
		if p.pos < len(p.src) {
			p.expect("an operator or the end of the expression")
			n = nil
		}
	}
	if n == nil || p.fatal {
		return nil, p.failure()
	}
	return n, nil
}

// ---- expressions

func (p *parser) expression() *node {
	if p.depth++; p.depth > maxNesting {
		return p.over("the expression is nested too deeply")
	}
	n := p.remembered()
	if n == nil {
		n = p.newExpression()
	}
	p.depth--
	return n
}

// attempt is the outcome of parsing an expression at a position. The grammar tries
// some texts twice; the last success and all failures are kept for that.
type attempt struct {
	start, end int
	node       *node
	pure       bool
}

func (p *parser) remembered() *node {
	if p.last.node == nil || p.last.start != p.pos {
		return nil
	}
	p.pos, p.pure = p.last.end, p.last.pure
	return p.last.node
}

func (p *parser) newExpression() *node {
	start := p.pos
	if p.failures[start] {
		return nil
	}
	n := p.keywordExpression()
	if n != nil || p.fatal {
		p.pure = false
	} else {
		n = p.disjunction(nil)
	}
	if n != nil {
		p.last = attempt{start, p.pos, n, p.pure}
		return n
	}
	if p.failures == nil {
		p.failures = map[int]bool{}
	}
	p.failures[start] = true
	return nil
}

func (p *parser) keywordExpression() *node {
	start := p.pos
	var n *node
	switch p.peek() {
	case 'i':
		if p.accept("if") {
			n = p.ifThenElse(start)
		}
	case 'f':
		if p.accept("for") {
			n = p.iterators(start, nFor, "return")
		}
	case 's':
		if p.accept("some") {
			n = p.iterators(start, nSome, "satisfies")
		}
	case 'e':
		if p.accept("every") {
			n = p.iterators(start, nEvery, "satisfies")
		}
	}
	if n == nil {
		p.pos = start
	}
	return n
}

func (p *parser) keyword(word string) bool {
	p.space()
	if p.accept(word) {
		p.space()
		return !p.fatal
	}
	p.expect(word)
	return false
}

func (p *parser) ifThenElse(start int) *node {
	p.space()
	cond := p.expression()
	if cond == nil || !p.keyword("then") {
		return nil
	}
	then := p.expression()
	if then == nil || !p.keyword("else") {
		return nil
	}
	other := p.expression()
	if other == nil {
		return nil
	}
	n := p.node(nIf, start)
	n.a, n.b, n.c = cond, then, other
	return p.under(n, cond, then, other)
}

// iterators parses the rest of for, some and every.
func (p *parser) iterators(start int, kind nodeKind, before string) *node {
	n := p.node(kind, start)
	for {
		p.space()
		name, ok := p.scanName()
		if !ok || !p.keyword("in") {
			return nil
		}
		source := p.iteratorSource()
		if source == nil {
			return nil
		}
		n.names, n.kids = append(n.names, name), append(n.kids, source)
		p.space()
		if !p.accept(",") {
			break
		}
	}
	if !p.keyword(before) {
		return nil
	}
	if n.a = p.expression(); n.a == nil {
		return nil
	}
	return p.under(p.under(n, n.kids...), n.a)
}

// iteratorSource parses a..b or a value without operators.
func (p *parser) iteratorSource() *node {
	start := p.pos
	if p.peek() == '-' { // only a range may start with a minus sign before a name
		if n := p.iteration(p.arithmetic(nil, 1)); n != nil || p.fatal {
			return n
		}
		p.pos = start
		return p.value()
	}
	v := p.value()
	if v == nil {
		return nil
	}
	end := p.pos
	if n := p.iteration(p.arithmetic(v, 1)); n != nil || p.fatal {
		return n
	}
	p.pos = end
	return v
}

func (p *parser) iteration(from *node) *node {
	if from == nil {
		return nil
	}
	p.space()
	if !p.accept("..") {
		return nil
	}
	p.space()
	to := p.arithmetic(nil, 1)
	if to == nil {
		return nil
	}
	n := p.node(nIteration, int(from.pos))
	n.a, n.b = from, to
	return p.under(n, from, to)
}
