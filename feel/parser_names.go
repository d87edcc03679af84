package feel

import "strings"

// path of names, the first apart: most have only one.
type qualified struct {
	head string
	tail []string
}

func (q qualified) joined() string {
	if len(q.tail) == 0 {
		return q.head
	}
	return q.head + "." + strings.Join(q.tail, ".")
}

// qualifiedName takes a.b.c.
func (p *parser) qualifiedName() (q qualified, ok bool) {
	if q.head, ok = p.scanProperty(); !ok {
		return q, false
	}
	for {
		save := p.pos
		p.space()
		if p.peek() != '.' || p.hasPrefix("..") {
			p.pos = save
			return q, true
		}
		p.pos++
		p.space()
		name, ok := p.scanProperty()
		if !ok {
			p.pos = save
			return q, true
		}
		q.tail = append(q.tail, name)
	}
}

// named parses what starts with a letter: a temporal literal, a call, a variable, a
// constant or a function.
func (p *parser) named() *node {
	at := p.pos
	if c := p.src[at]; c == 'd' || c == 't' {
		if n := p.temporalCall(at); n != nil || p.fatal {
			return n
		}
	}
	words := p.callWords(at, p.identifierEnd(at))
	if words > at {
		p.pos = words
		if n := p.call(at, qualified{head: p.src[at:words]}); n != nil || p.fatal {
			return n
		}
		p.pos = at
	}
	q, ok := p.qualifiedName()
	if !ok {
		p.pos = at
		return p.word(at)
	}
	if words == at {
		end := p.pos
		if n := p.call(at, q); n != nil || p.fatal {
			return n
		}
		p.pos = end
	}
	n := p.node(nRef, at)
	n.name, n.names, n.partial = q.head, q.tail, q.head == "partial"
	return n
}

// word parses the constants and functions that start with a reserved word.
func (p *parser) word(at int) *node {
	switch {
	case p.accept("null"):
		return p.constant(at, Null)
	case p.accept("true"):
		return p.constant(at, Bool(true))
	case p.accept("false"):
		return p.constant(at, Bool(false))
	case p.accept("function"):
		return p.functionLiteral(at)
	}
	return p.expect("a value")
}

// reservedFunctions hold a reserved word, so that they are no sequence of names. A
// name that only starts like the first two is no function either.
var reservedFunctions = []string{"and", "or", "date and time", "years and months duration", "get or else"}

// call parses the arguments behind the name of a function.
func (p *parser) call(at int, q qualified) *node {
	p.space()
	if !p.accept("(") {
		return nil
	}
	n := p.node(nCall, at)
	if len(q.tail) > 0 {
		n.kind = nMethod
		ref := p.node(nRef, at)
		ref.name, ref.names, ref.partial = q.head, q.tail[:len(q.tail)-1], q.head == "partial"
		n.a, n.name = ref, q.tail[len(q.tail)-1]
	} else {
		n.name = q.head
	}
	if !p.arguments(n) || !p.closing(')', ", or )") {
		return nil
	}
	return p.under(p.under(n, n.kids...), n.a)
}

// callWords returns the end of a name of several words, or at.
func (p *parser) callWords(at, first int) int {
	if first > at {
		if end := p.wordsEnd(first); end > 0 {
			return end
		}
	}
	switch p.src[at] {
	case 'a', 'o', 'd', 'y', 'g':
		for _, w := range reservedFunctions {
			if strings.HasPrefix(p.src[at:], w) {
				return at + len(w)
			}
		}
	}
	return at
}

// arguments parses named or positional arguments, perhaps none.
func (p *parser) arguments(n *node) bool {
	p.space()
	if p.peek() == ')' {
		return true
	}
	var few [6]*node
	kids := few[:0]
	for {
		save := p.pos
		if len(kids) > 0 {
			p.space()
			if !p.accept(",") {
				p.pos = save
				break
			}
			p.space()
		}
		name, named := p.argumentName()
		if len(kids) == 0 {
			n.named = named
		}
		if n.named != named {
			p.pos = save
			break
		}
		arg := p.argument()
		if arg == nil {
			p.pos = save
			break
		}
		kids = append(kids, arg)
		if named {
			n.names = append(n.names, name)
		}
	}
	n.kids = p.keep(kids)
	return len(kids) > 0 && !p.fatal
}

// argumentName takes a name with a colon, or nothing.
func (p *parser) argumentName() (string, bool) {
	start := p.pos
	if c := p.peek(); c < 128 && asciiName[c]&1 == 0 && c != '`' {
		return "", false
	}
	name, ok := p.scanParameter()
	if ok {
		p.space()
		if p.accept(":") {
			p.space()
			return name, true
		}
	}
	p.pos = start
	return "", false
}

// argument parses a range or an expression.
func (p *parser) argument() *node {
	switch p.peek() {
	case '(', '[', ']':
		n, ranged := p.bracket()
		if n == nil || ranged {
			return n
		}
		return p.disjunction(n)
	}
	return p.expression()
}

func (p *parser) functionLiteral(at int) *node {
	p.space()
	if !p.accept("(") {
		return p.expect("(")
	}
	n := p.node(nFunction, at)
	n.captures = true
	for {
		save := p.pos
		p.space()
		if len(n.names) > 0 {
			if !p.accept(",") {
				p.pos = save
				break
			}
			p.space()
		}
		name, ok := p.scanParameter()
		if !ok {
			p.pos = save
			break
		}
		n.names = append(n.names, name)
	}
	if !p.closing(')', ", or )") {
		return nil
	}
	p.space()
	if n.a = p.expression(); n.a == nil {
		return nil
	}
	return p.under(n, n.a)
}

// ---- temporal literals

func (p *parser) temporalCall(at int) *node {
	for _, f := range [...]string{"duration", "date and time", "date", "time"} {
		if !strings.HasPrefix(p.src[at:], f) {
			continue
		}
		p.pos = at + len(f)
		p.space()
		if p.peek() == '(' {
			p.pos++
			p.space()
			if p.peek() == '"' {
				if n := p.temporal(at, f, 0); n != nil || p.fatal {
					return n
				}
			}
		}
		break
	}
	p.pos = at
	return nil
}

// temporal parses the string of a literal; skip is the width of its sign.
func (p *parser) temporal(at int, f string, skip int) *node {
	p.pos += skip
	if skip > 0 {
		p.space()
	}
	s, ok := p.scanString()
	if !ok || skip == 0 && !p.closing(')', ")") {
		return nil
	}
	return p.constant(at, p.temporalLiteral(f, s))
}

// temporalLiteral returns null for a bad text.
func (p *parser) temporalLiteral(f, s string) (v Value) {
	ok := false
	switch f {
	case "date":
		v, ok = parseDate(s)
	case "time":
		if shapeOffsetTime(s) {
			v, ok = p.zones.parseOffsetTime(s)
		} else {
			v, ok = parseLocalTime(s)
		}
	case "date and time":
		v, ok = p.zones.parseDateTime(s)
	case "duration":
		if isYearMonthText(s) {
			v, ok = parsePeriod(s)
		} else {
			v, ok = parseDayTime(s)
		}
	default:
		v, ok = p.zones.parseAny(s)
	}
	if !ok {
		return Null
	}
	return v
}

func parseDate(s string) (Value, bool) {
	day, rest, ok := scanDate(s)
	return Value{t: tDate, n: day}, ok && rest == "" && isDateText(s)
}

func (z *zones) parseDateTime(s string) (Value, bool) {
	switch {
	case isDateText(s):
		d, ok := parseDate(s)
		return Value{t: tLocalDateTime, n: d.n * secondsPerDay}, ok
	case isOffsetDateTimeText(s):
		return z.parseOffsetDateTime(s)
	}
	return parseLocalDateTime(s)
}

// parseAny reads the text of an @ literal.
func (z *zones) parseAny(s string) (Value, bool) {
	switch {
	case isDateText(s):
		return parseDate(s)
	case shapeOffsetTime(s):
		return z.parseOffsetTime(s)
	case isOffsetDateTimeText(s):
		return z.parseOffsetDateTime(s)
	case isLocalDateTimeText(s):
		return parseLocalDateTime(s)
	case isYearMonthText(s):
		return parsePeriod(s)
	case isDayTimeText(s):
		return parseDayTime(s)
	}
	return parseLocalTime(s)
}
