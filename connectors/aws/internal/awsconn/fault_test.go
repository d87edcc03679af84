package awsconn

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/fairlead-io/fairlead/connector"
)

func TestExplain(t *testing.T) {
	for _, tc := range []struct {
		f       Fault
		message string
		status  int
		kind    connector.Kind
	}{
		{Fault{Operation: "CreateBucket", Code: "TooManyBuckets", Status: 400}, "An error occurred (TooManyBuckets) when calling the CreateBucket operation: You have attempted to create more buckets than allowed.", 400, connector.Limited},
		{Fault{Operation: "DeleteBucket", Code: "NoSuchBucket", Status: 404, Message: "The specified bucket does not exist"}, "An error occurred (NoSuchBucket) when calling the DeleteBucket operation: The specified bucket does not exist.", 404, connector.NotFound},
		{Fault{Operation: "GetBucketVersioning", Code: "AccessDenied", Status: 403, Message: "Access Denied"}, "An error occurred (AccessDenied) when calling the GetBucketVersioning operation: Access Denied.", 403, connector.Denied},
		{Fault{Operation: "ListBuckets", Code: "InvalidAccessKeyId", Status: 403, Message: "InvalidAccessKeyId"}, "An error occurred (InvalidAccessKeyId) when calling the ListBuckets operation: The AWS Access Key Id you provided does not exist in our records.", 403, connector.Denied},
		{Fault{Operation: "GetObject", Code: "InvalidObjectState", Status: 403}, "An error occurred (InvalidObjectState) when calling the GetObject operation: The operation is not valid for the object's storage class.", 403, connector.Conflict},
		{Fault{Operation: "CopyObject", Code: "InternalError", Status: 200}, "An error occurred (InternalError) when calling the CopyObject operation: We encountered an internal error. Please try again.", 500, connector.Unavailable},
		{Fault{Operation: "PutObject", Code: "SlowDown", Status: 503}, "An error occurred (SlowDown) when calling the PutObject operation: Please reduce your request rate.", 503, connector.Limited},
		{Fault{Operation: "PutObject", Code: "Odd", Status: 402, Message: "Why?"}, "An error occurred (Odd) when calling the PutObject operation: Why?", 402, connector.Invalid},
		{Fault{Operation: "PutObject", Code: "Odd", Status: 500}, "An error occurred (Odd) when calling the PutObject operation: The service gave no explanation.", 500, connector.Unavailable},
	} {
		e := tc.f.Explain()
		if e.Message != tc.message || e.StatusCode() != tc.status || e.Kind != tc.kind || e.Code != tc.f.Code || e.Operation != tc.f.Operation {
			t.Errorf("%+v: %d %s %q", tc.f, e.StatusCode(), e.Kind, e.Message)
		}
		if FaultOf(e) == nil {
			t.Errorf("%+v: the answer is not inside the error", tc.f)
		}
	}
}

func answer(op, code, message string, status int) error {
	var inner error = &smithy.GenericAPIError{Code: code, Message: message}
	if code == "" {
		inner = errors.New("not XML: secret text of the body")
	}
	return &smithy.OperationError{ServiceID: "S3", OperationName: op, Err: &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status, Header: http.Header{"X-Amz-Bucket-Region": {"eu-west-1"}}}}, Err: inner,
	}}
}

func TestMapError(t *testing.T) {
	explained := &connector.Error{Kind: connector.Unavailable, Message: "The host is down."}
	for _, tc := range []struct {
		name    string
		err     error
		message string
		kind    connector.Kind
	}{
		{"nothing", nil, "", ""},
		{"an answer", answer("GetObject", "NoSuchKey", "The specified key does not exist.", 404), "An error occurred (NoSuchKey) when calling the GetObject operation: The specified key does not exist.", connector.NotFound},
		{"a HEAD's answer", answer("HeadObject", "NotFound", "Not Found", 404), "An error occurred (404) when calling the HeadObject operation: Not Found.", connector.NotFound},
		{"a HEAD that is denied", answer("HeadBucket", "Forbidden", "Forbidden", 403), "An error occurred (403) when calling the HeadBucket operation: Forbidden.", connector.Denied},
		{"an answer of another protocol", answer("ListBuckets", "", "", 502), "An error occurred (502) when calling the ListBuckets operation: Bad Gateway.", connector.Unavailable},
		{"a network error", &smithy.OperationError{OperationName: "PutObject", Err: fmt.Errorf("send: %w", explained)}, "The host is down.", connector.Unavailable},
		{"canceled", &smithy.CanceledError{Err: context.Canceled}, "The run was canceled.", connector.Canceled},
		{"something else", errors.New("odd thing."), "The call to s3.example failed: odd thing.", connector.Unavailable},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := MapError(tc.err, "s3.example")
			if tc.err == nil {
				if got != nil {
					t.Errorf("%v", got)
				}
				return
			}
			e := connector.AsError(got)
			if e.Message != tc.message || e.Kind != tc.kind {
				t.Errorf("%s %q", e.Kind, e.Message)
			}
		})
	}
	if f := FaultOf(MapError(answer("ListObjectsV2", "PermanentRedirect", "x", 301), "")); f == nil || f.Region != "eu-west-1" {
		t.Errorf("the region of a redirect: %+v", f)
	}
	if f := FaultOf(MapError(&smithy.GenericAPIError{Code: "AuthorizationHeaderMalformed", Message: "the region 'us-east-1' is wrong; expecting 'eu-south-2'"}, "")); f == nil || f.Region != "" {
		t.Errorf("without an HTTP answer there is no region: %+v", f)
	}
	if e := connector.AsError(MapError(&smithy.OperationError{OperationName: "PutObject", Err: explained}, "")); e.Operation != "PutObject" {
		t.Errorf("the operation of a network error: %q", e.Operation)
	}
}

func TestIsAWS(t *testing.T) {
	for endpoint, want := range map[string]bool{
		"": true, "https://s3.eu-west-1.amazonaws.com": true, "https://bucket.vpce-1.s3.eu-west-1.vpce.amazonaws.com": true, "https://s3.cn-north-1.amazonaws.com.cn": true,
		"http://localhost:9000": false, "https://amazonaws.com.evil.example": false, "https://notamazonaws.com": false, "::": false,
	} {
		if IsAWS(endpoint) != want {
			t.Errorf("%q: %v", endpoint, !want)
		}
	}
}
