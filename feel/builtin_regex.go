package feel

import (
	"strings"
)

func regexFunctions(e *Engine) []builtin {
	get := func(r *run, a []Value, flags string) (*pattern, Value) {
		p, err := e.patterns.get(r, a[1].s, patternFlags(flags))
		if err != nil {
			return nil, errorValue("Invalid pattern '" + a[1].brief() + "'")
		}
		return p, Null
	}
	// with checks the types (all arguments are strings) and compiles the pattern;
	// flags is the index of the flags, or 0.
	with := func(flags int, f func(r *run, p *pattern, a []Value) Value) func(*run, []Value) Value {
		return func(r *run, a []Value) Value {
			for i := range a {
				if a[i].t != tString {
					return illegal(a)
				}
			}
			set := ""
			if flags > 0 {
				set = a[flags].s
			}
			p, failed := get(r, a, set)
			if p == nil {
				return failed
			}
			return f(r, p, a)
		}
	}
	return []builtin{
		{name: "matches", params: names("input", "pattern"), call: with(0, matchesPattern)},
		{name: "matches", params: names("input", "pattern", "flags"), call: with(2, matchesPattern)},
		{name: "replace", params: names("input", "pattern", "replacement"), call: with(0, replaceAll)},
		{name: "replace", params: names("input", "pattern", "replacement", "flags"), call: with(3, replaceAll)},
		{name: "split", params: names("string", "delimiter"), call: with(0, split)},
		{name: "extract", params: names("input", "pattern"), call: with(0, extract)},
	}
}

func patternFlags(s string) int {
	flags := 0
	for i := range len(s) {
		switch s[i] {
		case 's':
			flags |= flagDotAll
		case 'm':
			flags |= flagMultiline
		case 'i':
			flags |= flagFold
		case 'x':
			flags |= flagComments
		}
	}
	return flags
}

func matchesPattern(r *run, p *pattern, a []Value) Value { return Bool(p.matcher(r, a[0].s).find()) }

func extract(r *run, p *pattern, a []Value) Value {
	m := p.matcher(r, a[0].s)
	var out []Value
	for m.find() {
		out = append(out, String(m.in[m.loc[0]:m.loc[1]]))
		r.grow(1)
	}
	return r.list(out)
}

// split keeps empty parts, but not one before an empty match at the start.
func split(r *run, p *pattern, a []Value) Value {
	m := p.matcher(r, a[0].s)
	var out []Value
	last := 0
	for m.find() {
		if last == 0 && m.loc[1] == 0 {
			continue
		}
		out = append(out, String(m.in[last:m.loc[0]]))
		r.grow(1)
		last = m.loc[1]
	}
	return r.list(append(out, String(m.in[last:])))
}

func replaceAll(r *run, p *pattern, a []Value) Value {
	m := p.matcher(r, a[0].s)
	if !m.find() {
		return a[0]
	}
	text := a[2].s
	var parts []piece
	if strings.ContainsAny(text, `$\\`) {
		var ok bool
		if parts, ok = p.template(text); !ok {
			return errorValue("Invalid pattern '" + a[1].brief() + "'")
		}
		text = ""
	}
	buf, last := m.out[:0], 0
	for more := true; more; more = m.find() {
		buf = append(append(buf, m.in[last:m.loc[0]]...), text...)
		for _, t := range parts {
			if t.group < 0 {
				buf = append(buf, t.text...)
			} else if from := m.loc[2*t.group]; from >= 0 {
				buf = append(buf, m.in[from:m.loc[2*t.group+1]]...)
			}
		}
		last = m.loc[1]
		if len(buf) > r.engine.limits.StringSize {
			r.text(len(buf))
		}
	}
	m.out = append(buf, m.in[last:]...)
	return r.string(string(m.out))
}

// piece is a part of a replacement: text, or a group if group >= 0.
type piece struct {
	text  string
	group int
}

// template reads a replacement: $1, ${name}, and \ before a character as it is.
func (p *pattern) template(s string) (parts []piece, ok bool) {
	text := ""
	flush := func() {
		if text != "" {
			parts = append(parts, piece{text, -1})
			text = ""
		}
	}
	for i := 0; i < len(s); {
		switch s[i] {
		case '\\':
			if i+1 >= len(s) {
				return nil, false
			}
			text += s[i+1 : i+2]
			i += 2
		case '$':
			group, next := p.reference(s, i+1)
			if group < 0 {
				return nil, false
			}
			flush()
			parts = append(parts, piece{"", group})
			i = next
		default:
			text += s[i : i+1]
			i++
		}
	}
	flush()
	return parts, true
}

// reference reads what follows a $; the group is -1 where there is none.
func (p *pattern) reference(s string, i int) (group, next int) {
	if i < len(s) && s[i] == '{' {
		end := strings.IndexByte(s[i:], '}')
		if end < 0 {
			return -1, 0
		}
		if g, ok := p.names[s[i+1:i+end]]; ok {
			return g, i + end + 1
		}
		return -1, 0
	}
	if i >= len(s) || !isDigit(s[i]) || int(s[i]-'0') > p.groups {
		return -1, 0
	}
	group = int(s[i] - '0')
	for i++; i < len(s) && isDigit(s[i]); i++ {
		more := group*10 + int(s[i]-'0')
		if more > p.groups {
			break
		}
		group = more
	}
	return group, i
}
