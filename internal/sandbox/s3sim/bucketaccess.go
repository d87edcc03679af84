package s3sim

import (
	"encoding/xml"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/metrics"
	"github.com/versity/versitygw/s3api/controllers"
	"github.com/versity/versitygw/s3api/utils"
	"github.com/versity/versitygw/s3err"
)

// publicAccessBlock serves the subresource of the same name. Its effects are in store.
func (r *region) publicAccessBlock(ctx fiber.Ctx, method, bucket string) error {
	switch method {
	case fasthttp.MethodGet:
		return r.run(ctx, metrics.ActionGetPublicAccessBlock, r.getBlock(bucket))
	case fasthttp.MethodPut:
		return r.run(ctx, metrics.ActionPutPublicAccessBlock, r.putBlock(bucket))
	case fasthttp.MethodDelete:
		return r.run(ctx, metrics.ActionDeletePublicAccessBlock, r.deleteBlock(bucket))
	}
	return ctx.Next()
}

// blockXML is the wire form of publicAccessBlock.
type blockXML struct {
	XMLName               xml.Name `xml:"PublicAccessBlockConfiguration"`
	Xmlns                 string   `xml:"xmlns,attr,omitempty"`
	BlockPublicAcls       bool
	IgnorePublicAcls      bool
	BlockPublicPolicy     bool
	RestrictPublicBuckets bool
}

const s3Namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

func (r *region) getBlock(bucket string) controllers.Controller {
	return func(ctx fiber.Ctx) (*controllers.Response, error) {
		if err := r.verify(ctx, bucket, auth.PermissionRead, auth.GetBucketPublicAccessBlockAction); err != nil {
			return &controllers.Response{}, err
		}
		rec, _ := r.store.buckets.get(bucket)
		if rec.Block == nil {
			return &controllers.Response{}, errNoPublicAccessBlock
		}
		b := *rec.Block
		return &controllers.Response{Data: blockXML{
			Xmlns: s3Namespace, BlockPublicAcls: b.BlockPublicAcls, IgnorePublicAcls: b.IgnorePublicAcls,
			BlockPublicPolicy: b.BlockPublicPolicy, RestrictPublicBuckets: b.RestrictPublicBuckets,
		}}, nil
	}
}

func (r *region) putBlock(bucket string) controllers.Controller {
	return func(ctx fiber.Ctx) (*controllers.Response, error) {
		if err := r.verify(ctx, bucket, auth.PermissionWrite, auth.PutBucketPublicAccessBlockAction); err != nil {
			return &controllers.Response{}, err
		}
		var in blockXML
		if err := xml.Unmarshal(ctx.Request().Body(), &in); err != nil {
			return &controllers.Response{}, s3err.GetAPIError(s3err.ErrMalformedXML)
		}
		err := r.store.buckets.setBlock(bucket, &publicAccessBlock{
			BlockPublicAcls: in.BlockPublicAcls, IgnorePublicAcls: in.IgnorePublicAcls,
			BlockPublicPolicy: in.BlockPublicPolicy, RestrictPublicBuckets: in.RestrictPublicBuckets,
		})
		return &controllers.Response{}, r.store.fail("PutPublicAccessBlock", err)
	}
}

func (r *region) deleteBlock(bucket string) controllers.Controller {
	return func(ctx fiber.Ctx) (*controllers.Response, error) {
		if err := r.verify(ctx, bucket, auth.PermissionWrite, auth.PutBucketPublicAccessBlockAction); err != nil {
			return &controllers.Response{}, err
		}
		err := r.store.fail("DeletePublicAccessBlock", r.store.buckets.setBlock(bucket, nil))
		return &controllers.Response{MetaOpts: &controllers.MetaOptions{Status: http.StatusNoContent}}, err
	}
}

// policyStatus is versitygw's, but a Deny for everybody is not taken for public.
func (r *region) policyStatus(bucket string) controllers.Controller {
	return func(ctx fiber.Ctx) (*controllers.Response, error) {
		if err := r.verify(ctx, bucket, auth.PermissionRead, auth.GetBucketPolicyStatusAction); err != nil {
			return &controllers.Response{}, err
		}
		policy, err := r.store.GetBucketPolicy(ctx.RequestCtx(), bucket)
		if err != nil {
			return &controllers.Response{}, err
		}
		return &controllers.Response{Data: struct {
			XMLName  xml.Name `xml:"PolicyStatus"`
			Xmlns    string   `xml:"xmlns,attr"`
			IsPublic bool
		}{Xmlns: s3Namespace, IsPublic: isPublicPolicy(policy)}}, nil
	}
}

// verify authorizes a bucket operation of the caller whose signature run has checked.
func (r *region) verify(ctx fiber.Ctx, bucket string, perm auth.Permission, action auth.Action) error {
	if !utils.IsValidBucketName(bucket) {
		return s3err.GetBucketErr(s3err.ErrInvalidBucketName, bucket)
	}
	data, err := r.store.GetBucketAcl(ctx.RequestCtx(), &s3.GetBucketAclInput{Bucket: &bucket})
	if err != nil {
		return err
	}
	acl, err := auth.ParseACL(data)
	if err != nil {
		return r.store.fail("GetBucketAcl", err)
	}
	if want := ctx.Get("X-Amz-Expected-Bucket-Owner"); want != "" && want != acl.Owner {
		return s3err.GetAPIError(s3err.ErrAccessDenied)
	}
	acct, _ := utils.ContextKeyAccount.Get(ctx).(auth.Account)
	return auth.VerifyAccess(ctx, r.store, auth.AccessOptions{
		Acl: acl, AclPermission: perm, Acc: acct, Bucket: bucket, Actions: []auth.Action{action}, Iam: r.srv.iam,
	})
}
