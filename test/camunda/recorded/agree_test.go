package recorded

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

const file = "../testdata/recordings.json.gz"

func load(t testing.TB) []Case {
	t.Helper()
	cases, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

// each calls f with every observation of the played job type.
func each(t *testing.T, cases []Case, f func(t *testing.T, c Case, o Observation)) {
	t.Helper()
	for _, c := range cases {
		if c.JobType != S3JobType {
			continue
		}
		for _, o := range c.Observed {
			f(t, c, o)
		}
	}
}

func TestEachRecordingAgreesWithItself(t *testing.T) {
	n := 0
	each(t, load(t), func(t *testing.T, c Case, o Observation) {
		n++
		for _, d := range Compare(o, o) {
			t.Errorf("%s %v: %s", c.ID, o.Versions, d)
		}
	})
	if n < 900 {
		t.Errorf("%d observations were compared; there are more than 900", n)
	}
}

// The compressed copy is what clones without the shared test data have.
func TestCopyIsTheRecordings(t *testing.T) {
	dir := os.Getenv("FAIRLEAD_TEST_DATA")
	if dir == "" {
		t.Log("SKIPPED: recordings.json: FAIRLEAD_TEST_DATA is not set")
		return
	}
	shared, err := Load(filepath.Join(dir, "camunda", "recordings.json"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := print(load(t)), print(shared); got != want {
		t.Error("testdata/recordings.json.gz differs from FAIRLEAD_TEST_DATA/camunda/recordings.json; compress that anew")
	}
}

func TestCounts(t *testing.T) {
	cases := Where(load(t), func(c Case) bool { return c.JobType == S3JobType })
	want := map[string]int{"8.8": 571, "8.9": 571, "8.10": 555}
	for _, v := range Versions() {
		got := len(Where(cases, func(c Case) bool { _, ok := c.Of(v); return ok }))
		if got != want[v.Compat] {
			t.Errorf("%s: %d cases were recorded, want %d", v.Compat, got, want[v.Compat])
		}
	}
}

func TestRepeatedContent(t *testing.T) {
	for _, times := range []any{json.Number("1572864"), float64(1572864)} {
		if got, err := fill([]any{"x", times}); err != nil || len(got) != 1572864 {
			t.Errorf("%T: %d bytes, %v", times, len(got), err)
		}
	}
	if _, err := fill([]any{"x"}); err == nil {
		t.Error("a repetition without a number is taken")
	}
}
