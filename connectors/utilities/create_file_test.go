package utilities

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
)

const create = "create-a-file-from-input-text-array"

func TestCreateFile(t *testing.T) {
	b := newBench(t)
	for _, tc := range []struct {
		reason     string
		input      in
		name, text string
	}{
		{"each element is a line", in{"inputTextArray": []string{"one", "two"}}, "file.txt", "one\ntwo"},
		{"one element is exact content", in{"fileName": "a.json", "inputTextArray": []string{`{"a":1}`}}, "a.json", `{"a":1}`},
		{"an empty last element ends the last line", in{"inputTextArray": []string{"one", ""}}, "file.txt", "one\n"},
		{"Windows line ends", in{"inputTextArray": []string{"one", "two"}, "lineEnding": "crlf"}, "file.txt", "one\r\ntwo"},
		{"an empty line is a file without content", in{"inputTextArray": []string{""}}, "file.txt", ""},
		{"letters of the world stay", in{"inputTextArray": []string{"grüße 世界 🚢"}}, "file.txt", "grüße 世界 🚢"},
		{"a name with folders", in{"fileName": "a/b.txt", "inputTextArray": []string{"x"}}, "a/b.txt", "x"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			plan := b.plan(t, create, tc.input)
			var got File
			rec := b.do(t, create, tc.input, &got)
			if verdict(rec) != "Successful" || got.FileName != tc.name || got.FileSource != connector.PlaybookFile || got.RunID != rec.RunID {
				t.Fatalf("%s: %+v", verdict(rec), got)
			}
			if text := b.text(t, got.FileID); text != tc.text {
				t.Errorf("stored %q", text)
			}
			if d := cmp.Diff([]connector.PlanStep{{Item: tc.name, Action: connector.PlanCreate, Size: got.Size}}, plan); d != "" {
				t.Errorf("plan: -want +got\n%s", d)
			}
			if d := cmp.Diff(fmt.Sprint([]any{got.FileID}), fmt.Sprint(rec.KeyFields["FileIDs"])); d != "" {
				t.Errorf("key field FileIDs: %s", d)
			}
			if d := cmp.Diff(fmt.Sprint(rec.KeyFields), fmt.Sprint(rec.OutputData)); d != "" {
				t.Errorf("output data: %s", d)
			}
		})
	}
}

func TestCreateFileNeedsLines(t *testing.T) {
	b := newBench(t)
	for _, input := range []in{{}, {"inputTextArray": []string{}}, {"inputTextArray": "no array"}, {"inputTextArray": []string{"x"}, "fileName": ""}} {
		rec := b.do(t, create, input, nil)
		if msg, status := one(t, rec); verdict(rec) != "Failed" || status != 400 || msg == "" {
			t.Errorf("%v: %s %d %s", input, verdict(rec), status, msg)
		}
	}
	if rec := b.do(t, "list-files", in{}, nil); fmt.Sprint(rec.KeyFields["FileIDs"]) != "[]" {
		t.Errorf("stored %v", rec.KeyFields)
	}
}
