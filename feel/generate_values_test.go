package feel

import "fmt"

func (g *generator) list(d int) string {
	l := func() string { return g.expr("list", d) }
	any := func() string { return g.expr(g.pick(types...), d) }
	switch g.IntN(15) {
	case 0:
		return "[" + any() + ", " + any() + "]"
	case 1:
		return g.pick("append", "remove", "insert before", "index of") + "(" + l() + ", " + g.pick("1", "-1", "2", any()) + g.pick("", ", 1") + ")"
	case 2:
		return g.pick("concatenate", "union") + "(" + l() + ", " + l() + ")"
	case 3:
		return g.pick("reverse", "distinct values", "duplicate values", "flatten", "mode") + "(" + l() + ")"
	case 4:
		return "sublist(" + l() + ", " + g.pick("1", "2", "-1", "-2", g.leaf("num")) + g.pick("", ", 1", ", 2", ", "+g.leaf("num")) + ")"
	case 5:
		return "sort(" + l() + ", function(p, q) " + g.pick("p < q", "p > q", "p.a < q.a", "p <= q", "string length(p) < string length(q)", g.expr("bool", d)) + ")"
	case 6, 7:
		return "(for x in " + g.pick(l(), "1..3", "3..1", g.pick("0", "-2", "n", "m", "0.5", "o.a")+".."+g.pick("2", "n", "-1.5", "l[1]", "10", g.leaf("null"))) + " return " + g.pick("x", "x + 1", "x.a", "count(partial)", any()) + ")"
	case 8:
		return "(for x in " + g.leaf("list") + ", y in " + g.leaf("list") + " return " + g.pick("[x, y]", "x * y", "x + y", any()) + ")"
	case 9, 10:
		return g.parenthesised("list", d) + "[" + g.pick("item > 1", `item = "x"`, "a > 1", `b != "x"`, "a = 1 and b = \"x\"", "not(item = null)", "x > 1", "is defined(a)", g.expr("bool", d), g.expr("num", d)) + "]"
	case 11:
		return g.parenthesised("list", d) + "." + g.pick("a", "b", "zz")
	case 12:
		return g.pick("split", "extract") + "(" + g.expr("str", d) + ", " + g.pick(patternTexts...) + ")"
	case 13:
		return "get entries(" + g.expr("ctx", d) + ")" + g.pick("", ".key", ".value")
	}
	return "partition(" + l() + ", " + g.pick("1", "2", "0", g.leaf("num")) + ")"
}

func (g *generator) context(d int) string {
	any := func() string { return g.expr(g.pick(types...), d) }
	switch g.IntN(6) {
	case 0, 1:
		return "{a: " + any() + ", b: " + g.pick("a", any()) + "}"
	case 2:
		return g.pick("context put", "put") + "(" + g.expr("ctx", d) + ", " + g.pick(`"a"`, `"c"`, `["c", "a"]`, `"b"`) + ", " + any() + ")"
	case 3:
		return "context merge(" + g.expr("ctx", d) + ", " + g.expr("ctx", d) + ")"
	case 4:
		return "context(" + g.pick("get entries("+g.expr("ctx", d)+")", `[{key: "a", value: `+any()+`}]`, g.expr("list", d)) + ")"
	}
	return "xs[" + g.pick("1", "-1", "2", "4") + "]"
}

func (g *generator) point(typ string, d int) string {
	switch g.IntN(6) {
	case 0, 1:
		return "(" + g.expr(typ, d) + g.pick(" + ", " - ") + g.expr(g.pick("dur", "ym"), d) + ")"
	case 2:
		switch typ {
		case "date":
			return "date(" + g.expr(g.pick("date", "dt", "str"), d) + ")"
		case "time":
			return "time(" + g.expr(g.pick("time", "dt", "date", "str"), d) + ")"
		}
		return "date and time(" + g.expr(g.pick("date", "dt"), d) + ", " + g.pick(g.expr("time", d), `"Europe/Berlin"`, `"America/New_York"`, `"Z"`) + ")"
	case 3:
		if typ == "time" {
			return fmt.Sprintf("time(%s, %s, %s)", g.pick("1", "23", "0"), g.leaf("num"), g.leaf("num"))
		}
		return fmt.Sprintf("date(%s, %s, %s)", g.pick("2024", "2023", "1"), g.leaf("num"), g.leaf("num"))
	case 4:
		return "last day of month(" + g.expr(g.pick("date", "dt"), d) + ")"
	}
	return g.pick("min", "max") + "(" + g.expr(typ, d) + ", " + g.expr(typ, d) + ")"
}

func (g *generator) duration(typ string, d int) string {
	point := g.pick("date", "time", "dt")
	switch g.IntN(6) {
	case 0:
		return "(" + g.expr(typ, d) + g.pick(" + ", " - ") + g.expr(typ, d) + ")"
	case 1:
		return "(" + g.expr(typ, d) + g.pick(" * ", " / ") + g.expr("num", d) + ")"
	case 2:
		return "(" + g.expr(point, d) + " - " + g.expr(point, d) + ")"
	case 3:
		return "years and months duration(" + g.expr("date", d) + ", " + g.expr("date", d) + ")"
	case 4:
		return "abs(" + g.expr(typ, d) + ")"
	}
	return g.parenthesised(g.pick("time", "dt"), d) + ".time offset"
}

// unary returns unary tests.
func (g *generator) unary(d int) string {
	typ := g.pick("num", "str", "date", "bool")
	one := func() string {
		switch g.IntN(6) {
		case 0:
			return g.pick("<", ">", "<=", ">=") + " " + g.expr(typ, d)
		case 1:
			return g.rangeText(typ, d)
		case 2:
			return "? " + g.pick("=", "<", ">", "!=") + " " + g.expr(typ, d)
		case 3:
			return g.pick("-", "null", "true", "false", "[1,2]", "list contains([1,5], ?)")
		}
		return g.expr(typ, d)
	}
	switch g.IntN(4) {
	case 0:
		return "not(" + one() + ")"
	case 1:
		return one() + ", " + one()
	}
	return one()
}
