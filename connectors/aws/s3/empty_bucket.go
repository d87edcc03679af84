package s3

import (
	"context"
	"fmt"

	"github.com/fairlead-io/fairlead/connector"
)

// EmptyBucketIn is the input of Empty Bucket.
type EmptyBucketIn struct {
	BucketName   string `json:"bucketName" label:"Bucket Name" doc:"Bucket to empty. Find it with List Buckets, at $.Buckets[*].Name." example:"mybucketbbb" alias:"bucket" minLength:"1" resource:"bucket"`
	Confirmation string `json:"confirmation,omitempty" label:"Confirmation" doc:"The bucket's name once more. Only a dry run goes without it." example:"mybucketbbb" maxLength:"63"`
	Prefix       string `json:"prefix,omitempty" label:"Prefix" doc:"Only keys that begin with this. Empty removes everything." maxLength:"1024"`
	AbortUploads bool   `json:"abortUploads" label:"Abort Uploads" doc:"Whether multipart uploads that were never finished are dropped too; their parts cost storage but do not keep a bucket from being deleted." default:"false"`
	Target
}

// EmptyBucketOut is its raw data.
type EmptyBucketOut struct {
	BucketName     string          `json:"BucketName" key:"BucketName" col:"Bucket"`
	Objects        int             `json:"Objects" col:"Objects" doc:"How many current objects were removed."`
	Versions       int             `json:"Versions" col:"Older versions" doc:"How many older versions were removed."`
	DeleteMarkers  int             `json:"DeleteMarkers" col:"Delete markers" doc:"How many delete markers were removed."`
	Bytes          int64           `json:"Bytes" col:"Bytes" doc:"Size of what was removed."`
	AbortedUploads int             `json:"AbortedUploads" doc:"How many unfinished uploads were dropped."`
	Deleted        []RemovedObject `json:"Deleted" doc:"What was removed; at most 10,000 are listed."`
	Errors         []DeleteError   `json:"Errors" doc:"What could not be removed; at most 10,000 are listed."`
	Failed         int             `json:"Failed" col:"Failed" doc:"How many could not be removed."`
	BucketRegion   string          `json:"BucketRegion,omitempty" doc:"Where the bucket was found, when elsewhere than asked."`
}

// RemovedObject is a version or delete marker that was removed for good.
type RemovedObject struct {
	Key          string `json:"Key"`
	VersionID    string `json:"VersionId,omitempty"`
	DeleteMarker bool   `json:"DeleteMarker,omitempty"`
}

// maxListed bounds what a plan and a result name one by one, and how many
// failures become items.
const maxListed = 10000

func emptyBucket() *connector.Command {
	return connector.NewPlanned(connector.Meta{
		Name:        "Empty Bucket",
		Summary:     "Removes all objects of a bucket for good, with all versions and delete markers.",
		Description: "Nothing of it can be undone. Confirmation must repeat the bucket's name; a dry run lists what would be removed. Objects under Object Lock or a denying policy stay, and each is reported. A run that was stopped is started again in the same way.",
		Effect:      connector.Delete | connector.Idempotent,
		Permissions: []connector.Permission{
			{Name: "s3:ListBucketVersions"},
			{Name: "s3:DeleteObject"},
			{Name: "s3:DeleteObjectVersion"},
			{Name: "s3:ListBucket", When: "on services without versions"},
			{Name: "s3:ListBucketMultipartUploads", When: "with Abort Uploads"},
			{Name: "s3:AbortMultipartUpload", When: "with Abort Uploads"},
		},
	}, runEmptyBucket, planEmptyBucket)
}

// step is how a walk through a bucket goes on.
type step int

const (
	stop   step = iota
	onward      // behind the page
	again       // at its beginning: it was removed
)

// eachPage hands over everything in the bucket, by pages, until f wants no
// more. Where f has removed all of a page, the list is begun again at the same
// place: services differ in whether they find a place whose version is gone.
func (c *client) eachPage(ctx context.Context, bucket, prefix string, f func([]version) (step, error)) error {
	q := versionQuery{Bucket: bucket, Prefix: prefix, Max: c.s.limits.page}
	var head version
	for {
		p, err := c.ListVersions(ctx, q)
		if unsupported(err) && q.KeyMarker == "" {
			return c.eachObjectPage(ctx, bucket, prefix, f)
		}
		if err != nil {
			return err
		}
		next, err := f(p.Versions)
		if err != nil || next == stop || !p.Truncated || p.NextKey == "" {
			return err
		}
		same := len(p.Versions) > 0 && p.Versions[0] == head // it was not removed after all
		if next == onward || same {
			q.KeyMarker, q.VersionMarker = p.NextKey, p.NextVersion
		}
		if len(p.Versions) > 0 {
			head = p.Versions[0]
		}
	}
}

// eachObjectPage is eachPage for services that do not know versions.
func (c *client) eachObjectPage(ctx context.Context, bucket, prefix string, f func([]version) (step, error)) error {
	q := listQuery{Bucket: bucket, Prefix: prefix}
	for {
		p, err := c.List(ctx, q)
		if err != nil {
			return err
		}
		page := make([]version, len(p.Contents))
		for i, o := range p.Contents {
			page[i] = version{Key: o.Key, Latest: true, Size: o.Size}
		}
		next, err := f(page)
		if err != nil || next == stop || !p.Truncated || p.Next == "" {
			return err
		}
		q.StartAfter, q.Token = lastKey(p), ""
	}
}

// lastKey is the last key of a page: a token may not outlive the deletion of what it
// stands for.
func lastKey(p *listPage) string {
	if n := len(p.Contents); n > 0 {
		return p.Contents[n-1].Key
	}
	return ""
}

// label names a version as plan and items do.
func (v version) label() string {
	if v.Version == "" || v.Version == "null" {
		return v.Key
	}
	return v.Key + " (" + v.Version + ")"
}

func planEmptyBucket(ctx context.Context, _ *connector.Call, s *session, in *EmptyBucketIn) ([]connector.PlanStep, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	steps := []connector.PlanStep{}
	err = c.eachPage(ctx, in.BucketName, in.Prefix, func(page []version) (step, error) {
		for _, v := range page {
			if len(steps) == maxListed {
				steps = append(steps, connector.PlanStep{Item: in.BucketName, Action: connector.PlanDelete, Note: fmt.Sprintf("There are more than %d; all of them would be removed.", maxListed)})
				return stop, nil
			}
			steps = append(steps, v.planned())
		}
		return onward, nil
	})
	if err != nil || !in.AbortUploads {
		return steps, err
	}
	uploads, err := c.openUploads(ctx, in.BucketName, in.Prefix)
	for _, u := range uploads {
		steps = append(steps, connector.PlanStep{Item: u.Key, Action: connector.PlanDelete, Note: "An unfinished upload."})
	}
	return steps, err
}

func (v version) planned() connector.PlanStep {
	p := connector.PlanStep{Item: v.label(), Action: connector.PlanDelete, Size: v.Size}
	switch {
	case v.Marker:
		p.Note = "A delete marker."
	case !v.Latest:
		p.Note = "An older version."
	}
	return p
}

func runEmptyBucket(ctx context.Context, call *connector.Call, s *session, in *EmptyBucketIn) (*EmptyBucketOut, error) {
	if in.Confirmation != in.BucketName {
		return nil, connector.InvalidField("/confirmation", `Confirmation is not the name of the bucket, "`+in.BucketName+`".`,
			"Repeat the bucket's name in Confirmation; everything in it is removed for good. A dry run shows what that is.")
	}
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	e := &emptying{c: c, call: call, in: in, out: &EmptyBucketOut{BucketName: in.BucketName, Deleted: []RemovedObject{}, Errors: []DeleteError{}}}
	it := call.Items.Start(in.BucketName)
	err = c.eachPage(ctx, in.BucketName, in.Prefix, func(page []version) (step, error) { return e.page(ctx, page) })
	if err == nil && in.AbortUploads {
		err = e.abortUploads(ctx)
	}
	e.out.BucketRegion = c.elsewhere(in.BucketName)
	if err != nil {
		it.Fail(err)
		return e.out, err
	}
	e.finish(it)
	return e.out, nil
}

// emptying counts while it deletes.
type emptying struct {
	c    *client
	call *connector.Call
	in   *EmptyBucketIn
	out  *EmptyBucketOut

	latest string // the key whose current object was counted last
}

func (e *emptying) page(ctx context.Context, page []version) (step, error) {
	refs := make([]ref, len(page))
	for i, v := range page {
		refs[i] = ref{Bucket: e.in.BucketName, Key: v.Key, Version: v.Version}
	}
	if len(refs) == 0 {
		return onward, nil
	}
	a, err := e.c.DeleteMany(ctx, e.in.BucketName, refs)
	if err != nil {
		return stop, err
	}
	failed := map[ref]DeleteError{}
	for _, x := range a.Errors {
		failed[ref{Bucket: e.in.BucketName, Key: x.Key, Version: x.VersionID}] = x
	}
	for i, v := range page {
		x, bad := failed[refs[i]]
		if !bad { // some services leave the version out of an error
			x, bad = failed[ref{Bucket: e.in.BucketName, Key: v.Key}]
		}
		if bad {
			e.fail(v, x)
		} else {
			e.count(v)
		}
	}
	if len(failed) > 0 {
		return onward, nil
	}
	return again, nil
}

func (e *emptying) count(v version) {
	switch {
	case v.Marker:
		e.out.DeleteMarkers++
	case v.Latest && v.Key != e.latest:
		e.out.Objects++
		e.latest = v.Key
	default: // it may be the latest by now, because the run removed the one before
		e.out.Versions++
	}
	e.out.Bytes += v.Size
	if len(e.out.Deleted) < maxListed {
		e.out.Deleted = append(e.out.Deleted, RemovedObject{Key: v.Key, VersionID: v.Version, DeleteMarker: v.Marker})
	}
}

func (e *emptying) fail(v version, x DeleteError) {
	if e.out.Failed++; e.out.Failed > maxListed {
		return
	}
	e.out.Errors = append(e.out.Errors, x)
	e.call.Items.Start(v.label()).Fail(x.explain())
}

func (e *emptying) abortUploads(ctx context.Context) error {
	uploads, err := e.c.openUploads(ctx, e.in.BucketName, e.in.Prefix)
	if err != nil {
		return err
	}
	for _, u := range uploads {
		if err := e.c.Abort(ctx, ref{Bucket: e.in.BucketName, Key: u.Key}, u.ID); err != nil && !notFound(err) {
			return err
		}
		e.out.AbortedUploads++
	}
	return nil
}

// finish ends the item of the bucket itself.
func (e *emptying) finish(it *connector.Item) {
	removed := remains{objects: e.out.Objects, versions: e.out.Versions, markers: e.out.DeleteMarkers}
	switch text := removed.String(); {
	case text != "":
		it.Done("Removed " + text + ".")
	case e.out.Failed > 0:
		it.Fail(&connector.Error{Kind: connector.Denied, Message: "Nothing could be removed.", Fix: "See the single objects for the reason."})
	default:
		it.Done("There was nothing to remove.")
	}
}
