package s3

import (
	"context"
	"fmt"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/awsconn"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/s3wire"
)

func testConnection() *connector.Command {
	return connector.NewTestConnection([]connector.Permission{
		{Name: "s3:ListAllMyBuckets"},
		{Name: "sts:AssumeRole", When: "with a Default Role ARN"},
	}, []string{
		"S3 answers a denied or unknown identity with status code 403; it never uses 401 for it.",
	}, check)
}

// check assumes the role, when there is one, and lists buckets.
func check(ctx context.Context, _ *connector.Call, s *session) (*connector.CheckResult, error) {
	c, err := s.at(Target{})
	if err != nil {
		return nil, err
	}
	if _, err := s.conn.Credentials(c.role).Retrieve(ctx); err != nil {
		return nil, c.explainCheck(ctx, err)
	}
	in := &s3wire.BucketsInput{}
	if s.conn.AWS() {
		in.Max = 1
	}
	if _, err := c.listBuckets(ctx, in); err != nil {
		return nil, c.explainCheck(ctx, err)
	}
	return &connector.CheckResult{
		Message:  fmt.Sprintf("Passed: %s answers and lists buckets.", s.conn.EndpointName("s3", c.region)),
		Identity: c.caller(ctx),
	}, nil
}

// explainCheck gives the service's own words, without naming the operation,
// as this command does.
func (c *client) explainCheck(ctx context.Context, err error) error {
	e := *connector.AsError(err)
	f := awsconn.FaultOf(err)
	if f == nil {
		return &e
	}
	e.Message = f.Words()
	if f.Operation == "ListBuckets" && f.Code == "AccessDenied" {
		if who := c.caller(ctx); who != "" {
			e.Message += " The credentials are good: they are those of " + who + ", which is not allowed s3:ListAllMyBuckets."
			e.Fix = "Allow s3:ListAllMyBuckets to " + who + ". Commands that name a bucket work without it."
		}
	}
	if f.Operation == "ListBuckets" && notS3(f) {
		e.Kind = connector.Unavailable
		e.Message = fmt.Sprintf("%s does not answer like an S3 service: %s", c.s.conn.EndpointName("s3", c.region), e.Message)
		e.Fix = "Check Endpoint URL: it must be the address of the S3 API, not of a console or another service."
	}
	return &e
}

// notS3 tells an HTTP answer that carries none of the protocol's codes.
func notS3(f *awsconn.Fault) bool {
	for _, r := range f.Code {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}
