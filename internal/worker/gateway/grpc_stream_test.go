package gateway

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/fairlead-io/fairlead/internal/worker/gateway/pb"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

func TestGRPCStream(t *testing.T) {
	wire, want := exampleJob()
	srv := &server{onStream: func(_ *pb.StreamActivatedJobsRequest, out grpc.ServerStreamingServer[pb.ActivatedJob]) error {
		return out.Send(wire)
	}}
	address, _ := srv.listen(t, "127.0.0.1:0")
	c := open(t, Settings{GRPC: address, Worker: WorkerDefaults{Tenants: []string{"a", "b"}}})
	if !c.CanStream() {
		t.Error("gRPC has streams")
	}
	var got []job.Job
	opened := 0
	a := Activation{Type: "t", Worker: "w", Timeout: time.Minute, Fetch: []string{"v"}, WithLease: true}
	err := c.Stream(t.Context(), a, func() { opened++ }, func(j job.Job) { got = append(got, j) })
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodeUnavailable || !e.Retryable {
		t.Errorf("a stream that the gateway ends gives %v, want a retryable error", err)
	}
	if d := cmp.Diff([]job.Job{want}, got); d != "" || opened != 1 {
		t.Errorf("opened %d times; %s", opened, d)
	}
	req := &pb.StreamActivatedJobsRequest{Type: "t", Worker: "w", Timeout: 60000, FetchVariable: []string{"v"}, TenantIds: []string{"a", "b"}, WithLease: true}
	if d := cmp.Diff([]any{req}, srv.seen(), protocmp.Transform()); d != "" {
		t.Error(d)
	}
}

func TestGRPCStreamEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	srv := &server{onStream: func(_ *pb.StreamActivatedJobsRequest, out grpc.ServerStreamingServer[pb.ActivatedJob]) error {
		cancel()
		<-out.Context().Done()
		close(ended)
		return nil
	}}
	address, _ := srv.listen(t, "127.0.0.1:0")
	c := open(t, Settings{GRPC: address})
	err := c.Stream(ctx, Activation{Type: "t"}, func() {}, func(job.Job) { t.Error("no job was sent") })
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodeCanceled || e.Retryable || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want a call that was given up", err)
	}
	<-ended
}

// A reader that does not return must leave most jobs to the gateway, even after
// it has received so fast that a window could have grown.
func TestGRPCStreamTakesNoMoreThanItIsReadyFor(t *testing.T) {
	const warm, size = 3000, 1200
	var sent atomic.Int64
	srv := &server{onStream: func(_ *pb.StreamActivatedJobsRequest, out grpc.ServerStreamingServer[pb.ActivatedJob]) error {
		j := &pb.ActivatedJob{Key: 1, Variables: bytes.Repeat([]byte("x"), size)}
		for {
			if err := out.Send(j); err != nil {
				return err
			}
			sent.Add(1)
		}
	}}
	address, _ := srv.listen(t, "127.0.0.1:0")
	c := open(t, Settings{GRPC: address})
	ctx, cancel := context.WithCancel(t.Context())
	taken, full := 0, make(chan struct{})
	go func() {
		defer cancel()
		<-full
		last := int64(-1)
		for n := sent.Load(); n != last; n = sent.Load() { // until the server stands still
			last = n
			waitFor(t, 200*time.Millisecond)
		}
	}()
	_ = c.Stream(ctx, Activation{Type: "t"}, func() {}, func(job.Job) {
		if taken++; taken == warm {
			close(full)
			<-ctx.Done()
		}
	})
	if held := (sent.Load() - warm) * size; held > 256<<10 {
		t.Errorf("%d bytes of jobs wait unasked for, want some 64 KiB", held)
	}
}

func TestGRPCStreamsAgainAfterARestart(t *testing.T) {
	srv := &server{onStream: func(_ *pb.StreamActivatedJobsRequest, out grpc.ServerStreamingServer[pb.ActivatedJob]) error {
		if err := out.Send(&pb.ActivatedJob{Key: 1}); err != nil {
			return err
		}
		<-out.Context().Done()
		return nil
	}}
	address, stop := srv.listen(t, "127.0.0.1:0")
	c := open(t, Settings{GRPC: address})
	got := 0
	take := func(job.Job) {
		if got++; got == 1 {
			stop()
		}
	}
	err := c.Stream(t.Context(), Activation{Type: "t"}, func() {}, take)
	if e, ok := errors.AsType[*Error](err); !ok || !e.Retryable {
		t.Fatalf("a stream that broke gives %v, want an error to retry", err)
	}
	srv.listen(t, address)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for ctx.Err() == nil {
		_ = c.Stream(ctx, Activation{Type: "t"}, func() {}, func(job.Job) { got++; cancel() })
		waitFor(t, 20*time.Millisecond)
	}
	if got != 2 {
		t.Errorf("%d jobs, want one of each stream", got)
	}
}

// Ingresses allow some hundred calls at a time on a connection. More job types
// than that must all be served, and commands must not wait for them.
func TestGRPCSpreadsCallsThatStayOpen(t *testing.T) {
	const types, allowed = 200, 100
	var streams, polls atomic.Int64
	all := make(chan struct{})
	complete := sync.OnceFunc(func() { close(all) })
	arrived := func(n *atomic.Int64, ctx context.Context) error {
		n.Add(1)
		if streams.Load() == types && polls.Load() == types {
			complete()
		}
		<-ctx.Done()
		return nil
	}
	srv := &server{
		onStream: func(_ *pb.StreamActivatedJobsRequest, out grpc.ServerStreamingServer[pb.ActivatedJob]) error {
			return arrived(&streams, out.Context())
		},
		onPoll: func(_ *pb.ActivateJobsRequest, out grpc.ServerStreamingServer[pb.ActivateJobsResponse]) error {
			return arrived(&polls, out.Context())
		},
	}
	address, _ := srv.listen(t, "127.0.0.1:0", grpc.MaxConcurrentStreams(allowed))
	c := open(t, Settings{GRPC: address})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range types {
		wg.Go(func() { _ = c.Stream(ctx, Activation{Type: "t"}, func() {}, func(job.Job) {}) })
		wg.Go(func() { _, _ = c.Poll(ctx, Activation{Type: "t", MaxJobs: 1, LongPoll: time.Minute}) })
	}
	select {
	case <-all:
	case <-time.After(20 * time.Second):
		t.Errorf("%d streams and %d polls arrived, want %d of each", streams.Load(), polls.Load(), types)
	}
	if err := c.Complete(t.Context(), job.Job{Key: 1}, nil); err != nil {
		t.Error(err)
	}
	cancel()
	wg.Wait()
	tr, ok := c.Jobs.(*grpcTransport)
	if !ok {
		t.Fatalf("jobs come over %T", c.Jobs)
	}
	for _, s := range []*spread{tr.streams, tr.polls} {
		for _, conn := range s.conns {
			if conn.open != 0 {
				t.Errorf("%d calls still count as open", conn.open)
			}
		}
	}
	before := len(tr.streams.conns)
	again, end := context.WithCancel(t.Context())
	_ = c.Stream(again, Activation{Type: "t"}, end, func(job.Job) {})
	if again.Err() == nil || len(tr.streams.conns) != before {
		t.Errorf("%d connections, %d before: what was given back is not used", len(tr.streams.conns), before)
	}
}
