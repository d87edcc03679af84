package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/internal/api"
)

func TestRemoteCommand(t *testing.T) {
	b := open(t)
	for _, c := range []struct {
		why, path, body, want string
		status                int
	}{
		{
			"display names with spaces", "ReadNotes", `{"Username":"u","Site":"s","CommandParams":{"Note Names":["a"]}}`,
			`{"error":"","returnData":"Successful","keyFields":{"Notes":["a"]},"rawData":{"Notes":["a"]},"contextData":{"Notes":["a"]},"outputData":{"Notes":["a"]}}`, 200,
		},
		{
			"a failed command answers 200", "ReadNotes", `{"CommandParams":{}}`,
			`{"error":"Read Notes failed. Status Code: 400. Message: Note Names is required.","returnData":"Failed","keyFields":{},"rawData":null,"contextData":null,"outputData":{}}`, 200,
		},
		{
			"the name of the integration in front", "lab.readnotes", `{"Connection":"main","CommandParams":{"noteNames":["a"]}}`,
			`{"error":"","returnData":"Successful","keyFields":{"Notes":["a"]},"rawData":{"Notes":["a"]},"contextData":{"Notes":["a"]},"outputData":{"Notes":["a"]}}`, 200,
		},
		{"no JSON object", "ReadNotes", `[1]`, `{"Error":"The body of the request must be a valid JSON object"}`, 400},
		{"cut off", "ReadNotes", `{"CommandParams":`, `{"Error":"The body of the request must be a valid JSON object"}`, 400},
		{"unknown command", "NoSuch", `{}`, `{"Error":"There is no command \"NoSuch\". Use the display name without spaces, such as ListBuckets."}`, 404},
		{"unknown connection", "ReadNotes", `{"Connection":"none","CommandParams":{"Note Names":["a"]}}`, `{"Error":"There is no connection called \"none\". Known: main."}`, 404},
	} {
		got := b.call(t, b.owner, http.MethodPost, "/api/Command/"+c.path, c.body)
		if got.status != c.status || string(got.body) != c.want {
			t.Errorf("%s: %d\n%s", c.why, got.status, cmp.Diff(c.want, string(got.body)))
		}
	}
}

func TestRemoteCommandAuthentication(t *testing.T) {
	b := open(t)
	const path, body = "/api/Command/ReadNotes", `{"CommandParams":{"Note Names":["a"]}}`
	got := b.call(t, "", http.MethodPost, path, body)
	if got.status != 401 || string(got.body) != `{"Error":"Invalid authentication key."}` {
		t.Errorf("without a key: %d %s", got.status, got.body)
	}
	if got = b.call(t, "", http.MethodPost, path, body, "d3key", b.owner); got.status != 200 {
		t.Errorf("the key in its own header: %d %s", got.status, got.body)
	}
	if got = b.call(t, b.token(t, "read"), http.MethodPost, path, body); got.status != 403 {
		t.Errorf("a token without the scope: %d %s", got.status, got.body)
	}
}

func TestRemoteCommandLimit(t *testing.T) {
	now := time.Now()
	b := open(t, func(d *api.Deps) { d.Now = func() time.Time { return now } })
	statuses := map[int]int{}
	for range 52 {
		got := b.call(t, b.owner, http.MethodPost, "/api/Command/ReadNotes", `[]`)
		statuses[got.status]++
		var e map[string]string
		if err := json.Unmarshal(got.body, &e); err != nil || e["Error"] == "" || strings.Contains(e["Error"], "\n") {
			t.Fatalf("not an error: %s %v", got.body, err)
		}
	}
	if diff := cmp.Diff(map[int]int{400: 50, 429: 2}, statuses); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
