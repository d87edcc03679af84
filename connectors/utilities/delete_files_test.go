package utilities

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
)

func TestDeleteFilesReportsEach(t *testing.T) {
	b := newBench(t)
	first, second := b.save(t, "", "one", "1"), b.save(t, "", "two", "22")
	kept := b.save(t, connector.ArtifactFile, "kept", "333")
	input := in{"fileIds": []any{first, fmt.Sprint(second), "no number", kept, 999, first}}
	plan := b.plan(t, "delete-files", input)
	wantPlan := []connector.PlanStep{
		{Item: fmt.Sprint(first), Action: "delete", Size: 1},
		{Item: fmt.Sprint(second), Action: "delete", Size: 2},
		{Item: "no number", Action: "none"},
		{Item: fmt.Sprint(kept), Action: "none"},
		{Item: "999", Action: "none"},
		{Item: fmt.Sprint(first), Action: "none"},
	}
	if d := cmp.Diff(wantPlan, plan); d != "" {
		t.Errorf("plan: -want +got\n%s", d)
	}
	if b.text(t, first) != "1" {
		t.Fatal("a dry run deleted")
	}
	var out DeleteFilesOut
	rec := b.do(t, "delete-files", input, &out)
	if verdict(rec) != "Partially Successful" {
		t.Errorf("verdict %s", verdict(rec))
	}
	if d := cmp.Diff([]DeletedFile{{first, "one", 1}, {second, "two", 2}}, out.Deleted); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	var states []string
	for _, it := range rec.Items {
		states = append(states, fmt.Sprint(it.Item, " ", it.State, " ", it.StatusCode))
	}
	want := []string{
		fmt.Sprint(first, " done 0"), fmt.Sprint(second, " done 0"), "no number failed 400",
		fmt.Sprint(kept, " failed 404"), "999 failed 404", fmt.Sprint(first, " skipped 0"),
	}
	if d := cmp.Diff(want, states); d != "" {
		t.Errorf("items: -want +got\n%s", d)
	}
	msg, status := one(t, rec)
	if msg != `Delete file with ID "no number" failed: Error converting data type nvarchar to bigint.` || status != 400 {
		t.Errorf("first failure: %d %s", status, msg)
	}
	var left ListFilesOut
	b.do(t, "list-files", in{}, &left)
	if d := cmp.Diff([]int64{kept}, idsOf(left.Files)); d != "" {
		t.Errorf("left: -want +got\n%s", d)
	}
}

func TestDeleteFilesOfAnotherSourceAndAlias(t *testing.T) {
	b := newBench(t)
	id := b.save(t, connector.IncidentAttachmentFile, "a", "a")
	rec := b.do(t, "delete-files", in{"d3FileIds": []any{id}, "fileSource": "incident attachment file"}, nil)
	if verdict(rec) != "Successful" || fmt.Sprint(rec.KeyFields["FileIDs"]) != fmt.Sprint([]any{id}) {
		t.Errorf("%s %v", verdict(rec), rec.KeyFields)
	}
	if rec := b.do(t, "delete-files", in{"fileIds": []any{id}, "fileSource": "Incident Attachment File"}, nil); verdict(rec) != "Failed" {
		t.Errorf("again: %s", verdict(rec))
	}
}

func TestDeleteAThousandFiles(t *testing.T) {
	b := newBench(t)
	ids := b.saveMany(t, 1000)
	var out DeleteFilesOut
	rec := b.do(t, "delete-files", in{"fileIds": ids}, &out)
	if verdict(rec) != "Successful" || len(out.Deleted) != len(ids) {
		t.Errorf("%s, %d deleted", verdict(rec), len(out.Deleted))
	}
	if rec := b.do(t, "list-files", in{}, nil); fmt.Sprint(rec.KeyFields["FileIDs"]) != "[]" {
		t.Errorf("left %v", rec.KeyFields)
	}
}
