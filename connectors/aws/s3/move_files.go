package s3

import (
	"context"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// MoveFilesIn is the input of Move Files.
type MoveFilesIn struct {
	SourceBucket      string   `json:"sourceBucketName" label:"Source Bucket Name" doc:"Bucket that holds the files. Find it with List Buckets, at $.Buckets[*].Name." example:"source-bucket" minLength:"1" resource:"bucket"`
	SourcePaths       []string `json:"sourceFilePaths" label:"Source File Paths" doc:"Paths of the files to move, folders included. Find them with List Bucket Objects, at $.Contents[*].Key. A path that ends in / moves only the folder's own marker." example:"[\"temp/tests3.txt\"]" minItems:"1" items:"true"`
	DestinationBucket string   `json:"destinationBucketName" label:"Destination Bucket Name" doc:"Bucket to move to; may be the same." example:"destination-bucket" minLength:"1" resource:"bucket"`
	DestinationPath   string   `json:"destinationPath,omitempty" label:"Destination Path" doc:"Folder of the destination. Empty is the bucket's root." example:"Temp" maxLength:"1000"`
	PreserveFolders   bool     `json:"preserveFolders" label:"Preserve Folders" doc:"Whether the whole source path is kept below the destination path, instead of the file's name only." default:"false"`
	AllowCrossRegion  bool     `json:"allowCrossRegion" label:"Allow Cross Region" doc:"Whether files may move to a bucket in another region. AWS charges for the transfer." default:"false"`
	RemoveAllVersions bool     `json:"removeAllVersions" label:"Remove All Versions" doc:"Whether all versions of a source are removed for good. Otherwise a bucket with versioning keeps them behind a delete marker." default:"false"`
	Target
}

// Validate refuses paths that cannot be.
func (in *MoveFilesIn) Validate() []*connector.Error {
	errs := checkPaths("/sourceFilePaths", "Source File Paths", in.SourcePaths)
	return append(errs, checkFolder("/destinationPath", "Destination Path", in.DestinationPath)...)
}

// CopyResult is what the API says of a copy.
type CopyResult struct {
	ETag         string            `json:"ETag" key:"ETags" doc:"With its quotes, as the API gives it."`
	LastModified string            `json:"LastModified,omitempty" doc:"ISO 8601, UTC."`
	Checksums    map[string]string `json:"Checksums,omitempty" doc:"Checksums of the whole object that the service states, Base64."`
}

// MovedFile is one file that was moved.
type MovedFile struct {
	SourceKey             string     `json:"SourceKey" key:"SourceKeys" col:"From"`
	DestinationKey        string     `json:"DestinationKey" key:"DestinationKeys" col:"To"`
	Size                  int64      `json:"Size" col:"Size"`
	CopyObjectResult      CopyResult `json:"CopyObjectResult"`
	CopySourceVersionID   string     `json:"CopySourceVersionId,omitempty"`
	VersionID             string     `json:"VersionId,omitempty" doc:"Version of the new object."`
	DeleteMarker          bool       `json:"DeleteMarker,omitempty" col:"Delete marker" doc:"Whether the source's older versions stay behind a delete marker."`
	DeleteMarkerVersionID string     `json:"DeleteMarkerVersionId,omitempty"`
	RemovedVersions       int        `json:"RemovedVersions,omitempty" doc:"How many versions and markers were removed for good."`
}

// MoveFilesOut is the raw data.
type MoveFilesOut struct {
	SourceBucket      string      `json:"SourceBucket" doc:"Bucket that the files were in."`
	DestinationBucket string      `json:"DestinationBucket" doc:"Bucket that the files are in now."`
	Files             []MovedFile `json:"Files"`
}

func moveFiles() *connector.Command {
	return connector.NewPlanned(connector.Meta{
		Name:    "Move Files",
		Summary: "Moves files to another path or bucket.",
		Description: "Each file is copied inside S3 to Destination Path and its own name, the copy is compared with the source, and only then the source is deleted. " +
			"Metadata, tags and storage class are kept. Files above 5 GiB are copied in parts. Two sources that would get one path are refused before anything is copied.",
		Effect: connector.Write | connector.Delete,
		Permissions: []connector.Permission{
			{Name: "s3:GetObject", When: "on the source"},
			{Name: "s3:GetObjectTagging", When: "on the source, for objects with tags"},
			{Name: "s3:DeleteObject", When: "on the source"},
			{Name: "s3:GetBucketVersioning", When: "on the source"},
			{Name: "s3:PutObject", When: "on the destination"},
			{Name: "s3:PutObjectTagging", When: "on the destination, for objects with tags"},
			{Name: "s3:ListBucket", When: "on both, so that missing files are told apart and regions compared"},
			{Name: "s3:AbortMultipartUpload", When: "on the destination, for files above 5 GiB"},
			{Name: "s3:DeleteObjectVersion", When: "on the source, with Remove All Versions"},
			{Name: "s3:ListBucketVersions", When: "on the source, with Remove All Versions"},
		},
		Corrections: []string{
			"s3:PutObject on the destination and s3:GetBucketVersioning on the source are needed too; s3:DeleteObjectVersion only with Remove All Versions.",
			"Files move between buckets as well as within one.",
			"S3 does copy across regions; it is refused by default for its cost, and allowed with Allow Cross Region.",
			"Bucket names have no upper-case letters, so that sourceBucket and destinationBucket cannot exist.",
		},
	}, runMoveFiles, planMoveFiles)
}

func runMoveFiles(ctx context.Context, call *connector.Call, s *session, in *MoveFilesIn) (*MoveFilesOut, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	m, err := prepareMove(ctx, c, in)
	if err != nil {
		return nil, err
	}
	call.Items.Total(len(in.SourcePaths), 0)
	moved := make([]*MovedFile, len(in.SourcePaths))
	err = eachItem(ctx, call, s.concurrency, in.SourcePaths, func(i int, it *connector.Item) (outcome, error) {
		f, err := m.one(ctx, in.SourcePaths[i], m.targets[i], it)
		moved[i] = f
		return outcome{}, err
	})
	return &MoveFilesOut{SourceBucket: in.SourceBucket, DestinationBucket: in.DestinationBucket, Files: compact(moved)}, err
}

// prepareMove does everything that must hold for all files before the first is
// touched.
func prepareMove(ctx context.Context, c *client, in *MoveFilesIn) (*move, error) {
	m := &move{c: c, in: in}
	if err := m.setTargets(); err != nil {
		return nil, err
	}
	state, err := c.versioning(ctx, in.SourceBucket)
	if err != nil {
		return nil, err
	}
	m.versioned = state != ""
	if err := m.checkRegions(ctx); err != nil {
		return nil, err
	}
	return m, nil
}

// setTargets finds the destination keys; no two files may share one, and none
// may be its own.
func (m *move) setTargets() error {
	by := map[string]string{}
	for _, src := range m.in.SourcePaths {
		name := baseName(src)
		if m.in.PreserveFolders {
			name = strings.TrimLeft(src, "/")
		}
		dst := join(m.in.DestinationPath, name)
		if other, taken := by[dst]; taken {
			return collision(src, other, dst)
		}
		by[dst] = src
		m.targets = append(m.targets, dst)
	}
	return nil
}

func collision(src, other, dst string) error {
	if src == other {
		return connector.InvalidField("/sourceFilePaths", `Source File Paths names "`+src+`" twice.`, "Leave one of the two out.")
	}
	return &connector.Error{
		Kind: connector.Invalid, Field: "/sourceFilePaths", Item: src,
		Message: `"` + other + `" and "` + src + `" would both become "` + dst + `".`,
		Fix:     "Set Preserve Folders, or move them in two calls to different paths. Nothing was moved.",
	}
}

func (m *move) checkRegions(ctx context.Context) error {
	src, dst := m.in.SourceBucket, m.in.DestinationBucket
	if src == dst || m.in.AllowCrossRegion {
		return nil
	}
	from, err := m.c.headBucket(ctx, src)
	if err != nil {
		return prefixed(err, `Bucket "`+src+`": `)
	}
	to, err := m.c.headBucket(ctx, dst)
	if err != nil {
		return prefixed(err, `Bucket "`+dst+`": `)
	}
	if from == "" || to == "" || from == to {
		return nil
	}
	return &connector.Error{
		Kind: connector.Invalid, Field: "/destinationBucketName",
		Message: `Bucket "` + src + `" is in ` + from + ` and bucket "` + dst + `" in ` + to + `: files are not moved across regions.`,
		Fix:     "Set Allow Cross Region to move them all the same; AWS charges for the transfer.",
	}
}

func planMoveFiles(ctx context.Context, _ *connector.Call, s *session, in *MoveFilesIn) ([]connector.PlanStep, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	m, err := prepareMove(ctx, c, in)
	if err != nil {
		return nil, err
	}
	steps := make([]connector.PlanStep, len(in.SourcePaths))
	errs := make([]error, len(in.SourcePaths))
	err = connector.Each(ctx, s.concurrency, len(in.SourcePaths), func(i int) {
		steps[i], errs[i] = m.plan(ctx, in.SourcePaths[i], m.targets[i])
	})
	return steps, firstError(append(errs, err))
}
