package cli

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/rivo/uniseg"
)

// table is rows for people, aligned by what terminals show.
type table struct {
	columns []string
	right   []bool // numbers, aligned at the right
	rows    [][]string
}

func newTable(columns ...string) *table {
	return &table{columns: columns, right: make([]bool, len(columns))}
}

// numbers marks columns as numbers.
func (t *table) numbers(columns ...int) *table {
	for _, i := range columns {
		t.right[i] = true
	}
	return t
}

func (t *table) add(cells ...string) {
	for i := range cells {
		cells[i] = visible(cells[i])
	}
	t.rows = append(t.rows, cells)
}

// dropEmpty leaves out columns without content.
func (t *table) dropEmpty() *table {
	out := &table{rows: make([][]string, len(t.rows))}
	for c := range t.columns {
		used := false
		for _, row := range t.rows {
			used = used || c < len(row) && row[c] != ""
		}
		if !used {
			continue
		}
		out.columns, out.right = append(out.columns, t.columns[c]), append(out.right, t.right[c])
		for i, row := range t.rows {
			out.rows[i] = append(out.rows[i], row[c])
		}
	}
	return out
}

// gap stands between columns.
const gap = "  "

// print writes the table to standard output.
func (p *program) table(t *table) {
	widths := make([]int, len(t.columns))
	for i, c := range t.columns {
		widths[i] = uniseg.StringWidth(c)
	}
	for _, row := range t.rows {
		for i, c := range row {
			widths[i] = max(widths[i], uniseg.StringWidth(c))
		}
	}
	fmt.Fprintln(p.out, p.onOut(bold, t.line(t.columns, widths)))
	for _, row := range t.rows {
		fmt.Fprintln(p.out, t.line(row, widths))
	}
}

func (t *table) line(cells []string, widths []int) string {
	var b strings.Builder
	for i, c := range cells {
		pad := strings.Repeat(" ", widths[i]-uniseg.StringWidth(c))
		if t.right[i] {
			c = pad + c
		} else {
			c += pad
		}
		if i > 0 {
			b.WriteString(gap)
		}
		b.WriteString(c)
	}
	return strings.TrimRight(b.String(), " ")
}

// facts are name and value, one a line.
func (p *program) facts(pairs ...string) {
	width := 0
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			width = max(width, len(pairs[i]))
		}
	}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		name := pairs[i] + strings.Repeat(" ", width-len(pairs[i]))
		fmt.Fprintln(p.out, p.onOut(bold, name)+gap+visible(pairs[i+1]))
	}
}

// cell is a value of a result table.
func cell(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case json.Number:
		return x.String()
	case bool:
		if x {
			return "yes"
		}
		return "no"
	}
	raw, err := encode(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(raw)
}
