package s3

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
)

func TestListBucketObjects(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.bucket(t, "listed")
	odd := []string{"a b+c%.txt", "dir/sub/x", "dir/ü<&>\"'.txt", "tab\tand\nline", "zz"}
	for _, k := range odd {
		b.put(t, bucket, k, "12345")
	}
	rec, out := do1[ListBucketObjectsOut](t, b, "list-bucket-objects", in{"bucketName": bucket})
	wantVerdict(t, rec, run.Successful)
	var keys []string
	for _, o := range out.Contents {
		keys = append(keys, o.Key)
	}
	if diff := cmp.Diff(odd, keys); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	if out.KeyCount != 5 || out.IsTruncated || out.MaxKeys != 1000 || out.Contents[0].Size != 5 || out.Contents[0].ETag != `"827ccb0eea8a706c4c34a16891f84e7b"` {
		t.Errorf("raw data: %+v", out)
	}
	_, out = do1[ListBucketObjectsOut](t, b, "list-bucket-objects", in{"bucketName": bucket, "prefix": "dir/", "delimiter": "/"})
	if out.KeyCount != 2 || len(out.Contents) != 1 || len(out.CommonPrefixes) != 1 || out.CommonPrefixes[0].Prefix != "dir/sub/" {
		t.Errorf("one folder: %+v", out)
	}
	_, out = do1[ListBucketObjectsOut](t, b, "list-bucket-objects", in{"bucketName": bucket, "startAfter": "tab\tand\nline"})
	if out.KeyCount != 1 || out.Contents[0].Key != "zz" {
		t.Errorf("after a key: %+v", out)
	}
}

func TestListPages(t *testing.T) {
	t.Parallel() // it waits more than it works
	b := newBench(t, stage{})
	bucket := b.bucket(t, "long")
	must(t, connector.Each(t.Context(), 16, 2500, func(i int) { b.put(t, bucket, fmt.Sprintf("k%05d", i), "") }))
	for _, tc := range []struct {
		name      string
		max       any
		want      int
		truncated bool
	}{
		{"the default is one page", nil, 1000, true},
		{"fewer", 10, 10, true},
		{"more than a page", 1500, 1500, true},
		{"exactly all", 2500, 2500, false},
		{"all", 0, 2500, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			input := in{"bucketName": bucket}
			if tc.max != nil {
				input["maximumObjects"] = tc.max
			}
			_, out := do1[ListBucketObjectsOut](t, b, "list-bucket-objects", input)
			if len(out.Contents) != tc.want || out.KeyCount != tc.want || out.IsTruncated != tc.truncated || (out.NextContinuationToken != "") != tc.truncated {
				t.Errorf("%d objects, count %d, truncated %v, token %q", len(out.Contents), out.KeyCount, out.IsTruncated, out.NextContinuationToken)
			}
		})
	}
	_, cut := do1[ListBucketObjectsOut](t, b, "list-bucket-objects", in{"bucketName": bucket, "maximumObjects": 2400})
	_, rest := do1[ListBucketObjectsOut](t, b, "list-bucket-objects", in{"bucketName": bucket, "continuationToken": cut.NextContinuationToken})
	if rest.KeyCount != 100 || rest.Contents[0].Key != "k02400" {
		t.Errorf("the rest: %d from %v", rest.KeyCount, rest.Contents[:1])
	}
}

func TestListBucketObjectsErrors(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.bucket(t, "listed")
	for _, tc := range []struct {
		name  string
		input in
		line  string
		kind  connector.Kind
	}{
		{
			"the seed's sample",
			in{"bucketName": bucket, "roleArn": "abc", "sessionDurationTime": 60},
			"List Bucket Objects failed. Status Code: 400. Message: Invalid length for parameter RoleArn, value: 3, valid min length: 20 Invalid value for parameter DurationSeconds, value: 60, valid min value: 900.", connector.Invalid,
		},
		{
			"no such bucket",
			in{"bucketName": "no-such"},
			"List Bucket Objects failed. Status Code: 404. Message: An error occurred (NoSuchBucket) when calling the ListObjectsV2 operation: The specified bucket does not exist.", connector.NotFound,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rec, _ := do1[ListBucketObjectsOut](t, b, "list-bucket-objects", tc.input)
			wantVerdict(t, rec, run.Failed)
			wantLine(t, rec, tc.line)
			if rec.Error.Kind != tc.kind {
				t.Errorf("kind %s", rec.Error.Kind)
			}
		})
	}
}
