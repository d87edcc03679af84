package s3

import (
	"context"
	"path"
	"strconv"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// DownloadFilesIn is the input of Download Files.
type DownloadFilesIn struct {
	BucketName string   `json:"bucketName" label:"Bucket Name" doc:"Bucket that holds the files. Find it with List Buckets, at $.Buckets[*].Name." example:"mybucketbbb" minLength:"1" resource:"bucket"`
	FilePaths  []string `json:"filePaths" label:"File Paths" doc:"Paths of the files to download, folders included. Find them with List Bucket Objects, at $.Contents[*].Key." example:"[\"temp/tests3.txt\"]" minItems:"1" items:"true"`
	Target
}

// Validate refuses empty paths.
func (in *DownloadFilesIn) Validate() []*connector.Error {
	return checkPaths("/filePaths", "File Paths", in.FilePaths)
}

// DownloadedFile is one file with what the API says of the object and what was
// stored of it.
type DownloadedFile struct {
	FileID        int64             `json:"FileID" key:"FileIDs" col:"File ID"`
	FileName      string            `json:"FileName" key:"FileNames" col:"File name"`
	Key           string            `json:"Key" key:"Keys" col:"Path"`
	ContentLength int64             `json:"ContentLength" col:"Size"`
	ContentType   string            `json:"ContentType,omitempty"`
	ETag          string            `json:"ETag,omitempty" doc:"With its quotes, as the API gives it."`
	LastModified  string            `json:"LastModified,omitempty" doc:"ISO 8601, UTC."`
	VersionID     string            `json:"VersionId,omitempty"`
	StorageClass  string            `json:"StorageClass,omitempty"`
	Metadata      map[string]string `json:"Metadata,omitempty"`
	Checksums     map[string]string `json:"Checksums,omitempty" doc:"Checksums of the whole object that the service states, Base64."`
	Verified      string            `json:"VerifiedBy" col:"Verified by" doc:"What the content was compared with: a checksum, the ETag, or only the size."`
	MD5           string            `json:"MD5" key:"MD5"`
	SHA1          string            `json:"SHA1" key:"SHA1"`
	SHA256        string            `json:"SHA256" key:"SHA256" col:"SHA-256"`
}

// DownloadFilesOut is the raw data.
type DownloadFilesOut struct {
	Bucket       string           `json:"Bucket" doc:"Bucket that was read."`
	Files        []DownloadedFile `json:"Files"`
	BucketRegion string           `json:"BucketRegion,omitempty" doc:"Where the bucket was found, when elsewhere than asked."`
}

func downloadFiles() *connector.Command {
	return connector.NewPlanned(connector.Meta{
		Name:        "Download Files",
		Summary:     "Downloads files from a bucket into the file store.",
		Description: "Every file gets an ID that other commands take. Its content is compared with the checksum or ETag that S3 states, and nothing is kept of a file that does not agree. A connection that is cut is taken up again where it broke.",
		Effect:      connector.Read,
		Permissions: []connector.Permission{
			{Name: "s3:GetObject"},
			{Name: "s3:ListBucket", When: "so that a missing file is told apart from a denied one"},
		},
		Corrections: []string{
			"NoSuchBucket is answered with status code 404, not 403.",
			"The paths to look up are those of the files to download, not to delete.",
			"s3:ListBucket is not needed to download; without it a missing file looks like a denied one.",
		},
	}, runDownloadFiles, planDownloadFiles)
}

func runDownloadFiles(ctx context.Context, call *connector.Call, s *session, in *DownloadFilesIn) (*DownloadFilesOut, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	call.Items.Total(len(in.FilePaths), 0)
	names := fileNames(in.FilePaths)
	got := make([]*DownloadedFile, len(in.FilePaths))
	err = eachItem(ctx, call, s.concurrency, in.FilePaths, func(i int, it *connector.Item) (outcome, error) {
		d := download{plane: c, files: call.Files, item: it, from: ref{Bucket: in.BucketName, Key: in.FilePaths[i]}, name: names[i]}
		f, err := d.run(ctx)
		if err != nil {
			return outcome{}, prefixed(err, `Download file "`+in.FilePaths[i]+`" in bucket "`+in.BucketName+`" failed: `)
		}
		got[i] = f
		return outcome{}, nil
	})
	return &DownloadFilesOut{Bucket: in.BucketName, Files: compact(got), BucketRegion: c.elsewhere(in.BucketName)}, err
}

// fileNames gives every path a name of its own: the last segment, numbered
// where several paths end alike.
func fileNames(paths []string) []string {
	names := make([]string, len(paths))
	taken := map[string]bool{}
	for i, p := range paths {
		base := strings.TrimSuffix(baseName(p), "/")
		if base == "" {
			base = "file"
		}
		name := base
		for n := 2; taken[name]; n++ {
			ext := path.Ext(base)
			name = strings.TrimSuffix(base, ext) + " (" + strconv.Itoa(n) + ")" + ext
		}
		taken[name] = true
		names[i] = name
	}
	return names
}

func planDownloadFiles(ctx context.Context, _ *connector.Call, s *session, in *DownloadFilesIn) ([]connector.PlanStep, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	steps := make([]connector.PlanStep, len(in.FilePaths))
	errs := make([]error, len(in.FilePaths))
	err = connector.Each(ctx, s.concurrency, len(in.FilePaths), func(i int) {
		steps[i] = connector.PlanStep{Item: in.FilePaths[i], Action: connector.PlanCreate}
		o, err := c.Head(ctx, ref{Bucket: in.BucketName, Key: in.FilePaths[i]})
		switch {
		case notFound(err):
			steps[i].Action = connector.PlanNone
		case err != nil:
			errs[i] = err
		default:
			steps[i].Size = o.Size
		}
	})
	return steps, firstError(append(errs, err))
}
