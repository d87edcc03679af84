package s3

import (
	"strings"
	"testing"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
)

func TestMoveFiles(t *testing.T) {
	b := newBench(t, stage{})
	src, dst := b.bucket(t, "move-from"), b.bucket(t, "move-to")
	key, kind, class, tags := "temp/a b+ü.txt", "text/x-special", types.StorageClassStandard, "team=blue"
	_, err := b.sdk().PutObject(t.Context(), &awss3.PutObjectInput{
		Bucket: &src, Key: &key, Body: strings.NewReader("hello"), ContentType: &kind, Metadata: map[string]string{"case": "42"}, StorageClass: class, Tagging: &tags,
	})
	must(t, err)
	b.put(t, src, "b.txt", "bbb")
	b.put(t, dst, "Temp/b.txt", "old")
	input := in{"sourceBucketName": src, "sourceFilePaths": []string{key, "missing", "b.txt"}, "destinationBucketName": dst, "destinationPath": "Temp/"}
	if diff := cmp.Diff([]connector.PlanStep{{Item: key, Action: "create", Size: 5}, {Item: "missing", Action: "none"}, {Item: "b.txt", Action: "replace", Size: 3}}, b.plan(t, "move-files", input)); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	rec, out := do1[MoveFilesOut](t, b, "move-files", input)
	wantVerdict(t, rec, run.PartiallySuccessful)
	if diff := cmp.Diff([]string{"Temp/a b+ü.txt", "Temp/b.txt"}, b.keys(t, dst)); diff != "" {
		t.Errorf("destination (-want +got):\n%s", diff)
	}
	if left := b.keys(t, src); len(left) != 0 {
		t.Errorf("left in the source: %v", left)
	}
	o, err := b.raw.Head(t.Context(), ref{Bucket: dst, Key: "Temp/a b+ü.txt"})
	must(t, err)
	if o.ContentType != kind || o.Metadata["case"] != "42" || o.Size != 5 {
		t.Errorf("the copy lost something: %+v", o)
	}
	if tags, err := b.raw.tagging(t.Context(), ref{Bucket: dst, Key: "Temp/a b+ü.txt"}); err != nil || tags != "team=blue" {
		t.Errorf("tags %q, %v", tags, err)
	}
	if len(out.Files) != 2 || out.Files[0].DestinationKey != "Temp/a b+ü.txt" || out.Files[0].CopyObjectResult.ETag != `"5d41402abc4b2a76b9719d911017c592"` || out.Files[0].CopyObjectResult.LastModified == "" {
		t.Errorf("raw data: %+v", out)
	}
	if e := rec.Error.Items[0]; e.Item != "missing" || e.StatusCode != 404 || e.Operation != "HeadObject" || !strings.Contains(e.Fix, `"missing"`) {
		t.Errorf("missing: %+v", e)
	}
}

func TestMoveInParts(t *testing.T) {
	b := newBench(t, stage{limits: smallLimits()})
	src, dst := b.bucket(t, "move-from"), b.bucket(t, "move-to")
	content := randomText(t, 12<<20+7)
	key, tags := "large.bin", "a=1&b=x%20y"
	_, err := b.sdk().PutObject(t.Context(), &awss3.PutObjectInput{Bucket: &src, Key: &key, Body: strings.NewReader(content), Metadata: map[string]string{"case": "42"}, Tagging: &tags})
	must(t, err)
	b.sim.ResetRequests()
	rec, out := do1[MoveFilesOut](t, b, "move-files", in{"sourceBucketName": src, "sourceFilePaths": []string{key}, "destinationBucketName": dst})
	wantVerdict(t, rec, run.Successful)
	if b.count("UploadPartCopy") != 3 || b.count("CopyObject") != 0 {
		t.Errorf("requests: %v", b.operations())
	}
	if b.content(t, dst, key) != content || len(b.keys(t, src)) != 0 || b.uploads(t, dst) != 0 {
		t.Error("the copy differs, or something is left")
	}
	o, err := b.raw.Head(t.Context(), ref{Bucket: dst, Key: key})
	must(t, err)
	got, err := b.raw.tagging(t.Context(), ref{Bucket: dst, Key: key})
	if err != nil || got != "a=1&b=x+y" || o.Metadata["case"] != "42" || out.Files[0].Size != int64(len(content)) {
		t.Errorf("tags %q (%v), metadata %v, size %d", got, err, o.Metadata, out.Files[0].Size)
	}
}

func TestMoveVersioned(t *testing.T) {
	for _, tc := range []struct {
		name    string
		all     bool
		left    int // versions and markers
		marker  bool
		removed int
	}{
		{"a marker by default", false, 3, true, 0},
		{"all versions removed", true, 0, false, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, stage{})
			src := b.versionedBucket(t, "versioned")
			b.put(t, src, "a", "1")
			b.put(t, src, "a", "2")
			rec, out := do1[MoveFilesOut](t, b, "move-files", in{"sourceBucketName": src, "sourceFilePaths": []string{"a"}, "destinationBucketName": src, "destinationPath": "x", "removeAllVersions": tc.all})
			wantVerdict(t, rec, run.Successful)
			refs, _, err := b.raw.versionsOf(t.Context(), src, "a")
			must(t, err)
			f := out.Files[0]
			if len(refs) != tc.left || f.DeleteMarker != tc.marker || f.RemovedVersions != tc.removed || f.CopySourceVersionID == "" || f.VersionID == "" {
				t.Errorf("%d versions left, %+v", len(refs), f)
			}
			if got := b.content(t, src, "x/a"); got != "2" {
				t.Errorf("content %q", got)
			}
		})
	}
}

func TestMoveRefusals(t *testing.T) {
	b := newBench(t, stage{})
	src := b.bucket(t, "move-from")
	_, _ = do1[CreateBucketsOut](t, b, "create-buckets", in{"bucketNames": []string{"far-away"}, "regionName": "eu-west-3"})
	for _, k := range []string{"a/x.txt", "b/x.txt", "x.txt"} {
		b.put(t, src, k, k)
	}
	for _, tc := range []struct {
		name  string
		input in
		want  string
	}{
		{"two sources, one key", in{"sourceFilePaths": []string{"a/x.txt", "b/x.txt"}, "destinationBucketName": src, "destinationPath": "to"}, `"a/x.txt" and "b/x.txt" would both become "to/x.txt".`},
		{"one source twice", in{"sourceFilePaths": []string{"x.txt", "x.txt"}, "destinationBucketName": src, "destinationPath": "to"}, `Source File Paths names "x.txt" twice.`},
		{"a leading slash", in{"sourceFilePaths": []string{"x.txt"}, "destinationBucketName": src, "destinationPath": "/to"}, `Destination Path must not begin with "/".`},
		{"onto itself", in{"sourceFilePaths": []string{"x.txt"}, "destinationBucketName": src}, `The file "x.txt" cannot be moved onto itself.`},
		{"across regions", in{"sourceFilePaths": []string{"x.txt"}, "destinationBucketName": "far-away"}, `Bucket "move-from" is in us-east-1 and bucket "far-away" in eu-west-3: files are not moved across regions.`},
		{"no destination", in{"sourceFilePaths": []string{"x.txt"}, "destinationBucketName": "no-such"}, `Bucket "no-such": An error occurred (404) when calling the HeadBucket operation: Not Found.`},
		{"no source", in{"sourceBucketName": "no-such", "sourceFilePaths": []string{"x.txt"}, "destinationBucketName": src}, "An error occurred (NoSuchBucket) when calling the GetBucketVersioning operation: The specified bucket does not exist."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b.sim.ResetRequests()
			if tc.input["sourceBucketName"] == nil {
				tc.input["sourceBucketName"] = src
			}
			rec, _ := do1[MoveFilesOut](t, b, "move-files", tc.input)
			wantVerdict(t, rec, run.Failed)
			if rec.Error.Message != tc.want || rec.Error.Items[0].Fix == "" {
				t.Errorf("message %q, fix %q; want %q", rec.Error.Message, rec.Error.Items[0].Fix, tc.want)
			}
			for _, r := range b.sim.Requests() {
				if !r.ReadOnly() {
					t.Errorf("%s was sent", r.Operation)
				}
			}
		})
	}
	rec, _ := do1[MoveFilesOut](t, b, "move-files", in{"sourceBucketName": src, "sourceFilePaths": []string{"a/x.txt", "b/x.txt"}, "destinationBucketName": "far-away", "destinationPath": "to", "preserveFolders": true, "allowCrossRegion": true})
	wantVerdict(t, rec, run.Successful)
	p, err := b.raw.List(t.Context(), listQuery{Bucket: "far-away"})
	must(t, err)
	if len(p.Contents) != 2 || p.Contents[0].Key != "to/a/x.txt" {
		t.Errorf("moved to %+v", p.Contents)
	}
}

// The seed's own sample.
func TestMoveDenied(t *testing.T) {
	who := s3sim.Identity{Name: "mover", AccessKey: "AKIAMOVER", SecretKey: "mover-secret-key", Allow: s3sim.AllowActions("s3:GetObject", "s3:PutObject", "s3:DeleteObject")}
	b := newBench(t, stage{
		sim:      func(o *s3sim.Options) { o.Identities = []s3sim.Identity{who} },
		settings: map[string]any{"accessKey": who.AccessKey, "secretKey": who.SecretKey},
	})
	src := b.bucket(t, "guarded")
	b.put(t, src, "a", "1")
	rec, _ := do1[MoveFilesOut](t, b, "move-files", in{"sourceBucketName": src, "sourceFilePaths": []string{"a"}, "destinationBucketName": src, "destinationPath": "x"})
	wantVerdict(t, rec, run.Failed)
	if !strings.HasPrefix(line(rec), "Move Files failed. Status Code: 403. Message: An error occurred (AccessDenied) when calling the GetBucketVersioning operation: ") {
		t.Errorf("the run says %s", line(rec))
	}
	if it := rec.Error.Items[0]; !strings.Contains(it.Fix, "s3:GetBucketVersioning") {
		t.Errorf("fix %q", it.Fix)
	}
}

func TestMoveVerifiesBeforeDeleting(t *testing.T) {
	b := newBench(t, stage{})
	src := b.bucket(t, "move-from")
	b.put(t, src, "a", "four")
	b.put(t, src, "to/a", "six666")
	m := &move{c: b.raw, in: &MoveFilesIn{SourceBucket: src, DestinationBucket: src}}
	o, err := b.raw.Head(t.Context(), m.source("a"))
	must(t, err)
	err = m.verify(t.Context(), "to/a", o, &written{ETag: "0123-1"})
	if err == nil || !strings.Contains(err.Error(), "it has 6 bytes, the source 4. The source was kept.") {
		t.Errorf("a copy of another size: %v", err)
	}
	// A source that changes between copy and deletion is kept.
	b.put(t, src, "a", "changed")
	if _, err := b.raw.DeleteIf(t.Context(), m.source("a"), o.ETag); connector.AsError(err).Status != 412 {
		t.Errorf("deleting a changed source: %v", err)
	}
}
