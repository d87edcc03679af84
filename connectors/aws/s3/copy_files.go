package s3

import (
	"context"

	"github.com/fairlead-io/fairlead/connector"
)

// CopyFilesIn is the input of Copy Files.
type CopyFilesIn struct {
	SourceBucket      string   `json:"sourceBucketName" label:"Source Bucket Name" doc:"Bucket that holds the files. Find it with List Buckets, at $.Buckets[*].Name." example:"source-bucket" minLength:"1" resource:"bucket"`
	SourcePaths       []string `json:"sourceFilePaths" label:"Source File Paths" doc:"Paths of the files to copy, folders included. Find them with List Bucket Objects, at $.Contents[*].Key." example:"[\"temp/tests3.txt\"]" minItems:"1" items:"true"`
	DestinationBucket string   `json:"destinationBucketName" label:"Destination Bucket Name" doc:"Bucket to copy to; may be the same." example:"destination-bucket" minLength:"1" resource:"bucket"`
	DestinationPath   string   `json:"destinationPath,omitempty" label:"Destination Path" doc:"Folder of the destination. Empty is the bucket's root." example:"Temp" maxLength:"1000"`
	IfExists          string   `json:"ifExists" label:"If Exists" doc:"What happens where the destination has an object of the same path." enum:"Overwrite,Skip,Fail" default:"Overwrite"`
	PreserveFolders   bool     `json:"preserveFolders" label:"Preserve Folders" doc:"Whether the whole source path is kept below the destination path, instead of the file's name only." default:"false"`
	AllowCrossRegion  bool     `json:"allowCrossRegion" label:"Allow Cross Region" doc:"Whether files may be copied to a bucket in another region. AWS charges for the transfer." default:"false"`
	Target
}

// Validate refuses paths that cannot be.
func (in *CopyFilesIn) Validate() []*connector.Error { return in.asMove().Validate() }

// asMove is the first half of a move.
func (in *CopyFilesIn) asMove() *MoveFilesIn {
	return &MoveFilesIn{
		SourceBucket: in.SourceBucket, SourcePaths: in.SourcePaths, DestinationBucket: in.DestinationBucket, DestinationPath: in.DestinationPath,
		PreserveFolders: in.PreserveFolders, AllowCrossRegion: in.AllowCrossRegion, Target: in.Target,
	}
}

// CopiedFile is one file that was copied.
type CopiedFile struct {
	SourceKey           string     `json:"SourceKey" key:"SourceKeys" col:"From"`
	DestinationKey      string     `json:"DestinationKey" key:"DestinationKeys" col:"To"`
	Size                int64      `json:"Size" col:"Size"`
	CopyObjectResult    CopyResult `json:"CopyObjectResult"`
	CopySourceVersionID string     `json:"CopySourceVersionId,omitempty"`
	VersionID           string     `json:"VersionId,omitempty" doc:"Version of the new object."`
}

// CopyFilesOut is the raw data.
type CopyFilesOut struct {
	SourceBucket      string       `json:"SourceBucket" doc:"Bucket that the files are in."`
	DestinationBucket string       `json:"DestinationBucket" doc:"Bucket that the copies are in."`
	Files             []CopiedFile `json:"Files"`
}

func copyFiles() *connector.Command {
	return connector.NewPlanned(connector.Meta{
		Name:        "Copy Files",
		Summary:     "Copies files to another path or bucket.",
		Description: "Each file is copied inside S3 to Destination Path and its own name, and the copy is compared with the source. Metadata, tags and storage class are kept. Files above 5 GiB are copied in parts. Two sources that would get one path are refused before anything is copied.",
		Effect:      connector.Write | connector.Idempotent,
		Permissions: []connector.Permission{
			{Name: "s3:GetObject", When: "on the source"},
			{Name: "s3:GetObjectTagging", When: "on the source, for objects with tags"},
			{Name: "s3:GetBucketVersioning", When: "on the source"},
			{Name: "s3:PutObject", When: "on the destination"},
			{Name: "s3:GetObject", When: "on the destination, to see what is there and to compare"},
			{Name: "s3:PutObjectTagging", When: "on the destination, for objects with tags"},
			{Name: "s3:ListBucket", When: "on both, so that missing files are told apart and regions compared"},
			{Name: "s3:AbortMultipartUpload", When: "on the destination, for files above 5 GiB"},
		},
	}, runCopyFiles, planCopyFiles)
}

func runCopyFiles(ctx context.Context, call *connector.Call, s *session, in *CopyFilesIn) (*CopyFilesOut, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	m, err := prepareMove(ctx, c, in.asMove())
	if err != nil {
		return nil, err
	}
	call.Items.Total(len(in.SourcePaths), 0)
	copied := make([]*CopiedFile, len(in.SourcePaths))
	err = eachItem(ctx, call, s.concurrency, in.SourcePaths, func(i int, it *connector.Item) (outcome, error) {
		f, out, err := m.copyOne(ctx, in.SourcePaths[i], m.targets[i], in.IfExists, it)
		copied[i] = f
		return out, err
	})
	return &CopyFilesOut{SourceBucket: in.SourceBucket, DestinationBucket: in.DestinationBucket, Files: compact(copied)}, err
}

// copyOne copies and verifies.
func (m *move) copyOne(ctx context.Context, src, dst, ifExists string, it *connector.Item) (*CopiedFile, outcome, error) {
	if m.source(src) == m.target(dst) {
		return nil, outcome{}, copiedOntoItself(src)
	}
	o, err := m.c.Head(ctx, m.source(src))
	if err != nil {
		return nil, outcome{}, m.missing(err, src)
	}
	if ifExists != ifExistsOverwrite {
		out, err := m.occupied(ctx, dst, ifExists)
		if out.skipped || err != nil {
			return nil, out, err
		}
	}
	w, err := m.copy(ctx, src, dst, o)
	if err == nil {
		err = m.verify(ctx, dst, o, w)
	}
	if err != nil {
		return nil, outcome{}, err
	}
	it.AddBytes(o.Size)
	return &CopiedFile{
		SourceKey: src, DestinationKey: dst, Size: o.Size, CopySourceVersionID: first(w.SourceVersion, o.Version), VersionID: w.Version,
		CopyObjectResult: CopyResult{ETag: withQuotes(w.ETag), LastModified: iso(w.Modified), Checksums: w.Checksum},
	}, outcome{}, nil
}

func copiedOntoItself(key string) error {
	return &connector.Error{
		Kind: connector.Invalid, Code: "InvalidRequest", Item: key,
		Message: `The file "` + key + `" cannot be copied onto itself.`,
		Fix:     "Choose another Destination Path or Destination Bucket Name.",
	}
}

// occupied looks whether the destination is taken.
func (m *move) occupied(ctx context.Context, dst, ifExists string) (outcome, error) {
	_, err := m.c.Head(ctx, m.target(dst))
	switch {
	case notFound(err):
		return outcome{}, nil
	case err != nil:
		return outcome{}, err
	case ifExists == ifExistsSkip:
		return outcome{skipped: true, message: `The path "` + dst + `" exists.`}, nil
	}
	return outcome{}, &connector.Error{
		Kind: connector.Conflict, Operation: "CopyObject",
		Message: `The path "` + dst + `" exists already in bucket "` + m.in.DestinationBucket + `".`,
		Fix:     "Set If Exists to Overwrite or Skip, or choose another Destination Path.",
	}
}

func planCopyFiles(ctx context.Context, call *connector.Call, s *session, in *CopyFilesIn) ([]connector.PlanStep, error) {
	steps, err := planMoveFiles(ctx, call, s, in.asMove())
	if in.IfExists == ifExistsOverwrite {
		return steps, err
	}
	for i := range steps {
		if steps[i].Action == connector.PlanReplace {
			steps[i].Action, steps[i].Note = connector.PlanNone, "The destination exists."
		}
	}
	return steps, err
}
