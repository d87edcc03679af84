package iampolicy

import (
	"bytes"
	"encoding/json"
	"strings"
)

// maxTable bounds the memory of a comparison; no policy that means anything
// has so many lines.
const maxTable = 4 << 20

// Diff shows what changes from one policy text to another, line by line, with
// "- " before what goes and "+ " before what comes. Either may be empty.
// Formatting and the order of members do not count.
func Diff(from, to []byte) string {
	a, b := lines(from), lines(to)
	if len(a)*len(b) > maxTable {
		return "- " + strings.Join(a, "\n- ") + "\n+ " + strings.Join(b, "\n+ ")
	}
	var out []string
	table := common(a, b)
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, "  "+a[i])
			i, j = i+1, j+1
		case j >= len(b) || i < len(a) && table[i+1][j] >= table[i][j+1]:
			out = append(out, "- "+a[i])
			i++
		default:
			out = append(out, "+ "+b[j])
			j++
		}
	}
	if len(out) == table[0][0] {
		return "" // all lines are common
	}
	return strings.Join(out, "\n")
}

// lines lays a document out with sorted members; what is not JSON stays as it
// is.
func lines(text []byte) []string {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return strings.Split(string(text), "\n")
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return strings.Split(string(text), "\n")
	}
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

// common gives the lengths of the longest common runs of what is left.
func common(a, b []string) [][]int {
	t := make([][]int, len(a)+1)
	for i := range t {
		t[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				t[i][j] = t[i+1][j+1] + 1
			} else {
				t[i][j] = max(t[i+1][j], t[i][j+1])
			}
		}
	}
	return t
}
