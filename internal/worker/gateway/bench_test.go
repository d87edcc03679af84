package gateway

import (
	"context"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/fairlead-io/fairlead/internal/worker/gateway/pb"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// BenchmarkGRPCJob takes a job from a stream and completes it, both ends in one
// process: what it takes is an upper bound for our half.
func BenchmarkGRPCJob(b *testing.B) {
	wire, _ := exampleJob()
	next := make(chan struct{}, 64)
	srv := &server{quietly: true, onStream: func(_ *pb.StreamActivatedJobsRequest, out grpc.ServerStreamingServer[pb.ActivatedJob]) error {
		for {
			select {
			case <-next:
			case <-out.Context().Done():
				return nil
			}
			if err := out.Send(wire); err != nil {
				return err
			}
		}
	}}
	address, _ := srv.listen(b, "127.0.0.1:0")
	c := open(b, Settings{GRPC: address})
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	for range cap(next) {
		next <- struct{}{}
	}
	acks := make(chan job.Job, cap(next))
	left := b.N
	b.ReportAllocs()
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for j := range acks {
				if err := c.Complete(b.Context(), j, j.Variables); err != nil {
					b.Error(err)
				}
				next <- struct{}{}
			}
		})
	}
	_ = c.Stream(ctx, Activation{Type: "t", Timeout: time.Minute}, func() {}, func(j job.Job) {
		if left--; left == 0 {
			cancel()
		}
		acks <- j
	})
	close(acks)
	wg.Wait()
}
