package s3

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
)

func switches(acls, ignore, policy, restrict bool) in {
	return in{"blockPublicAcls": acls, "ignorePublicAcls": ignore, "blockPublicPolicy": policy, "restrictPublicBuckets": restrict}
}

func with(a in, more in) in {
	out := in{}
	for _, m := range []in{a, more} {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

func TestAccessBlockLife(t *testing.T) {
	b := newBench(t, stage{})
	name := in{"bucketName": b.bucket(t, "blocked")}
	rec, _ := do1[GetBlockOut](t, b, "get-bucket-public-access-block", name)
	wantLine(t, rec, "Get Bucket Public Access Block failed. Status Code: 404. Message: An error occurred (NoSuchPublicAccessBlockConfiguration) when calling the GetPublicAccessBlock operation: The public access block configuration was not found.")
	if !strings.Contains(rec.Error.Items[0].Fix, "Run Put Bucket Public Access Block") {
		t.Errorf("fix: %s", rec.Error.Items[0].Fix)
	}

	first := with(name, switches(true, false, true, false))
	plan := b.plan(t, "put-bucket-public-access-block", first)
	want := []connector.PlanStep{{Item: "blocked", Action: "create", Note: "+ BlockPublicAcls: true\n+ IgnorePublicAcls: false\n+ BlockPublicPolicy: true\n+ RestrictPublicBuckets: false"}}
	if diff := cmp.Diff(want, plan); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	rec, put := do1[PutBlockOut](t, b, "put-bucket-public-access-block", first)
	wantVerdict(t, rec, run.Successful)
	if put.Change != "created" || put.Previous != nil || !put.BlockPublicPolicy || put.RestrictPublicBuckets {
		t.Errorf("first: %+v", put)
	}
	rec, got := do1[GetBlockOut](t, b, "get-bucket-public-access-block", name)
	wantVerdict(t, rec, run.Successful)
	if diff := cmp.Diff(AccessBlock{BlockPublicAcls: true, BlockPublicPolicy: true}, got.Configuration); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]any{true}, rec.KeyFields["BlockPublicPolicy"]); diff != "" || len(rec.Result.Rows) != 4 {
		t.Errorf("key fields and table: %s %+v", diff, rec.Result)
	}

	merged := with(with(name, switches(false, true, false, false)), in{"mergeWithCurrent": true})
	if plan = b.plan(t, "put-bucket-public-access-block", merged); plan[0].Action != "replace" || plan[0].Note != "- IgnorePublicAcls: false\n+ IgnorePublicAcls: true" {
		t.Errorf("plan of a merge: %+v", plan)
	}
	rec, put = do1[PutBlockOut](t, b, "put-bucket-public-access-block", merged)
	wantVerdict(t, rec, run.Successful)
	if diff := cmp.Diff(&AccessBlock{BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true}, b.block(t, "blocked")); diff != "" || put.Change != "replaced" {
		t.Errorf("merged (-want +got):\n%s", diff)
	}
	b.sim.ResetRequests()
	if _, put = do1[PutBlockOut](t, b, "put-bucket-public-access-block", merged); put.Change != "none" || b.count("PutPublicAccessBlock") != 0 {
		t.Errorf("the same again: %+v", put)
	}
	rec, _ = do1[PutBlockOut](t, b, "put-bucket-public-access-block", with(name, switches(false, false, false, false)))
	if wantVerdict(t, rec, run.Successful); *b.block(t, "blocked") != (AccessBlock{}) {
		t.Error("without a merge all four are set")
	}

	if plan = b.plan(t, "delete-public-access-block", name); plan[0].Action != "delete" {
		t.Errorf("plan of the deletion: %+v", plan)
	}
	rec, del := do1[DeleteBlockOut](t, b, "delete-public-access-block", name)
	wantVerdict(t, rec, run.Successful)
	if !del.Deleted || b.block(t, "blocked") != nil {
		t.Errorf("deleted: %+v", del)
	}
	b.sim.ResetRequests()
	if _, del = do1[DeleteBlockOut](t, b, "delete-public-access-block", name); del.Deleted || b.count("DeletePublicAccessBlock") != 0 {
		t.Errorf("nothing to delete, yet %v", b.operations())
	}
}

func TestUndoAccessBlock(t *testing.T) {
	b := newBench(t, stage{})
	name := in{"bucketName": b.bucket(t, "undone")}
	created, _ := do1[PutBlockOut](t, b, "put-bucket-public-access-block", with(name, switches(true, true, true, true)))
	deleted, _ := do1[DeleteBlockOut](t, b, "delete-public-access-block", name)
	if plan := b.undo(t, deleted, true).Plan; plan[0].Action != "create" || b.block(t, "undone") != nil {
		t.Errorf("what undoing would do: %+v", plan)
	}
	wantVerdict(t, b.undo(t, deleted, false), run.Successful)
	if diff := cmp.Diff(&AccessBlock{true, true, true, true}, b.block(t, "undone")); diff != "" {
		t.Errorf("undone (-want +got):\n%s", diff)
	}
	b.setBlock(t, "undone", AccessBlock{BlockPublicAcls: true})
	wantConflict(t, b.undo(t, created, false))
	b.setBlock(t, "undone", AccessBlock{true, true, true, true})
	wantVerdict(t, b.undo(t, created, false), run.Successful)
	if b.block(t, "undone") != nil {
		t.Error("there was none before the first run")
	}
	if again := b.undo(t, created, false); again.Plan[0].Action != "none" {
		t.Errorf("undone twice: %+v", again.Plan)
	}
}

// The documented sample.
func TestAccessBlockDenied(t *testing.T) {
	b := newBench(t, stage{sim: func(o *s3sim.Options) {
		o.Identities = []s3sim.Identity{{Name: "reader", AccessKey: "AKIAREADER", SecretKey: "readersecret", Allow: s3sim.AllowActions("s3:GetBucketPublicAccessBlock")}}
	}})
	name := in{"bucketName": b.bucket(t, "denied")}
	b.connectAs(t, "reader", "AKIAREADER", "readersecret")
	rec := b.as(t, "reader", "put-bucket-public-access-block", with(name, switches(true, true, true, true)))
	if rec.Error == nil || rec.Error.StatusCode != 403 || !strings.HasPrefix(rec.Error.Message, "An error occurred (AccessDenied) when calling the PutPublicAccessBlock operation: ") {
		t.Errorf("%s", line(rec))
	}
	if fix := rec.Error.Items[0].Fix; !strings.Contains(fix, "s3:PutBucketPublicAccessBlock") {
		t.Errorf("fix: %s", fix)
	}
}

// strangeServer answers like a service that takes the sub-resource for the
// bucket, and notes what would have changed something.
type strangeServer struct {
	mu      sync.Mutex
	changes []string
	get     http.HandlerFunc
	change  http.HandlerFunc
}

// ServeHTTP implements http.Handler.
func (s *strangeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		s.get(w, r)
		return
	}
	s.mu.Lock()
	s.changes = append(s.changes, fmt.Sprintf("%s %s", r.Method, r.URL))
	s.mu.Unlock()
	s.change(w, r)
}

const listing = `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>strange</Name><KeyCount>0</KeyCount></ListBucketResult>`

// Services are known that take DELETE of the sub-resource for the deletion of
// the bucket, and PUT for its creation: nothing of that kind may be sent to one
// that did not answer the GET for what it is.
func TestServersThatMisreadAccessBlocks(t *testing.T) {
	t.Parallel() // it waits more than it works
	for _, c := range []struct {
		why string
		get http.Handler
	}{
		{"it lists the bucket", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(listing)) })},
		{"it answers with nothing", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})},
		{"it does not know it", xmlError(http.StatusNotImplemented, "NotImplemented", "A header you provided implies functionality that is not implemented")},
		{"it does not allow it", xmlError(http.StatusMethodNotAllowed, "MethodNotAllowed", "")},
		{"it cannot read it", xmlError(http.StatusBadRequest, "MalformedXML", "")},
		{"it denies it", xmlError(http.StatusForbidden, "AccessDenied", "Access Denied")},
		{"the key is missing", xmlError(http.StatusNotFound, "NoSuchKey", "")},
	} {
		t.Run(c.why, func(t *testing.T) {
			strange := &strangeServer{get: c.get.ServeHTTP, change: func(http.ResponseWriter, *http.Request) {}}
			srv := httptest.NewServer(strange)
			defer srv.Close()
			b := newBench(t, stage{settings: map[string]any{"endpointUrl": srv.URL}})
			for command, input := range map[string]in{
				"get-bucket-public-access-block": {"bucketName": "strange"},
				"delete-public-access-block":     {"bucketName": "strange"},
				"put-bucket-public-access-block": with(in{"bucketName": "strange"}, switches(true, true, true, true)),
			} {
				rec := b.Do(t, "aws-s3", command, input)
				wantVerdict(t, rec, run.Failed)
				known := c.why == "it denies it" || c.why == "the key is missing"
				if says := strings.Contains(rec.Error.Message, "not supported by this endpoint"); says == known {
					t.Errorf("%s: %s", command, line(rec))
				}
			}
			if len(strange.changes) > 0 {
				t.Errorf("it was sent %v", strange.changes)
			}
		})
	}
}

// A service that reads the sub-resource but cannot write it says so.
func TestServersThatOnlyReadAccessBlocks(t *testing.T) {
	strange := &strangeServer{
		get: func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`<PublicAccessBlockConfiguration><BlockPublicAcls>false</BlockPublicAcls></PublicAccessBlockConfiguration>`))
		},
		change: xmlError(http.StatusConflict, "BucketAlreadyExists", "").ServeHTTP,
	}
	srv := httptest.NewServer(strange)
	defer srv.Close()
	b := newBench(t, stage{settings: map[string]any{"endpointUrl": srv.URL}})
	rec := b.Do(t, "aws-s3", "put-bucket-public-access-block", with(in{"bucketName": "strange"}, switches(true, true, true, true)))
	if rec.Error == nil || rec.Error.Kind != connector.Invalid || !strings.Contains(rec.Error.Message, "not supported by this endpoint") || !strings.Contains(rec.Error.Message, "(BucketAlreadyExists)") {
		t.Errorf("%+v", rec.Error)
	}
	rec = b.Do(t, "aws-s3", "delete-public-access-block", in{"bucketName": "strange"})
	if rec.Error == nil || !strings.Contains(rec.Error.Message, "not supported by this endpoint") {
		t.Errorf("%+v", rec.Error)
	}
}
