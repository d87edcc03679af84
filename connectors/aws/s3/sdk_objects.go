package s3

import (
	"context"
	"net/url"
	"strings"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

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

// caller asks who the call acts as.
func (c *client) caller(ctx context.Context) string {
	return c.s.conn.CallerIdentity(ctx, c.s.conn.Credentials(c.role))
}
