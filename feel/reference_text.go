package feel

var referenceText = []docGroup{
	{category: "string", docs: []doc{
		{
			"substring", "The text from a position, counted from 1 or with a negative one from the end, perhaps with a length. A position outside fails the expression.",
			[]string{`substring("foobar", 3)`, `"obar"`, `substring("foobar", 3, 3)`, `"oba"`, `substring("foobar", -2, 1)`, `"a"`},
		},
		{"string length", "The length, counted in UTF-16 units.", []string{`string length("foo")`, `3`, `string length("😀")`, `2`}},
		{"upper case", "The text in upper case.", []string{`upper case("aBc4")`, `"ABC4"`, `upper case("straße")`, `"STRASSE"`}},
		{"lower case", "The text in lower case.", []string{`lower case("aBc4")`, `"abc4"`}},
		{"substring before", "What stands before the first match; nothing if there is no match.", []string{`substring before("ann@example.com", "@")`, `"ann"`, `substring before("ann", "@")`, `""`}},
		{"substring after", "What stands after the first match; nothing if there is no match.", []string{`substring after("ann@example.com", "@")`, `"example.com"`}},
		{"contains", "Whether the text has the other one in it.", []string{`contains("foobar", "oba")`, `true`}},
		{"starts with", "Whether the text begins with the other one.", []string{`starts with("foobar", "fo")`, `true`}},
		{"ends with", "Whether the text ends with the other one.", []string{`ends with("foobar", "r")`, `true`}},
		{"trim", "The text without white space at its ends.", []string{`trim("  a b ")`, `"a b"`}},
		{"is blank", "Whether there is nothing but white space.", []string{`is blank(" \t")`, `true`, `is blank("a")`, `false`}},
		{
			"matches", "Whether a regular expression of Java's syntax matches some part of the text. Flags: i (no case), s (. matches line ends), m (^ and $ at lines), x (comments).",
			[]string{`matches("foobar", "^fo*b")`, `true`, `matches("FOO", "o+", "i")`, `true`},
		},
		{
			"replace", "Replaces all matches of a regular expression; $1 is a group, a backslash takes the next character as it is.",
			[]string{`replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")`, `"[1=ab][2=]cd"`, `replace("2024-02-29", "(\d+)-(\d+)-(\d+)", "$3.$2.$1")`, `"29.02.2024"`, `replace("A1a1", "a", "x", "i")`, `"x1x1"`},
		},
		{"split", "The parts between the matches of a regular expression.", []string{`split("John Doe", "\s")`, `["John", "Doe"]`, `split("a;b;;c", ";")`, `["a", "b", "", "c"]`}},
		{"extract", "All matches of a regular expression.", []string{`extract("this is 1234 and 567", "[0-9]+")`, `["1234", "567"]`}},
		{"uuid", "A new UUID.", []string{`string length(uuid())`, `36`}},
	}},
	{category: "range", docs: []doc{
		{"before", "Whether the first point or range lies before the second.", []string{`before(1, 10)`, `true`, `before([1..5], 10)`, `true`, `before([1..5], [5..10])`, `false`, `before([1..5), [5..10])`, `true`}},
		{"after", "Whether the first point or range lies after the second.", []string{`after(12, [1..5])`, `true`}},
		{"meets", "Whether the first range ends where the second starts.", []string{`meets([1..5], [5..10])`, `true`, `meets([1..5), [5..10])`, `false`}},
		{"met by", "Whether the first range starts where the second ends.", []string{`met by([5..10], [1..5])`, `true`}},
		{"overlaps", "Whether the ranges have a point in common.", []string{`overlaps([1..5], [3..8])`, `true`, `overlaps([1..5], [6..8])`, `false`}},
		{"overlaps before", "Whether the ranges overlap and the first starts and ends first.", []string{`overlaps before([1..5], [3..8])`, `true`}},
		{"overlaps after", "Whether the ranges overlap and the first starts and ends last.", []string{`overlaps after([3..8], [1..5])`, `true`}},
		{"finishes", "Whether the point or range ends the range.", []string{`finishes(5, [1..5])`, `true`, `finishes([3..5], [1..5])`, `true`}},
		{"finished by", "Whether the range is ended by the point or range.", []string{`finished by([1..5], 5)`, `true`}},
		{"includes", "Whether the point or range lies in the range.", []string{`includes([1..10], 4)`, `true`, `includes([1..10], [4..6])`, `true`}},
		{"during", "Whether the point or range lies in the second range.", []string{`during(5, [1..10])`, `true`}},
		{"starts", "Whether the point or range starts the range.", []string{`starts(1, [1..5])`, `true`, `starts([1..3], [1..5])`, `true`}},
		{"started by", "Whether the range is started by the point or range.", []string{`started by([1..10], 1)`, `true`}},
		{"coincides", "Whether the points or ranges are the same.", []string{`coincides([1..5], [1..5])`, `true`, `coincides(3, 4)`, `false`}},
	}},
}
