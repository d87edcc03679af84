package s3

import (
	"context"
	"fmt"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fairlead-io/fairlead/connector"
)

// Methods of a presigned URL.
const (
	presignGet = "GET"
	presignPut = "PUT"
)

// PresignIn is the input of Generate Presigned URL.
type PresignIn struct {
	BucketName string `json:"bucketName" label:"Bucket Name" doc:"Bucket of the object. Find it with List Buckets, at $.Buckets[*].Name." example:"mybucketbbb" alias:"bucket" minLength:"1" resource:"bucket"`
	Key        string `json:"key" label:"Key" doc:"The object that the URL leads to. For GET it must exist; find it with List Bucket Objects, at $.Contents[*].Key." example:"temp/tests3.txt" minLength:"1" maxLength:"1024"`
	Method     string `json:"method" label:"Method" doc:"GET lets whoever has the URL download the object, PUT lets them upload and replace it." enum:"GET,PUT" default:"GET"`
	ExpiresIn  int    `json:"expiresIn" label:"Expires In" doc:"Seconds for which the URL works, at most 604,800 (7 days). It ends earlier with the credentials that signed it, such as those of a role." default:"3600" minimum:"1" maximum:"604800" alias:"expires"`
	VersionID  string `json:"versionId,omitempty" label:"Version ID" doc:"A version of the object, for GET." maxLength:"1024"`
	Target
}

// Validate refuses a version to upload to.
func (in *PresignIn) Validate() []*connector.Error {
	if in.Method == presignPut && in.VersionID != "" {
		return []*connector.Error{connector.InvalidField("/versionId", "A version cannot be uploaded to.", "Leave Version ID out, or set Method to GET.")}
	}
	return nil
}

// PresignOut is its raw data.
type PresignOut struct {
	Bucket       string           `json:"Bucket" doc:"The bucket."`
	Key          string           `json:"Key" key:"Key" col:"Key"`
	Method       string           `json:"Method" col:"Method"`
	URL          connector.Secret `json:"URL" col:"URL" doc:"The URL. Whoever has it needs no other permission, so that it is kept like a password; reveal it with the run's secret reference."`
	Expires      string           `json:"Expires" key:"Expires" col:"Expires" doc:"When it stops working. ISO 8601, UTC."`
	Notes        []string         `json:"Notes,omitempty" doc:"What should be known about the URL."`
	BucketRegion string           `json:"BucketRegion,omitempty" doc:"Where the bucket was found, when elsewhere than asked."`
}

func generatePresignedURL() *connector.Command {
	return connector.NewPlanned(connector.Meta{
		Name:    "Generate Presigned URL",
		Summary: "Makes a URL that gives access to one object for a while.",
		Description: "The URL is a secret: whoever has it may do what the connection may do with the object. It is not shown in the result, but as a reference of the form `RUN#/rawData/URL`; " +
			"the holder of the scope `reveal` gets the value with `fairlead runs reveal`, the console's eye or the API. The command makes sure that the object is there and readable (for GET), or that the bucket is there (for PUT). " +
			"It counts as a write, because it hands the connection's access to others.",
		Effect: connector.Read | connector.Write | connector.Idempotent,
		Permissions: []connector.Permission{
			{Name: "s3:GetObject", When: "for GET"},
			{Name: "s3:GetObjectVersion", When: "for GET with Version ID"},
			{Name: "s3:PutObject", When: "for PUT"},
			{Name: "s3:ListBucket", When: "so that missing objects and buckets are told from denied ones"},
		},
	}, runPresign, planPresign)
}

// preparePresign looks at the target, which also finds the bucket's region: a
// URL that is signed for another one does not work.
func preparePresign(ctx context.Context, s *session, in *PresignIn) (*client, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	if in.Method == presignPut {
		_, err = c.headBucket(ctx, in.BucketName)
		return c, err
	}
	_, err = c.Head(ctx, ref{Bucket: in.BucketName, Key: in.Key, Version: in.VersionID})
	return c, err
}

func planPresign(ctx context.Context, _ *connector.Call, s *session, in *PresignIn) ([]connector.PlanStep, error) {
	if _, err := preparePresign(ctx, s, in); err != nil {
		return nil, err
	}
	note := fmt.Sprintf("A URL for %s would be made that works for %s. Nothing is changed.", in.Method, time.Duration(in.ExpiresIn)*time.Second)
	return []connector.PlanStep{{Item: in.Key, Action: connector.PlanNone, Note: note}}, nil
}

func runPresign(ctx context.Context, call *connector.Call, s *session, in *PresignIn) (*PresignOut, error) {
	c, err := preparePresign(ctx, s, in)
	if err != nil {
		return nil, err
	}
	out := &PresignOut{Bucket: in.BucketName, Key: in.Key, Method: in.Method, BucketRegion: c.elsewhere(in.BucketName)}
	end, notes, err := c.expiry(ctx, call.Now(), time.Duration(in.ExpiresIn)*time.Second)
	if err != nil {
		return nil, err
	}
	url, err := c.presign(ctx, in)
	if err != nil {
		return nil, connector.AsError(err)
	}
	out.URL, out.Expires, out.Notes = connector.NewSecret(url), iso(&end), notes
	return out, nil
}

// expiry is when a URL stops working: after the time asked for, or with the
// credentials.
func (c *client) expiry(ctx context.Context, now time.Time, wanted time.Duration) (time.Time, []string, error) {
	creds, err := c.s.conn.Credentials(c.role).Retrieve(ctx)
	if err != nil {
		return time.Time{}, nil, connector.AsError(err)
	}
	end := now.Add(wanted)
	switch {
	case creds.CanExpire && creds.Expires.Before(end):
		return creds.Expires, []string{"The URL ends before the time asked for, together with the temporary credentials that signed it. A role's session lasts for Session Duration Time."}, nil
	case !creds.CanExpire && creds.SessionToken != "":
		return end, []string{"The connection uses temporary credentials whose end is not known; the URL ends with them."}, nil
	}
	return end, nil, nil
}

// presign signs a request without sending it.
func (c *client) presign(ctx context.Context, in *PresignIn) (string, error) {
	p := awss3.NewPresignClient(c.sdk(c.home(in.BucketName)), awss3.WithPresignExpires(time.Duration(in.ExpiresIn)*time.Second))
	if in.Method == presignPut {
		r, err := p.PresignPutObject(ctx, &awss3.PutObjectInput{Bucket: &in.BucketName, Key: &in.Key})
		return urlOf(r, err)
	}
	r, err := p.PresignGetObject(ctx, &awss3.GetObjectInput{Bucket: &in.BucketName, Key: &in.Key, VersionId: ptr(in.VersionID)})
	return urlOf(r, err)
}

func urlOf(r *v4.PresignedHTTPRequest, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return r.URL, nil
}
