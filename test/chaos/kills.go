package chaos

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/app"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
)

// KillFindings of a kill harness. All but the first six should be 0.
type KillFindings struct {
	Rounds, Runs, Unknown, GoneOn, Resumed, Files int

	Lost     int // runs or files that were acknowledged and are not there, or not as they were
	NoEnd    int // runs without an end after a restart
	Unpaired int // runs without exactly one intent or refusal and one outcome
	Half     int // files or objects whose content is not what it should be
	Missing  int // objects that are neither where they were nor where they should go, after resume
	Twice    int // objects that are still where they were although they are where they should go, after resume
	Broken   string
}

// Bad tells whether anything was found.
func (f *KillFindings) Bad() bool {
	return f.Lost+f.NoEnd+f.Unpaired+f.Half+f.Missing+f.Twice > 0 || f.Broken != ""
}

const (
	bucketIn  = "chaos-in"
	bucketOut = "chaos-out"
)

// killer is a site under fire, with what it has acknowledged.
type killer struct {
	t      testing.TB
	site   Site
	s3     *s3.Client
	random *rand.Rand

	mu    sync.Mutex
	runs  map[string]string // run id -> state it was acknowledged with
	files map[int64]string  // id -> SHA-256
	keys  map[string]bool   // objects that were uploaded, as acknowledged
	next  int
	found KillFindings
}

// Kills starts the program over and over, has it upload, move, write policies and store files, and kills it at a random
// moment. Afterwards it resumes what was cut, and looks at everything.
func Kills(t testing.TB, site Site, rounds int, plant func(*app.App)) KillFindings {
	t.Helper()
	sim, err := s3sim.Start(context.WithoutCancel(t.Context()), s3sim.Options{Dir: t.TempDir()})
	must(t, err)
	defer func() { must(t, sim.Close()) }()
	seed := uint64(time.Now().UnixNano()) //nolint:gosec // a seed
	k := &killer{
		t: t, site: site, random: rand.New(rand.NewPCG(seed, 7)), runs: map[string]string{}, files: map[int64]string{}, keys: map[string]bool{}, //nolint:gosec // chance
		s3: s3.New(s3.Options{
			BaseEndpoint: aws.String(sim.Endpoint()), Region: sim.Region(), UsePathStyle: true,
			Credentials: credentials.NewStaticCredentialsProvider(sim.AccessKey(), sim.SecretKey(), ""),
		}),
	}
	k.prepare(sim)
	for range rounds {
		k.round()
	}
	k.resume()
	if plant != nil {
		k.open(plant)
	}
	k.open(k.judge)
	k.objects()
	k.found.Rounds = rounds
	return k.found
}

func (k *killer) prepare(sim *s3sim.Server) {
	c := k.site.start(k.t)
	c.Connect(k.t, "aws-s3", "box", map[string]any{
		"accessKey": sim.AccessKey(), "secretKey": sim.SecretKey(), "endpointUrl": sim.Endpoint(), "defaultRegionName": sim.Region(),
	})
	rec := c.Run(k.t, "aws-s3", "create-buckets", apptestOrder(map[string]any{"bucketNames": []string{bucketIn, bucketOut}}))
	if rec.Error != nil {
		k.t.Fatal(rec.Error.Line())
	}
	c.kill(k.t)
}

// round lets the program work until it is killed.
func (k *killer) round() {
	c := k.site.start(k.t)
	ctx, cancel := context.WithCancel(context.WithoutCancel(k.t.Context()))
	var wg sync.WaitGroup
	for _, work := range []func(context.Context, *child) bool{k.upload, k.upload, k.move, k.policy, k.file} {
		wg.Go(func() {
			for ctx.Err() == nil && work(ctx, c) {
			}
		})
	}
	time.Sleep(time.Duration(30+k.random.IntN(400)) * time.Millisecond)
	c.kill(k.t)
	cancel()
	wg.Wait()
}

// call makes a request that may be cut at any moment; false means that it was.
func (k *killer) call(ctx context.Context, c *child, method, path string, body io.Reader, want int, out any) bool {
	req, err := http.NewRequestWithContext(ctx, method, c.URL+"/api/v1"+path, body)
	if err != nil {
		return false
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	res, err := c.HTTP.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return err == nil && res.StatusCode == want && json.Unmarshal(raw, out) == nil
}

// run executes a command and remembers how it ended.
func (k *killer) run(ctx context.Context, c *child, command string, input map[string]any) (*run.Record, bool) {
	body, err := json.Marshal(map[string]any{"connection": "box", "input": input})
	if err != nil {
		return nil, false
	}
	rec := &run.Record{}
	if !k.call(ctx, c, http.MethodPost, "/integrations/aws-s3/commands/"+command+"/runs", bytes.NewReader(body), http.StatusOK, rec) {
		return nil, false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.runs[rec.RunID] = string(rec.State)
	return rec, true
}

// content is what belongs under a name: some of it so small that it is stored with the records, some in a file of its
// own, some sent in parts.
func content(name string) []byte {
	sum := sha256.Sum256([]byte(name))
	size := []int{9 << 20, 3_000, 30_000, 3_000}[sum[0]%4]
	return bytes.Repeat([]byte(name+"|"), size/(len(name)+1)+1)
}

func (k *killer) name() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.next++
	return fmt.Sprintf("object-%06d", k.next)
}

func (k *killer) store(ctx context.Context, c *child, name string) (connector.FileInfo, bool) {
	var info connector.FileInfo
	if !k.call(ctx, c, http.MethodPost, "/files?name="+name, bytes.NewReader(content(name)), http.StatusCreated, &info) {
		return info, false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.files[info.ID] = info.SHA256
	return info, true
}

func (k *killer) file(ctx context.Context, c *child) bool {
	_, ok := k.store(ctx, c, k.name())
	return ok
}

func (k *killer) upload(ctx context.Context, c *child) bool {
	var ids, names []string
	for range 3 {
		name := k.name()
		info, ok := k.store(ctx, c, name)
		if !ok {
			return false
		}
		ids, names = append(ids, fmt.Sprint(info.ID)), append(names, name)
	}
	rec, ok := k.run(ctx, c, "upload-files", map[string]any{"fileIds": ids, "bucketName": bucketIn})
	if ok && rec.Error == nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		for _, n := range names {
			k.keys[n] = true
		}
	}
	return ok
}

func (k *killer) move(ctx context.Context, c *child) bool {
	k.mu.Lock()
	var names []string
	for n := range k.keys {
		if names = append(names, n); len(names) == 2 {
			break
		}
	}
	k.mu.Unlock()
	if len(names) == 0 {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
		}
		return true
	}
	_, ok := k.run(ctx, c, "move-files", map[string]any{"sourceBucketName": bucketIn, "sourceFilePaths": names, "destinationBucketName": bucketOut})
	return ok
}

func (k *killer) policy(ctx context.Context, c *child) bool {
	statement := map[string]any{
		"Sid": strings.ReplaceAll(k.name(), "-", ""), "Effect": "Allow", "Principal": map[string]string{"AWS": "arn:aws:iam::123456789012:user/sandbox"},
		"Action": "s3:GetObject", "Resource": "arn:aws:s3:::" + bucketOut + "/*",
	}
	_, ok := k.run(ctx, c, "put-bucket-policy", map[string]any{
		"bucketName": bucketOut, "policy": map[string]any{"Version": "2012-10-17", "Statement": []any{statement}},
	})
	return ok
}
