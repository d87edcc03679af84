package audit_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/internal/audit"
)

func TestEntriesOfARun(t *testing.T) {
	run := audit.Run{
		Tenant: "t", At: 42, RunID: "r", Actor: "id-1", ActorName: "Ann", Origin: "cli", Integration: "aws-s3", Command: "delete-buckets",
		ConnectionID: "c", Connection: "Prod", Effects: []string{"delete"},
	}
	intent, errIntent := audit.Intent(run, json.RawMessage(`{"bucketNames":["b"],"secretKey":"***"}`))
	outcome, errOutcome := audit.Outcome(run, audit.OutcomeInfo{State: "done", ReturnData: "Failed", StatusCode: 404, ErrorKind: "NotFound", Message: "gone", ItemsTotal: 1, ItemsFailed: 1, Micros: 5})
	unknown, errUnknown := audit.Outcome(run, audit.OutcomeInfo{State: "unknown"})
	refused, errRefused := audit.Refusal(audit.Run{Tenant: "t", Actor: "id-1", Integration: "aws-s3", Command: "delete-buckets"}, "Denied", "needs scope delete", nil)
	for _, err := range []error{errIntent, errOutcome, errUnknown, errRefused} {
		if err != nil {
			t.Fatal(err)
		}
	}
	const common = `"actorName":"Ann","command":"delete-buckets","connection":"Prod","connectionId":"c","dryRun":false,"effects":["delete"],`
	want := []struct{ kind, body string }{
		{audit.KindRunIntent, `{` + common + `"input":{"bucketNames":["b"],"secretKey":"***"},"integration":"aws-s3","origin":"cli"}`},
		{audit.KindRunOutcome, `{"actorName":"Ann","bytes":0,"command":"delete-buckets","connection":"Prod","connectionId":"c","dryRun":false,"durationMicros":5,"effects":["delete"],` +
			`"errorKind":"NotFound","integration":"aws-s3","itemsDone":0,"itemsFailed":1,"itemsTotal":1,"message":"gone","origin":"cli","returnData":"Failed","state":"done","statusCode":404}`},
		{audit.KindRunUnknown, string(unknown.Body)},
		{audit.KindRunRefused, `{"command":"delete-buckets","dryRun":false,"input":null,"integration":"aws-s3","message":"needs scope delete","reason":"Denied"}`},
	}
	for i, e := range []audit.Entry{intent, outcome, unknown, refused} {
		if diff := cmp.Diff(want[i].body, string(e.Body)); diff != "" || e.Kind != want[i].kind {
			t.Errorf("%s: kind %s, body %s", want[i].kind, e.Kind, diff)
		}
		if e.Actor != "id-1" || e.Subject != "aws-s3/delete-buckets" || e.Tenant != "t" {
			t.Errorf("%s: got %+v", want[i].kind, e)
		}
	}
	if intent.RunID == nil || *intent.RunID != "r" || intent.At != 42 || refused.RunID != nil {
		t.Errorf("run ids: %v, %v", intent.RunID, refused.RunID)
	}
}

func TestAdmin(t *testing.T) {
	e, err := audit.Admin(audit.AdminEvent{Tenant: "t", At: 1, Kind: audit.KindTokenCreated, Actor: "a", Subject: "tok", Detail: map[string]any{"scopes": []string{"run"}, "name": "ci"}})
	if err != nil {
		t.Fatal(err)
	}
	want := audit.Entry{Tenant: "t", At: 1, Kind: "token.created", Actor: "a", Subject: "tok", Body: json.RawMessage(`{"name":"ci","scopes":["run"]}`)}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Error(diff)
	}
	if _, err := audit.Admin(audit.AdminEvent{Kind: "k", Detail: make(chan int)}); err == nil {
		t.Error("a detail that is not JSON was taken")
	}
}
