package s3

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Head describes an object.
func (c *client) Head(ctx context.Context, r ref) (*object, error) {
	out, err := do(ctx, c, r.Bucket, func(s *awss3.Client) (*awss3.HeadObjectOutput, error) {
		return s.HeadObject(ctx, &awss3.HeadObjectInput{Bucket: &r.Bucket, Key: &r.Key, VersionId: ptr(r.Version)}, askChecksums)
	})
	if err != nil {
		return nil, err
	}
	o := &object{
		Size: deref(out.ContentLength), ETag: unquote(out.ETag), Modified: deref(out.LastModified), Version: deref(out.VersionId),
		SSE: string(out.ServerSideEncryption), Tags: int(deref(out.TagCount)), Region: c.elsewhere(r.Bucket),
		headers: headers{
			ContentType: deref(out.ContentType), ContentEncoding: deref(out.ContentEncoding), ContentDisposition: deref(out.ContentDisposition),
			ContentLanguage: deref(out.ContentLanguage), CacheControl: deref(out.CacheControl), StorageClass: string(out.StorageClass),
			Metadata: out.Metadata, Expires: expires(out.ExpiresString),
		},
	}
	o.Checksum = checksums(out.ChecksumType, out.ChecksumCRC32, out.ChecksumCRC32C, out.ChecksumSHA1, out.ChecksumSHA256, out.ChecksumCRC64NVME)
	return o, nil
}

// Get streams an object.
func (c *client) Get(ctx context.Context, r ref, offset int64, want string) (*object, io.ReadCloser, error) {
	in := &awss3.GetObjectInput{Bucket: &r.Bucket, Key: &r.Key, VersionId: ptr(r.Version)}
	if offset > 0 {
		rng := fmt.Sprintf("bytes=%d-", offset)
		in.Range = &rng
	}
	if want != "" {
		quoted := `"` + want + `"`
		in.IfMatch = &quoted
	}
	out, err := do(ctx, c, r.Bucket, func(s *awss3.Client) (*awss3.GetObjectOutput, error) { return s.GetObject(ctx, in, askChecksums) })
	if err != nil {
		return nil, nil, err
	}
	o := &object{
		Size: deref(out.ContentLength), ETag: unquote(out.ETag), Modified: deref(out.LastModified), Version: deref(out.VersionId),
		SSE: string(out.ServerSideEncryption), Tags: int(deref(out.TagCount)), Region: c.elsewhere(r.Bucket),
		headers: headers{ContentType: deref(out.ContentType), ContentEncoding: deref(out.ContentEncoding), StorageClass: string(out.StorageClass), Metadata: out.Metadata},
	}
	o.Checksum = checksums(out.ChecksumType, out.ChecksumCRC32, out.ChecksumCRC32C, out.ChecksumSHA1, out.ChecksumSHA256, out.ChecksumCRC64NVME)
	return o, out.Body, nil
}

// Put stores an object in one request, signed with the content's known hash.
func (c *client) Put(ctx context.Context, r ref, in putRequest) (*written, error) {
	p := &awss3.PutObjectInput{
		Bucket: &r.Bucket, Key: &r.Key, ContentLength: &in.Body.size, ContentMD5: md5Header(in.MD5),
		ContentType: ptr(in.ContentType), Metadata: in.Metadata, StorageClass: types.StorageClass(in.StorageClass),
	}
	if in.OnlyNew {
		p.IfNoneMatch = ptr("*")
	}
	out, err := do(ctx, c, r.Bucket, func(s *awss3.Client) (*awss3.PutObjectOutput, error) {
		in.Body.rewind()
		p.Body = in.Body
		return s.PutObject(ctx, p, presetHash(in.SHA256))
	})
	if err != nil {
		return nil, err
	}
	return &written{
		ETag: unquote(out.ETag), Version: deref(out.VersionId), SSE: string(out.ServerSideEncryption),
		Checksum: checksums(out.ChecksumType, out.ChecksumCRC32, out.ChecksumCRC32C, out.ChecksumSHA1, out.ChecksumSHA256, out.ChecksumCRC64NVME),
	}, nil
}

// Copy copies inside the service; it fails when the source changed.
func (c *client) Copy(ctx context.Context, in copyRequest) (*written, error) {
	p := &awss3.CopyObjectInput{
		Bucket: &in.To.Bucket, Key: &in.To.Key, CopySource: copySource(in.From), StorageClass: types.StorageClass(in.StorageClass),
		CopySourceIfMatch: quoted(in.ETag),
	}
	out, err := do(ctx, c, in.To.Bucket, func(s *awss3.Client) (*awss3.CopyObjectOutput, error) { return s.CopyObject(ctx, p) })
	if err != nil {
		return nil, err
	}
	w := &written{Version: deref(out.VersionId), SourceVersion: deref(out.CopySourceVersionId), SSE: string(out.ServerSideEncryption)}
	if res := out.CopyObjectResult; res != nil {
		w.ETag, w.Modified = unquote(res.ETag), res.LastModified
		w.Checksum = checksums(res.ChecksumType, res.ChecksumCRC32, res.ChecksumCRC32C, res.ChecksumSHA1, res.ChecksumSHA256, res.ChecksumCRC64NVME)
	}
	return w, nil
}

// DeleteMany deletes up to 1,000 objects or versions.
func (c *client) DeleteMany(ctx context.Context, bucket string, refs []ref) (*deleteAnswer, error) {
	ids := make([]types.ObjectIdentifier, len(refs))
	for i, r := range refs {
		ids[i] = types.ObjectIdentifier{Key: &refs[i].Key, VersionId: ptr(r.Version)}
	}
	in := &awss3.DeleteObjectsInput{Bucket: &bucket, Delete: &types.Delete{Objects: ids}}
	out, err := do(ctx, c, bucket, func(s *awss3.Client) (*awss3.DeleteObjectsOutput, error) {
		return s.DeleteObjects(ctx, in, contentMD5)
	})
	if err != nil {
		return nil, err
	}
	a := &deleteAnswer{}
	for _, d := range out.Deleted {
		a.Deleted = append(a.Deleted, DeletedObject{
			Key: deref(d.Key), VersionID: deref(d.VersionId), DeleteMarker: deref(d.DeleteMarker), DeleteMarkerVersionID: deref(d.DeleteMarkerVersionId),
		})
	}
	for _, e := range out.Errors {
		a.Errors = append(a.Errors, DeleteError{Key: deref(e.Key), VersionID: deref(e.VersionId), Code: deref(e.Code), Message: deref(e.Message)})
	}
	return a, nil
}

// DeleteIf deletes an object unless it changed. Services that do not know the
// condition ignore or refuse it; those that refuse are asked without it.
func (c *client) DeleteIf(ctx context.Context, r ref, etag string) (*DeletedObject, error) {
	send := func(cond *string) (*awss3.DeleteObjectOutput, error) {
		return do(ctx, c, r.Bucket, func(s *awss3.Client) (*awss3.DeleteObjectOutput, error) {
			return s.DeleteObject(ctx, &awss3.DeleteObjectInput{Bucket: &r.Bucket, Key: &r.Key, VersionId: ptr(r.Version), IfMatch: cond})
		})
	}
	out, err := send(quoted(etag))
	if unsupported(err) {
		out, err = send(nil)
	}
	if err != nil {
		return nil, err
	}
	d := &DeletedObject{Key: r.Key}
	if deref(out.DeleteMarker) && r.Version == "" {
		d.DeleteMarker, d.DeleteMarkerVersionID = true, deref(out.VersionId)
	} else {
		d.VersionID = deref(out.VersionId)
	}
	return d, nil
}

// tagging gives an object's tags, URL-encoded as a copy in parts needs them.
func (c *client) tagging(ctx context.Context, r ref) (string, error) {
	out, err := do(ctx, c, r.Bucket, func(s *awss3.Client) (*awss3.GetObjectTaggingOutput, error) {
		return s.GetObjectTagging(ctx, &awss3.GetObjectTaggingInput{Bucket: &r.Bucket, Key: &r.Key, VersionId: ptr(r.Version)})
	})
	if err != nil {
		return "", err
	}
	v := url.Values{}
	for _, t := range out.TagSet {
		v.Set(deref(t.Key), deref(t.Value))
	}
	return v.Encode(), nil
}

func copySource(r ref) *string {
	segments := strings.Split(r.Key, "/")
	for i, s := range segments {
		segments[i] = strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
	}
	src := r.Bucket + "/" + strings.Join(segments, "/")
	if r.Version != "" {
		src += "?versionId=" + url.QueryEscape(r.Version)
	}
	return &src
}

func checksums(kind types.ChecksumType, crc32, crc32c, sha1, sha256, crc64 *string) map[string]string {
	if kind == types.ChecksumTypeComposite {
		return nil // a checksum of checksums says nothing of the whole
	}
	m := map[string]string{}
	for name, v := range map[string]*string{"CRC32": crc32, "CRC32C": crc32c, "SHA1": sha1, "SHA256": sha256, "CRC64NVME": crc64} {
		if s := deref(v); s != "" && !strings.Contains(s, "-") {
			m[name] = s
		}
	}
	return m
}

func md5Header(hexMD5 string) *string {
	b, err := hex.DecodeString(hexMD5)
	if err != nil || len(b) == 0 {
		return nil
	}
	return ptr(base64.StdEncoding.EncodeToString(b))
}

func unquote(etag *string) string { return strings.Trim(deref(etag), `"`) }

func quoted(etag string) *string {
	if etag == "" {
		return nil
	}
	return ptr(`"` + etag + `"`)
}

func expires(s *string) *time.Time {
	t, err := time.Parse(time.RFC1123, deref(s))
	if err != nil {
		return nil
	}
	return &t
}

// caller asks who the call acts as.
func (c *client) caller(ctx context.Context) string {
	return c.s.conn.CallerIdentity(ctx, c.s.conn.Credentials(c.role))
}
