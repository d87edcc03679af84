package fakegateway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/fairlead-io/fairlead/internal/worker/gateway/pb"
)

// rpc is the gRPC interface.
type rpc struct {
	pb.UnimplementedGatewayServer
	e *Engine
}

// asStatus gives a refusal its code.
func asStatus(err error) error {
	r, ok := errors.AsType[*Refusal](err)
	if !ok {
		return err
	}
	c := codes.Unknown
	_ = c.UnmarshalJSON(fmt.Appendf(nil, "%q", r.Code)) // a word that gRPC does not have stays Unknown
	return status.Error(c, r.Message)
}

func millis(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }

func message(a activation) *pb.ActivatedJob {
	j := a.job
	m := &pb.ActivatedJob{
		Key: j.Key, Type: j.Type, ProcessInstanceKey: j.ProcessInstanceKey, BpmnProcessId: j.BPMNProcessID, ProcessDefinitionVersion: j.ProcessDefinitionVersion,
		ProcessDefinitionKey: j.ProcessDefinitionKey, ElementId: j.ElementID, ElementInstanceKey: j.ElementInstanceKey, CustomHeaders: orObject(j.CustomHeaders),
		Worker: j.Worker, Retries: j.Retries, Deadline: j.Deadline, Variables: j.Variables, TenantId: j.TenantID,
	}
	if j.LeaseToken != "" {
		m.LeaseToken = &j.LeaseToken
	}
	return m
}

// orObject is how engines write headers that there are none of.
func orObject(raw []byte) []byte {
	if len(raw) == 0 {
		return []byte("{}")
	}
	return raw
}

func (s rpc) StreamActivatedJobs(r *pb.StreamActivatedJobsRequest, out grpc.ServerStreamingServer[pb.ActivatedJob]) error {
	req := request{r.GetType(), r.GetWorker(), millis(r.GetTimeout()), r.GetFetchVariable(), r.GetTenantIds(), r.GetWithLease()}
	err := s.e.open(out.Context(), req, func() { _ = out.SendHeader(nil) }, func(a activation) error { return out.Send(message(a)) })
	return asStatus(err)
}

func (s rpc) ActivateJobs(r *pb.ActivateJobsRequest, out grpc.ServerStreamingServer[pb.ActivateJobsResponse]) error {
	if r.GetMaxJobsToActivate() < 1 {
		return status.Error(codes.InvalidArgument, "Expected to activate jobs with maxJobsToActivate to be greater than zero")
	}
	req := request{r.GetType(), r.GetWorker(), millis(r.GetTimeout()), r.GetFetchVariable(), tenantsOr(r.GetTenantIds()), r.GetWithLease()}
	patience := millis(r.GetRequestTimeout())
	if patience == 0 {
		patience = serverLongPoll
	}
	got, err := s.e.poll(out.Context(), req, int(r.GetMaxJobsToActivate()), patience)
	if err != nil || len(got) == 0 {
		return asStatus(err)
	}
	batch := &pb.ActivateJobsResponse{}
	for _, a := range got {
		batch.Jobs = append(batch.Jobs, message(a))
	}
	return out.Send(batch)
}

// serverLongPoll is how long a gateway waits that was not told.
const serverLongPoll = 10 * time.Second

func (s rpc) CompleteJob(_ context.Context, r *pb.CompleteJobRequest) (*pb.CompleteJobResponse, error) {
	return &pb.CompleteJobResponse{}, asStatus(s.e.command(Command{Kind: KindComplete, Key: r.GetJobKey(), Variables: r.GetVariables(), Lease: r.GetLeaseToken()}))
}

func (s rpc) FailJob(_ context.Context, r *pb.FailJobRequest) (*pb.FailJobResponse, error) {
	return &pb.FailJobResponse{}, asStatus(s.e.command(Command{
		Kind: KindFail, Key: r.GetJobKey(), Variables: r.GetVariables(), Retries: r.GetRetries(), Backoff: millis(r.GetRetryBackOff()), ErrorMessage: r.GetErrorMessage(), Lease: r.GetLeaseToken(),
	}))
}

func (s rpc) ThrowError(_ context.Context, r *pb.ThrowErrorRequest) (*pb.ThrowErrorResponse, error) {
	return &pb.ThrowErrorResponse{}, asStatus(s.e.command(Command{
		Kind: KindThrow, Key: r.GetJobKey(), Variables: r.GetVariables(), ErrorCode: r.GetErrorCode(), ErrorMessage: r.GetErrorMessage(), Lease: r.GetLeaseToken(),
	}))
}

func (s rpc) UpdateJobTimeout(_ context.Context, r *pb.UpdateJobTimeoutRequest) (*pb.UpdateJobTimeoutResponse, error) {
	return &pb.UpdateJobTimeoutResponse{}, asStatus(s.e.command(Command{Kind: KindTimeout, Key: r.GetJobKey(), Timeout: millis(r.GetTimeout()), Lease: r.GetLeaseToken()}))
}

func (s rpc) UpdateJobRetries(_ context.Context, r *pb.UpdateJobRetriesRequest) (*pb.UpdateJobRetriesResponse, error) {
	return &pb.UpdateJobRetriesResponse{}, asStatus(s.e.command(Command{Kind: KindRetries, Key: r.GetJobKey(), Retries: r.GetRetries(), Lease: r.GetLeaseToken()}))
}

func (s rpc) Topology(context.Context, *pb.TopologyRequest) (*pb.TopologyResponse, error) {
	if err := s.e.available(); err != nil {
		return nil, asStatus(err)
	}
	return &pb.TopologyResponse{
		ClusterSize: 1, PartitionsCount: 1, ReplicationFactor: 1, GatewayVersion: Version,
		Brokers: []*pb.BrokerInfo{{Host: "127.0.0.1", Port: 26501, Version: Version, Partitions: []*pb.Partition{{PartitionId: 1}}}},
	}, nil
}

func (e *Engine) available() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.reach("")
}
