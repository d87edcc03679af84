package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc"

	"github.com/fairlead-io/fairlead/internal/worker/gateway/pb"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// pollGrace is how much longer than the gateway itself a poll waits.
const pollGrace = 10 * time.Second

// serverLongPoll is how long a gateway waits that was not told.
const serverLongPoll = 10 * time.Second

// CanStream tells that gRPC has streams of jobs.
func (t *grpcTransport) CanStream() bool { return true }

// Stream implements Jobs. Gateways send nothing before the first job, so that
// opened means: asked for, on a connection that stands.
func (t *grpcTransport) Stream(ctx context.Context, a Activation, opened func(), take func(job.Job)) error {
	const operation = "StreamActivatedJobs"
	req := &pb.StreamActivatedJobsRequest{
		Type: a.Type, Worker: a.Worker, Timeout: a.Timeout.Milliseconds(),
		FetchVariable: a.Fetch, TenantIds: a.tenants(t.tenants), WithLease: a.WithLease,
	}
	return t.authorized(ctx, ctx, operation, func(ctx context.Context) error {
		conn, release, err := t.streams.take()
		if err != nil {
			return err
		}
		defer release()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel() // frees the stream whatever ends it
		stream, err := pb.NewGatewayClient(conn).StreamActivatedJobs(ctx, req)
		if err != nil {
			return err
		}
		opened()
		return receive(operation, stream, take)
	})
}

func receive(operation string, stream grpc.ServerStreamingClient[pb.ActivatedJob], take func(job.Job)) error {
	for {
		j, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return newError(operation, CodeUnavailable, "The gateway ended the stream of jobs.")
		}
		if err != nil {
			return err
		}
		take(fromProto(j))
	}
}

// Poll implements Jobs.
func (t *grpcTransport) Poll(ctx context.Context, a Activation) ([]job.Job, error) {
	limited, cancel := context.WithTimeout(ctx, a.deadline())
	defer cancel()
	req := &pb.ActivateJobsRequest{
		Type: a.Type, Worker: a.Worker, Timeout: a.Timeout.Milliseconds(), MaxJobsToActivate: clamp(a.MaxJobs),
		FetchVariable: a.Fetch, RequestTimeout: a.wait(), TenantIds: a.tenants(t.tenants), WithLease: a.WithLease,
	}
	var jobs []job.Job
	err := t.authorized(ctx, limited, "ActivateJobs", func(ctx context.Context) error {
		conn, release, err := t.polls.take()
		if err != nil {
			return err
		}
		defer release()
		stream, err := pb.NewGatewayClient(conn).ActivateJobs(ctx, req)
		if err != nil {
			return err
		}
		jobs, err = collect(stream)
		return err
	})
	if len(jobs) > 0 {
		// Jobs that came before the failure are ours: nobody else gets them until
		// their timeout.
		return jobs, nil
	}
	return nil, err
}

func collect(stream grpc.ServerStreamingClient[pb.ActivateJobsResponse]) ([]job.Job, error) {
	var jobs []job.Job
	for {
		batch, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return jobs, nil
		}
		if err != nil {
			return jobs, err
		}
		for _, j := range batch.GetJobs() {
			jobs = append(jobs, fromProto(j))
		}
	}
}

func fromProto(j *pb.ActivatedJob) job.Job {
	return job.Job{
		Key: j.GetKey(), Type: j.GetType(),
		ProcessInstanceKey: j.GetProcessInstanceKey(), BPMNProcessID: j.GetBpmnProcessId(),
		ProcessDefinitionVersion: j.GetProcessDefinitionVersion(), ProcessDefinitionKey: j.GetProcessDefinitionKey(),
		ElementID: j.GetElementId(), ElementInstanceKey: j.GetElementInstanceKey(),
		CustomHeaders: j.GetCustomHeaders(), Variables: j.GetVariables(),
		Worker: j.GetWorker(), Retries: j.GetRetries(), Deadline: j.GetDeadline(),
		TenantID: j.GetTenantId(), LeaseToken: j.GetLeaseToken(),
	}
}

// Complete implements Jobs.
func (t *grpcTransport) Complete(ctx context.Context, j job.Job, variables json.RawMessage) error {
	req := &pb.CompleteJobRequest{JobKey: j.Key, Variables: validBytes(variables), LeaseToken: lease(j)}
	return t.command(ctx, "CompleteJob", req, new(pb.CompleteJobResponse))
}

// Fail implements Jobs.
func (t *grpcTransport) Fail(ctx context.Context, j job.Job, f Failure) error {
	req := &pb.FailJobRequest{
		JobKey: j.Key, Retries: f.Retries, ErrorMessage: valid(f.Message), RetryBackOff: f.Backoff.Milliseconds(),
		Variables: validBytes(f.Variables), LeaseToken: lease(j),
	}
	return t.command(ctx, "FailJob", req, new(pb.FailJobResponse))
}

// Throw implements Jobs.
func (t *grpcTransport) Throw(ctx context.Context, j job.Job, th Thrown) error {
	req := &pb.ThrowErrorRequest{
		JobKey: j.Key, ErrorCode: valid(th.Code), ErrorMessage: valid(th.Message),
		Variables: validBytes(th.Variables), LeaseToken: lease(j),
	}
	return t.command(ctx, "ThrowError", req, new(pb.ThrowErrorResponse))
}

// Extend implements Jobs.
func (t *grpcTransport) Extend(ctx context.Context, j job.Job, timeout time.Duration) error {
	req := &pb.UpdateJobTimeoutRequest{JobKey: j.Key, Timeout: timeout.Milliseconds(), LeaseToken: lease(j)}
	return t.command(ctx, "UpdateJobTimeout", req, new(pb.UpdateJobTimeoutResponse))
}

// Topology implements Jobs.
func (t *grpcTransport) Topology(ctx context.Context) (Topology, error) {
	out := new(pb.TopologyResponse)
	if err := t.command(ctx, "Topology", new(pb.TopologyRequest), out); err != nil {
		return Topology{}, err
	}
	top := Topology{Version: out.GetGatewayVersion(), Brokers: len(out.GetBrokers()), PartitionCount: int(out.GetPartitionsCount())}
	for _, b := range out.GetBrokers() {
		for _, p := range b.GetPartitions() {
			top.AnyHealthy = top.AnyHealthy || p.GetHealth() == pb.Partition_HEALTHY
		}
	}
	return top, nil
}

func lease(j job.Job) *string {
	if j.LeaseToken == "" {
		return nil
	}
	return &j.LeaseToken
}
