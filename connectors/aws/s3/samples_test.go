package s3

import (
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
)

// sample is an error sample of the documentation that this integration follows,
// provoked over the sandbox.
type sample struct {
	command    string
	connection string
	input      in
	line       string // what the run says; ... stands for the service's own words
	corrected  string // how, and why, it differs from the documentation; empty: it does not
}

// words stands for what a service adds to AccessDenied: AWS, and the sandbox
// after it, says who was denied what.
const anyWords = "..."

var samples = []sample{
	{
		"create-buckets", "main",
		in{"bucketNames": []string{"one-too-many"}},
		"Create Buckets failed. Status Code: 400. Message: An error occurred (TooManyBuckets) when calling the CreateBucket operation: You have attempted to create more buckets than allowed.",
		"S3 answers TooManyBuckets with 400, not 403.",
	},
	{
		"delete-bucket-objects", "nobody",
		in{"bucketName": "samples", "filePaths": []string{"a.txt"}},
		"Delete Bucket Objects failed. Status Code: 403. Message: An error occurred (AccessDenied) when calling the ListObjectsV2 operation: " + anyWords,
		"",
	},
	{
		"delete-buckets", "main",
		in{"bucketNames": []string{"no-such-bucket"}},
		`Delete Buckets failed. Status Code: 404. Message: Delete bucket "no-such-bucket" failed: An error occurred (NoSuchBucket) when calling the DeleteBucket operation: The specified bucket does not exist.`,
		"S3 answers NoSuchBucket with 404, not 403.",
	},
	{
		"download-files", "main",
		in{"bucketName": "no-such-bucket", "filePaths": []string{"a.txt"}},
		`Download Files failed. Status Code: 404. Message: Download file "a.txt" in bucket "no-such-bucket" failed: An error occurred (NoSuchBucket) when calling the GetObject operation: The specified bucket does not exist.`,
		"S3 answers NoSuchBucket with 404, not 403.",
	},
	{
		"get-bucket-policy", "nobody",
		in{"bucketName": "samples"},
		"Get Bucket Policy failed. Status Code: 403. Message: An error occurred (AccessDenied) when calling the GetBucketPolicy operation: " + anyWords + " " + deniedHint,
		"The documented message shows the quotes of two joined texts; here they are two sentences.",
	},
	{
		"get-bucket-public-access-block", "nobody",
		in{"bucketName": "samples"},
		"Get Bucket Public Access Block failed. Status Code: 403. Message: An error occurred (AccessDenied) when calling the GetPublicAccessBlock operation: " + anyWords,
		"",
	},
	{
		"list-bucket-objects", "main",
		in{"bucketName": "samples", "roleArn": "x", "sessionDurationTime": 10},
		"List Bucket Objects failed. Status Code: 400. Message: Invalid length for parameter RoleArn, value: 1, valid min length: 20 Invalid value for parameter DurationSeconds, value: 10, valid min value: 900.",
		"The values never reach AWS; what is refused before has 400, not 403.",
	},
	{
		"list-buckets", "main",
		in{"roleArn": "x", "sessionDurationTime": 10},
		"List Buckets failed. Status Code: 400. Message: Invalid length for parameter RoleArn, value: 1, valid min length: 20 Invalid value for parameter DurationSeconds, value: 10, valid min value: 900.",
		"The values never reach AWS; what is refused before has 400, not 403.",
	},
	{
		"move-files", "nobody",
		in{"sourceBucketName": "samples", "sourceFilePaths": []string{"a.txt"}, "destinationBucketName": "samples", "destinationPath": "b"},
		"Move Files failed. Status Code: 403. Message: An error occurred (AccessDenied) when calling the GetBucketVersioning operation: " + anyWords,
		"",
	},
	{
		"put-bucket-policy", "nobody",
		in{"bucketName": "samples", "policy": accountPolicy("samples")},
		"Put Bucket Policy failed. Status Code: 403. Message: An error occurred (AccessDenied) when calling the PutBucketPolicy operation: " + anyWords + " " + deniedHint,
		"The code, the operation and the service's reason stand before the documented sentence.",
	},
	{
		"put-bucket-public-access-block", "blocks",
		in{"bucketName": "samples", "blockPublicAcls": true, "ignorePublicAcls": true, "blockPublicPolicy": true, "restrictPublicBuckets": true},
		"Put Bucket Public Access Block failed. Status Code: 403. Message: An error occurred (AccessDenied) when calling the PutPublicAccessBlock operation: " + anyWords,
		"",
	},
	{
		"upload-files", "main",
		in{"bucketName": "samples", "fileIds": []string{"x1"}},
		`Upload Files failed. Status Code: 400. Message: Upload file with ID "x1" to bucket "samples" failed: Download file failed:"Error converting data type nvarchar to bigint.`,
		"An ID that is no number is refused before any call, with 400, not 403.",
	},
	{
		"test-connection", "unknown",
		in{},
		"Test Connection failed. Failed to check the connector. Status Code: 403. Message: The AWS Access Key Id you provided does not exist in our records.",
		"",
	},
}

func TestSeedSamples(t *testing.T) {
	b := newBench(t, stage{sim: func(o *s3sim.Options) {
		o.MaxBuckets = 1
		o.Identities = []s3sim.Identity{
			{Name: "nobody", AccessKey: "AKIANOBODY", SecretKey: "nobodysecret"},
			{Name: "blocks", AccessKey: "AKIABLOCKS", SecretKey: "blockssecret", Allow: s3sim.AllowActions("s3:GetBucketPublicAccessBlock")},
		}
	}})
	b.bucket(t, "samples")
	b.put(t, "samples", "a.txt", "x")
	b.connectAs(t, "nobody", "AKIANOBODY", "nobodysecret")
	b.connectAs(t, "blocks", "AKIABLOCKS", "blockssecret")
	b.connectAs(t, "unknown", "AKIAUNKNOWN", "unknownsecret")
	seen := map[string]bool{}
	for _, s := range samples {
		t.Run(s.command, func(t *testing.T) {
			rec := b.as(t, s.connection, s.command, s.input)
			wantVerdict(t, rec, run.Failed)
			before, after, open := strings.Cut(s.line, anyWords)
			if got := line(rec); got != s.line && !(open && strings.HasPrefix(got, before) && strings.HasSuffix(got, after)) {
				t.Errorf("the run says\n  %s\nwant\n  %s", got, s.line)
			}
			if c, _ := Integration().Command(s.command); s.corrected != "" && len(c.Corrections) == 0 {
				t.Errorf("its page does not say: %s", s.corrected)
			}
		})
		seen[s.command] = true
	}
	for name := range seedTable {
		if id := strings.ToLower(strings.ReplaceAll(name, " ", "-")); name != "connection" && !seen[id] {
			t.Errorf("no sample of %s", name)
		}
	}
}
