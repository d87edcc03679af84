package s3sim

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/valyala/fasthttp"
	"github.com/versity/versitygw/auth"
)

// isPublicPolicy reports whether a bucket policy lets everybody in: some statement allows the principal "*"
// without a condition. A Deny for everybody, which versitygw's own test counts as public, is not.
func isPublicPolicy(doc []byte) bool {
	policy, err := auth.ParsePolicyDocument(doc)
	if err != nil {
		return false // never stored: versitygw validates first
	}
	return slices.ContainsFunc(policy.Statement, func(st auth.BucketPolicyItem) bool {
		_, everybody := st.Principals["*"]
		cond := bytes.TrimSpace(st.Condition)
		return everybody && st.Effect == auth.BucketPolicyAccessTypeAllow &&
			(len(cond) == 0 || bytes.Equal(cond, []byte("{}")) || bytes.Equal(cond, []byte("null")))
	})
}

// hasPublicGrants reports whether an ACL grants anything to a group: there are only groups of strangers.
func hasPublicGrants(data []byte) bool {
	acl, err := auth.ParseACL(data)
	return err == nil && slices.ContainsFunc(acl.Grantees, func(g auth.Grantee) bool { return g.Type == types.TypeGroup })
}

// encodeACL is the reverse of auth.ParseACL.
func encodeACL(acl auth.ACL) ([]byte, error) { return json.Marshal(acl) }

// isAnonymous reports whether the request behind a context carries no signature.
func isAnonymous(ctx context.Context) bool {
	rctx, ok := ctx.(*fasthttp.RequestCtx)
	return ok && parseScope(&rctx.Request).accessKey == ""
}
