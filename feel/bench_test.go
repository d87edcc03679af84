package feel

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
)

type benchCase struct {
	Name, Expr string
	Context    json.RawMessage
	Kind       string
	Value      json.RawMessage
}

func readBench(tb testing.TB) []benchCase {
	tb.Helper()
	data, err := os.ReadFile("testdata/bench.json")
	if err != nil {
		tb.Fatal(err)
	}
	var f struct{ Cases []benchCase }
	if err := json.Unmarshal(data, &f); err != nil {
		tb.Fatal(err)
	}
	return f.Cases
}

// benchVariables are the ways in which variables come: JSON text and Go values.
func benchVariables(tb testing.TB, c benchCase) map[string]Variables {
	tb.Helper()
	text, err := JSON(c.Context)
	if err != nil {
		tb.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(c.Context))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		tb.Fatal(err)
	}
	return map[string]Variables{"json": text, "go": Map(plainNumbers(m).(map[string]any))}
}

// plainNumbers makes whole numbers int64 and others float64, as Java's reader does.
func plainNumbers(x any) any {
	switch x := x.(type) {
	case map[string]any:
		for k, v := range x {
			x[k] = plainNumbers(v)
		}
	case []any:
		for i, v := range x {
			x[i] = plainNumbers(v)
		}
	case json.Number:
		if n, err := x.Int64(); err == nil {
			return n
		}
		f, _ := x.Float64()
		return f
	}
	return x
}

func BenchmarkParse(b *testing.B) {
	e := corpusEngine()
	for _, c := range readBench(b) {
		b.Run(c.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Parse(c.Expr); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEvaluate(b *testing.B) {
	e := corpusEngine()
	for _, c := range readBench(b) {
		x, err := e.Parse(c.Expr)
		if err != nil {
			b.Fatal(err)
		}
		for way, vars := range benchVariables(b, c) {
			b.Run(c.Name+"/"+way, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := x.Evaluate(b.Context(), vars); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
