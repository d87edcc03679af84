package feel

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// generator makes expressions that parse, most of them with fitting types.
type generator struct{ *rand.Rand }

func (g *generator) pick(s ...string) string { return s[g.IntN(len(s))] }

// the variables of all generated expressions.
const generatedContext = `{"n":5,"m":-2.5,"s":"a,b-c d","t":"Hello","b":true,"z":null,"l":[3,1,2],"e":[],
"ss":["x","y","x"],"o":{"a":1,"b":"x","c":{"a":[1,2]}},"xs":[{"a":1,"b":"x"},{"a":2,"b":"y"},{"b":"z"}],"mx":[1,"a",null,true]}`

var generatedVars = []varText{
	{"d", `date("2024-02-29")`},
	{"tm", `time("10:30:00")`},
	{"tz", `time("10:30:00+02:00")`},
	{"dt", `date and time("2024-02-29T10:30:00")`},
	{"dz", `date and time("2024-03-31T01:30:00@Europe/Berlin")`},
	{"dd", `duration("P1DT2H")`},
	{"ym", `duration("P1Y2M")`},
}

var types = []string{"num", "num", "str", "bool", "list", "ctx", "date", "time", "dt", "dur", "ym", "null"}

// expr returns an expression of about the given type.
func (g *generator) expr(typ string, depth int) string {
	if g.IntN(25) == 0 {
		typ = g.pick(types...)
	}
	if depth <= 0 || g.IntN(7) == 0 {
		return g.leaf(typ)
	}
	if g.IntN(14) == 0 {
		return g.common(typ, depth-1)
	}
	d := depth - 1
	switch typ {
	case "num":
		return g.number(d)
	case "str":
		return g.text(d)
	case "bool":
		return g.condition(d)
	case "list":
		return g.list(d)
	case "ctx":
		return g.context(d)
	case "date", "time", "dt":
		return g.point(typ, d)
	case "dur", "ym":
		return g.duration(typ, d)
	}
	return g.common(g.pick(types...), d)
}

func (g *generator) leaf(typ string) string {
	switch typ {
	case "num":
		return g.pick("0", "1", "2", "-1", "3", "10", "0.5", "2.50", "1.25", "100", "-7", "7", "n", "m", "o.a", "l[1]",
			"1234567890123456789", "0.001", "10000", "12345678901234567890123456789012345678", ".5", "3.0")
	case "str":
		return g.pick(`""`, `"a"`, `"abc"`, `"Hello, World"`, `"2024-02-29"`, `"ä😀"`, `"a.b"`, `"12.5"`, `" x "`, "s", "t", "o.b", `"x\ny"`, `"PT1H"`)
	case "bool":
		return g.pick("true", "false", "b", "n > 1", "nope")
	case "list":
		return g.pick("l", "e", "ss", "xs", "mx", "[1,2,3]", "[]", `["a","b"]`, "[[1],[2,3]]", "[1,null]", "xs.a", "[true,false]")
	case "ctx":
		return g.pick("o", "o.c", "xs[1]", "{}", "{a: 1}", `{a: 1, b: "x"}`, `{"a": null}`)
	case "date":
		return g.pick("d", `date("2023-12-31")`, `@"2024-01-15"`, `date("-0044-03-15")`, `date("12345-01-01")`, `date(2024,1,31)`)
	case "time":
		return g.pick("tm", "tz", `time("23:59:59.5")`, `time("00:00:00Z")`, `@"10:30:00@Europe/Berlin"`, `time("08:15")`)
	case "dt":
		return g.pick("dt", "dz", `date and time("2024-02-29T10:30:00Z")`, `@"2024-10-27T02:30:00@Europe/Berlin"`,
			`date and time("2023-12-31T23:59:59.999")`, `date and time("2024-01-31T10:00:00+01:00")`)
	case "dur":
		return g.pick("dd", `duration("PT1H")`, `@"P1D"`, `duration("-PT25H30M")`, `duration("PT0.5S")`, `duration("P365D")`)
	case "ym":
		return g.pick("ym", `duration("P1M")`, `@"P2Y"`, `duration("-P14M")`)
	}
	return g.pick("null", "z", "nope", "o.zz")
}

// common holds what any type can be made with.
func (g *generator) common(typ string, d int) string {
	switch g.IntN(9) {
	case 0:
		return fmt.Sprintf("(if %s then %s else %s)", g.expr("bool", d), g.expr(typ, d), g.expr(typ, d))
	case 1:
		return fmt.Sprintf("get or else(%s, %s)", g.expr(typ, d), g.expr(typ, d))
	case 2:
		return fmt.Sprintf("[%s, %s][%s]", g.expr(typ, d), g.expr(typ, d), g.pick("1", "-1", "2", "3", "item = 1"))
	case 3:
		return fmt.Sprintf("{a: %s, r: a}.r", g.expr(typ, d))
	case 4:
		return fmt.Sprintf("{f: function(x) x, r: f(%s)}.r", g.expr(typ, d))
	case 5:
		return fmt.Sprintf("(for x in [%s] return %s)[1]", g.expr(typ, d), g.pick("x", g.expr(typ, d)))
	case 6:
		return fmt.Sprintf("assert(%s, %s)", g.expr(typ, d), g.pick("true", "true", "true", g.expr("bool", d)))
	case 7:
		return fmt.Sprintf("from json(to json(%s))", g.expr(typ, d))
	}
	return "(" + g.expr(typ, d) + ")"
}

func (g *generator) number(d int) string {
	n := func() string { return g.expr("num", d) }
	switch g.IntN(16) {
	case 0, 1, 2:
		return n() + g.pick(" + ", " - ", " * ", " / ", "+", "*") + n()
	case 3:
		return n() + " ** " + g.pick("2", "3", "0", "-1", "0.5", "-2", n())
	case 4:
		return "-" + g.leaf("num")
	case 5:
		return g.pick("abs", "floor", "ceiling", "sqrt", "exp", "log") + "(" + n() + ")"
	case 6:
		return g.pick("decimal", "round up", "round down", "round half up", "round half down", "floor", "ceiling", "modulo") + "(" + n() + ", " + g.pick("0", "1", "2", "-1", n()) + ")"
	case 7:
		return g.pick("count", "sum", "min", "max", "mean", "median", "product", "stddev") + "(" + g.expr("list", d) + ")"
	case 8:
		return g.pick("sum", "min", "max", "mean", "median", "product") + "(" + n() + ", " + n() + ", " + n() + ")"
	case 9:
		return "string length(" + g.expr("str", d) + ")"
	case 10:
		return "number(" + g.pick(`"12.5"`, `"1,000", ","`, `"1 000,5", " ", ","`, "string("+n()+")", g.expr("str", d)) + ")"
	case 11:
		return g.pick("day of year", "week of year") + "(" + g.expr(g.pick("date", "dt"), d) + ")"
	case 12:
		return g.parenthesised(g.pick("date", "dt", "time", "dur", "ym"), d) + "." + g.pick("year", "month", "day", "hour", "minute", "second", "weekday", "days", "hours", "minutes", "seconds", "years", "months")
	case 13:
		return g.expr("dur", d) + " / " + g.expr("dur", d)
	case 14:
		return g.pick("o.a", "xs[1].a", "xs[b = \"y\"][1].a", "o.c.a[2]", "{a: "+n()+"}.a", "l[item > 1][1]")
	}
	return "(" + n() + " " + g.pick("+", "-", "*", "/") + " " + n() + ")"
}

func (g *generator) parenthesised(typ string, d int) string { return "(" + g.expr(typ, d) + ")" }

var patternTexts = []string{
	`"[a-c]+"`, `","`, `"o"`, `"(\w)(\w)"`, `"^a|d$"`, `"\s"`, `"[^,]*"`, `"b?"`, `"(?i)HELLO"`, `"."`, `"x*"`,
	`"\b"`, `"(a)|b"`, `"l{2}"`, `"(?<=l)o"`, `"o(?!,)"`, `"\p{Lu}"`, `"[\w&&[^l]]"`, `"(.)\1"`, `"a++b"`, `"("`, `"\d{4}-\d\d"`, `"$"`, `"\W+"`,
}

func (g *generator) text(d int) string {
	s := func() string { return g.expr("str", d) }
	switch g.IntN(14) {
	case 0, 1:
		return s() + " + " + s()
	case 2:
		return g.pick("upper case", "lower case", "trim", "to base64") + "(" + s() + ")"
	case 3:
		return "substring(" + s() + ", " + g.pick("1", "2", "-1", "-2", g.leaf("num")) + ")"
	case 4:
		return "substring(" + s() + ", " + g.pick("1", "2", "-2", "1") + ", " + g.pick("1", "2", "0", "10", g.leaf("num")) + ")"
	case 5:
		return g.pick("substring before", "substring after") + "(" + s() + ", " + s() + ")"
	case 6, 7:
		return "replace(" + s() + ", " + g.pick(patternTexts...) + ", " + g.pick(`"-"`, `"$1"`, `"[$0]"`, `""`, `"$2$1"`, s()) + ")"
	case 8:
		return "string(" + g.expr(g.pick(types...), d) + ")"
	case 9:
		return "string join(" + g.expr("list", d) + g.pick("", ", "+s(), `, ", ", "[", "]"`) + ")"
	case 10:
		return g.pick("day of week", "month of year") + "(" + g.expr(g.pick("date", "dt"), d) + ")"
	case 11:
		return "to json(" + g.expr(g.pick(types...), d) + ")"
	case 12:
		return "split(" + s() + ", " + g.pick(patternTexts...) + ")[" + g.pick("1", "-1", "2") + "]"
	}
	return g.pick("o.b", "xs[1].b", "ss[2]", `get value(o, "b")`)
}

func (g *generator) condition(d int) string {
	typ := g.pick("num", "num", "str", "bool", "date", "time", "dt", "dur", "ym", "list", "ctx")
	switch g.IntN(14) {
	case 0, 1, 2:
		return "(" + g.expr(typ, d) + " " + g.pick("=", "!=", "<", "<=", ">", ">=") + " " + g.expr(typ, d) + ")"
	case 3:
		return "(" + g.expr("bool", d) + g.pick(" and ", " or ") + g.expr("bool", d) + ")"
	case 4:
		return g.pick("not", "is defined", "is empty", "odd", "even", "all", "any", "and", "or") + "(" + g.expr(g.pick("bool", "list", "num"), d) + ")"
	case 5:
		return "(" + g.pick("some", "every") + " x in " + g.leaf("list") + " satisfies " + g.pick("x > 1", `x = "x"`, "x.a > 1", g.expr("bool", d)) + ")"
	case 6:
		return g.pick("contains", "starts with", "ends with") + "(" + g.expr("str", d) + ", " + g.expr("str", d) + ")"
	case 7:
		return "matches(" + g.expr("str", d) + ", " + g.pick(patternTexts...) + g.pick("", `, "i"`, `, "s"`) + ")"
	case 8:
		return "list contains(" + g.expr("list", d) + ", " + g.expr(g.pick(types...), d) + ")"
	case 9:
		return "(" + g.expr(typ, d) + " in " + g.test(typ, d) + ")"
	case 10:
		return "(" + g.expr(typ, d) + " between " + g.expr(typ, d) + " and " + g.expr(typ, d) + ")"
	case 11:
		return "(" + g.expr(g.pick(types...), d) + " instance of " + g.pick("number", "string", "boolean", "list", "context", "date", "time", "date and time",
			"days and time duration", "years and months duration", "Any", "function") + ")"
	case 12:
		return g.relation(d)
	}
	return "(" + g.expr("bool", d) + " = " + g.expr("bool", d) + ")"
}

func (g *generator) rangeText(typ string, d int) string {
	return g.pick("[", "(", "]") + g.expr(typ, d) + ".." + g.expr(typ, d) + g.pick("]", ")", "[")
}

func (g *generator) relation(d int) string {
	typ := g.pick("num", "date", "time", "dt", "dur", "ym")
	arg := func() string {
		if g.IntN(3) == 0 {
			return g.expr(typ, d)
		}
		return g.rangeText(typ, 0)
	}
	return g.pick("before", "after", "meets", "met by", "overlaps", "overlaps before", "overlaps after", "finishes", "finished by",
		"includes", "during", "starts", "started by", "coincides") + "(" + arg() + ", " + arg() + ")"
}

func (g *generator) test(typ string, d int) string {
	switch g.IntN(5) {
	case 0:
		return g.rangeText(typ, d)
	case 1:
		return "(" + g.pick("<", ">", "<=", ">=") + " " + g.expr(typ, d) + ")"
	case 2:
		return "(" + g.expr(typ, d) + ", " + g.expr(typ, d) + ")"
	case 3:
		return "[" + g.expr(typ, d) + "]"
	}
	return "(" + g.rangeText(typ, d) + ", " + g.expr(typ, d) + ")"
}

// mutated damages a text: characters go, come, swap, or the rest is cut off.
func (g *generator) mutated(s string) string {
	r := []rune(s)
	for range 1 + g.IntN(3) {
		if len(r) < 2 {
			return string(r)
		}
		i := g.IntN(len(r) - 1)
		switch g.IntN(5) {
		case 0:
			r = append(r[:i:i], r[i+1:]...)
		case 1:
			extra := []rune(" ()[]{},.:\"'-+*/<>=!?@`x1|\\%#\u00e4")
			r = append(r[:i:i], append([]rune{extra[g.IntN(len(extra))]}, r[i:]...)...)
		case 2:
			r[i], r[i+1] = r[i+1], r[i]
		case 3:
			r = r[:i+1]
		case 4:
			j := i + g.IntN(min(12, len(r)-i))
			r = append(r[:j:j], append([]rune(string(r[i:j])), r[j:]...)...)
		}
	}
	return string(r)
}

// words that a text with chance in it contains: such expressions are not asked.
var chance = []string{"now", "today", "random", "uuid", "backoff"}

func hasChance(s string) bool {
	for _, w := range chance {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
