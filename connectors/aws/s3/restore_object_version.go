package s3

import (
	"context"
	"net/http"

	"github.com/fairlead-io/fairlead/connector"
)

// RestoreObjectVersionIn is the input of Restore Object Version.
type RestoreObjectVersionIn struct {
	BucketName string `json:"bucketName" label:"Bucket Name" doc:"Bucket that holds the object. Find it with List Buckets, at $.Buckets[*].Name." example:"mybucketbbb" alias:"bucket" minLength:"1" resource:"bucket"`
	Key        string `json:"key" label:"Key" doc:"The object. Find it with List Object Versions, at $.Versions[*].Key." example:"temp/tests3.txt" minLength:"1" maxLength:"1024"`
	VersionID  string `json:"versionId" label:"Version ID" doc:"The version that becomes current again. Find it with List Object Versions, at $.Versions[*].VersionId." example:"3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY" minLength:"1" maxLength:"1024"`
	Target
}

// RestoreObjectVersionOut is its raw data.
type RestoreObjectVersionOut struct {
	Bucket            string `json:"Bucket" doc:"The bucket."`
	Key               string `json:"Key" key:"Key" col:"Key"`
	Change            string `json:"Change" col:"Change" doc:"created where the object was deleted, replaced where another version was current, none where it was current already."`
	RestoredVersionID string `json:"RestoredVersionId" key:"RestoredVersionId" col:"Restored version"`
	VersionID         string `json:"VersionId,omitempty" key:"VersionId" col:"New version" doc:"The new version, with the content of the one restored."`
	Size              int64  `json:"Size" col:"Size"`
	ETag              string `json:"ETag,omitempty" doc:"With its quotes, as the API gives it."`
	BucketRegion      string `json:"BucketRegion,omitempty" doc:"Where the bucket was found, when elsewhere than asked."`
}

func restoreObjectVersion() *connector.Command {
	return connector.NewPlanned(connector.Meta{
		Name:        "Restore Object Version",
		Summary:     "Makes an older version of an object the current one again.",
		Description: "The version is copied on top of the others, with its metadata, tags and storage class; nothing is lost. A deleted object comes back in the same way. Versions above 5 GiB are copied in parts.",
		Effect:      connector.Write | connector.Idempotent,
		Permissions: []connector.Permission{
			{Name: "s3:GetObjectVersion"},
			{Name: "s3:GetObject", When: "to tell whether the version is current"},
			{Name: "s3:PutObject"},
			{Name: "s3:GetObjectVersionTagging", When: "for versions with tags"},
			{Name: "s3:PutObjectTagging", When: "for versions with tags"},
			{Name: "s3:ListBucket", When: "so that a deleted object is told from a denied one"},
			{Name: "s3:AbortMultipartUpload", When: "for versions above 5 GiB"},
		},
	}, runRestoreVersion, planRestoreVersion)
}

// restoration is one version on its way back.
type restoration struct {
	move    *move
	in      *RestoreObjectVersionIn
	version *object
	action  string
}

func prepareRestore(ctx context.Context, s *session, in *RestoreObjectVersionIn) (*restoration, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	r := &restoration{in: in, move: &move{c: c, in: &MoveFilesIn{SourceBucket: in.BucketName, DestinationBucket: in.BucketName}, versioned: true}}
	if r.version, err = c.Head(ctx, ref{Bucket: in.BucketName, Key: in.Key, Version: in.VersionID}); err != nil {
		return nil, explainVersion(err, in)
	}
	r.version.Version = in.VersionID
	now, err := c.Head(ctx, ref{Bucket: in.BucketName, Key: in.Key})
	switch {
	case notFound(err):
		r.action = connector.PlanCreate
	case err != nil:
		return nil, err
	case now.Version == in.VersionID:
		r.action = connector.PlanNone
	default:
		r.action = connector.PlanReplace
	}
	return r, nil
}

// explainVersion says what a bare status of HEAD means for a version.
func explainVersion(err error, in *RestoreObjectVersionIn) error {
	e := *connector.AsError(err)
	switch {
	case e.Status == http.StatusMethodNotAllowed:
		e.Kind, e.Field = connector.Invalid, "/versionId"
		e.Message = `The version "` + in.VersionID + `" of "` + in.Key + `" is a delete marker, which has no content.`
		e.Fix = "Choose a version from $.Versions of List Object Versions."
	case e.Status == http.StatusNotFound && e.Code != "NoSuchBucket", e.Status == http.StatusBadRequest:
		e.Kind, e.Item = connector.NotFound, in.Key
		e.Message = `There is no version "` + in.VersionID + `" of "` + in.Key + `" in bucket "` + in.BucketName + `": ` + e.Message
		e.Fix = "Look at the versions with List Object Versions."
	}
	return &e
}

func planRestoreVersion(ctx context.Context, _ *connector.Call, s *session, in *RestoreObjectVersionIn) ([]connector.PlanStep, error) {
	r, err := prepareRestore(ctx, s, in)
	if err != nil {
		return nil, err
	}
	return []connector.PlanStep{{Item: in.Key, Action: r.action, Size: r.version.Size}}, nil
}

func runRestoreVersion(ctx context.Context, _ *connector.Call, s *session, in *RestoreObjectVersionIn) (*RestoreObjectVersionOut, error) {
	r, err := prepareRestore(ctx, s, in)
	if err != nil {
		return nil, err
	}
	out := &RestoreObjectVersionOut{
		Bucket: in.BucketName, Key: in.Key, Change: pastOf(r.action), RestoredVersionID: in.VersionID, Size: r.version.Size,
		ETag: withQuotes(r.version.ETag), BucketRegion: r.move.c.elsewhere(in.BucketName),
	}
	if r.action == connector.PlanNone {
		out.VersionID = in.VersionID
		return out, nil
	}
	w, err := r.move.copy(ctx, in.Key, in.Key, r.version)
	if err != nil {
		return nil, err
	}
	if err := r.move.verify(ctx, in.Key, r.version, w); err != nil {
		return nil, err
	}
	out.VersionID = w.Version
	return out, nil
}
