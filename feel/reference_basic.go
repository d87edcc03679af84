package feel

var referenceBasic = []docGroup{
	{category: "boolean", docs: []doc{
		{"not", "Turns true and false round; null for everything else.", []string{`not(true)`, `false`, `not(null)`, `null`}},
		{"is defined", "False for null and for what does not exist, else true.", []string{`is defined({a: 1}.a)`, `true`, `is defined({a: 1}.b)`, `false`, `is defined(null)`, `false`}},
		{"get or else", "The value, or the default if it is null.", []string{`get or else({a: 1}.b, 0)`, `0`, `get or else("x", "y")`, `"x"`}},
		{"assert", "The value, if the condition is true; else the whole expression fails, with the cause. Nothing can catch it.", []string{`assert(5, 5 > 0)`, `5`, `assert("ok", true, "must not be empty")`, `"ok"`}},
	}},
	{category: "number", docs: []doc{
		{
			"decimal", "Rounds to a number of decimals, halves to the even digit, or as the mode says (UP, DOWN, CEILING, FLOOR, HALF_UP, HALF_DOWN, HALF_EVEN).",
			[]string{`decimal(2.345, 2)`, `2.34`, `decimal(2.345, 2, "HALF_UP")`, `2.35`},
		},
		{"floor", "Rounds down to a whole number, or to a number of decimals.", []string{`floor(-1.5)`, `-2`, `floor(1.55, 1)`, `1.5`}},
		{"ceiling", "Rounds up to a whole number, or to a number of decimals.", []string{`ceiling(1.2)`, `2`, `ceiling(1.51, 1)`, `1.6`}},
		{"round up", "Rounds away from zero.", []string{`round up(5.51, 1)`, `5.6`, `round up(-5.51, 1)`, `-5.6`}},
		{"round down", "Rounds towards zero.", []string{`round down(5.59, 1)`, `5.5`}},
		{"round half up", "Rounds to the nearest, halves away from zero.", []string{`round half up(1.25, 1)`, `1.3`}},
		{"round half down", "Rounds to the nearest, halves towards zero.", []string{`round half down(1.25, 1)`, `1.2`}},
		{"abs", "The number or duration without its sign.", []string{`abs(-5)`, `5`, `abs(duration("-PT5H"))`, `duration("PT5H")`}},
		{"modulo", "The rest of a division; it has the sign of the divisor. A divisor of 0 fails the expression.", []string{`modulo(12, 5)`, `2`, `modulo(-12, 5)`, `3`}},
		{"sqrt", "The square root; null for a negative number.", []string{`sqrt(16)`, `4`, `sqrt(-1)`, `null`}},
		{"log", "The natural logarithm. 0 and negative numbers fail the expression.", []string{`log(1)`, `0`, `decimal(log(10), 3)`, `2.303`}},
		{"exp", "e to the power of the number.", []string{`exp(0)`, `1`, `decimal(exp(1), 3)`, `2.718`}},
		{"odd", "Whether the number is odd.", []string{`odd(5)`, `true`, `odd(-2)`, `false`}},
		{"even", "Whether the number is even.", []string{`even(2)`, `true`, `even(2.5)`, `false`}},
		{"random number", "A number from 0 up to, not including, 1.", []string{`random number() < 1`, `true`}},
	}},
	{category: "conversion", docs: []doc{
		{
			"string", "The value as text. Numbers keep their decimals, texts inside lists and contexts are quoted; null stays null.",
			[]string{`string(1.50)`, `"1.50"`, `string([1, "a"])`, `"[1, \"a\"]"`, `string(date("2024-02-29"))`, `"2024-02-29"`},
		},
		{"number", "Reads a number, with separators for groups and for decimals if they are given.", []string{`number("1.5")`, `1.5`, `number("1,500", ",")`, `1500`, `number("1 500,5", " ", ",")`, `1500.5`, `number("x")`, `null`}},
		{"to json", "The value as JSON text.", []string{`to json({a: [1, null]})`, `"{\"a\":[1,null]}"`}},
		{"from json", "Reads JSON text; null if it is none.", []string{`from json("{\"a\": [1, 2]}").a`, `[1, 2]`, `from json("{")`, `null`}},
		{"to base64", "Encodes the UTF-8 bytes of a text.", []string{`to base64("FEEL")`, `"RkVFTA=="`}},
		{"from base64", "Decodes to a text; null if it is not Base64.", []string{`from base64("RkVFTA==")`, `"FEEL"`, `from base64("?")`, `null`}},
	}},
	{category: "context", docs: []doc{
		{"get value", "The entry of a context, or the one at the end of a list of keys; null if there is none.", []string{`get value({a: 1}, "a")`, `1`, `get value({a: {b: 2}}, ["a", "b"])`, `2`, `get value({}, "a")`, `null`}},
		{"get entries", "The entries as a list of contexts with key and value.", []string{`get entries({a: 1})`, `[{key: "a", value: 1}]`}},
		{
			"context put", "The context with an entry more or changed; a list of keys goes down into nested contexts and makes those that are missing.",
			[]string{`context put({a: 1}, "b", 2)`, `{a: 1, b: 2}`, `context put({}, ["a", "b"], 1)`, `{a: {b: 1}}`},
		},
		{"put", "The old name of context put.", []string{`put({}, "a", 1)`, `{a: 1}`}},
		{"context merge", "One context of several; later entries win.", []string{`context merge({a: 1, b: 1}, {b: 2})`, `{a: 1, b: 2}`}},
		{"put all", "The old name of context merge.", []string{`put all({a: 1}, {b: 2})`, `{a: 1, b: 2}`}},
		{"context", "A context of a list of contexts with key and value.", []string{`context([{key: "a", value: 1}])`, `{a: 1}`}},
	}},
}
