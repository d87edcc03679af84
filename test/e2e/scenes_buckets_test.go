package e2e

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/test/apptest"
)

type in = map[string]any

// scenes are played in this order; each makes the buckets it needs.
func scenes() []scene {
	return slices.Concat(connectionScenes(), createScenes(), listScenes(), deleteBucketScenes(),
		uploadScenes(), downloadScenes(), moveScenes(), deleteObjectScenes(), roleScenes(),
		policyScenes(), blockScenes(), versionScenes(), furtherScenes())
}

const (
	badRole = "Invalid length for parameter RoleArn, value: 1, valid min length: 20 Invalid value for parameter DurationSeconds, value: 10, valid min value: 900."

	successful = "Successful"

	whyAnyone  = "checks no credentials and no rights, so that this sample cannot be provoked"
	whyOneUser = "knows one account only: whoever else asks is unknown, and it says so in its own words with 404"
	whyWords   = "words a denial as AWS does within one organization: who is denied what, and by which policy"
	whyNoLimit = "knows no limit of buckets, so that this sample cannot be provoked"
	whyAgain   = "answers as AWS does outside us-east-1"
	whyNoRole  = "offers no AssumeRole at its S3 endpoint"
)

// denied gives what servers say of an operation that the identity nobody may
// not do. AWS's own short form is what Ceph leaves to be filled in.
func denied(indicator, operation, action, resource string) map[string]other {
	const before = " Status Code: 403. Message: An error occurred (AccessDenied) when calling the "
	words := func(account string) other {
		return other{
			indicator + before + operation + " operation: User: arn:aws:iam::" + account + ":user/nobody is not authorized to perform: " + action +
				` on resource: "arn:aws:s3:::` + resource + `" because no identity-based policy allows the ` + action + " action.",
			whyWords,
		}
	}
	return map[string]other{
		sandboxName:     words("123456789012"),
		"versitygw-iam": words("000000000000"),
		"versitygw": {
			indicator + " Status Code: 404. Message: An error occurred (XAdminUserNotFound) when calling the " + operation + " operation: No user exists with the provided access key ID.",
			whyOneUser,
		},
		"moto": {successful, whyAnyone},
	}
}

func connectionScenes() []scene {
	const failed = "Test Connection failed. Failed to check the connector. Status Code: 403. Message: "
	const stranger = "Test Connection failed. Failed to check the connector. Status Code: 404. Message: No user exists with the provided access key ID."
	notAllowed := func(account string) string {
		return "User: arn:aws:iam::" + account + `:user/nobody is not authorized to perform: s3:ListAllMyBuckets on resource: "arn:aws:s3:::*" because no identity-based policy allows the s3:ListAllMyBuckets action.`
	}
	test := func(identity string) func(*stage) *run.Record {
		return func(st *stage) *run.Record { return st.run(identity, nil) }
	}
	return []scene{
		{
			command: "Test Connection", about: "good keys", want: successful,
			play: func(st *stage) *run.Record {
				rec := st.run(owner, nil)
				raw := apptest.Raw[struct{ Message string }](st, rec)
				if !strings.HasPrefix(raw.Message, "Passed: ") {
					st.Errorf("says %q", raw.Message)
				}
				return rec
			},
		},
		{
			command: "Test Connection", about: "access key that does not exist", seed: true, play: test(unknown),
			want: failed + "The AWS Access Key Id you provided does not exist in our records.",
			unlike: map[string]other{
				"versitygw": {stranger, whyOneUser},
				"ceph":      {failed + "Access Denied.", "answers AccessDenied to keys that do not exist"},
				"moto":      {successful, whyAnyone},
			},
		},
		{
			command: "Test Connection", about: "wrong secret", play: test(forged),
			want: failed + "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
			unlike: map[string]other{
				"ceph": {failed + "Access Denied.", "answers AccessDenied to a wrong signature"},
				"moto": {successful, whyAnyone},
			},
		},
		{
			command: "Test Connection", about: "no right to list buckets", play: test(nobody),
			want: failed + "Access Denied.",
			unlike: map[string]other{
				sandboxName:     {failed + notAllowed("123456789012") + " The credentials are good: they are those of arn:aws:iam::123456789012:user/nobody, which is not allowed s3:ListAllMyBuckets.", whyWords},
				"versitygw-iam": {failed + notAllowed("000000000000"), whyWords + "; and has no GetCallerIdentity at its S3 endpoint"},
				"versitygw":     {stranger, whyOneUser},
				"ceph":          {successful, "lets every user list the buckets of their own"},
				"moto":          {successful, whyAnyone},
			},
		},
	}
}

// created is Create Buckets' raw data.
type created struct {
	Buckets []struct{ Name, Location, BucketRegion string }
}

func createScenes() []scene {
	const again = "Create Buckets failed. Status Code: 409. Message: An error occurred (BucketAlreadyOwnedByYou) when calling the CreateBucket operation: Your previous request to create the named bucket succeeded and you already own it."
	return []scene{
		{
			command: "Create Buckets", about: "two", want: successful,
			play: func(st *stage) *run.Record {
				a, b := st.prefix+"create-a", st.prefix+"create-b"
				rec := st.run(owner, in{"bucketNames": []string{a, b}})
				out := apptest.Raw[created](st, rec)
				if len(out.Buckets) != 2 || out.Buckets[0].Name != a || !st.has(st, a) || !st.has(st, b) || len(rec.KeyFields["BucketNames"]) != 2 {
					st.Errorf("made %+v, key fields %v", out, rec.KeyFields)
				}
				wantItems(st, rec, "done", "done")
				return rec
			},
		},
		{
			command: "Create Buckets", about: "more than allowed", seed: true, play: tooMany,
			want: "Create Buckets failed. Status Code: 400. Message: An error occurred (TooManyBuckets) when calling the CreateBucket operation: You have attempted to create more buckets than allowed.",
			unlike: map[string]other{
				"versitygw": {successful, whyNoLimit}, "versitygw-iam": {successful, whyNoLimit}, "moto": {successful, whyNoLimit},
			},
		},
		{
			command: "Create Buckets", about: "one new, one with a bad name",
			want: `Create Buckets failed. Status Code: 400. Message: Invalid bucket name "Mybucketbbb": upper-case letters are not allowed.`,
			play: func(st *stage) *run.Record {
				rec := st.run(owner, in{"bucketNames": []string{st.prefix + "create-good", "Mybucketbbb"}})
				wantVerdict(st, rec, run.PartiallySuccessful)
				wantItems(st, rec, "done", "failed")
				return rec
			},
		},
		{
			command: "Create Buckets", about: "a bucket of one's own again",
			want:   successful,
			play:   func(st *stage) *run.Record { return st.run(owner, in{"bucketNames": []string{st.bucket(st, "again")}}) },
			unlike: map[string]other{"versitygw": {again, whyAgain}, "versitygw-iam": {again, whyAgain}},
		},
	}
}

// tooMany creates one bucket more than the capped identity may own.
func tooMany(st *stage) *run.Record {
	made := []string{st.prefix + "capped-1", st.prefix + "capped-2"}
	over := st.prefix + "capped-3"
	st.Cleanup(func() { st.dropCapped(context.WithoutCancel(st.Context()), append(made, over)) })
	rec := st.run(capped, in{"bucketNames": made})
	wantVerdict(st, rec, run.Successful)
	return st.run(capped, in{"bucketNames": []string{over}})
}

// ownBuckets: on Ceph nobody is another user, who may list what they own.
func ownBuckets() map[string]other {
	m := denied("List Buckets failed.", "ListBuckets", "s3:ListAllMyBuckets", "*")
	m["ceph"] = other{successful, "lets every user list the buckets of their own"}
	return m
}

func listScenes() []scene {
	refused := func(st *stage) *run.Record {
		rec := st.run(owner, in{"roleArn": "x", "sessionDurationTime": 10})
		if len(rec.Error.Items) != 2 || rec.Error.Items[0].Field != "/roleArn" || rec.Error.Items[1].Field != "/sessionDurationTime" || rec.Error.Items[0].Fix == "" {
			st.Errorf("located as %+v", rec.Error.Items)
		}
		return rec
	}
	return []scene{
		{
			command: "List Buckets", about: "all", want: successful,
			play: func(st *stage) *run.Record {
				name := st.bucket(st, "list-buckets")
				rec := st.run(owner, nil)
				out := apptest.Raw[struct {
					Buckets []struct{ Name, CreationDate string }
				}](st, rec)
				i := slices.IndexFunc(out.Buckets, func(b struct{ Name, CreationDate string }) bool { return b.Name == name })
				if i < 0 || out.Buckets[i].CreationDate == "" {
					st.Errorf("%q is not among %+v", name, out.Buckets)
				}
				return rec
			},
		},
		{command: "List Buckets", about: "role and duration out of range", seed: true, play: refused, want: "List Buckets failed. Status Code: 400. Message: " + badRole},
		{
			command: "List Buckets", about: "no right",
			play:   func(st *stage) *run.Record { return st.run(nobody, nil) },
			want:   "List Buckets failed. Status Code: 403. Message: An error occurred (AccessDenied) when calling the ListBuckets operation: Access Denied.",
			unlike: ownBuckets(),
		},
		{command: "List Bucket Objects", about: "in two steps", want: successful, play: listInSteps},
		{
			command: "List Bucket Objects", about: "role and duration out of range", seed: true,
			want: "List Bucket Objects failed. Status Code: 400. Message: " + badRole,
			play: func(st *stage) *run.Record {
				return st.run(owner, in{"bucketName": "any-bucket", "roleArn": "x", "sessionDurationTime": 10})
			},
		},
		{
			command: "List Bucket Objects", about: "no such bucket",
			want: "List Bucket Objects failed. Status Code: 404. Message: An error occurred (NoSuchBucket) when calling the ListObjectsV2 operation: The specified bucket does not exist.",
			play: func(st *stage) *run.Record { return st.run(owner, in{"bucketName": st.prefix + "missing"}) },
		},
		{
			command: "List Bucket Objects", about: "no right",
			want:   "List Bucket Objects failed. Status Code: 403. Message: An error occurred (AccessDenied) when calling the ListObjectsV2 operation: Access Denied.",
			play:   func(st *stage) *run.Record { return st.run(nobody, in{"bucketName": st.bucket(st, "list-denied")}) },
			unlike: denied("List Bucket Objects failed.", "ListObjectsV2", "s3:ListBucket", "list-denied"),
		},
	}
}

// listed is List Bucket Objects' raw data.
type listed struct {
	KeyCount              int
	IsTruncated           bool
	NextContinuationToken string
	Contents              []struct {
		Key  string
		Size int
	}
}

func listInSteps(st *stage) *run.Record {
	name := st.bucket(st, "list-objects")
	st.put(st, name, "a.txt", "temp/b.txt", "temp/c.txt")
	rec := st.run(owner, in{"bucketName": name, "maximumObjects": 2})
	out := apptest.Raw[listed](st, rec)
	if out.KeyCount != 2 || !out.IsTruncated || out.Contents[1].Key != "temp/b.txt" || out.Contents[1].Size != len(textOf("temp/b.txt")) {
		st.Fatalf("first %+v", out)
	}
	rec = st.run(owner, in{"bucketName": name, "continuationToken": out.NextContinuationToken})
	out = apptest.Raw[listed](st, rec)
	if out.KeyCount != 1 || out.IsTruncated || out.Contents[0].Key != "temp/c.txt" {
		st.Errorf("then %+v", out)
	}
	return rec
}

func deleteBucketScenes() []scene {
	return []scene{
		{
			command: "Delete Buckets", about: "two", want: successful,
			play: func(st *stage) *run.Record {
				a, b := st.bucket(st, "delete-a"), st.bucket(st, "delete-b")
				rec := st.run(owner, in{"bucketNames": []string{a, b}})
				if st.has(st, a) || st.has(st, b) {
					st.Error("still there")
				}
				return rec
			},
		},
		{
			command: "Delete Buckets", about: "no such bucket", seed: true,
			want: `Delete Buckets failed. Status Code: 404. Message: Delete bucket "missing" failed: An error occurred (NoSuchBucket) when calling the DeleteBucket operation: The specified bucket does not exist.`,
			play: func(st *stage) *run.Record { return st.run(owner, in{"bucketNames": []string{st.prefix + "missing"}}) },
		},
		{
			command: "Delete Buckets", about: "one empty, one not",
			want: `Delete Buckets failed. Status Code: 409. Message: Delete bucket "full" failed: An error occurred (BucketNotEmpty) when calling the DeleteBucket operation: The bucket you tried to delete is not empty. It still holds 2 objects.`,
			play: func(st *stage) *run.Record {
				empty, full := st.bucket(st, "empty"), st.bucket(st, "full")
				st.put(st, full, "a", "b")
				rec := st.run(owner, in{"bucketNames": []string{empty, full}})
				wantVerdict(st, rec, run.PartiallySuccessful)
				if st.has(st, empty) || !st.has(st, full) {
					st.Error("the wrong one is gone")
				}
				return rec
			},
		},
	}
}

func roleScenes() []scene {
	const noRole = "List Buckets failed. Status Code: 405. Message: An error occurred (MethodNotAllowed) when calling the AssumeRole operation: The specified method is not allowed against this resource."
	assume := func(arn func(*stage) string) func(*stage) *run.Record {
		return func(st *stage) *run.Record {
			return st.run(owner, in{"roleArn": arn(st), "roleSessionName": "e2e_Session1", "sessionDurationTime": 900})
		}
	}
	return []scene{
		{
			command: "List Buckets", about: "through a role", want: successful,
			play:   assume(func(st *stage) string { return orMadeUp(st.server.RoleARN) }),
			unlike: map[string]other{"versitygw": {noRole, whyNoRole}, "versitygw-iam": {noRole, whyNoRole}},
		},
		{
			command: "List Buckets", about: "a role that does not trust the caller",
			want: "List Buckets failed. Status Code: 403. Message: An error occurred (AccessDenied) when calling the AssumeRole operation: Access Denied.",
			play: assume(func(st *stage) string { return orMadeUp(st.server.UntrustingRoleARN) }),
			unlike: map[string]other{
				"versitygw": {noRole, whyNoRole}, "versitygw-iam": {noRole, whyNoRole}, "moto": {successful, whyAnyone},
				sandboxName: {"List Buckets failed. Status Code: 403. Message: An error occurred (AccessDenied) when calling the AssumeRole operation: " +
					"User: arn:aws:iam::123456789012:user/sandbox is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/distrustful.", whyWords},
			},
		},
	}
}

func orMadeUp(arn string) string {
	if arn == "" {
		return "arn:aws:iam::123456789012:role/made-up"
	}
	return arn
}

func wantVerdict(t testing.TB, rec *run.Record, want run.ReturnData) {
	t.Helper()
	if got := apptest.Verdict(rec); got != want {
		t.Errorf("the run is %q, want %q: %s", got, want, apptest.Line(rec))
	}
}

func wantItems(t testing.TB, rec *run.Record, states ...string) {
	t.Helper()
	got := []string{}
	for _, i := range rec.Items {
		got = append(got, string(i.State))
	}
	if !slices.Equal(got, states) {
		t.Errorf("items %v, want %v", got, states)
	}
}
