package utilities

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
)

func readCSV(text string, comma rune) (any, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = orComma(comma)
	r.FieldsPerRecord = -1
	list := []any{}
	var head []string
	for {
		row, err := r.Read()
		if err == io.EOF {
			return list, nil
		}
		if err != nil {
			return nil, badContent("CSV", err)
		}
		if head == nil {
			head = columnNames(row)
			continue
		}
		o := newObject()
		for i, cell := range row {
			if i == len(head) { // more cells than columns: they are kept
				head = append(head, fmt.Sprintf("Column %d", i+1))
			}
			o.set(head[i], cell)
		}
		list = append(list, o)
	}
}

func orComma(c rune) rune {
	if c == 0 {
		return ','
	}
	return c
}

// columnNames makes the names of a header differ.
func columnNames(row []string) []string {
	seen := map[string]bool{}
	out := make([]string, len(row))
	for i, name := range row {
		name = strings.TrimSpace(name)
		if name == "" || seen[name] {
			name = strings.TrimSpace(fmt.Sprintf("%s Column %d", name, i+1))
		}
		seen[name], out[i] = true, name
	}
	return out
}

// csvStyle is how a CSV file is written.
type csvStyle struct {
	comma rune
	safe  bool
}

// cell keeps a spreadsheet from running a cell as a formula. Numbers stay
// numbers, negative ones too.
func (s csvStyle) cell(text string) string {
	if !s.safe || text == "" || !strings.ContainsRune("=+-@\t\r\n|%", rune(text[0])) && !strings.HasPrefix(text, "＝") && !strings.HasPrefix(text, "＋") && !strings.HasPrefix(text, "－") && !strings.HasPrefix(text, "＠") {
		return text
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return text
	}
	return "'" + text
}

func writeCSV(w io.Writer, v any, style csvStyle) error {
	out := csv.NewWriter(w)
	out.Comma = orComma(style.comma)
	rows := rowsOf(v)
	head := headOf(rows)
	if err := out.Write(style.row(head)); err != nil {
		return err
	}
	for _, r := range rows {
		if err := out.Write(style.row(cellsOf(head, r))); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func (s csvStyle) row(cells []string) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = s.cell(c)
	}
	return out
}

// headOf names the columns: every name that a row has, in the order of coming.
func headOf(rows []any) []string {
	var head []string
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			head = append(head, name)
		}
	}
	for _, r := range rows {
		switch x := r.(type) {
		case *object:
			for _, n := range x.names {
				add(n)
			}
		case []any:
			for i := range x {
				add(fmt.Sprintf("Column %d", i+1))
			}
		default:
			add("Value")
		}
	}
	if head == nil {
		head = []string{"Value"}
	}
	return head
}

func cellsOf(head []string, row any) []string {
	out := make([]string, len(head))
	for i, name := range head {
		switch x := row.(type) {
		case *object:
			out[i] = textOf(x.values[name])
		case []any:
			if n, err := strconv.Atoi(strings.TrimPrefix(name, "Column ")); err == nil && strings.HasPrefix(name, "Column ") && n <= len(x) {
				out[i] = textOf(x[n-1])
			}
		default:
			if name == "Value" {
				out[i] = textOf(row)
			}
		}
	}
	return out
}
