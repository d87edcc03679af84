package utilities

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
)

func idsOf(fs []File) []int64 {
	out := []int64{}
	for _, f := range fs {
		out = append(out, f.FileID)
	}
	return out
}

func TestListFiles(t *testing.T) {
	b := newBench(t)
	one := b.save(t, "", "Report 1.txt", "1")
	two := b.save(t, connector.ArtifactFile, "report 2.bin", "2")
	three := b.save(t, "", "other", "3")
	for _, tc := range []struct {
		reason string
		input  in
		want   []int64
		next   int64
	}{
		{"all, newest first", in{}, []int64{three, two, one}, 0},
		{"by name, in any case", in{"nameContains": "REPORT"}, []int64{two, one}, 0},
		{"by source, in any case", in{"fileSource": "artifact FILE"}, []int64{two}, 0},
		{"no such run", in{"runId": "0198c0de-0000-7000-8000-000000000001"}, []int64{}, 0},
		{"a full page says where to go on", in{"limit": 2}, []int64{three, two}, two},
		{"and there it goes on", in{"limit": 2, "after": two}, []int64{one}, 0},
		{"the ID may be text", in{"after": fmt.Sprint(two)}, []int64{one}, 0},
		{"exactly as many as there are", in{"limit": 3}, []int64{three, two, one}, 0},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			var out ListFilesOut
			if rec := b.do(t, "list-files", tc.input, &out); verdict(rec) != "Successful" {
				t.Fatalf("%+v", rec.Error)
			}
			if d := cmp.Diff(tc.want, idsOf(out.Files)); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
			if tc.next == 0 != (out.Next == nil) || out.Next != nil && *out.Next != tc.next {
				t.Errorf("next is %v", out.Next)
			}
		})
	}
}

func TestListFilesBeyondOnePageOfTheStore(t *testing.T) {
	b := newBench(t)
	const n = listPage + 3
	want := b.saveMany(t, n)
	var out ListFilesOut
	b.do(t, "list-files", in{"limit": n}, &out)
	if d := cmp.Diff(want, idsOf(out.Files)); d != "" || out.Next != nil {
		t.Errorf("-want +got\n%s, next %v", d, out.Next)
	}
	b.do(t, "list-files", in{"limit": n - 1}, &out)
	if d := cmp.Diff(want[:n-1], idsOf(out.Files)); d != "" || out.Next == nil || *out.Next != want[n-2] {
		t.Errorf("-want +got\n%s, next %v", d, out.Next)
	}
}

func TestListFilesOfARunShowsAllThatIsKnown(t *testing.T) {
	b := newBench(t)
	var made File
	rec := b.do(t, create, in{"inputTextArray": []string{"a"}}, &made)
	b.save(t, "", "another", "x")
	var out ListFilesOut
	b.do(t, "list-files", in{"runId": rec.RunID}, &out)
	if d := cmp.Diff([]File{made}, out.Files); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

func TestListFilesRefusesABadPlace(t *testing.T) {
	b := newBench(t)
	for _, input := range []in{{"after": "x"}, {"after": -1}, {"limit": 0}, {"limit": 10001}, {"fileSource": "Nowhere"}} {
		rec := b.do(t, "list-files", input, nil)
		if msg, status := one(t, rec); status != 400 {
			t.Errorf("%v: %d %s", input, status, msg)
		}
	}
}
