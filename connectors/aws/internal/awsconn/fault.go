package awsconn

import (
	"net/http"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// Fault is what AWS, or a service that speaks its protocol, answered.
type Fault struct {
	Operation string // "DeleteBucket"
	Code      string // "NoSuchBucket"
	Message   string // the service's words
	Status    int
	RequestID string
	Region    string // where the bucket is, when the answer tells
}

// Error is the message in the form that AWS's Python tools use.
func (f *Fault) Error() string {
	return "An error occurred (" + f.Code + ") when calling the " + f.Operation + " operation: " + f.Words()
}

// Words is the message as a sentence: the service's words, AWS's own where the
// service was silent.
func (f *Fault) Words() string {
	m := strings.TrimSpace(f.Message)
	if m == "" || m == f.Code {
		m = knownFault(f.Code).message
	}
	if m == "" {
		m = "The service gave no explanation"
	}
	if strings.ContainsRune(".!?", rune(m[len(m)-1])) {
		return m
	}
	return m + "."
}

// Explain makes the error that people see.
func (f *Fault) Explain() *connector.Error {
	f.tidy()
	k := knownFault(f.Code)
	status := f.Status
	// An error inside an answer of 200, which the SDK makes a 500 of.
	if status < 300 || (status == http.StatusInternalServerError && k.status != 0) {
		status = k.status
	}
	kind := k.kind
	if kind == "" {
		kind = kindOf(status)
	}
	return &connector.Error{
		Kind: kind, Operation: f.Operation, Code: f.Code, Status: status, RequestID: f.RequestID,
		Message: f.Error(), Fix: f.fix(k), Err: f,
	}
}

func (f *Fault) fix(k known) string {
	if k.fix != "" || f.Code == "" {
		return k.fix
	}
	if f.Code == "AccessDenied" || f.Code == "403" || f.Code == "Forbidden" {
		return "Allow " + action(f.Operation) + " to the connection's identity, and look for a bucket policy, an organization policy or an access block that denies it."
	}
	return ""
}

func kindOf(status int) connector.Kind {
	switch {
	case status == 501 || status == 405:
		return connector.Invalid
	case status >= 300 && status < 400:
		return connector.Invalid
	case status == 0:
		return connector.Unavailable
	}
	return connector.KindOfStatus(status)
}

// action is the IAM action that an operation needs.
func action(op string) string {
	switch op {
	case "ListBuckets":
		return "s3:ListAllMyBuckets"
	case "ListObjectsV2", "HeadBucket":
		return "s3:ListBucket"
	case "ListObjectVersions":
		return "s3:ListBucketVersions"
	case "HeadObject", "GetObject":
		return "s3:GetObject (s3:GetObjectVersion for a version)"
	case "CopyObject", "UploadPartCopy":
		return "s3:GetObject on the source and s3:PutObject on the destination (tags need s3:GetObjectTagging and s3:PutObjectTagging)"
	case "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload":
		return "s3:PutObject"
	case "DeleteObjects", "DeleteObject":
		return "s3:DeleteObject (s3:DeleteObjectVersion for versions)"
	case "GetPublicAccessBlock":
		return "s3:GetBucketPublicAccessBlock"
	case "PutPublicAccessBlock", "DeletePublicAccessBlock":
		return "s3:PutBucketPublicAccessBlock"
	case "ListMultipartUploads":
		return "s3:ListBucketMultipartUploads"
	case "AssumeRole":
		return "sts:AssumeRole"
	case "GetCallerIdentity":
		return "sts:GetCallerIdentity"
	}
	return "s3:" + op
}
