package s3

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
)

func TestListBuckets(t *testing.T) {
	b := newBench(t, stage{})
	b.bucket(t, "alpha")
	b.bucket(t, "beta")
	_, _ = do1[CreateBucketsOut](t, b, "create-buckets", in{"bucketNames": []string{"alps"}, "regionName": "eu-central-2"})

	rec, out := do1[ListBucketsOut](t, b, "list-buckets", in{})
	wantVerdict(t, rec, run.Successful)
	if diff := cmp.Diff([]any{"alpha", "alps", "beta"}, rec.KeyFields["BucketNames"]); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if when, err := time.Parse(time.RFC3339, out.Buckets[0].CreationDate); err != nil || when.Location() != time.UTC {
		t.Errorf("creation date %q", out.Buckets[0].CreationDate)
	}
	if len(rec.Result.Rows) != 3 || rec.Result.Columns[0] != "Bucket" {
		t.Errorf("table: %+v", rec.Result)
	}
	_, out = do1[ListBucketsOut](t, b, "list-buckets", in{"prefix": "al"})
	if len(out.Buckets) != 2 || out.Prefix != "al" {
		t.Errorf("by prefix: %+v", out)
	}
	_, out = do1[ListBucketsOut](t, b, "list-buckets", in{"bucketRegion": "Europe (Zurich)"})
	if len(out.Buckets) != 1 || out.Buckets[0].Name != "alps" {
		t.Errorf("by region: %+v", out.Buckets)
	}
}

// The seed's own sample: parameters of the role are refused before any call.
func TestListBucketsBadRole(t *testing.T) {
	b := newBench(t, stage{})
	b.sim.ResetRequests()
	rec, _ := do1[ListBucketsOut](t, b, "list-buckets", in{"roleArn": "x", "sessionDurationTime": 10})
	wantVerdict(t, rec, run.Failed)
	wantLine(t, rec, "List Buckets failed. Status Code: 400. Message: Invalid length for parameter RoleArn, value: 1, valid min length: 20 Invalid value for parameter DurationSeconds, value: 10, valid min value: 900.")
	if n := len(b.sim.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestListBucketsDenied(t *testing.T) {
	who := s3sim.Identity{Name: "nobody", AccessKey: "AKIANOBODY", SecretKey: "nobody-secret-key"}
	b := newBench(t, stage{
		sim:      func(o *s3sim.Options) { o.Identities = []s3sim.Identity{who} },
		settings: map[string]any{"accessKey": who.AccessKey, "secretKey": who.SecretKey},
	})
	rec, _ := do1[ListBucketsOut](t, b, "list-buckets", in{})
	wantVerdict(t, rec, run.Failed)
	it := rec.Error.Items
	if rec.Error.StatusCode != 403 || len(it) != 1 || it[0].Operation != "ListBuckets" || it[0].Code != "AccessDenied" {
		t.Errorf("%+v", rec.Error)
	}
}

// Accounts with more buckets than one answer holds are listed whole; a service
// that ignores the prefix is helped out.
func TestListBucketsPages(t *testing.T) {
	var queries []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		queries = append(queries, r.URL.Query().Get("continuation-token"))
		token := map[string]string{"": "<ContinuationToken>t1</ContinuationToken>", "t1": ""}[queries[len(queries)-1]]
		_, _ = w.Write([]byte(`<ListAllMyBucketsResult><Owner><ID>me</ID></Owner><Buckets><Bucket><Name>al-` + strconv.Itoa(len(queries)) + `</Name><CreationDate>2026-01-02T03:04:05.000Z</CreationDate></Bucket><Bucket><Name>other</Name></Bucket></Buckets>` + token + `</ListAllMyBucketsResult>`))
	}))
	defer srv.Close()
	b := newBench(t, stage{settings: map[string]any{"endpointUrl": srv.URL}})
	rec, out := do1[ListBucketsOut](t, b, "list-buckets", in{"prefix": "al"})
	wantVerdict(t, rec, run.Successful)
	want := ListBucketsOut{Buckets: []Bucket{{Name: "al-1", CreationDate: "2026-01-02T03:04:05Z"}, {Name: "al-2", CreationDate: "2026-01-02T03:04:05Z"}}, Owner: &Owner{ID: "me"}, Prefix: "al"}
	if diff := cmp.Diff(want, out); diff != "" {
		t.Errorf("raw data (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"", "t1"}, queries); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}
