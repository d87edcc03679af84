package s3sim

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"
)

func TestObjectRoundTrip(t *testing.T) {
	for _, sidecar := range []bool{false, true} {
		t.Run(fmt.Sprintf("sidecar=%v", sidecar), func(t *testing.T) {
			s, err := start(t.Context(), Options{Dir: t.TempDir()}, sidecar)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			c := client(t, s, "eu-west-1")
			mustCreate(t, c, "things")
			for _, key := range []string{"plain", "deep/er/key", "space and + % é <&>"} {
				_, err := c.PutObject(t.Context(), &s3.PutObjectInput{
					Bucket: aws.String("things"), Key: &key, Body: strings.NewReader("v:" + key),
					ContentType: aws.String("text/x-kind"), Metadata: map[string]string{"made": "here"}, Tagging: aws.String("colour=red"),
				})
				if err != nil {
					t.Fatalf("put %q: %v", key, err)
				}
				if got := content(t, c, "things", key); got != "v:"+key {
					t.Errorf("get %q: %q", key, got)
				}
				head, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("things"), Key: &key})
				if err != nil || *head.ContentType != "text/x-kind" || head.Metadata["made"] != "here" || *head.ContentLength != int64(len("v:"+key)) {
					t.Errorf("head %q: %+v, %v", key, head, err)
				}
			}
			keys := listKeys(t, c, "things")
			if diff := cmp.Diff([]string{"deep/er/key", "plain", "space and + % é <&>"}, keys); diff != "" {
				t.Errorf("keys (-want +got):\n%s", diff)
			}
		})
	}
}

func listKeys(t *testing.T, c *s3.Client, bucket string) []string {
	t.Helper()
	out, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket})
	if err != nil {
		t.Fatal(err)
	}
	if aws.ToString(out.Name) != bucket {
		t.Errorf("ListObjectsV2 names %q, want %q: paths must not show", aws.ToString(out.Name), bucket)
	}
	var keys []string
	for _, o := range out.Contents {
		keys = append(keys, *o.Key)
	}
	return keys
}

func TestCopyAcrossRegionsAndBuckets(t *testing.T) {
	s := sandbox(t)
	us, eu := client(t, s, "us-east-1"), client(t, s, "eu-west-1")
	mustCreate(t, us, "from")
	mustCreate(t, eu, "target")
	_, err := us.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("from"), Key: aws.String("a b/é"), Body: strings.NewReader("content"), ContentType: aws.String("text/x-kind"),
		Metadata: map[string]string{"made": "here"}, Tagging: aws.String("colour=red&size=big"), ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := eu.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: aws.String("target"), Key: aws.String("copy"), CopySource: aws.String("from/a%20b/%C3%A9")})
	if err != nil {
		t.Fatal(err)
	}
	if out.CopyObjectResult.LastModified == nil || out.CopyObjectResult.ChecksumSHA256 == nil || aws.ToString(out.CopyObjectResult.ETag) != `"9a0364b9e99bb480dd25e1f0284c8555"` {
		t.Errorf("CopyObjectResult: %+v", out.CopyObjectResult)
	}
	head, err := eu.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("target"), Key: aws.String("copy")})
	if err != nil || *head.ContentType != "text/x-kind" || head.Metadata["made"] != "here" {
		t.Errorf("metadata was not copied: %+v, %v", head, err)
	}
	tags, err := eu.GetObjectTagging(t.Context(), &s3.GetObjectTaggingInput{Bucket: aws.String("target"), Key: aws.String("copy")})
	if err != nil || len(tags.TagSet) != 2 {
		t.Errorf("tags were not copied: %+v, %v", tags, err)
	}
	if got := content(t, eu, "target", "copy"); got != "content" {
		t.Errorf("copied %q", got)
	}
}

func TestCopyDirectivesAndRefusals(t *testing.T) {
	s := sandbox(t)
	c := client(t, s, "us-east-1")
	mustCreate(t, c, "box")
	put := mustPut(t, c, "box", "k", "v")
	in := func(change func(*s3.CopyObjectInput)) error {
		i := &s3.CopyObjectInput{Bucket: aws.String("box"), Key: aws.String("k2"), CopySource: aws.String("box/k")}
		change(i)
		_, err := c.CopyObject(t.Context(), i)
		return err
	}
	for _, tc := range []struct {
		name   string
		change func(*s3.CopyObjectInput)
		code   string
		status int
	}{
		{"onto itself without a change", func(i *s3.CopyObjectInput) { i.Key = aws.String("k") }, "InvalidRequest", 400},
		{"source bucket absent", func(i *s3.CopyObjectInput) { i.CopySource = aws.String("nowhere/k") }, "NoSuchBucket", 404},
		{"source key absent", func(i *s3.CopyObjectInput) { i.CopySource = aws.String("box/absent") }, "NoSuchKey", 404},
		{"source changed", func(i *s3.CopyObjectInput) { i.CopySourceIfMatch = aws.String(`"other"`) }, "PreconditionFailed", 412},
		{"source unchanged although a change is demanded", func(i *s3.CopyObjectInput) { i.CopySourceIfNoneMatch = put.ETag }, "PreconditionFailed", 412},
		{"a source outside its bucket", func(i *s3.CopyObjectInput) { i.CopySource = aws.String("box/../../buckets.json") }, "InvalidArgument", 400},
		{"onto itself with new metadata", func(i *s3.CopyObjectInput) {
			i.Key, i.MetadataDirective, i.Metadata = aws.String("k"), types.MetadataDirectiveReplace, map[string]string{"new": "yes"}
		}, "", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := failure(in(tc.change)); got.Code != tc.code || got.Status != tc.status {
				t.Errorf("got %+v, want %s %d", got, tc.code, tc.status)
			}
		})
	}
	head, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("box"), Key: aws.String("k")})
	if err != nil || head.Metadata["new"] != "yes" || content(t, c, "box", "k") != "v" {
		t.Errorf("after the copy onto itself: %+v, %v", head, err)
	}
}

func TestMultipartUploadAndCopy(t *testing.T) {
	for _, alg := range []types.ChecksumAlgorithm{"", types.ChecksumAlgorithmCrc32, types.ChecksumAlgorithmCrc64nvme} {
		t.Run("checksum="+string(alg), func(t *testing.T) { multipart(t, alg) })
	}
}

func multipart(t *testing.T, alg types.ChecksumAlgorithm) {
	s := sandbox(t)
	c := client(t, s, "eu-north-1")
	mustCreate(t, c, "parts")
	first := bytes.Repeat([]byte("0123456789abcdef"), 5<<20/16)
	mustPut(t, c, "parts", "source", string(first)+"tail")
	up, err := c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: aws.String("parts"), Key: aws.String("whole"), ChecksumAlgorithm: alg})
	if err != nil {
		t.Fatal(err)
	}
	if *up.Bucket != "parts" {
		t.Errorf("CreateMultipartUpload names bucket %q", *up.Bucket)
	}
	p1, err := c.UploadPartCopy(t.Context(), &s3.UploadPartCopyInput{
		Bucket: up.Bucket, Key: up.Key, UploadId: up.UploadId, PartNumber: aws.Int32(1),
		CopySource: aws.String("parts/source"), CopySourceRange: aws.String("bytes=0-5242879"),
	})
	if err != nil {
		t.Fatal(err)
	}
	p2, err := c.UploadPart(t.Context(), &s3.UploadPartInput{Bucket: up.Bucket, Key: up.Key, UploadId: up.UploadId, PartNumber: aws.Int32(2), Body: strings.NewReader("end"), ChecksumAlgorithm: alg})
	if err != nil {
		t.Fatal(err)
	}
	parts, err := c.ListParts(t.Context(), &s3.ListPartsInput{Bucket: up.Bucket, Key: up.Key, UploadId: up.UploadId})
	if err != nil || len(parts.Parts) != 2 || *parts.Bucket != "parts" {
		t.Fatalf("ListParts: %+v, %v", parts, err)
	}
	ups, err := c.ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: up.Bucket})
	if err != nil || len(ups.Uploads) != 1 || *ups.Bucket != "parts" {
		t.Fatalf("ListMultipartUploads: %+v, %v", ups, err)
	}
	r1 := p1.CopyPartResult
	done, err := c.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{Bucket: up.Bucket, Key: up.Key, UploadId: up.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{
		{PartNumber: aws.Int32(1), ETag: r1.ETag, ChecksumCRC32: r1.ChecksumCRC32, ChecksumCRC64NVME: r1.ChecksumCRC64NVME},
		{PartNumber: aws.Int32(2), ETag: p2.ETag, ChecksumCRC32: p2.ChecksumCRC32, ChecksumCRC64NVME: p2.ChecksumCRC64NVME},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if *done.Bucket != "parts" || !strings.HasSuffix(*done.ETag, `-2"`) || strings.Contains(aws.ToString(done.Location), "buckets/") {
		t.Errorf("CompleteMultipartUpload: %s %s %s", *done.Bucket, *done.ETag, aws.ToString(done.Location))
	}
	if got := content(t, c, "parts", "whole"); got != string(first)+"end" {
		t.Errorf("whole has %d bytes", len(got))
	}
}

func TestVersions(t *testing.T) {
	s := sandbox(t)
	c := client(t, s, "ap-south-1")
	bucket := aws.String("history")
	mustCreate(t, c, *bucket)
	_, err := c.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
	if err != nil {
		t.Fatal(err)
	}
	v1, v2 := mustPut(t, c, *bucket, "dir/k", "one"), mustPut(t, c, *bucket, "dir/k", "two")
	if v1.VersionId == nil || v2.VersionId == nil || *v1.VersionId == *v2.VersionId {
		t.Fatalf("version ids: %v, %v", v1.VersionId, v2.VersionId)
	}
	del, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: bucket, Key: aws.String("dir/k")})
	if err != nil || !aws.ToBool(del.DeleteMarker) {
		t.Fatalf("delete: %+v, %v", del, err)
	}
	if _, err := c.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: bucket}); failure(err).Code != "BucketNotEmpty" {
		t.Errorf("a bucket with a delete marker was not refused: %v", err)
	}
	if _, err := c.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: bucket, Key: aws.String("dir/k"), CopySource: aws.String("history/dir/k?versionId=" + *v1.VersionId)}); err != nil {
		t.Fatalf("restoring the first version: %v", err)
	}
	if got := content(t, c, *bucket, "dir/k"); got != "one" {
		t.Errorf("restored %q", got)
	}
	list, err := c.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: bucket})
	if err != nil || len(list.Versions) != 3 || len(list.DeleteMarkers) != 1 || *list.Name != "history" {
		t.Fatalf("versions: %+v, %v", list, err)
	}
	var ids []types.ObjectIdentifier
	for _, v := range list.Versions {
		ids = append(ids, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
	}
	for _, m := range list.DeleteMarkers {
		ids = append(ids, types.ObjectIdentifier{Key: m.Key, VersionId: m.VersionId})
	}
	gone, err := c.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: bucket, Delete: &types.Delete{Objects: ids}})
	if err != nil || len(gone.Deleted) != 4 || len(gone.Errors) != 0 {
		t.Fatalf("delete versions: %+v, %v", gone, err)
	}
	if _, err := c.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: bucket}); err != nil {
		t.Errorf("the emptied bucket: %v", err)
	}
}

func TestDeleteObjectsQuietAndLimit(t *testing.T) {
	s := sandbox(t)
	c := client(t, s, "us-east-1")
	mustCreate(t, c, "heap")
	mustPut(t, c, "heap", "k", "v")
	ids := make([]types.ObjectIdentifier, 1001)
	for i := range ids {
		ids[i].Key = aws.String(fmt.Sprintf("k%d", i))
	}
	_, err := c.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: aws.String("heap"), Delete: &types.Delete{Objects: ids}})
	if got := failure(err); got.Code != "MalformedXML" || got.Status != 400 {
		t.Errorf("1001 keys: %+v", got)
	}
	ids[0].Key = aws.String("k")
	out, err := c.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: aws.String("heap"), Delete: &types.Delete{Objects: ids[:1000], Quiet: aws.Bool(true)}})
	if err != nil || len(out.Deleted) != 0 || len(out.Errors) != 0 {
		t.Errorf("quiet: %d deleted and %d errors listed, %v", len(out.Deleted), len(out.Errors), err)
	}
	if keys := listKeys(t, c, "heap"); len(keys) != 0 {
		t.Errorf("left: %v", keys)
	}
}

func TestPresignedURLs(t *testing.T) {
	s := sandbox(t)
	c := client(t, s, "sa-east-1")
	mustCreate(t, c, "signed")
	ps := s3.NewPresignClient(c)
	put, err := ps.PresignPutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("signed"), Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), put.Method, put.URL, strings.NewReader("by url"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := httpClient(t).Do(req)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("presigned put: %v, %v", res, err)
	}
	_ = res.Body.Close()
	url, err := ps.PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("signed"), Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	res = get(t, url.URL)
	if b, _ := io.ReadAll(res.Body); string(b) != "by url" {
		t.Errorf("presigned get: %d %q", res.StatusCode, b)
	}
	tampered := get(t, strings.Replace(url.URL, "/signed/k", "/signed/other", 1))
	if tampered.StatusCode != http.StatusForbidden {
		t.Errorf("a URL for another key: %d", tampered.StatusCode)
	}
	for _, r := range s.Requests() {
		if strings.Contains(r.Query, "X-Amz-Signature=") && !strings.Contains(r.Query, "X-Amz-Signature=***") {
			t.Errorf("the log shows a signature: %s", r.Query)
		}
	}
}

func TestRequestLog(t *testing.T) {
	s := sandbox(t, func(o *Options) { o.RequestLog = 4 })
	c := client(t, s, "eu-west-1")
	mustCreate(t, c, "logged")
	mustPut(t, c, "logged", "a b", "v")
	s.ResetRequests()
	_ = content(t, c, "logged", "a b")
	_, _ = c.ListBuckets(t.Context(), &s3.ListBucketsInput{})
	_, _ = c.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: aws.String("logged")})
	type seen struct {
		Method, Path, Region, Operation string
		Status                          int
		ReadOnly                        bool
	}
	var got []seen
	for _, r := range s.Requests() {
		got = append(got, seen{r.Method, r.Path, r.Region, r.Operation, r.Status, r.ReadOnly()})
		if r.Time.IsZero() || r.AccessKey != s.AccessKey() || r.Service != "s3" {
			t.Errorf("incomplete: %+v", r)
		}
	}
	want := []seen{
		{"GET", "/logged/a%20b", "eu-west-1", "GetObject", 200, true},
		{"GET", "/", "eu-west-1", "ListBuckets", 200, true},
		{"GET", "/logged", "eu-west-1", "GetPublicAccessBlock", 404, true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for range 10 {
		_, _ = c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("logged"), Key: aws.String("x")})
	}
	if all := s.Requests(); len(all) != 4 || all[0].Operation != "DeleteObject" || all[0].ReadOnly() {
		t.Errorf("the log is not bounded: %d, %+v", len(all), all[0])
	}
}
