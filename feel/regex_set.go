package feel

import (
	"slices"
	"strings"
	"unicode"
)

// runeSet is a sorted list of disjoint ranges of code points.
type runeSet []runeRange

type runeRange struct{ lo, hi rune }

func setOf(pairs ...rune) runeSet {
	var s runeSet
	for i := 0; i+1 < len(pairs); i += 2 {
		s = append(s, runeRange{pairs[i], pairs[i+1]})
	}
	return s.normal()
}

func (s runeSet) normal() runeSet {
	slices.SortFunc(s, func(a, b runeRange) int { return int(a.lo - b.lo) })
	out := s[:0]
	for _, r := range s {
		if n := len(out); n > 0 && r.lo <= out[n-1].hi+1 {
			out[n-1].hi = max(out[n-1].hi, r.hi)
		} else {
			out = append(out, r)
		}
	}
	return out
}

func (s runeSet) has(r rune) bool {
	lo, hi := 0, len(s)
	for lo < hi {
		mid := (lo + hi) / 2
		switch {
		case r < s[mid].lo:
			hi = mid
		case r > s[mid].hi:
			lo = mid + 1
		default:
			return true
		}
	}
	return false
}

func (s runeSet) union(o runeSet) runeSet { return append(slices.Clone(s), o...).normal() }

func (s runeSet) negate() runeSet {
	var out runeSet
	next := rune(0)
	for _, r := range s {
		if r.lo > next {
			out = append(out, runeRange{next, r.lo - 1})
		}
		next = r.hi + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, runeRange{next, unicode.MaxRune})
	}
	return out
}

func (s runeSet) intersect(o runeSet) runeSet { return s.negate().union(o.negate()).negate() }

// foldASCII adds the other case of the letters a to z.
func (s runeSet) foldASCII() runeSet {
	out := slices.Clone(s)
	for c := 'a'; c <= 'z'; c++ {
		if s.has(c) != s.has(c-32) {
			out = append(out, runeRange{c, c}, runeRange{c - 32, c - 32})
		}
	}
	return out.normal()
}

// foldUnicode adds all other cases; of huge sets only the ASCII ones.
func (s runeSet) foldUnicode() runeSet {
	out := s.foldASCII()
	size := 0
	for _, r := range s {
		size += int(r.hi - r.lo + 1)
	}
	if size > 20_000 {
		return out
	}
	for _, r := range s {
		for c := r.lo; c <= r.hi; c++ {
			for f := unicode.SimpleFold(c); f != c; f = unicode.SimpleFold(f) {
				out = append(out, runeRange{f, f})
			}
		}
	}
	return out.normal()
}

func fromTable(t *unicode.RangeTable) runeSet {
	var s runeSet
	add := func(lo, hi, stride rune) {
		if stride == 1 {
			s = append(s, runeRange{lo, hi})
			return
		}
		for c := lo; c <= hi; c += stride {
			s = append(s, runeRange{c, c})
		}
	}
	for _, r := range t.R16 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	for _, r := range t.R32 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	return s.normal()
}

var (
	lineEnds   = setOf('\n', '\n', '\r', '\r', 0x85, 0x85, 0x2028, 0x2029)
	digitSet   = setOf('0', '9')
	wordSet    = setOf('0', '9', 'A', 'Z', '_', '_', 'a', 'z')
	spaceSet   = setOf('\t', '\r', ' ', ' ')
	horizontal = setOf('\t', '\t', ' ', ' ', 0xA0, 0xA0, 0x1680, 0x1680, 0x180E, 0x180E, 0x2000, 0x200A, 0x202F, 0x202F,
		0x205F, 0x205F, 0x3000, 0x3000)
	vertical = setOf('\n', '\r', 0x85, 0x85, 0x2028, 0x2029)
	anySet   = setOf(0, unicode.MaxRune)
)

// posixSets are the ASCII classes of \p{..}.
var posixSets = map[string]runeSet{
	"Lower": setOf('a', 'z'), "Upper": setOf('A', 'Z'), "ASCII": setOf(0, 0x7F),
	"Alpha": setOf('A', 'Z', 'a', 'z'), "Digit": digitSet, "Alnum": setOf('0', '9', 'A', 'Z', 'a', 'z'),
	"Punct": setOf('!', '/', ':', '@', '[', '`', '{', '~'), "Graph": setOf('!', '~'), "Print": setOf(' ', '~'),
	"Blank": setOf('\t', '\t', ' ', ' '), "Cntrl": setOf(0, 0x1F, 0x7F, 0x7F),
	"XDigit": setOf('0', '9', 'A', 'F', 'a', 'f'), "Space": spaceSet,
}

// binarySets are the properties after Is, and some of Java's own.
var binarySets = map[string][]*unicode.RangeTable{
	"Alphabetic": {unicode.L, unicode.Nl, unicode.Other_Alphabetic}, "Letter": {unicode.L},
	"Ideographic": {unicode.Ideographic}, "Lowercase": {unicode.Ll, unicode.Other_Lowercase},
	"Uppercase": {unicode.Lu, unicode.Other_Uppercase}, "Titlecase": {unicode.Lt},
	"White_Space": {unicode.White_Space}, "WhiteSpace": {unicode.White_Space}, "Punctuation": {unicode.P},
	"Digit": {unicode.Nd}, "Control": {unicode.Cc},
	"javaLowerCase": {unicode.Ll, unicode.Other_Lowercase}, "javaUpperCase": {unicode.Lu, unicode.Other_Uppercase},
	"javaLetter": {unicode.L}, "javaDigit": {unicode.Nd}, "javaLetterOrDigit": {unicode.L, unicode.Nd},
	"javaAlphabetic": {unicode.L, unicode.Nl, unicode.Other_Alphabetic},
	"javaTitleCase":  {unicode.Lt},
}

// blocks are the Unicode blocks that patterns use (\p{InGreek}).
var blocks = map[string]runeSet{
	"BasicLatin": setOf(0, 0x7F), "Latin-1Supplement": setOf(0x80, 0xFF), "LatinExtended-A": setOf(0x100, 0x17F),
	"Greek": setOf(0x370, 0x3FF), "Cyrillic": setOf(0x400, 0x4FF), "Hebrew": setOf(0x590, 0x5FF),
	"Arabic": setOf(0x600, 0x6FF), "Hiragana": setOf(0x3040, 0x309F), "Katakana": setOf(0x30A0, 0x30FF),
	"CJKUnifiedIdeographs": setOf(0x4E00, 0x9FFF),
}

// propertySet returns the set of \p{name}.
func propertySet(name string) (runeSet, bool) {
	if s, ok := posixSets[name]; ok {
		return s, true
	}
	if t, ok := binarySets[name]; ok && (name[0] == 'j' || name == "Digit") {
		return tables(t), true
	}
	for _, prefix := range []string{"Is", "script=", "sc=", "general_category=", "gc="} {
		if len(name) > len(prefix) && name[:len(prefix)] == prefix {
			return namedSet(name[len(prefix):], prefix == "Is")
		}
	}
	if len(name) > 2 && name[:2] == "In" {
		s, ok := blocks[name[2:]]
		return s, ok
	}
	if name == "L1" {
		return setOf(0, 0xFF), true
	}
	if t, ok := unicode.Categories[name]; ok {
		return fromTable(t), true
	}
	if name == "LC" {
		return tables([]*unicode.RangeTable{unicode.Lu, unicode.Ll, unicode.Lt}), true
	}
	return nil, false
}

func namedSet(name string, binary bool) (runeSet, bool) {
	if binary {
		for known, t := range binarySets {
			if strings.EqualFold(known, name) {
				return tables(t), true
			}
		}
		if s, ok := posixSets[name]; ok {
			return s, true
		}
	}
	if t, ok := unicode.Categories[name]; ok {
		return fromTable(t), true
	}
	for known, t := range unicode.Scripts {
		if strings.EqualFold(known, name) {
			return fromTable(t), true
		}
	}
	return nil, false
}

// anyCase widens the properties that tell cases apart, when case does not matter.
func anyCase(name string, s runeSet) runeSet {
	for _, prefix := range []string{"Is", "gc=", "general_category="} {
		name = strings.TrimPrefix(name, prefix)
	}
	switch strings.ToLower(name) {
	case "lower", "upper":
		return posixSets["Alpha"]
	case "lu", "ll", "lt":
		return tables([]*unicode.RangeTable{unicode.Lu, unicode.Ll, unicode.Lt})
	case "lowercase", "uppercase", "titlecase", "javalowercase", "javauppercase", "javatitlecase":
		return tables([]*unicode.RangeTable{unicode.Lu, unicode.Ll, unicode.Lt, unicode.Other_Lowercase, unicode.Other_Uppercase})
	}
	return s
}

func tables(ts []*unicode.RangeTable) runeSet {
	var s runeSet
	for _, t := range ts {
		s = s.union(fromTable(t))
	}
	return s
}
