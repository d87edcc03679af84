package schema

import (
	"strings"
	"unicode"
)

// ID is the id of a parameter label: each word lower-cased, capitalised from
// the second on. A leading "D3" is dropped, as is anything in parentheses.
func ID(label string) string {
	ws := words(label)
	if len(ws) > 1 && ws[0] == "d3" {
		ws = ws[1:]
	}
	for i := 1; i < len(ws); i++ {
		ws[i] = strings.ToUpper(ws[i][:1]) + ws[i][1:]
	}
	return strings.Join(ws, "")
}

// Alias is the id a label beginning with "D3" would have with it, else empty.
func Alias(label string) string {
	if ws := words(label); len(ws) > 1 && ws[0] == "d3" {
		id := ID(label)
		return "d3" + strings.ToUpper(id[:1]) + id[1:]
	}
	return ""
}

// Kebab is a display name in kebab case: "Create a File" -> "create-a-file".
func Kebab(name string) string { return strings.Join(words(name), "-") }

// Flag is the command line flag of an id: bucketNames -> bucket-names.
func Flag(id string) string {
	var b strings.Builder
	for i, r := range id {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

func words(s string) []string {
	if i := strings.IndexByte(s, '('); i > 0 {
		s = s[:i]
	}
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// Nearest gives the candidate with the smallest edit distance to s, or "" when
// none is close enough to be a likely slip.
func Nearest(s string, candidates []string) string {
	best, limit := "", len(s)/3+1
	for _, c := range candidates {
		if d := distance(strings.ToLower(s), strings.ToLower(c)); d <= limit {
			best, limit = c, d-1
		}
	}
	return best
}

func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		prev := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			prev, row[j] = row[j], min(row[j]+1, row[j-1]+1, prev+cost)
		}
	}
	return row[len(b)]
}
