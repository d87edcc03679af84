package s3

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/iampolicy"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
)

func TestBucketPolicyLife(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.bucket(t, "ruled")
	rec, _ := do1[GetBucketPolicyOut](t, b, "get-bucket-policy", in{"bucketName": bucket})
	wantLine(t, rec, "Get Bucket Policy failed. Status Code: 404. Message: An error occurred (NoSuchBucketPolicy) when calling the GetBucketPolicy operation: The bucket policy does not exist.")
	if fix := rec.Error.Items[0].Fix; !strings.Contains(fix, "Put Bucket Policy") || rec.Error.Kind != connector.NotFound {
		t.Errorf("%s: %s", rec.Error.Kind, fix)
	}

	input := in{"bucketName": bucket, "policy": json.RawMessage(accountPolicy(bucket))}
	plan := b.plan(t, "put-bucket-policy", input)
	if len(plan) != 1 || plan[0].Action != "create" || plan[0].Item != bucket || plan[0].Size != int64(len(accountPolicy(bucket))) || !strings.Contains(plan[0].Note, `+       "Sid": "One"`) {
		t.Errorf("plan: %+v", plan)
	}
	rec, put := do1[PutBucketPolicyOut](t, b, "put-bucket-policy", input)
	wantVerdict(t, rec, run.Successful)
	if put.Change != "created" || put.IsPublic || put.Difference != plan[0].Note || put.PreviousPolicy != nil {
		t.Errorf("first: %+v", put)
	}
	rec, got := do1[GetBucketPolicyOut](t, b, "get-bucket-policy", in{"bucketName": bucket})
	wantVerdict(t, rec, run.Successful)
	if !iampolicy.Equal([]byte(got.Policy), []byte(accountPolicy(bucket))) || got.IsPublic || len(got.Statements) != 1 {
		t.Errorf("got: %+v", got)
	}
	if diff := cmp.Diff(map[string][]any{"PolicyVersion": {"2012-10-17"}, "Sids": {"One"}, "Actions": {"s3:GetObject"}}, rec.KeyFields); diff != "" {
		t.Errorf("key fields (-want +got):\n%s", diff)
	}

	other := strings.Replace(accountPolicy(bucket), "s3:GetObject", "s3:DeleteObject", 1)
	input = in{"bucketName": bucket, "policy": other} // as text this time
	if plan = b.plan(t, "put-bucket-policy", input); plan[0].Action != "replace" {
		t.Errorf("plan: %+v", plan)
	}
	_, put = do1[PutBucketPolicyOut](t, b, "put-bucket-policy", input)
	if put.Change != "replaced" || !strings.Contains(put.Difference, `-       "Action": "s3:GetObject"`) || !strings.Contains(put.Difference, `+       "Action": "s3:DeleteObject"`) || len(put.PreviousPolicy) == 0 {
		t.Errorf("second: %+v", put)
	}
	if plan = b.plan(t, "put-bucket-policy", input); plan[0].Action != "none" {
		t.Errorf("plan of the same: %+v", plan)
	}
	b.sim.ResetRequests()
	if _, put = do1[PutBucketPolicyOut](t, b, "put-bucket-policy", input); put.Change != "none" || b.count("PutBucketPolicy") != 0 {
		t.Errorf("the same again: %+v after %v", put, b.operations())
	}

	if plan = b.plan(t, "delete-bucket-policy", in{"bucketName": bucket}); plan[0].Action != "delete" || plan[0].Size == 0 {
		t.Errorf("plan of the deletion: %+v", plan)
	}
	rec, del := do1[DeleteBucketPolicyOut](t, b, "delete-bucket-policy", in{"bucketName": bucket})
	wantVerdict(t, rec, run.Successful)
	if !del.Deleted || b.policy(t, bucket) != "" {
		t.Errorf("deleted: %+v", del)
	}
	if plan = b.plan(t, "delete-bucket-policy", in{"bucketName": bucket}); plan[0].Action != "none" {
		t.Errorf("plan of a second deletion: %+v", plan)
	}
	if rec, del = do1[DeleteBucketPolicyOut](t, b, "delete-bucket-policy", in{"bucketName": bucket}); del.Deleted || rec.CanUndo {
		t.Errorf("nothing to delete: %+v", del)
	}
}

func TestPutBucketPolicyIsChecked(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.bucket(t, "checked")
	for _, c := range []struct {
		why    string
		policy any
		field  string
		text   string
	}{
		{"neither object nor text", []any{1}, "/policy", "neither a JSON object nor a text"},
		{"broken text", "{\"Version\":\n oops}", "/policy", "not valid JSON at line 2, column"},
		{"too large", map[string]any{"Version": "2012-10-17", "Statement": []any{}, "Id": strings.Repeat("x", iampolicy.MaxSize)}, "/policy", "S3 takes at most 20480"},
		{"a bad effect", strings.Replace(accountPolicy(bucket), "Allow", "Permit", 1), "/policy/Statement/0/Effect", `"Permit" is neither`},
		{"another bucket", accountPolicy("elsewhere"), "/policy/Statement/0/Resource", "is not in bucket checked"},
	} {
		b.sim.ResetRequests()
		rec, _ := do1[PutBucketPolicyOut](t, b, "put-bucket-policy", in{"bucketName": bucket, "policy": c.policy})
		if rec.Error == nil || rec.Error.Kind != connector.Invalid || rec.Error.Items[0].Field != c.field || !strings.Contains(rec.Error.Message, c.text) {
			t.Errorf("%s: %+v", c.why, rec.Error)
		}
		if n := len(b.sim.Requests()); n != 0 {
			t.Errorf("%s: %d requests", c.why, n)
		}
	}
}

func TestPolicyGuard(t *testing.T) {
	b := newBench(t, stage{})
	for _, c := range []struct {
		why, policy, option, message string
	}{
		{"public", publicPolicy("guarded"), "allowPublicAccess", `makes the bucket public: Statement "One" allows everyone.`},
		{"lockout", lockingPolicy("guarded"), "allowSelfLockout", `locks its caller out: Statement "One" denies s3:PutBucketPolicy to arn:aws:iam::123456789012:user/sandbox.`},
		{
			"perhaps a lockout", strings.Replace(lockingPolicy("guarded"), `"Sid"`, `"Condition":{"NotIpAddress":{"aws:SourceIp":"127.0.0.0/8"}},"Sid"`, 1),
			"allowSelfLockout", "may lock its caller out",
		},
		{"lockout without TLS", strings.Replace(lockingPolicy("guarded"), `"Sid"`, `"Condition":{"Bool":{"aws:SecureTransport":"false"}},"Sid"`, 1), "allowSelfLockout", "locks its caller out"},
	} {
		t.Run(c.why, func(t *testing.T) {
			if _, err := b.raw.headBucket(t.Context(), "guarded"); err != nil {
				b.bucket(t, "guarded")
			}
			b.sim.ResetRequests()
			rec, _ := do1[PutBucketPolicyOut](t, b, "put-bucket-policy", in{"bucketName": "guarded", "policy": c.policy})
			wantVerdict(t, rec, run.Failed)
			if rec.Error.Kind != connector.Invalid || !strings.Contains(rec.Error.Message, c.message) || !strings.Contains(rec.Error.Items[0].Fix, "set Allow") {
				t.Errorf("%+v", rec.Error)
			}
			for _, r := range b.sim.Requests() {
				if !r.ReadOnly() {
					t.Errorf("%s was sent", r.Operation)
				}
			}
			rec, out := do1[PutBucketPolicyOut](t, b, "put-bucket-policy", in{"bucketName": "guarded", "policy": c.policy, c.option: true})
			wantVerdict(t, rec, run.Successful)
			if len(out.Notes) != 1 || !strings.Contains(out.Notes[0], c.message) || out.IsPublic != (c.option == "allowPublicAccess") {
				t.Errorf("%+v", out)
			}
			must(t, b.raw.deleteBucket(t.Context(), "guarded"))
		})
	}
}

// The documented sample of a denial, and what can be found out without the
// permission to read.
func TestPolicyDenied(t *testing.T) {
	b := newBench(t, stage{
		sim: func(o *s3sim.Options) {
			o.Identities = []s3sim.Identity{
				{Name: "blind", AccessKey: "AKIABLIND", SecretKey: "blindsecret", Allow: s3sim.AllowActions("s3:PutBucketPolicy", "s3:DeleteBucketPolicy")},
				{Name: "nobody", AccessKey: "AKIANOBODY", SecretKey: "nobodysecret"},
			}
		},
	})
	bucket := b.bucket(t, "denied")
	b.connectAs(t, "nobody", "AKIANOBODY", "nobodysecret")
	b.connectAs(t, "blind", "AKIABLIND", "blindsecret")
	policy := in{"bucketName": bucket, "policy": accountPolicy(bucket)}
	for command, op := range map[string]string{"get-bucket-policy": "GetBucketPolicy", "put-bucket-policy": "PutBucketPolicy", "delete-bucket-policy": "DeleteBucketPolicy"} {
		input := policy
		if command != "put-bucket-policy" {
			input = in{"bucketName": bucket}
		}
		rec := b.as(t, "nobody", command, input)
		if rec.Error == nil || rec.Error.StatusCode != 403 || !strings.HasPrefix(rec.Error.Message, "An error occurred (AccessDenied) when calling the "+op+" operation: ") || !strings.HasSuffix(rec.Error.Message, deniedHint) {
			t.Errorf("%s: %s", command, line(rec))
		}
	}
	rec := b.as(t, "blind", "put-bucket-policy", policy)
	wantVerdict(t, rec, run.Successful)
	if out := rawData[PutBucketPolicyOut](t, rec); len(out.Notes) != 1 || !strings.Contains(out.Notes[0], "cannot be undone") || rec.CanUndo {
		t.Errorf("without reading: %+v", out)
	}
	rec = b.as(t, "blind", "delete-bucket-policy", in{"bucketName": bucket})
	if out := rawData[DeleteBucketPolicyOut](t, rec); !out.Deleted || len(out.Notes) != 1 || rec.CanUndo {
		t.Errorf("without reading: %+v", out)
	}
	b.setBlock(t, bucket, AccessBlock{BlockPublicPolicy: true})
	rec = b.as(t, "main", "put-bucket-policy", in{"bucketName": bucket, "policy": publicPolicy(bucket), "allowPublicAccess": true})
	if rec.Error == nil || rec.Error.StatusCode != 403 || !strings.Contains(rec.Error.Items[0].Fix, "Block Public Policy") {
		t.Errorf("a blocked public policy: %+v", rec.Error)
	}
}

func TestUndoPolicy(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.bucket(t, "undone")
	old, next := accountPolicy(bucket), strings.Replace(accountPolicy(bucket), "s3:GetObject", "s3:DeleteObject", 1)
	put := func(policy string) *run.Record {
		rec, _ := do1[PutBucketPolicyOut](t, b, "put-bucket-policy", in{"bucketName": bucket, "policy": policy})
		wantVerdict(t, rec, run.Successful)
		return rec
	}
	created := put(old)
	replaced := put(next)
	plan := b.undo(t, replaced, true).Plan
	if len(plan) != 1 || plan[0].Action != "replace" || !strings.Contains(plan[0].Note, `+       "Action": "s3:GetObject"`) || !samePolicy(b.policy(t, bucket), next) {
		t.Errorf("what undoing would do: %+v", plan)
	}
	wantConflict(t, b.undo(t, created, false)) // it is another policy by now
	undone := b.undo(t, replaced, false)
	wantVerdict(t, undone, run.Successful)
	if !samePolicy(b.policy(t, bucket), old) || *undone.ParentRunID != replaced.RunID {
		t.Errorf("undone: %s", b.policy(t, bucket))
	}
	if again := b.undo(t, replaced, false); verdict(again) != run.Successful || again.Plan[0].Action != "none" {
		t.Errorf("undone twice: %+v", again.Plan)
	}
	redone := b.undo(t, undone, false)
	if wantVerdict(t, redone, run.Successful); !samePolicy(b.policy(t, bucket), next) {
		t.Errorf("an undo that was undone: %s", b.policy(t, bucket))
	}
	b.setPolicy(t, bucket, old)
	wantVerdict(t, b.undo(t, created, false), run.Successful)
	if b.policy(t, bucket) != "" {
		t.Error("there was no policy before the first run")
	}

	put(next)
	deleted, _ := do1[DeleteBucketPolicyOut](t, b, "delete-bucket-policy", in{"bucketName": bucket})
	b.setPolicy(t, bucket, old)
	wantConflict(t, b.undo(t, deleted, true))
	must(t, b.raw.deleteBucketPolicy(t.Context(), bucket))
	if plan := b.undo(t, deleted, true).Plan; plan[0].Action != "create" {
		t.Errorf("plan: %+v", plan)
	}
	wantVerdict(t, b.undo(t, deleted, false), run.Successful)
	if !samePolicy(b.policy(t, bucket), next) {
		t.Errorf("after the undone deletion: %s", b.policy(t, bucket))
	}
}
