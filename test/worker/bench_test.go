package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/cli"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
	"github.com/fairlead-io/fairlead/internal/worker/fakegateway"
	"github.com/fairlead-io/fairlead/test/apptest"
)

// childEnv makes this test binary be the program.
const childEnv = "FAIRLEAD_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		os.Exit(cli.Main(""))
	}
	os.Exit(m.Run())
}

const bucket = "jobs-of-the-harbour"

// world is a cluster and a cloud, which outlive the programs that use them.
type world struct {
	engine *fakegateway.Engine
	server *fakegateway.Server
	s3     *s3sim.Server
	data   string
	probes string // port of health and figures
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{engine: fakegateway.New(fakegateway.Options{Now: time.Now}), data: filepath.Join(t.TempDir(), "data"), probes: apptest.FreePort(t)}
	w.engine.Record()
	t.Cleanup(w.engine.Close)
	var err error
	w.server, err = fakegateway.Listen(w.engine, "", "")
	must(t, err)
	t.Cleanup(func() { must(t, w.server.Close()) })
	w.s3, err = s3sim.Start(context.WithoutCancel(t.Context()), s3sim.Options{Dir: t.TempDir()})
	must(t, err)
	t.Cleanup(func() { must(t, w.s3.Close()) })
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// program is one process.
type program struct {
	cmd   *exec.Cmd
	out   *apptest.Buffer
	ended chan struct{}
	err   error
	ready struct{ URL, Token string }
}

// start runs the program and waits until it is ready. Extra variables win.
func (w *world) start(t *testing.T, command string, extra ...string) *program {
	t.Helper()
	readyFile := filepath.Join(t.TempDir(), "ready.json")
	p := &program{out: &apptest.Buffer{}, ended: make(chan struct{})}
	p.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0], command, "--data", w.data, "--listen", "127.0.0.1:0", "--ready-file", readyFile)
	p.cmd.Env = append(append([]string{
		childEnv + "=1", "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "TMPDIR=" + t.TempDir(), "AWS_EC2_METADATA_DISABLED=true",
		"CAMUNDA_CLIENT_MODE=self-managed", "CAMUNDA_CLIENT_AUTH_METHOD=none", "CAMUNDA_CLIENT_GRPCADDRESS=" + w.server.GRPC(), "CAMUNDA_CLIENT_RESTADDRESS=" + w.server.REST(),
		"AWS_ENDPOINT_URL_S3=" + w.s3.Endpoint(), "SECRET_AK=" + w.s3.AccessKey(), "SECRET_SK=" + w.s3.SecretKey(),
		"SERVER_PORT=" + w.probes, "SERVER_ADDRESS=127.0.0.1",
	}, extra...), "FAIRLEAD_LOG_LEVEL=info")
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	must(t, p.cmd.Start())
	go func() {
		defer close(p.ended)
		p.err = p.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
		if t.Failed() {
			t.Log(p.out.String())
		}
	})
	eventually(t, 30*time.Second, "the program is ready", func() bool {
		raw, err := os.ReadFile(readyFile)
		return p.over() || err == nil && json.Unmarshal(raw, &p.ready) == nil
	})
	if p.over() {
		t.Fatalf("the program ended: %v\n%s", p.err, p.out.String())
	}
	return p
}

func (p *program) over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// call asks the program's API, as its owner.
func (p *program) call(t *testing.T, method, path string, body, out any) int {
	t.Helper()
	raw, err := json.Marshal(body)
	must(t, err)
	if body == nil {
		raw = nil
	}
	req, err := http.NewRequestWithContext(t.Context(), method, p.ready.URL+path, bytes.NewReader(raw))
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+p.ready.Token)
	return fetch(t, req, out)
}

func fetch(t *testing.T, req *http.Request, out any) int {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	must(t, err)
	switch out := out.(type) {
	case nil:
	case *string:
		*out = string(raw)
	default:
		if err := json.Unmarshal(raw, out); err != nil {
			t.Fatalf("%v in %s", err, raw)
		}
	}
	return res.StatusCode
}

// probe asks the port of health and figures, as nobody.
func (w *world) probe(t *testing.T, path string, out any) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:"+w.probes+path, nil)
	must(t, err)
	return fetch(t, req, out)
}

// connect adds a connection to the cloud and makes the bucket.
func (w *world) connect(t *testing.T, p *program) {
	t.Helper()
	settings := map[string]any{"accessKey": w.s3.AccessKey(), "secretKey": w.s3.SecretKey(), "endpointUrl": w.s3.Endpoint(), "defaultRegionName": w.s3.Region()}
	if s := p.call(t, "POST", "/api/v1/connections", map[string]any{"integration": "aws-s3", "name": "cloud", "settings": settings}, nil); s != 201 {
		t.Fatalf("connection: %d", s)
	}
	var rec struct{ ReturnData string }
	if s := p.call(t, "POST", "/api/v1/integrations/aws-s3/commands/create-buckets/runs", map[string]any{"connection": "cloud", "input": map[string]any{"bucketNames": []string{bucket}}}, &rec); s != 200 || rec.ReturnData != "Successful" {
		t.Fatalf("bucket: %d %+v", s, rec)
	}
}

// eventually waits for something that another process does.
func eventually(t *testing.T, limit time.Duration, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %s: %s", limit, what)
		}
	}
}
