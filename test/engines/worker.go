package engines

import (
	"context"
	"crypto/x509/pkix"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/sandbox/azuresim"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
	"github.com/fairlead-io/fairlead/test/apptest"
)

// Clouds are a sandbox of each integration, in the test's process.
type Clouds struct {
	S3    *s3sim.Server
	Azure *azuresim.Server
}

// OpenClouds starts the sandboxes. The Azure one holds a vault, Harbour.
func OpenClouds(t testing.TB) *Clouds {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	s3, err := s3sim.Start(ctx, s3sim.Options{Dir: t.TempDir()})
	apptest.Must(t, err)
	t.Cleanup(func() { apptest.Must(t, s3.Close()) })
	az, err := azuresim.Start(ctx, azuresim.Options{Clock: time.Now})
	apptest.Must(t, err)
	t.Cleanup(func() { apptest.Must(t, az.Close()) })
	sub := "/subscriptions/" + az.SubscriptionID
	apptest.Must(t, az.SetRoles(az.ClientID,
		azuresim.Assignment{Role: azuresim.RoleContributor, Scope: sub},
		azuresim.Assignment{Role: azuresim.RoleKeyVaultPurger, Scope: sub},
		azuresim.Assignment{Role: azuresim.RoleKeyVaultAdmin, Scope: sub}))
	_, err = az.AddVault(azuresim.VaultSpec{Name: Harbour, Premium: true, Policies: []azuresim.AccessPolicy{{ObjectID: az.ObjectID, Permissions: azuresim.AllPermissions()}}})
	apptest.Must(t, err)
	_, err = az.AddCertificate(Harbour, azuresim.ObjectSpec{Name: "own-tls"}, pkix.Name{CommonName: "own.example"}, "own.example")
	apptest.Must(t, err)
	return &Clouds{s3, az}
}

// S3Settings are those of a connection to the S3 sandbox.
func (c *Clouds) S3Settings() map[string]any {
	return map[string]any{"accessKey": c.S3.AccessKey(), "secretKey": c.S3.SecretKey(), "endpointUrl": c.S3.Endpoint(), "defaultRegionName": c.S3.Region()}
}

// AzureSettings are those of a connection to the Azure sandbox.
func (c *Clouds) AzureSettings() map[string]any {
	s := c.Azure
	return map[string]any{
		"tenantId": s.TenantID, "clientId": s.ClientID, "clientSecret": s.ClientSecret, "subscriptionId": s.SubscriptionID, "resourceGroupName": s.ResourceGroup,
		"cloud": "Custom", "authorityHost": strings.TrimRight(s.Authority(), "/"), "resourceManagerEndpoint": s.Management(),
		"keyVaultDnsSuffix": strings.TrimPrefix(s.VaultAudience(), "https://"), "caBundle": string(s.CAPEM()),
	}
}

// Worker is `fairlead worker` as a process of its own.
type Worker struct {
	apptest.Client
	t    testing.TB
	cmd  *exec.Cmd
	logs *apptest.Buffer
}

// built is the program, made once for all tests of the process.
var built struct {
	once sync.Once
	dir  string
	path string
}

// Main is for TestMain of packages that use Program: it leaves nothing behind.
func Main(m *testing.M) {
	code := m.Run()
	_ = os.RemoveAll(built.dir)
	os.Exit(code)
}

// Program builds the program once.
func Program(t testing.TB) string {
	t.Helper()
	built.once.Do(func() {
		var err error
		built.dir, err = os.MkdirTemp("", "fairlead-engines-*") //nolint:usetesting // outlives the test that comes first
		apptest.Must(t, err)
		built.path = apptest.Build(t, built.dir)
	})
	if built.path == "" {
		t.Fatal("the program could not be built")
	}
	return built.path
}

// StartWorker runs a worker on an engine; env is added to its environment.
func StartWorker(t testing.TB, e *Engine, dir string, env ...string) *Worker {
	t.Helper()
	ready := filepath.Join(t.TempDir(), "ready.json")
	w := &Worker{t: t, logs: &apptest.Buffer{}}
	w.cmd = exec.Command(Program(t), "worker", "--listen", "127.0.0.1:0", "--data", dir, "--ready-file", ready, "--documents", "memory", "--secret-filter", "disabled") //nolint:gosec // our own
	w.cmd.Env = append(os.Environ(), append([]string{
		"CAMUNDA_CLIENT_MODE=self-managed", "CAMUNDA_CLIENT_AUTH_METHOD=none", "CAMUNDA_CLIENT_GRPCADDRESS=http://" + e.GRPC,
		"AWS_EC2_METADATA_DISABLED=true", "SERVER_PORT=",
	}, env...)...)
	w.cmd.Stderr, w.cmd.Stdout = w.logs, w.logs
	apptest.Must(t, w.cmd.Start())
	t.Cleanup(func() {
		w.Stop(os.Interrupt)
		if t.Failed() {
			t.Logf("the worker said:\n%s", w.logs)
		}
	})
	w.await(ready)
	return w
}

func (w *Worker) await(ready string) {
	w.t.Helper()
	for range 300 {
		raw, err := os.ReadFile(ready)
		if err == nil {
			var r struct{ URL, Token string }
			apptest.Must(w.t, json.Unmarshal(raw, &r))
			w.Client = apptest.Client{URL: r.URL, Token: r.Token, HTTP: &http.Client{Transport: http.DefaultTransport}}
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.t.Fatalf("the worker was not ready in time:\n%s", w.logs)
}

// Stop ends the process by a signal and waits for it; a second call does
// nothing.
func (w *Worker) Stop(by os.Signal) {
	if w.cmd.ProcessState != nil {
		return
	}
	_ = w.cmd.Process.Signal(by)
	done := make(chan struct{})
	go func() { _ = w.cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		_ = w.cmd.Process.Signal(syscall.SIGKILL)
		<-done
	}
}

// Logs is what the process has said so far.
func (w *Worker) Logs() string { return w.logs.String() }
