package fakegateway_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/fairlead-io/fairlead/internal/worker/fakegateway"
	"github.com/fairlead-io/fairlead/internal/worker/gateway/pb"
)

func TestGuard(t *testing.T) {
	e := fakegateway.New(fakegateway.Options{Now: time.Now})
	t.Cleanup(e.Close)
	s, err := fakegateway.ListenBehind(func(header string) error {
		if header != "Bearer good" {
			return errors.New("who are you")
		}
		return nil
	}, e, "", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	conn, err := grpc.NewClient("passthrough:///"+strings.TrimPrefix(s.GRPC(), "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	c := pb.NewGatewayClient(conn)
	for header, want := range map[string]struct {
		code   codes.Code
		status int
	}{"Bearer good": {codes.OK, http.StatusOK}, "Bearer bad": {codes.Unauthenticated, http.StatusUnauthorized}, "": {codes.Unauthenticated, http.StatusUnauthorized}} {
		ctx := t.Context()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.REST()+"/v2/topology", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if header != "" {
			ctx = metadata.AppendToOutgoingContext(ctx, "authorization", header)
			req.Header.Set("Authorization", header)
		}
		if _, err := c.Topology(ctx, &pb.TopologyRequest{}); status.Code(err) != want.code {
			t.Errorf("%q, a call: %v", header, err)
		}
		jobs, err := c.ActivateJobs(ctx, &pb.ActivateJobsRequest{Type: "a", Timeout: 1000, MaxJobsToActivate: 1, RequestTimeout: -1})
		if err == nil {
			_, err = jobs.Recv()
		}
		if got := status.Code(err); (got == codes.Unauthenticated) != (want.code == codes.Unauthenticated) {
			t.Errorf("%q, a stream: %v", header, err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want.status {
			t.Errorf("%q, REST: %d", header, res.StatusCode)
		}
	}
}
