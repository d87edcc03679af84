package s3

import (
	"context"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// What to do where an object stands already.
const (
	ifExistsOverwrite = "Overwrite"
	ifExistsSkip      = "Skip"
)

// UploadFilesIn is the input of Upload Files.
type UploadFilesIn struct {
	FileIDs      []connector.FileID `json:"fileIds" label:"D3 File IDs" doc:"IDs of the stored files to upload." example:"[\"1024\"]" minItems:"1" items:"true"`
	FileSource   string             `json:"fileSource" label:"D3 File Source" doc:"Source of the stored files." enum:"Playbook File,Incident Attachment File,Artifact File" default:"Playbook File"`
	BucketName   string             `json:"bucketName" label:"Bucket Name" doc:"Bucket to upload to. Find it with List Buckets, at $.Buckets[*].Name." example:"mybucketbbb" minLength:"1" resource:"bucket"`
	BucketFolder string             `json:"bucketFolder,omitempty" label:"Bucket Folder" doc:"Folder of the bucket that the files go into. It needs not exist and does not begin with /. Empty is the bucket's root." example:"temp/sub" maxLength:"1000"`
	IfExists     string             `json:"ifExists" label:"If Exists" doc:"What to do with a file whose path is taken. Overwrite replaces the object." enum:"Overwrite,Skip,Fail" default:"Overwrite"`
	Target
}

// Validate refuses a folder that begins with a slash.
func (in *UploadFilesIn) Validate() []*connector.Error {
	return checkFolder("/bucketFolder", "Bucket Folder", in.BucketFolder)
}

func checkFolder(field, label, folder string) []*connector.Error {
	if !strings.HasPrefix(folder, "/") {
		return nil
	}
	fix := "Leave it empty for the bucket's root."
	if t := strings.Trim(folder, "/"); t != "" {
		fix = `Write "` + t + `".`
	}
	return []*connector.Error{connector.InvalidField(field, label+" must not begin with \"/\".", fix)}
}

// UploadedFile is one object that was written.
type UploadedFile struct {
	FileID    string            `json:"FileID" key:"FileIDs" col:"File ID"`
	FileName  string            `json:"FileName" key:"FileNames"`
	Key       string            `json:"Key" key:"Keys" col:"Path"`
	Size      int64             `json:"Size" col:"Size"`
	ETag      string            `json:"ETag" key:"ETags" col:"ETag" doc:"With its quotes, as the API gives it."`
	VersionID string            `json:"VersionId,omitempty"`
	SSE       string            `json:"ServerSideEncryption,omitempty"`
	Checksums map[string]string `json:"Checksums,omitempty" doc:"Checksums of the whole object that the service states, Base64."`
	Type      string            `json:"ContentType,omitempty"`
	SHA256    string            `json:"SHA256"`
}

// UploadFilesOut is the raw data.
type UploadFilesOut struct {
	Bucket       string         `json:"Bucket" doc:"Bucket that was written."`
	Files        []UploadedFile `json:"Files"`
	BucketRegion string         `json:"BucketRegion,omitempty" doc:"Where the bucket was found, when elsewhere than asked."`
}

func uploadFiles() *connector.Command {
	return connector.NewPlanned(connector.Meta{
		Name:        "Upload Files",
		Summary:     "Uploads stored files into a folder of a bucket.",
		Description: "The path of each object is the folder and the file's name. Large files travel in parts, and the parts of an upload that fails are removed. Content is signed with its SHA-256, so that S3 refuses what was damaged on the way.",
		Effect:      connector.Write | connector.Idempotent,
		Permissions: []connector.Permission{
			{Name: "s3:PutObject"},
			{Name: "s3:AbortMultipartUpload", When: "for files of 16 MiB and more"},
			{Name: "s3:GetObject", When: "with If Exists set to Skip or Fail, and for a dry run"},
		},
		Corrections: []string{"A file ID that is not a number is a failure of the input (status code 400), not a denial (403)."},
	}, runUploadFiles, planUploadFiles)
}

func runUploadFiles(ctx context.Context, call *connector.Call, s *session, in *UploadFilesIn) (*UploadFilesOut, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	names := fileIDs(in.FileIDs)
	list, err := openFiles(ctx, call, c, in)
	if err != nil {
		return nil, err
	}
	call.Items.Total(len(names), totalSize(list))
	done := make([]*UploadedFile, len(names))
	workers := min(s.concurrency, len(names))
	err = eachItem(ctx, call, workers, names, func(i int, it *connector.Item) (outcome, error) {
		u := list[i]
		if u.err != nil {
			return outcome{}, prefixed(u.err, u.words)
		}
		if u.again {
			return outcome{skipped: true, message: "Named twice; see the first."}, nil
		}
		u.plane, u.item, u.limits, u.workers = c, it, s.limits, max(1, s.concurrency/workers)
		w, out, err := u.run(ctx)
		if err != nil {
			return outcome{}, prefixed(err, u.words)
		}
		if w != nil {
			done[i] = u.report(w)
		}
		return out, nil
	})
	return &UploadFilesOut{Bucket: in.BucketName, Files: compact(done), BucketRegion: c.elsewhere(in.BucketName)}, err
}

// totalSize is how many bytes are to be sent, as far as they can be.
func totalSize(list []*upload) int64 {
	var n int64
	for _, u := range list {
		if u.err == nil && !u.again {
			n += u.blob.Info().Size
		}
	}
	return n
}

func fileIDs(ids []connector.FileID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}

// openFiles looks up every file before anything is sent, because two of them
// may claim one path.
func openFiles(ctx context.Context, call *connector.Call, c *client, in *UploadFilesIn) ([]*upload, error) {
	list := make([]*upload, len(in.FileIDs))
	err := connector.Each(ctx, c.s.concurrency, len(list), func(i int) {
		id := string(in.FileIDs[i])
		u := &upload{id: id, ifExists: in.IfExists, words: `Upload file with ID "` + id + `" to bucket "` + in.BucketName + `" failed: `}
		list[i] = u
		u.blob, u.err = call.Files.Open(ctx, id, in.FileSource)
		if u.err != nil {
			u.err = prefixed(u.err, `Download file failed:"`)
			return
		}
		u.to = ref{Bucket: in.BucketName, Key: join(in.BucketFolder, u.blob.Info().Name)}
	})
	if err != nil {
		return nil, err
	}
	refuseCollisions(list)
	return list, nil
}

// refuseCollisions fails the later of two files for one path: one would
// silently replace the other. One file named twice is uploaded once.
func refuseCollisions(list []*upload) {
	byKey := map[string]*upload{}
	for _, u := range list {
		if u.err != nil {
			continue
		}
		other, taken := byKey[u.to.Key]
		switch {
		case !taken:
			byKey[u.to.Key] = u
		case other.blob.Info().ID == u.blob.Info().ID:
			u.again = true
		default:
			u.err = &connector.Error{
				Kind:    connector.Conflict,
				Message: `The path "` + u.to.Key + `" is also that of file ` + other.id + ` in this call.`,
				Fix:     "Upload the two files into different folders.",
			}
		}
	}
}

func planUploadFiles(ctx context.Context, call *connector.Call, s *session, in *UploadFilesIn) ([]connector.PlanStep, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	list, err := openFiles(ctx, call, c, in)
	if err != nil {
		return nil, err
	}
	steps := make([]connector.PlanStep, len(list))
	errs := make([]error, len(list))
	err = connector.Each(ctx, s.concurrency, len(list), func(i int) {
		steps[i], errs[i] = list[i].plan(ctx, c)
	})
	return steps, firstError(append(errs, err))
}

func (u *upload) plan(ctx context.Context, c *client) (connector.PlanStep, error) {
	step := connector.PlanStep{Item: u.id, Action: connector.PlanNone}
	if u.err != nil || u.again {
		return step, nil
	}
	step.Size = u.blob.Info().Size
	_, err := c.Head(ctx, u.to)
	switch {
	case err == nil && u.ifExists == ifExistsOverwrite:
		step.Action = connector.PlanReplace
	case notFound(err):
		step.Action = connector.PlanCreate
	case err != nil:
		return step, err
	}
	return step, nil
}
