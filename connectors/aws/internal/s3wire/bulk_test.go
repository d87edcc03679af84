package s3wire

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"
)

// Every page is what the SDK makes of the same answer.
func TestListAsTheSDK(t *testing.T) {
	w := newWorld(t)
	for i := range 23 {
		w.put(t, fmt.Sprintf("dir %d/a&b<%02d>+%%'ü\".txt", i%3, i), strings.Repeat("x", i))
	}
	for _, in := range []ListInput{{}, {Delimiter: "/"}, {Prefix: "dir 1/", Max: 3}, {StartAfter: "dir 1/", Max: 5}, {Prefix: "none"}} {
		in.Bucket = w.bucket
		for pages := 1; pages < 20; pages++ {
			got, err := w.List(t.Context(), &in)
			must(t, err)
			req := &awss3.ListObjectsV2Input{Bucket: &in.Bucket, Prefix: &in.Prefix, Delimiter: &in.Delimiter, StartAfter: &in.StartAfter}
			if in.Token != "" {
				req.ContinuationToken = &in.Token
			}
			if in.Max > 0 {
				n := int32(in.Max)
				req.MaxKeys = &n
			}
			want, err := w.sdk.ListObjectsV2(t.Context(), req)
			must(t, err)
			if d := cmp.Diff(listOf(want), got); d != "" {
				t.Errorf("%+v, page %d: %s", in, pages, d)
			}
			if in.Token = got.Next; !got.Truncated {
				break
			}
		}
	}
	_, err := w.List(t.Context(), &ListInput{Bucket: "absent"})
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != "NoSuchBucket" || e.Op != "ListObjectsV2" {
		t.Errorf("%+v", err)
	}
}

func listOf(o *awss3.ListObjectsV2Output) *ListPage {
	p := &ListPage{KeyCount: int64(*o.KeyCount), Truncated: *o.IsTruncated}
	if o.NextContinuationToken != nil {
		p.Next = *o.NextContinuationToken
	}
	for _, c := range o.Contents {
		i := Item{Key: *c.Key, Modified: *c.LastModified, ETag: *c.ETag, Size: *c.Size, StorageClass: string(c.StorageClass), ChecksumType: string(c.ChecksumType)}
		for _, a := range c.ChecksumAlgorithm {
			i.ChecksumAlgorithm = append(i.ChecksumAlgorithm, string(a))
		}
		p.Items = append(p.Items, i)
	}
	for _, c := range o.CommonPrefixes {
		p.CommonPrefixes = append(p.CommonPrefixes, *c.Prefix)
	}
	return p
}

func TestVersions(t *testing.T) {
	w := newWorld(t)
	_, err := w.sdk.PutBucketVersioning(t.Context(), &awss3.PutBucketVersioningInput{Bucket: &w.bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
	must(t, err)
	first := w.put(t, "k &1", "one")
	second := w.put(t, "k &1", "second")
	d, err := w.Delete(t.Context(), &DeleteInput{Ref: w.ref("k &1")})
	must(t, err)
	if !d.DeleteMarker || d.VersionID == "" {
		t.Errorf("deleted: %+v", d)
	}
	var all []Version
	in := VersionsInput{Bucket: w.bucket, Max: 1}
	for range 5 {
		p, err := w.ListVersions(t.Context(), &in)
		must(t, err)
		all = append(all, p.Versions...)
		if in.KeyMarker, in.VersionIDMarker = p.NextKey, p.NextVersionID; !p.Truncated {
			break
		}
	}
	ids := map[string]Version{}
	for _, v := range all {
		ids[v.VersionID] = v
	}
	if len(ids) != 3 || !ids[d.VersionID].Marker || !ids[d.VersionID].Latest || ids[first.VersionID].Size != 3 || ids[second.VersionID].ETag != second.ETag || ids[first.VersionID].Key != "k &1" {
		t.Errorf("%+v", all)
	}
	o, err := w.Head(t.Context(), &GetInput{Ref: Ref{w.bucket, "k &1", first.VersionID}})
	if must(t, err); o.VersionID != first.VersionID || o.Size != 3 {
		t.Errorf("%+v", o)
	}
	a, err := w.DeleteMany(t.Context(), w.bucket, []Ref{{Key: "k &1", VersionID: first.VersionID}, {Key: "k &1", VersionID: d.VersionID}})
	must(t, err)
	if len(a.Deleted) != 2 || a.Deleted[0].Key != "k &1" || a.Deleted[0].VersionID != first.VersionID || !a.Deleted[1].DeleteMarker {
		t.Errorf("%+v", a)
	}
	if got := w.content(t, "k &1"); got != "second" {
		t.Errorf("content %q", got)
	}
}

func TestDeleteMany(t *testing.T) {
	w := newWorld(t)
	var refs []Ref
	for _, k := range []string{"a", "b<&>\"'", "ü \U0001F600", "absent"} {
		if k != "absent" {
			w.put(t, k, "x")
		}
		refs = append(refs, Ref{Key: k})
	}
	a, err := w.DeleteMany(t.Context(), w.bucket, refs)
	must(t, err)
	p, err := w.List(t.Context(), &ListInput{Bucket: w.bucket})
	must(t, err)
	if len(a.Deleted) != 4 || len(a.Failed) != 0 || a.Deleted[1].Key != "b<&>\"'" || len(p.Items) != 0 {
		t.Errorf("%+v; left %+v", a, p.Items)
	}
	if _, err := w.DeleteMany(t.Context(), w.bucket, make([]Ref, 1001)); err == nil {
		t.Error("1,001 objects were taken")
	}
	if _, err := w.DeleteMany(t.Context(), w.bucket, []Ref{{}}); err == nil {
		t.Error("an empty key was taken")
	}
}

func TestCopies(t *testing.T) {
	w := newWorld(t)
	from := w.ref("a b+ü?.txt")
	out, err := w.Put(t.Context(), &PutInput{Ref: from, Headers: Headers{ContentType: "text/x", Metadata: map[string]string{"m": "1"}}, Body: Bytes([]byte("hello"))})
	must(t, err)
	c, err := w.Copy(t.Context(), &CopyInput{From: from, To: w.ref("copy"), IfMatch: out.ETag})
	must(t, err)
	o, err := w.Head(t.Context(), &GetInput{Ref: w.ref("copy")})
	must(t, err)
	if c.ETag != out.ETag || c.Modified == nil || o.ContentType != "text/x" || o.Metadata["m"] != "1" {
		t.Errorf("%+v %+v", c, o)
	}
	_, err = w.Copy(t.Context(), &CopyInput{From: from, To: w.ref("copy"), Replace: true, Headers: Headers{ContentType: "text/y"}})
	must(t, err)
	if o, err = w.Head(t.Context(), &GetInput{Ref: w.ref("copy")}); err != nil || o.ContentType != "text/y" || len(o.Metadata) != 0 {
		t.Errorf("replaced: %+v, %v", o, err)
	}
	_, err = w.Copy(t.Context(), &CopyInput{From: from, To: w.ref("copy"), IfMatch: `"other"`})
	if e, ok := errors.AsType[*Error](err); !ok || e.Status != 412 {
		t.Errorf("changed source: %v", err)
	}
	_, err = w.Copy(t.Context(), &CopyInput{From: w.ref("absent"), To: w.ref("copy")})
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != "NoSuchKey" || e.Op != "CopyObject" {
		t.Errorf("no source: %v", err)
	}
}

func TestMultipart(t *testing.T) {
	w := newWorld(t)
	to := w.ref("large/ü")
	content := bytes.Repeat([]byte("0123456789abcdef"), (11<<20)/16)
	w.put(t, "src", string(content[10<<20:]))
	id, err := w.Begin(t.Context(), to, &Headers{ContentType: "text/x", Metadata: map[string]string{"m": "1"}})
	must(t, err)
	var etags []string
	for i, body := range []*Body{Bytes(content[:5<<20]), once(content[5<<20 : 10<<20])} {
		e, err := w.Part(t.Context(), &PartInput{To: to, Upload: id, Number: int32(i + 1), Body: body})
		must(t, err)
		etags = append(etags, e)
	}
	e, err := w.CopyPart(t.Context(), &CopyInput{From: w.ref("src"), To: to}, id, 3, 0, 1<<20-1)
	must(t, err)
	out, err := w.Complete(t.Context(), &CompleteInput{To: to, Upload: id, ETags: append(etags, e)})
	must(t, err)
	o, err := w.Head(t.Context(), &GetInput{Ref: to})
	must(t, err)
	if got := w.content(t, to.Key); got != string(content) || !strings.HasSuffix(out.ETag, `-3"`) || o.ContentType != "text/x" || o.Metadata["m"] != "1" {
		t.Errorf("%d bytes, %+v, %+v", len(got), out, o)
	}
	id, err = w.Begin(t.Context(), to, &Headers{})
	must(t, err)
	must(t, w.Abort(t.Context(), to, id))
	_, err = w.Part(t.Context(), &PartInput{To: to, Upload: id, Number: 1, Body: Bytes([]byte("x"))})
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != "NoSuchUpload" {
		t.Errorf("after abort: %v", err)
	}
	_, err = w.Complete(t.Context(), &CompleteInput{To: to, Upload: id, ETags: []string{`"x"`}})
	if e, ok := errors.AsType[*Error](err); !ok || e.Status < 400 || e.Op != "CompleteMultipartUpload" {
		t.Errorf("complete after abort: %v", err)
	}
}

func TestListBuckets(t *testing.T) {
	w := newWorld(t)
	p, err := w.ListBuckets(t.Context(), &BucketsInput{})
	must(t, err)
	if i := slices.IndexFunc(p.Buckets, func(b Bucket) bool { return b.Name == w.bucket }); i < 0 || p.Buckets[i].Created.IsZero() || p.Owner == nil {
		t.Errorf("%+v", p)
	}
}
