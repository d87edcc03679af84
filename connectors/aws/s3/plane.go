package s3

import (
	"context"
	"io"
	"time"
)

// plane is what the commands need of objects. Errors are *connector.Error.
type plane interface {
	lister
	reader
	writer
	parts
}

type lister interface {
	List(ctx context.Context, q listQuery) (*listPage, error)
	ListVersions(ctx context.Context, q versionQuery) (*versionPage, error)
}

type reader interface {
	Head(ctx context.Context, r ref) (*object, error)
	// Get streams an object from an offset; the caller closes the body. With
	// an ETag in want it fails when the object is another one by now.
	Get(ctx context.Context, r ref, offset int64, want string) (*object, io.ReadCloser, error)
}

type writer interface {
	Put(ctx context.Context, r ref, in putRequest) (*written, error)
	Copy(ctx context.Context, in copyRequest) (*written, error)
	// DeleteMany takes at most 1,000; failures of single objects are in the
	// answer.
	DeleteMany(ctx context.Context, bucket string, refs []ref) (*deleteAnswer, error)
	// DeleteIf deletes one object that still has the ETag.
	DeleteIf(ctx context.Context, r ref, etag string) (*DeletedObject, error)
}

type parts interface {
	Begin(ctx context.Context, r ref, h headers) (upload string, err error)
	Part(ctx context.Context, r ref, upload string, number int32, body *section) (etag string, err error)
	CopyPart(ctx context.Context, in copyRequest, upload string, number int32, from, to int64) (etag string, err error)
	Complete(ctx context.Context, r ref, upload string, etags []string, onlyNew bool) (*written, error)
	Abort(ctx context.Context, r ref, upload string) error
}

type ref struct{ Bucket, Key, Version string }

type listQuery struct {
	Bucket, Prefix, Delimiter, StartAfter, Token string
	Max                                          int
}

type listPage struct {
	Contents       []ObjectSummary
	CommonPrefixes []string
	KeyCount       int
	Truncated      bool
	Next           string
}

type versionQuery struct {
	Bucket, Prefix, KeyMarker, VersionMarker string
	Max                                      int
}

type version struct {
	Key, Version string
	Latest       bool
	Marker       bool
	Size         int64
}

type versionPage struct {
	Versions             []version // versions and markers, by key
	Truncated            bool
	NextKey, NextVersion string
}

// headers are what is kept of an object besides its bytes.
type headers struct {
	ContentType, ContentEncoding, ContentDisposition, ContentLanguage, CacheControl string
	StorageClass                                                                    string
	Metadata                                                                        map[string]string
	Tagging                                                                         string // URL-encoded
	Expires                                                                         *time.Time
}

type object struct {
	headers
	Size     int64
	ETag     string // without quotes
	Modified time.Time
	Version  string
	SSE      string
	Checksum map[string]string // algorithm -> base64; only of the whole object
	Tags     int
	Region   string // where it was found, when elsewhere than asked
}

type putRequest struct {
	headers
	Body    *section
	SHA256  string // hex
	MD5     string // hex
	OnlyNew bool   // fail when the key is taken
}

type copyRequest struct {
	From, To ref
	ETag     string // the source's; the copy fails when it changed
	headers
}

// written is what a service says of an object it stored.
type written struct {
	ETag, Version, SourceVersion, SSE string
	Modified                          *time.Time
	Checksum                          map[string]string
}

type deleteAnswer struct {
	Deleted []DeletedObject
	Errors  []DeleteError
}
