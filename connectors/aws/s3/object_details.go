package s3

import (
	"context"
	"maps"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fairlead-io/fairlead/connector"
)

// ObjectDetailsIn is the input of Get Object Details.
type ObjectDetailsIn struct {
	BucketName string `json:"bucketName" label:"Bucket Name" doc:"Bucket of the object. Find it with List Buckets, at $.Buckets[*].Name." example:"mybucketbbb" alias:"bucket" minLength:"1" resource:"bucket"`
	Key        string `json:"key" label:"Key" doc:"The object. Find it with List Bucket Objects, at $.Contents[*].Key." example:"temp/tests3.txt" minLength:"1" maxLength:"1024"`
	VersionID  string `json:"versionId,omitempty" label:"Version ID" doc:"A version instead of the current one. Find it with List Object Versions, at $.Versions[*].VersionId." maxLength:"1024"`
	Target
}

// ObjectDetailsOut is its raw data: the headers of the object in the API's
// names, its tags and its lock.
type ObjectDetailsOut struct {
	Bucket             string            `json:"Bucket" doc:"The bucket."`
	Key                string            `json:"Key" key:"Key" col:"Key"`
	VersionID          string            `json:"VersionId,omitempty" key:"VersionId" col:"Version"`
	ContentLength      int64             `json:"ContentLength" key:"ContentLength" col:"Size"`
	ContentType        string            `json:"ContentType,omitempty" col:"Content type"`
	ContentEncoding    string            `json:"ContentEncoding,omitempty" doc:"How the content is packed."`
	ContentDisposition string            `json:"ContentDisposition,omitempty" doc:"How browsers show it."`
	ContentLanguage    string            `json:"ContentLanguage,omitempty" doc:"Its language."`
	CacheControl       string            `json:"CacheControl,omitempty" doc:"How long caches keep it."`
	LastModified       string            `json:"LastModified,omitempty" col:"Last modified" doc:"ISO 8601, UTC."`
	ETag               string            `json:"ETag,omitempty" key:"ETag" doc:"With its quotes, as the API gives it."`
	Checksums          map[string]string `json:"Checksums,omitempty" doc:"Checksums of the whole object that the service states, Base64."`
	StorageClass       string            `json:"StorageClass,omitempty" col:"Storage class" doc:"Missing for STANDARD on AWS."`
	Restore            string            `json:"Restore,omitempty" doc:"State of the retrieval from an archive."`
	ArchiveStatus      string            `json:"ArchiveStatus,omitempty" doc:"Archive tier the object lies in."`
	Encryption         string            `json:"ServerSideEncryption,omitempty" col:"Encryption" doc:"How the service encrypts it."`
	KMSKeyID           string            `json:"SSEKMSKeyId,omitempty" doc:"Key of the encryption."`
	ReplicationStatus  string            `json:"ReplicationStatus,omitempty" doc:"State of its replication."`
	Metadata           map[string]string `json:"Metadata,omitempty" doc:"What whoever stored it wrote beside it (x-amz-meta-*)."`
	TagSet             []ObjectTag       `json:"TagSet"`
	LockMode           string            `json:"ObjectLockMode,omitempty" col:"Lock" doc:"GOVERNANCE or COMPLIANCE, where a retention is set."`
	RetainUntil        string            `json:"ObjectLockRetainUntilDate,omitempty" col:"Retained until" doc:"ISO 8601, UTC."`
	LegalHold          string            `json:"ObjectLockLegalHoldStatus,omitempty" col:"Legal hold" doc:"ON or OFF, where the bucket has Object Lock."`
	Notes              []string          `json:"Notes,omitempty" doc:"What could not be found out, and why."`
	BucketRegion       string            `json:"BucketRegion,omitempty" doc:"Where the bucket was found, when elsewhere than asked."`
}

// ObjectTag is one tag.
type ObjectTag struct {
	Key   string `json:"Key" key:"TagKeys"`
	Value string `json:"Value"`
}

func getObjectDetails() *connector.Command {
	return connector.NewCommand(connector.Meta{
		Name:        "Get Object Details",
		Summary:     "Retrieves everything about an object but its content.",
		Description: "Size, content type, hashes, encryption, metadata, tags, retention and legal hold. What the connection may not read is missing, and said in Notes.",
		Effect:      connector.Read | connector.Idempotent,
		Permissions: []connector.Permission{
			{Name: "s3:GetObject"},
			{Name: "s3:GetObjectVersion", When: "with Version ID"},
			{Name: "s3:GetObjectTagging", When: "for tags"},
			{Name: "s3:GetObjectVersionTagging", When: "for tags, with Version ID"},
			{Name: "s3:GetObjectRetention", When: "for the retention"},
			{Name: "s3:GetObjectLegalHold", When: "for the legal hold"},
			{Name: "s3:ListBucket", When: "so that a missing object is told from a denied one"},
		},
	}, runObjectDetails)
}

func runObjectDetails(ctx context.Context, _ *connector.Call, s *session, in *ObjectDetailsIn) (*ObjectDetailsOut, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	h, err := do(ctx, c, in.BucketName, func(s *awss3.Client) (*awss3.HeadObjectOutput, error) {
		return s.HeadObject(ctx, &awss3.HeadObjectInput{Bucket: &in.BucketName, Key: &in.Key, VersionId: ptr(in.VersionID)}, askChecksums)
	})
	if err != nil {
		return nil, explainHead(err, in)
	}
	out := detailsOf(h)
	out.Bucket, out.Key, out.BucketRegion = in.BucketName, in.Key, c.elsewhere(in.BucketName)
	if out.TagSet, err = c.tags(ctx, in); err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		out.TagSet = []ObjectTag{}
		out.Notes = append(out.Notes, "The tags could not be read: "+connector.AsError(err).Message)
	}
	return out, nil
}

func explainHead(err error, in *ObjectDetailsIn) error {
	if in.VersionID == "" {
		return err
	}
	return explainVersion(err, &RestoreObjectVersionIn{BucketName: in.BucketName, Key: in.Key, VersionID: in.VersionID})
}

func detailsOf(h *awss3.HeadObjectOutput) *ObjectDetailsOut {
	return &ObjectDetailsOut{
		VersionID: deref(h.VersionId), ContentLength: deref(h.ContentLength), ContentType: deref(h.ContentType),
		ContentEncoding: deref(h.ContentEncoding), ContentDisposition: deref(h.ContentDisposition), ContentLanguage: deref(h.ContentLanguage),
		CacheControl: deref(h.CacheControl), LastModified: iso(h.LastModified), ETag: deref(h.ETag),
		Checksums:    checksums(h.ChecksumType, h.ChecksumCRC32, h.ChecksumCRC32C, h.ChecksumSHA1, h.ChecksumSHA256, h.ChecksumCRC64NVME),
		StorageClass: string(h.StorageClass), Restore: deref(h.Restore), ArchiveStatus: string(h.ArchiveStatus),
		Encryption: string(h.ServerSideEncryption), KMSKeyID: deref(h.SSEKMSKeyId), ReplicationStatus: string(h.ReplicationStatus),
		Metadata: maps.Clone(h.Metadata), LockMode: string(h.ObjectLockMode), RetainUntil: iso(h.ObjectLockRetainUntilDate),
		LegalHold: string(h.ObjectLockLegalHoldStatus),
	}
}

func (c *client) tags(ctx context.Context, in *ObjectDetailsIn) ([]ObjectTag, error) {
	out, err := do(ctx, c, in.BucketName, func(s *awss3.Client) (*awss3.GetObjectTaggingOutput, error) {
		return s.GetObjectTagging(ctx, &awss3.GetObjectTaggingInput{Bucket: &in.BucketName, Key: &in.Key, VersionId: ptr(in.VersionID)})
	})
	if err != nil {
		return nil, err
	}
	tags := []ObjectTag{}
	for _, t := range out.TagSet {
		tags = append(tags, ObjectTag{Key: deref(t.Key), Value: deref(t.Value)})
	}
	return tags, nil
}
