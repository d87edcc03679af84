package s3

import (
	"context"

	"github.com/fairlead-io/fairlead/connector"
)

// DeleteBucketObjectsIn is the input of Delete Bucket Objects.
type DeleteBucketObjectsIn struct {
	BucketName  string   `json:"bucketName" label:"Bucket Name" doc:"Bucket that holds the objects. Find it with List Buckets, at $.Buckets[*].Name." example:"mybucketbbb" minLength:"1" resource:"bucket"`
	FilePaths   []string `json:"filePaths" label:"File Paths" doc:"Paths of the objects to delete, folders included. Find them with List Bucket Objects, at $.Contents[*].Key." example:"[\"temp/tests3.txt\"]" minItems:"1" items:"true"`
	AllVersions bool     `json:"enableAllVersionsDeletion" label:"Enable All Versions Deletion" doc:"Whether to remove every version and delete marker of the paths for good. Without effect where versioning was never on." default:"false"`
	IgnoreGone  bool     `json:"ignoreMissing" label:"Ignore Missing" doc:"Whether a path that does not exist is skipped instead of failing." default:"false"`
	Target
}

// Validate refuses empty paths.
func (in *DeleteBucketObjectsIn) Validate() []*connector.Error {
	return checkPaths("/filePaths", "File Paths", in.FilePaths)
}

// DeletedObject is an object or version that was deleted, as the API says it.
type DeletedObject struct {
	Key                   string `json:"Key" key:"Keys" col:"Key"`
	VersionID             string `json:"VersionId,omitempty" key:"VersionIds" col:"Version"`
	DeleteMarker          bool   `json:"DeleteMarker,omitempty" col:"Delete marker"`
	DeleteMarkerVersionID string `json:"DeleteMarkerVersionId,omitempty" key:"DeleteMarkerVersionIds"`
}

// DeleteError is an object or version that could not be deleted.
type DeleteError struct {
	Key       string `json:"Key"`
	VersionID string `json:"VersionId,omitempty"`
	Code      string `json:"Code"`
	Message   string `json:"Message"`
}

// DeleteBucketObjectsOut is the raw data, with the answers of all batches
// merged.
type DeleteBucketObjectsOut struct {
	Deleted      []DeletedObject `json:"Deleted"`
	Errors       []DeleteError   `json:"Errors"`
	BucketRegion string          `json:"BucketRegion,omitempty" doc:"Where the bucket was found, when elsewhere than asked."`
}

func deleteBucketObjects() *connector.Command {
	cmd := connector.NewPlanned(connector.Meta{
		Name:    "Delete Bucket Objects",
		Summary: "Deletes objects of a bucket, with all their versions if wanted.",
		Description: "S3 itself reports a path that does not exist as deleted; here it fails, unless Ignore Missing is set. " +
			"In a bucket with versioning a plain deletion only adds a delete marker: the older versions stay and keep the bucket from being deleted. " +
			"Enable All Versions Deletion removes all of them, of exactly the paths given. Objects under Object Lock or a denying policy fail one by one. `runs undo` removes the delete markers again that the run made; what was removed for good cannot be undone.",
		Effect: connector.Delete,
		Permissions: []connector.Permission{
			{Name: "s3:ListBucket"},
			{Name: "s3:DeleteObject"},
			{Name: "s3:DeleteObjectVersion", When: "with Enable All Versions Deletion"},
			{Name: "s3:ListBucketVersions", When: "with Enable All Versions Deletion"},
			{Name: "s3:GetBucketVersioning", When: "with Enable All Versions Deletion"},
			{Name: "s3:DeleteObjectVersion", When: "to undo"},
			{Name: "s3:ListBucketVersions", When: "to undo"},
		},
		Corrections: []string{
			"The permissions are s3:DeleteObject and s3:ListBucket; s3:DeleteBucket belongs to Delete Buckets.",
		},
	}, runDeleteBucketObjects, planDeleteBucketObjects)
	return connector.WithUndo(cmd, undoDelete)
}

// doomed is one path of the input and what stands there.
type doomed struct {
	path  string
	again bool  // the path came before
	refs  []ref // what is to be deleted; none: nothing is there
	size  int64
}

func runDeleteBucketObjects(ctx context.Context, call *connector.Call, s *session, in *DeleteBucketObjectsIn) (*DeleteBucketObjectsOut, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	call.Items.Total(len(in.FilePaths), 0)
	list, err := c.findDoomed(ctx, in)
	if err != nil {
		return nil, err
	}
	d := &deletion{c: c, call: call, in: in, out: &DeleteBucketObjectsOut{Deleted: []DeletedObject{}, Errors: []DeleteError{}}}
	err = d.run(ctx, list)
	d.out.BucketRegion = c.elsewhere(in.BucketName)
	return d.out, err
}

// deletion sends what was found in batches and ends the items.
type deletion struct {
	c    *client
	call *connector.Call
	in   *DeleteBucketObjectsIn
	out  *DeleteBucketObjectsOut
}

func (d *deletion) run(ctx context.Context, list []doomed) error {
	for from := 0; from < len(list); {
		to, n := from, 0
		for to < len(list) && (to == from || n+len(list[to].refs) <= pageSize) {
			n += len(list[to].refs)
			to++
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		d.batch(ctx, list[from:to], from)
		from = to
	}
	return ctx.Err()
}

// batch deletes the objects of some items together. An item whose versions
// fill more than one request is a batch of its own.
func (d *deletion) batch(ctx context.Context, list []doomed, offset int) {
	items := make([]*connector.Item, len(list))
	var refs []ref
	for i, x := range list {
		items[i] = d.call.Items.StartAt(offset+i, x.path)
		refs = append(refs, x.refs...)
	}
	failed, whole := map[string]error{}, d.intend(ctx, list)
	if whole == nil {
		failed, whole = d.send(ctx, refs)
	}
	for i, x := range list {
		end(items[i], func() (outcome, error) { return d.conclude(x, failed[x.path], whole) })
	}
}

// send deletes all refs; it gives what failed by path, and the error of a
// request that failed as a whole.
func (d *deletion) send(ctx context.Context, refs []ref) (map[string]error, error) {
	failed := map[string]error{}
	for len(refs) > 0 {
		n := min(pageSize, len(refs))
		a, err := d.c.DeleteMany(ctx, d.in.BucketName, refs[:n])
		if err != nil {
			return failed, err
		}
		d.out.Deleted = append(d.out.Deleted, a.Deleted...)
		d.out.Errors = append(d.out.Errors, a.Errors...)
		if err := d.keep(ctx, a.Deleted); err != nil {
			return failed, err
		}
		for _, e := range a.Errors {
			if failed[e.Key] == nil {
				failed[e.Key] = e.explain()
			}
		}
		refs = refs[n:]
	}
	return failed, nil
}

func (d *deletion) conclude(x doomed, failed, whole error) (outcome, error) {
	switch {
	case x.again:
		return outcome{skipped: true, message: "Named twice; see the first."}, nil
	case len(x.refs) == 0 && d.in.IgnoreGone:
		return outcome{skipped: true, message: "Does not exist."}, nil
	case len(x.refs) == 0:
		return outcome{}, missingPath(d.in.BucketName, x.path)
	case failed != nil:
		return outcome{}, failed
	}
	return outcome{}, whole
}

func missingPath(bucket, path string) error {
	return &connector.Error{
		Kind: connector.NotFound, Code: "NoSuchKey", Item: path,
		Message: `The file "` + path + `" does not exist in bucket "` + bucket + `".`,
		Fix:     "Check the path with List Bucket Objects, or set Ignore Missing.",
	}
}

func planDeleteBucketObjects(ctx context.Context, _ *connector.Call, s *session, in *DeleteBucketObjectsIn) ([]connector.PlanStep, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	list, err := c.findDoomed(ctx, in)
	if err != nil {
		return nil, err
	}
	steps := make([]connector.PlanStep, len(list))
	for i, x := range list {
		steps[i] = connector.PlanStep{Item: x.path, Action: connector.PlanDelete, Size: x.size}
		if len(x.refs) == 0 {
			steps[i].Action = connector.PlanNone
		}
	}
	return steps, nil
}
