// Package jackson reads JSON the way the JSON library of Camunda's connector
// runtime does, where that can be seen: the order of members is kept, of
// members with one name the last one counts, decimals are doubles, content may
// begin with a byte order mark or be UTF-16.
package jackson

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// Kind is what a Value is.
type Kind byte

// The kinds. The zero Value is Null.
const (
	Null Kind = iota
	Bool
	Number
	Text
	List
	Object
)

// Value is one JSON value.
type Value struct {
	Kind  Kind
	Text  string   // of Text unescaped, of Number and Bool as written
	Keys  []string // of Object, beside Items
	Items []Value  // of List and Object
	Raw   []byte   // as written
}

// ErrNotJSON is what Parse gives for text that is not one JSON value.
var ErrNotJSON = errors.New("this is not one JSON value")

// Parse reads a text that is one JSON value. The Value refers to raw.
func Parse(raw []byte) (Value, error) {
	if !json.Valid(raw) {
		return Value{}, ErrNotJSON
	}
	p := parser{raw: raw}
	return p.value(), nil
}

// Get finds a member of an object.
func (v *Value) Get(name string) (*Value, bool) {
	if v.Kind != Object {
		return nil, false
	}
	for i, k := range v.Keys {
		if k == name {
			return &v.Items[i], true
		}
	}
	return nil, false
}

// parser walks over text that is known to be valid JSON.
type parser struct {
	raw []byte
	at  int
}

func (p *parser) space() {
	for p.at < len(p.raw) {
		switch p.raw[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

func (p *parser) value() Value {
	p.space()
	start := p.at
	v := p.parse()
	v.Raw = p.raw[start:p.at]
	return v
}

func (p *parser) parse() Value {
	switch c := p.raw[p.at]; c {
	case '{':
		return p.object()
	case '[':
		return p.list()
	case '"':
		return Value{Kind: Text, Text: p.text()}
	case 'n':
		p.at += len("null")
		return Value{}
	case 't':
		p.at += len("true")
		return Value{Kind: Bool, Text: "true"}
	case 'f':
		p.at += len("false")
		return Value{Kind: Bool, Text: "false"}
	}
	return Value{Kind: Number, Text: p.number()}
}

func (p *parser) number() string {
	start := p.at
	for p.at < len(p.raw) && strings.IndexByte("+-.0123456789eE", p.raw[p.at]) >= 0 {
		p.at++
	}
	return string(p.raw[start:p.at])
}

func (p *parser) text() string {
	start, plain := p.at, true
	p.at++
	for p.raw[p.at] != '"' {
		if p.raw[p.at] == '\\' {
			plain = false
			p.at++
		}
		p.at++
	}
	p.at++
	if plain {
		return string(p.raw[start+1 : p.at-1])
	}
	var s string
	_ = json.Unmarshal(p.raw[start:p.at], &s) // valid, as all of it is
	return s
}

func (p *parser) list() Value {
	v := Value{Kind: List}
	p.at++
	for !p.closes(']') {
		v.Items = append(v.Items, p.value())
	}
	return v
}

// closes steps over a comma, or over the end of a list or an object.
func (p *parser) closes(end byte) bool {
	p.space()
	if p.raw[p.at] == ',' {
		p.at++
		p.space()
	}
	if p.raw[p.at] != end {
		return false
	}
	p.at++
	return true
}

// fewKeys is up to how many members an object is searched without an index.
const fewKeys = 16

func (p *parser) object() Value {
	v := Value{Kind: Object}
	var index map[string]int
	p.at++
	for !p.closes('}') {
		name := p.text()
		p.space()
		p.at++ // the colon
		item := p.value()
		if index == nil && len(v.Keys) > fewKeys {
			index = make(map[string]int, 2*len(v.Keys))
			for i, k := range v.Keys {
				index[k] = i
			}
		}
		if i, ok := find(v.Keys, index, name); ok {
			v.Items[i] = item
			continue
		}
		if index != nil {
			index[name] = len(v.Keys)
		}
		v.Keys, v.Items = append(v.Keys, name), append(v.Items, item)
	}
	return v
}

func find(keys []string, index map[string]int, name string) (int, bool) {
	if index != nil {
		i, ok := index[name]
		return i, ok
	}
	for i, k := range keys {
		if k == name {
			return i, true
		}
	}
	return 0, false
}

// Append writes a value as compact JSON.
func (v *Value) Append(dst []byte) []byte {
	switch v.Kind {
	case Number:
		return appendNumber(dst, v.Text)
	case List, Object:
		return v.appendAll(dst)
	}
	return append(dst, v.Raw...)
}

func (v *Value) appendAll(dst []byte) []byte {
	open, end := byte('['), byte(']')
	if v.Kind == Object {
		open, end = '{', '}'
	}
	dst = append(dst, open)
	for i := range v.Items {
		if i > 0 {
			dst = append(dst, ',')
		}
		if v.Kind == Object {
			dst = append(AppendText(dst, v.Keys[i]), ':')
		}
		dst = v.Items[i].Append(dst)
	}
	return append(dst, end)
}

// appendNumber makes doubles of decimals, as they become in a process; one that
// is too large becomes a text. Whole numbers stay exact.
func appendNumber(dst []byte, n string) []byte {
	if n == "-0" {
		return append(dst, '0')
	}
	if !strings.ContainsAny(n, ".eE") {
		return append(dst, n...)
	}
	f, err := strconv.ParseFloat(n, 64)
	switch {
	case err != nil && f > 0:
		return append(dst, `"Infinity"`...)
	case err != nil && f < 0:
		return append(dst, `"-Infinity"`...)
	}
	from := len(dst)
	dst = strconv.AppendFloat(dst, f, 'g', -1, 64)
	if !strings.ContainsAny(string(dst[from:]), ".e") {
		dst = append(dst, ".0"...)
	}
	return dst
}

// AppendText writes a text as JSON.
func AppendText(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x80 {
			return appendEscaped(dst, s)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

func appendEscaped(dst []byte, s string) []byte {
	raw, err := json.Marshal(s)
	if err != nil { // a string always can be
		return append(dst, `""`...)
	}
	return append(dst, raw...)
}
