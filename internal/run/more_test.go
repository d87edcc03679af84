package run_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/run"
)

func TestBatch(t *testing.T) {
	b := bench(t)
	rec := b.Do(t, "acme", "get-one", map[string]any{"name": []string{"a", "bad", "c"}})
	raw, err := json.Marshal(rec.RawData)
	if err != nil {
		t.Fatal(err)
	}
	if string(raw) != `[{"Name":"a"},null,{"Name":"c"}]` || verdict(rec) != "Partially Successful" {
		t.Errorf("%s %s", verdict(rec), raw)
	}
	var items []string
	for _, i := range rec.Items {
		items = append(items, i.Item+" "+string(i.State))
	}
	if diff := cmp.Diff([]string{"a done", "bad failed", "c done"}, items); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string][]any{"Names": {"a", "c"}}, rec.KeyFields); diff != "" {
		t.Errorf("key fields (-want +got):\n%s", diff)
	}
	children, err := b.List(t.Context(), b.Owner, run.Filter{Parent: rec.RunID})
	if err != nil || len(children.Runs) != 3 {
		t.Errorf("%d children, want 3 (%v)", len(children.Runs), err)
	}
	for why, in := range map[string]string{
		"two arrays": `{"name":["a"],"also":["b"]}`, "an empty array": `{"name":[]}`, "an unknown parameter beside": `{"name":["a"],"nonsense":1}`,
	} {
		rec := b.Do(t, "acme", "get-one", json.RawMessage(in))
		if rec.Error == nil || rec.Error.Kind != connector.Invalid || len(rec.Items) != 0 {
			t.Errorf("%s: %+v", why, rec.Error)
		}
	}
}

func TestResume(t *testing.T) {
	b := bench(t)
	first := b.Do(t, "acme", "work-hard", map[string]any{"bucketNames": []string{"a", "bad", "c"}})
	rec, err := b.Resume(t.Context(), b.Owner, first.RunID)
	if err != nil {
		t.Fatal(err)
	}
	if len(rec.Items) != 1 || rec.Items[0].Item != "bad" || rec.ParentRunID == nil || *rec.ParentRunID != first.RunID {
		t.Errorf("only what failed goes again: %+v of %v", rec.Items, rec.ParentRunID)
	}
	good := b.Do(t, "acme", "work-hard", map[string]any{"bucketNames": []string{"a"}})
	if _, err := b.Resume(t.Context(), b.Owner, good.RunID); connector.AsError(err).Kind != connector.Conflict {
		t.Errorf("nothing left: %v", err)
	}
	batch := b.Do(t, "acme", "get-one", map[string]any{"name": []string{"a", "bad"}})
	rec, err = b.Resume(t.Context(), b.Owner, batch.RunID)
	if err != nil || len(rec.Items) != 1 || rec.Items[0].Item != "bad" {
		t.Errorf("a batch: %+v %v", rec, err)
	}
}

func TestReveal(t *testing.T) {
	b := bench(t)
	rec := b.Do(t, "acme", "work-hard", map[string]any{"bucketNames": []string{"a"}})
	ref := rec.RunID + "#/rawData/Token"
	v, err := b.Reveal(t.Context(), b.Owner, ref)
	if err != nil || v.Reveal() != "returned-secret" {
		t.Errorf("%v %v", v.Reveal(), err)
	}
	limited := authz.Actor{ID: "x", Tenant: b.Owner.Tenant, Scopes: authz.Scopes{authz.Read, authz.Run, authz.Write, authz.Delete, authz.Manage}}
	if _, err := b.Reveal(t.Context(), limited, ref); connector.AsError(err).Kind != connector.Denied {
		t.Errorf("without the scope: %v", err)
	}
	if _, err := b.Reveal(t.Context(), b.Owner, rec.RunID+"#/rawData/Echo"); connector.AsError(err).Kind != connector.NotFound {
		t.Errorf("not a secret: %v", err)
	}
	// By reference into a secret parameter it is used but not shown.
	in := fmt.Sprintf(`{"bucketNames":["leak"],"password":{"$secret":%q}}`, ref)
	next := b.Do(t, "acme", "work-hard", json.RawMessage(in))
	if next.Error.Kind != connector.Denied || strings.Contains(next.Error.Message, "returned-secret") || strings.Contains(string(next.Input), "returned-secret") {
		t.Errorf("passed on: %+v, input %s", next.Error, next.Input)
	}
	in = fmt.Sprintf(`{"bucketNames":["a"],"mode":{"$secret":%q}}`, ref)
	if next = b.Do(t, "acme", "work-hard", json.RawMessage(in)); next.Error == nil || next.Error.Kind != connector.Invalid {
		t.Errorf("in an open parameter it is refused: %+v", next.Error)
	}
}
