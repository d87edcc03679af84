package recorded

import (
	"context"
	"encoding/json"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/fairlead-io/fairlead/internal/worker/gateway/pb"
)

// Sent is a command as it reached the gateway.
type Sent struct {
	Command
	JobKey int64
	At     time.Time
}

// Gateway hands out exactly the jobs that it is given, and reports every command.
type Gateway struct {
	pb.UnimplementedGatewayServer

	mu      sync.Mutex
	streams map[string][]chan *pb.ActivatedJob
	fetch   map[string][]string // the variables that a worker of the type asked for
	backlog map[string][]*pb.ActivatedJob
	replies map[int64][]codes.Code // scripted, by job
	polls   int
	onSent  func(Sent)
	handed  func(jobKey int64)
}

func newGateway() *Gateway {
	return &Gateway{
		streams: map[string][]chan *pb.ActivatedJob{}, fetch: map[string][]string{},
		backlog: map[string][]*pb.ActivatedJob{}, replies: map[int64][]codes.Code{},
	}
}

// serve answers at the listener until stop is called.
func (g *Gateway) serve(l net.Listener) (stop func()) {
	s := grpc.NewServer()
	pb.RegisterGatewayServer(s, g)
	go func() { _ = s.Serve(l) }()
	return s.Stop
}

// On sets who is told of each command and of each job that is handed out; the
// latter may be nil.
func (g *Gateway) On(sent func(Sent), handed func(jobKey int64)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.onSent, g.handed = sent, handed
}

// Script makes the gateway answer the first commands for a job with these codes.
func (g *Gateway) Script(jobKey int64, replies []codes.Code) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.replies[jobKey] = replies
}

// Streams counts the open streams of a type.
func (g *Gateway) Streams(jobType string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.streams[jobType])
}

// Polls counts the calls for jobs that were not streams.
func (g *Gateway) Polls() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.polls
}

// Push gives a job to an open stream of its type; false when there is none.
func (g *Gateway) Push(j *pb.ActivatedJob) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	cs := g.streams[j.Type]
	if len(cs) == 0 {
		return false
	}
	cs[int(j.Key)%len(cs)] <- j
	return true
}

// Queue keeps jobs for those that poll.
func (g *Gateway) Queue(jobs ...*pb.ActivatedJob) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, j := range jobs {
		g.backlog[j.Type] = append(g.backlog[j.Type], j)
	}
}

// Visible keeps the top-level variables that a worker of the type asked for, as an
// engine does.
func (g *Gateway) Visible(jobType string, variables []byte) []byte {
	g.mu.Lock()
	names := g.fetch[jobType]
	g.mu.Unlock()
	var all map[string]json.RawMessage
	if len(names) == 0 || json.Unmarshal(variables, &all) != nil {
		return variables
	}
	kept := map[string]json.RawMessage{}
	for _, n := range names {
		if v, ok := all[n]; ok {
			kept[n] = v
		}
	}
	b, err := json.Marshal(kept)
	if err != nil {
		return variables
	}
	return b
}

// StreamActivatedJobs serves a worker's stream.
func (g *Gateway) StreamActivatedJobs(r *pb.StreamActivatedJobsRequest, s grpc.ServerStreamingServer[pb.ActivatedJob]) error {
	jobs := make(chan *pb.ActivatedJob, 4096)
	g.mu.Lock()
	g.streams[r.Type] = append(g.streams[r.Type], jobs)
	g.fetch[r.Type] = r.FetchVariable
	g.mu.Unlock()
	defer g.close(r.Type, jobs)
	for {
		select {
		case <-s.Context().Done():
			return nil
		case j := <-jobs:
			j.Worker = r.Worker
			g.tell(j)
			if err := s.Send(j); err != nil {
				return err
			}
		}
	}
}

func (g *Gateway) close(jobType string, jobs chan *pb.ActivatedJob) {
	g.mu.Lock()
	defer g.mu.Unlock()
	cs := g.streams[jobType]
	for i, c := range cs {
		if c == jobs {
			g.streams[jobType] = append(cs[:i:i], cs[i+1:]...)
			return
		}
	}
}

func (g *Gateway) tell(jobs ...*pb.ActivatedJob) {
	g.mu.Lock()
	handed := g.handed
	g.mu.Unlock()
	for _, j := range jobs {
		if handed != nil {
			handed(j.Key)
		}
	}
}

// ActivateJobs serves a worker's poll.
func (g *Gateway) ActivateJobs(r *pb.ActivateJobsRequest, s grpc.ServerStreamingServer[pb.ActivateJobsResponse]) error {
	wait := time.Duration(r.RequestTimeout) * time.Millisecond
	if wait == 0 {
		wait = 10 * time.Second
	}
	g.mu.Lock()
	g.polls++
	g.fetch[r.Type] = r.FetchVariable
	g.mu.Unlock()
	end := time.Now().Add(wait)
	for {
		if jobs := g.take(r.Type, int(r.MaxJobsToActivate)); len(jobs) > 0 {
			g.tell(jobs...)
			return s.Send(&pb.ActivateJobsResponse{Jobs: jobs})
		}
		if !time.Now().Before(end) {
			return nil
		}
		select {
		case <-s.Context().Done():
			return nil
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (g *Gateway) take(jobType string, most int) []*pb.ActivatedJob {
	g.mu.Lock()
	defer g.mu.Unlock()
	queue := g.backlog[jobType]
	n := min(len(queue), most)
	g.backlog[jobType] = queue[n:]
	return queue[:n]
}

func (g *Gateway) command(jobKey int64, c Command, variables []byte) error {
	g.mu.Lock()
	code := codes.OK
	if q := g.replies[jobKey]; len(q) > 0 {
		code, g.replies[jobKey] = q[0], q[1:]
	}
	told := g.onSent
	g.mu.Unlock()
	if code != codes.OK {
		c.Reply = code.String()
	}
	if len(variables) > 0 {
		c.Variables = json.RawMessage(variables)
	}
	if told != nil {
		told(Sent{Command: c, JobKey: jobKey, At: time.Now()})
	}
	if code != codes.OK {
		return status.Error(code, "scripted reply")
	}
	return nil
}

// CompleteJob takes a command.
func (g *Gateway) CompleteJob(_ context.Context, r *pb.CompleteJobRequest) (*pb.CompleteJobResponse, error) {
	return &pb.CompleteJobResponse{}, g.command(r.JobKey, Command{Kind: "complete"}, r.Variables)
}

// FailJob takes a command.
func (g *Gateway) FailJob(_ context.Context, r *pb.FailJobRequest) (*pb.FailJobResponse, error) {
	c := Command{Kind: "fail", Retries: &r.Retries, RetryBackOff: &r.RetryBackOff, ErrorMessage: &r.ErrorMessage}
	return &pb.FailJobResponse{}, g.command(r.JobKey, c, r.Variables)
}

// ThrowError takes a command.
func (g *Gateway) ThrowError(_ context.Context, r *pb.ThrowErrorRequest) (*pb.ThrowErrorResponse, error) {
	c := Command{Kind: "throw", ErrorCode: &r.ErrorCode, ErrorMessage: &r.ErrorMessage}
	return &pb.ThrowErrorResponse{}, g.command(r.JobKey, c, r.Variables)
}

// UpdateJobTimeout takes a command.
func (g *Gateway) UpdateJobTimeout(_ context.Context, r *pb.UpdateJobTimeoutRequest) (*pb.UpdateJobTimeoutResponse, error) {
	return &pb.UpdateJobTimeoutResponse{}, g.command(r.JobKey, Command{Kind: "updateTimeout", TimeoutMs: &r.Timeout}, nil)
}

// Topology tells of one healthy broker.
func (g *Gateway) Topology(context.Context, *pb.TopologyRequest) (*pb.TopologyResponse, error) {
	return &pb.TopologyResponse{
		ClusterSize: 1, PartitionsCount: 1, ReplicationFactor: 1, GatewayVersion: "8.8.9",
		Brokers: []*pb.BrokerInfo{{Host: "127.0.0.1", Port: 26501, Version: "8.8.9", Partitions: []*pb.Partition{{PartitionId: 1}}}},
	}, nil
}
