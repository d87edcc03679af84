package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/fairlead-io/fairlead/internal/worker/gateway/pb"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// exampleJob is one job, as the wire has it and as it must come out. Its
// variables are no JSON that an encoder of ours would write.
func exampleJob() (*pb.ActivatedJob, job.Job) {
	vars := `{"b": 12345678901234567890, "a":1.10,"a":"twice" }`
	wire := &pb.ActivatedJob{
		Key: 2251799813685250, Type: "t", ProcessInstanceKey: 2, BpmnProcessId: "p", ProcessDefinitionVersion: 3,
		ProcessDefinitionKey: 4, ElementId: "e", ElementInstanceKey: 5, CustomHeaders: []byte(`{"h":"1"}`), Worker: "w",
		Retries: 6, Deadline: 7, Variables: []byte(vars), TenantId: "acme", LeaseToken: proto.String("lease-1"),
		Tags: []string{"x"}, Priority: 9, BusinessId: "b",
	}
	return wire, job.Job{
		Key: 2251799813685250, Type: "t", ProcessInstanceKey: 2, BPMNProcessID: "p", ProcessDefinitionVersion: 3,
		ProcessDefinitionKey: 4, ElementID: "e", ElementInstanceKey: 5, CustomHeaders: json.RawMessage(`{"h":"1"}`), Worker: "w",
		Retries: 6, Deadline: 7, Variables: json.RawMessage(vars), TenantID: "acme", LeaseToken: "lease-1",
	}
}

func TestGRPCCommandsSayWhatTheyWereGiven(t *testing.T) {
	srv := &server{topology: &pb.TopologyResponse{}}
	address, _ := srv.listen(t, "127.0.0.1:0")
	c := open(t, Settings{GRPC: address})
	_, j := exampleJob()
	plain := job.Job{Key: 8}
	ctx := t.Context()
	vars := json.RawMessage(`{"n":12345678901234567890}`)
	for _, err := range []error{
		c.Complete(ctx, j, vars),
		c.Complete(ctx, plain, nil),
		c.Fail(ctx, j, Failure{Retries: 2, Backoff: -5 * time.Second, Message: "bad\xffbyte", Variables: vars}),
		c.Throw(ctx, j, Thrown{Code: "C", Message: "m", Variables: json.RawMessage("{\"a\":\"\xff\"}")}),
		c.Extend(ctx, j, 90*time.Second),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	lease := proto.String("lease-1")
	want := []any{
		&pb.CompleteJobRequest{JobKey: j.Key, Variables: vars, LeaseToken: lease},
		&pb.CompleteJobRequest{JobKey: 8},
		&pb.FailJobRequest{JobKey: j.Key, Retries: 2, RetryBackOff: -5000, ErrorMessage: "bad\uFFFDbyte", Variables: vars, LeaseToken: lease},
		&pb.ThrowErrorRequest{JobKey: j.Key, ErrorCode: "C", ErrorMessage: "m", Variables: []byte("{\"a\":\"\uFFFD\"}"), LeaseToken: lease},
		&pb.UpdateJobTimeoutRequest{JobKey: j.Key, Timeout: 90000, LeaseToken: lease},
	}
	if d := cmp.Diff(want, srv.seen(), protocmp.Transform()); d != "" {
		t.Error(d)
	}
}

func TestGRPCPollKeepsJobsAsTheyCame(t *testing.T) {
	wire, want := exampleJob()
	srv := &server{onPoll: func(_ *pb.ActivateJobsRequest, out grpc.ServerStreamingServer[pb.ActivateJobsResponse]) error {
		if err := out.Send(&pb.ActivateJobsResponse{Jobs: []*pb.ActivatedJob{wire}}); err != nil {
			return err
		}
		return out.Send(&pb.ActivateJobsResponse{Jobs: []*pb.ActivatedJob{{Key: 9}}})
	}}
	address, _ := srv.listen(t, "127.0.0.1:0")
	c := open(t, Settings{GRPC: "http://" + address})
	a := Activation{Type: "t", Worker: "w", Timeout: time.Minute, Fetch: []string{"a", "b"}, MaxJobs: 5, LongPoll: 2 * time.Second, WithLease: true}
	jobs, err := c.Poll(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]job.Job{want, {Key: 9}}, jobs); d != "" {
		t.Error(d)
	}
	req := &pb.ActivateJobsRequest{
		Type: "t", Worker: "w", Timeout: 60000, FetchVariable: []string{"a", "b"}, MaxJobsToActivate: 5,
		RequestTimeout: 2000, TenantIds: []string{DefaultTenant}, WithLease: true,
	}
	if d := cmp.Diff([]any{req}, srv.seen(), protocmp.Transform()); d != "" {
		t.Error(d)
	}
}

func TestGRPCPollKeepsJobsThatCameBeforeAFailure(t *testing.T) {
	srv := &server{onPoll: func(_ *pb.ActivateJobsRequest, out grpc.ServerStreamingServer[pb.ActivateJobsResponse]) error {
		if err := out.Send(&pb.ActivateJobsResponse{Jobs: []*pb.ActivatedJob{{Key: 1}}}); err != nil {
			return err
		}
		return status.Error(codes.Unavailable, "one partition is gone")
	}}
	address, _ := srv.listen(t, "127.0.0.1:0")
	jobs, err := open(t, Settings{GRPC: address}).Poll(t.Context(), Activation{Type: "t", MaxJobs: 2})
	if err != nil || len(jobs) != 1 {
		t.Errorf("got %d jobs and %v, want the one that was activated", len(jobs), err)
	}
}

func waitFor(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-t.Context().Done():
	case <-time.After(d):
	}
}

func TestGRPCErrors(t *testing.T) {
	tests := []struct {
		code codes.Code
		want Error
		why  string
	}{
		{codes.NotFound, Error{Code: CodeNotFound, Gone: true}, "completed or canceled"},
		{codes.FailedPrecondition, Error{Code: CodeFailedPrecondition, Gone: true}, "in an incident"},
		{codes.ResourceExhausted, Error{Code: CodeResourceExhausted, Retryable: true, Backpressure: true}, "too busy"},
		{codes.Unavailable, Error{Code: CodeUnavailable, Retryable: true}, "brokers away"},
		{codes.DeadlineExceeded, Error{Code: CodeDeadlineExceeded, Retryable: true}, "the broker did not answer the gateway"},
		{codes.Canceled, Error{Code: CodeCanceled, Retryable: true}, "by the gateway, not by us"},
		{codes.Aborted, Error{Code: "ABORTED", Retryable: true}, "a transient conflict"},
		{codes.Internal, Error{Code: CodeInternal, Retryable: true}, "a second ack does no harm"},
		{codes.InvalidArgument, Error{Code: CodeInvalidArgument}, "bad variables stay bad"},
		{codes.Unknown, Error{Code: CodeUnknown}, "bad variables, as in-memory engines put it"},
		{codes.PermissionDenied, Error{Code: CodePermissionDenied}, "needs a person"},
		{codes.Unauthenticated, Error{Code: CodeUnauthenticated, Fix: noCredentials{}.fix()}, "no credentials to renew"},
		{codes.Unimplemented, Error{Code: CodeUnimplemented}, "an old gateway"},
	}
	for _, tt := range tests {
		t.Run(tt.want.Code, func(t *testing.T) {
			srv := &server{onCall: func(context.Context, any) error { return status.Error(tt.code, "its words") }}
			address, _ := srv.listen(t, "127.0.0.1:0")
			err := open(t, Settings{GRPC: address}).Complete(t.Context(), job.Job{Key: 1}, nil)
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			got := *e
			got.Err = nil
			tt.want.Operation, tt.want.Message = "CompleteJob", "its words"
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("%s: %s", tt.why, d)
			}
		})
	}
}

func TestGRPCCommandHasItsOwnTimeLimit(t *testing.T) {
	srv := &server{onCall: func(ctx context.Context, _ any) error { <-ctx.Done(); return ctx.Err() }}
	address, _ := srv.listen(t, "127.0.0.1:0")
	err := open(t, Settings{GRPC: address, RequestTimeout: 50 * time.Millisecond}).Complete(t.Context(), job.Job{Key: 1}, nil)
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodeDeadlineExceeded || !e.Retryable {
		t.Errorf("got %v, want an error to retry", err)
	}
}

func TestGRPCComesBackAfterARestart(t *testing.T) {
	srv := &server{topology: &pb.TopologyResponse{GatewayVersion: "8.8.0"}}
	address, stop := srv.listen(t, "127.0.0.1:0")
	c := open(t, Settings{GRPC: address})
	if _, err := c.Topology(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop()
	_, err := c.Topology(t.Context())
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodeUnavailable || !e.Retryable {
		t.Fatalf("with the gateway away: %v", err)
	}
	srv.listen(t, address)
	for t.Context().Err() == nil {
		if _, err = c.Topology(t.Context()); err == nil {
			return
		}
		waitFor(t, 50*time.Millisecond)
	}
	t.Error("never came back:", err)
}

func TestGRPCWithoutAGateway(t *testing.T) {
	for address, text := range map[string]string{"127.0.0.1:1": "connection refused", "no-such-host.invalid:26500": "host name"} {
		_, err := open(t, Settings{GRPC: address}).Topology(t.Context())
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Code != CodeUnavailable || !e.Retryable || e.Fix == "" || !strings.Contains(e.Message, text) || strings.Contains(e.Message, "desc =") {
			t.Errorf("%s: got %v, want plain words", address, err)
		}
	}
}

// What a broker says of itself is no trouble with the connection.
func TestGRPCGivesNoAdviceOnTheClustersOwnWords(t *testing.T) {
	srv := &server{onCall: func(context.Context, any) error { return status.Error(codes.Unavailable, "partition 0 does not exist") }}
	address, _ := srv.listen(t, "127.0.0.1:0")
	err := open(t, Settings{GRPC: address}).Complete(t.Context(), job.Job{}, nil)
	if e, ok := errors.AsType[*Error](err); !ok || e.Fix != "" {
		t.Errorf("got %v", err)
	}
}

func TestGRPCTakesBigMessages(t *testing.T) {
	big := `{"a":"` + strings.Repeat("x", 20<<20) + `"}`
	srv := &server{onPoll: func(_ *pb.ActivateJobsRequest, out grpc.ServerStreamingServer[pb.ActivateJobsResponse]) error {
		return out.Send(&pb.ActivateJobsResponse{Jobs: []*pb.ActivatedJob{{Key: 1, Variables: []byte(big)}}})
	}}
	address, _ := srv.listen(t, "127.0.0.1:0", grpc.MaxRecvMsgSize(30<<20))
	c := open(t, Settings{GRPC: address})
	jobs, err := c.Poll(t.Context(), Activation{Type: "t", MaxJobs: 1})
	if err != nil || len(jobs) != 1 || string(jobs[0].Variables) != big {
		t.Fatalf("%d jobs, %v", len(jobs), err)
	}
	if err := c.Complete(t.Context(), jobs[0], jobs[0].Variables); err != nil {
		t.Error(err)
	}
}

func TestGRPCSaysWhatIsTooBig(t *testing.T) {
	srv := &server{onPoll: func(_ *pb.ActivateJobsRequest, out grpc.ServerStreamingServer[pb.ActivateJobsResponse]) error {
		return out.Send(&pb.ActivateJobsResponse{Jobs: []*pb.ActivatedJob{{Variables: make([]byte, maxReceive)}}})
	}}
	address, _ := srv.listen(t, "127.0.0.1:0")
	_, err := open(t, Settings{GRPC: address}).Poll(t.Context(), Activation{Type: "t", MaxJobs: 1})
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Backpressure || e.Retryable || e.Fix == "" {
		t.Errorf("got %+v: waiting does not make it smaller", err)
	}
}

func TestGRPCTopology(t *testing.T) {
	broker := func(healths ...pb.Partition_PartitionBrokerHealth) *pb.BrokerInfo {
		b := &pb.BrokerInfo{}
		for _, h := range healths {
			b.Partitions = append(b.Partitions, &pb.Partition{Health: h})
		}
		return b
	}
	tests := []struct {
		brokers []*pb.BrokerInfo
		want    bool
		why     string
	}{
		{[]*pb.BrokerInfo{broker(pb.Partition_DEAD), broker(pb.Partition_UNHEALTHY, pb.Partition_HEALTHY)}, true, "one will do"},
		{[]*pb.BrokerInfo{broker(pb.Partition_DEAD), broker()}, false, "none is well"},
		{nil, false, "no brokers yet"},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			srv := &server{topology: &pb.TopologyResponse{GatewayVersion: "8.9.1", PartitionsCount: 3, Brokers: tt.brokers}}
			address, _ := srv.listen(t, "127.0.0.1:0")
			got, err := open(t, Settings{GRPC: address}).Topology(t.Context())
			want := Topology{Version: "8.9.1", Brokers: len(tt.brokers), PartitionCount: 3, AnyHealthy: tt.want}
			if err != nil || got != want {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
		})
	}
}

func TestGRPCCallsRunAtTheSameTime(t *testing.T) {
	const n = 50
	var arrived atomic.Int64
	all := make(chan struct{})
	srv := &server{onCall: func(ctx context.Context, _ any) error {
		if arrived.Add(1) == n {
			close(all)
		}
		select {
		case <-all:
			return nil
		case <-ctx.Done():
			return fmt.Errorf("only %d of %d arrived", arrived.Load(), n)
		}
	}}
	address, _ := srv.listen(t, "127.0.0.1:0")
	c := open(t, Settings{GRPC: address})
	errs := make(chan error, n)
	for i := range n {
		go func() { errs <- c.Complete(t.Context(), job.Job{Key: int64(i)}, nil) }()
	}
	for range n {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}
