package awsconn

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/fairlead-io/fairlead/connector"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func clientOver(t *testing.T, f roundTrip) *s3.Client {
	t.Helper()
	env := connector.Env{HTTP: func(connector.HTTPOptions) (*http.Client, error) { return &http.Client{Transport: f}, nil }, Now: time.Now}
	c, err := Open(env, Config{Region: "us-east-1", AccessKey: "AKIAX", SecretKey: "secret", EndpointURL: "http://s3.example", Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return s3.New(s3.Options{Region: "us-east-1", Credentials: c.Credentials(Role{}), HTTPClient: c.HTTP, Retryer: c.Retryer, BaseEndpoint: aws.String("http://s3.example"), UsePathStyle: true})
}

func answerWith(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

// The SDK closes a request's body as soon as an answer comes, and its WriteTo
// then gives io.EOF as an error, for which net/http would close the connection
// under the answer: several in a hundred DeleteObjects fail on Ceph that way.
func TestRequestBodiesHaveNoWriteTo(t *testing.T) {
	sent := false
	client := clientOver(t, func(r *http.Request) (*http.Response, error) {
		_, quick := r.Body.(io.WriterTo)
		raw, err := io.ReadAll(r.Body)
		sent = err == nil && !quick && strings.Contains(string(raw), "<Key>a</Key>")
		return answerWith(200, `<DeleteResult><Deleted><Key>a</Key></Deleted></DeleteResult>`), nil
	})
	_, err := client.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{
		Bucket: aws.String("bucket"), Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: aws.String("a")}}},
	})
	if err != nil || !sent {
		t.Errorf("sent plainly: %v, error %v", sent, err)
	}
}

// Ceph gives a code and no words; the SDK's filler must not reach people.
func TestFaultWithoutWords(t *testing.T) {
	client := clientOver(t, func(*http.Request) (*http.Response, error) {
		return answerWith(400, `<Error><Code>TooManyBuckets</Code><RequestId>tx1</RequestId></Error>`), nil
	})
	_, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("bucket")})
	e := connector.AsError(MapError(err, "s3.example"))
	want := "An error occurred (TooManyBuckets) when calling the CreateBucket operation: You have attempted to create more buckets than allowed."
	if e.Message != want || e.Kind != connector.Limited {
		t.Errorf("%s %q", e.Kind, e.Message)
	}
}
