package s3

import (
	"testing"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
)

func onePolicy(bucket, effect, principal, action, resource string) string {
	return `{"Version":"2012-10-17","Statement":[{"Sid":"One","Effect":"` + effect + `","Principal":` + principal + `,"Action":"` + action + `","Resource":"arn:aws:s3:::` + bucket + resource + `"}]}`
}

// accountPolicy lets the sandbox's account read; it is neither public nor does
// it lock anybody out.
func accountPolicy(bucket string) string {
	return onePolicy(bucket, "Allow", `{"AWS":"arn:aws:iam::`+s3sim.AccountID+`:root"}`, "s3:GetObject", "/*")
}

func publicPolicy(bucket string) string {
	return onePolicy(bucket, "Allow", `"*"`, "s3:GetObject", "/*")
}

func lockingPolicy(bucket string) string {
	return onePolicy(bucket, "Deny", `"*"`, "s3:PutBucketPolicy", "")
}

func (b *bench) setPolicy(t testing.TB, bucket, text string) {
	t.Helper()
	must(t, b.raw.putBucketPolicy(t.Context(), bucket, text, false))
}

func (b *bench) policy(t testing.TB, bucket string) string {
	t.Helper()
	s, err := b.raw.readPolicy(t.Context(), bucket)
	must(t, err)
	return s.text
}

func (b *bench) setBlock(t testing.TB, bucket string, block AccessBlock) {
	t.Helper()
	must(t, b.raw.putAccessBlock(t.Context(), bucket, block))
}

func (b *bench) block(t testing.TB, bucket string) *AccessBlock {
	t.Helper()
	s, err := b.raw.accessBlock(t.Context(), bucket)
	must(t, err)
	return s.block
}

func (b *bench) versions(t testing.TB, bucket string) []version {
	t.Helper()
	p, err := b.raw.ListVersions(t.Context(), versionQuery{Bucket: bucket})
	must(t, err)
	return p.Versions
}

// undo undoes a run, or says what that would do.
func (b *bench) undo(t testing.TB, rec *run.Record, dryRun bool) *run.Record {
	t.Helper()
	b.sim.ResetRequests()
	u, err := b.Undo(t.Context(), b.Owner, rec.RunID, dryRun)
	must(t, err)
	if !dryRun {
		return u
	}
	for _, r := range b.sim.Requests() {
		if !r.ReadOnly() {
			t.Errorf("the dry run of an undo sent %s", r.Operation)
		}
	}
	return u
}

func wantConflict(t testing.TB, rec *run.Record) {
	t.Helper()
	if rec.Error == nil || rec.Error.Kind != connector.Conflict {
		t.Errorf("want a conflict: %s", line(rec))
	}
}

// connectAs adds a connection of another identity.
func (b *bench) connectAs(t testing.TB, name, accessKey, secretKey string) {
	t.Helper()
	s := simSettings(b.sim)
	s["accessKey"], s["secretKey"] = accessKey, secretKey
	b.Connect(t, "aws-s3", name, s)
}

// as runs a command over a named connection.
func (b *bench) as(t testing.TB, connection, command string, input in) *run.Record {
	t.Helper()
	rec, err := b.Run(t.Context(), b.Owner, run.Request{Integration: "aws-s3", Command: command, Connection: connection, Input: mustJSON(t, input), Origin: "test"})
	must(t, err)
	return rec
}
