package s3sim

import (
	"bytes"
	"encoding/xml"
	"net/http"

	"github.com/valyala/fasthttp"
	"github.com/versity/versitygw/s3err"
)

var (
	errTooManyBuckets = s3err.APIError{
		Code: "TooManyBuckets", HTTPStatusCode: http.StatusBadRequest,
		Description: "You have attempted to create more buckets than allowed.",
	}
	errNoPublicAccessBlock = s3err.APIError{
		Code: "NoSuchPublicAccessBlockConfiguration", HTTPStatusCode: http.StatusNotFound,
		Description: "The public access block configuration was not found",
	}
	errExpiredToken = s3err.APIError{
		Code: "ExpiredToken", HTTPStatusCode: http.StatusBadRequest,
		Description: "The provided token has expired.",
	}
)

// errIllegalLocation is AWS's answer when the LocationConstraint does not name the region that is asked.
func errIllegalLocation(constraint string) s3err.APIError {
	return s3err.APIError{
		Code: "IllegalLocationConstraintException", HTTPStatusCode: http.StatusBadRequest,
		Description: "The " + constraint + " location constraint is incompatible for the region specific endpoint this request was sent to.",
	}
}

// permanentRedirect is the 301 for a bucket of another region; its body names the endpoint to use.
type permanentRedirect struct {
	s3err.APIError
	endpoint, bucket string
}

func errPermanentRedirect(endpoint, bucket string) permanentRedirect {
	return permanentRedirect{
		APIError: s3err.APIError{
			Code: "PermanentRedirect", HTTPStatusCode: http.StatusMovedPermanently,
			Description: "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
		},
		endpoint: endpoint, bucket: bucket,
	}
}

// XMLBody implements s3err.S3Error.
func (e permanentRedirect) XMLBody(requestID, hostID string) []byte {
	return append([]byte(xml.Header), mustXML(struct {
		XMLName                                            xml.Name `xml:"Error"`
		Code, Message, Endpoint, Bucket, RequestId, HostId string
	}{Code: e.Code, Message: e.Description, Endpoint: e.endpoint, Bucket: e.bucket, RequestId: requestID, HostId: hostID})...)
}

// wording corrects versitygw's messages to AWS's, letter by letter: clients show and compare them.
var wording = [][2][]byte{
	{[]byte("<Message>Access Denied.</Message>"), []byte("<Message>Access Denied</Message>")},
	{[]byte("<Message>The specified bucket does not exist.</Message>"), []byte("<Message>The specified bucket does not exist</Message>")},
	{[]byte("<Message>The bucket you tried to delete is not empty.</Message>"), []byte("<Message>The bucket you tried to delete is not empty</Message>")},
	{[]byte("<Message>The bucket policy does not exist.</Message>"), []byte("<Message>The bucket policy does not exist</Message>")},
}

// reword applies wording to an error's body.
func reword(res *fasthttp.Response) {
	if res.StatusCode() < http.StatusBadRequest || res.IsBodyStream() {
		return
	}
	body := res.Body()
	for _, w := range wording {
		if bytes.Contains(body, w[0]) {
			res.SetBody(bytes.Replace(body, w[0], w[1], 1))
			return
		}
	}
}

// mustXML encodes a struct of strings, which cannot fail.
func mustXML(v any) []byte {
	b, err := xml.Marshal(v)
	if err != nil {
		panic("s3sim: " + err.Error())
	}
	return b
}
