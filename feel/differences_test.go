package feel

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
	"time"
)

// listed is a known difference with its reason.
type listed struct {
	Expr, Reason    string
	Ours, Reference listedAnswer
}

type listedAnswer struct {
	Error string
	Kind  string
	Value json.RawMessage
}

func (l listedAnswer) answer(t *testing.T) answer {
	if l.Error != "" {
		return answer{err: l.Error}
	}
	c := oracleCase{Kind: l.Kind, Value: l.Value}
	return c.expected(t)
}

func readDifferences(t *testing.T) []listed {
	t.Helper()
	data, err := os.ReadFile("testdata/differences.json")
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		About       string
		Differences []listed
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		t.Fatal(err)
	}
	return f.Differences
}

// TestDifferencesOurs checks that the list says what this engine does.
func TestDifferencesOurs(t *testing.T) {
	e := corpusEngine()
	for _, l := range readDifferences(t) {
		if l.Reason == "" {
			t.Errorf("%q is on the list without a reason", l.Expr)
		}
		got, want := ask(t, e, l.Expr, false, nil), l.Ours.answer(t)
		if got.err != want.err || got.err == "" && !got.agrees(want) {
			t.Errorf("%q: got %s, the list says %s", l.Expr, got, want)
		}
	}
}

// TestDifferencesReference checks that nothing on the list has become the same.
func TestDifferencesReference(t *testing.T) {
	if testing.Short() {
		return
	}
	o := startOracle(t, "the list of differences against the reference engine", 30*time.Second)
	if o == nil {
		return
	}
	list := readDifferences(t)
	var qs []question
	for _, l := range list {
		qs = append(qs, question{Expr: l.Expr})
	}
	for i, r := range o.askAll(t, qs) {
		l, got := list[i], r.answer(t)
		want := l.Reference.answer(t)
		if got.err != want.err || got.err == "" && !got.agrees(want) {
			t.Errorf("%q: the reference engine answers %s, the list says %s", l.Expr, got, want)
		}
		if got.agrees(l.Ours.answer(t)) {
			t.Errorf("%q is on the list, but the answers are the same: %s", l.Expr, got)
		}
	}
}
