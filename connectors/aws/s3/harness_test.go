package s3

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
	"github.com/fairlead-io/fairlead/internal/store"
)

// bench is the whole path over a real S3 server in this process.
type bench struct {
	*runtest.Bench
	sim   *s3sim.Server
	files connector.Files
	raw   *client // the cloud as the test prepares and looks at it
}

type stage struct {
	sim      func(*s3sim.Options)
	limits   *transferLimits
	settings map[string]any
	bench    func(*runtest.Options)
}

func startSim(t testing.TB, adjust func(*s3sim.Options)) *s3sim.Server {
	t.Helper()
	o := s3sim.Options{Dir: t.TempDir()}
	if adjust != nil {
		adjust(&o)
	}
	sim, err := s3sim.Start(t.Context(), o)
	must(t, err)
	t.Cleanup(func() { must(t, sim.Close()) })
	return sim
}

func realFiles(t testing.TB) func(*store.Store, string) func(authz.Actor, string) connector.Files {
	return func(st *store.Store, dir string) func(authz.Actor, string) connector.Files {
		blobs, err := files.OpenLocal(filepath.Join(dir, "files"))
		must(t, err)
		t.Cleanup(func() { must(t, blobs.Close()) })
		svc := files.New(files.Config{Blobs: blobs, Records: st, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
		return func(a authz.Actor, runID string) connector.Files {
			return svc.For(files.Owner{Tenant: store.DefaultTenant, Actor: "tester", RunID: runID})
		}
	}
}

func newBench(t testing.TB, s stage) *bench {
	t.Helper()
	limits := defaultLimits()
	if s.limits != nil {
		limits = *s.limits
	}
	sim := startSim(t, s.sim)
	o := runtest.Options{Integrations: []*connector.Integration{integration(limits)}, Files: realFiles(t)}
	if s.bench != nil {
		s.bench(&o)
	}
	b := &bench{Bench: runtest.New(t, o), sim: sim}
	b.files = b.Service.Files(b.Owner, "")
	settings := simSettings(sim)
	for k, v := range s.settings {
		settings[k] = v
	}
	b.Connect(t, "aws-s3", "main", settings)
	b.raw = rawClient(t, sim)
	return b
}

func simSettings(sim *s3sim.Server) map[string]any {
	return map[string]any{"accessKey": sim.AccessKey(), "secretKey": sim.SecretKey(), "endpointUrl": sim.Endpoint()}
}

// rawClient is a client of this package without the run path.
func rawClient(t testing.TB, sim *s3sim.Server) *client {
	t.Helper()
	s := &Settings{
		DefaultRegionName: sim.Region(), AccessKey: connector.NewSecret(sim.AccessKey()), SecretKey: connector.NewSecret(sim.SecretKey()),
		EndpointURL: sim.Endpoint(), PathStyle: pathAutomatic, RequestTimeout: 60, Concurrency: 8,
	}
	sess, err := open(testEnv(), s, defaultLimits())
	must(t, err)
	c, err := sess.at(Target{})
	must(t, err)
	return c
}

func (b *bench) bucket(t testing.TB, name string) string {
	t.Helper()
	_, err := b.raw.createBucket(t.Context(), name)
	must(t, err)
	return name
}

func (b *bench) versionedBucket(t testing.TB, name string) string {
	t.Helper()
	b.bucket(t, name)
	b.setVersioning(t, name, types.BucketVersioningStatusEnabled)
	return name
}

func (b *bench) setVersioning(t testing.TB, name string, state types.BucketVersioningStatus) {
	t.Helper()
	_, err := b.sdk().PutBucketVersioning(t.Context(), &awss3.PutBucketVersioningInput{
		Bucket: &name, VersioningConfiguration: &types.VersioningConfiguration{Status: state},
	})
	must(t, err)
}

func (b *bench) sdk() *awss3.Client { return b.raw.sdk(b.raw.region) }

func (b *bench) put(t testing.TB, bucket, key, body string) {
	t.Helper()
	_, err := b.sdk().PutObject(t.Context(), &awss3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader([]byte(body))})
	must(t, err)
}

func (b *bench) content(t testing.TB, bucket, key string) string {
	t.Helper()
	_, rc, err := b.raw.Get(t.Context(), ref{Bucket: bucket, Key: key}, 0, "")
	must(t, err)
	defer rc.Close()
	raw, err := io.ReadAll(rc)
	must(t, err)
	return string(raw)
}

func (b *bench) keys(t testing.TB, bucket string) []string {
	t.Helper()
	p, err := b.raw.List(t.Context(), listQuery{Bucket: bucket})
	must(t, err)
	keys := []string{}
	for _, o := range p.Contents {
		keys = append(keys, o.Key)
	}
	return keys
}

func (b *bench) uploads(t testing.TB, bucket string) int {
	t.Helper()
	out, err := b.sdk().ListMultipartUploads(t.Context(), &awss3.ListMultipartUploadsInput{Bucket: &bucket})
	must(t, err)
	return len(out.Uploads)
}

// store puts a file into the file store and gives its ID.
func (b *bench) store(t testing.TB, name, content string) string {
	t.Helper()
	return storeFile(t, b.files, name, content)
}

func storeFile(t testing.TB, files connector.Files, name, content string) string {
	t.Helper()
	w, err := files.Create(t.Context(), connector.NewFile{Name: name})
	must(t, err)
	_, err = io.WriteString(w, content)
	must(t, err)
	info, err := w.Commit(t.Context())
	must(t, err)
	return strconv.FormatInt(info.ID, 10)
}

func (b *bench) fileText(t testing.TB, id int64) string {
	t.Helper()
	blob, err := b.files.Open(t.Context(), strconv.FormatInt(id, 10), "")
	must(t, err)
	rc, err := blob.Open(t.Context(), 0)
	must(t, err)
	defer rc.Close()
	raw, err := io.ReadAll(rc)
	must(t, err)
	return string(raw)
}

type in = map[string]any

// do runs a command and reads its raw data.
func do1[Out any](t testing.TB, b *bench, command string, input in) (*run.Record, Out) {
	t.Helper()
	rec := b.Do(t, "aws-s3", command, input)
	return rec, rawData[Out](t, rec)
}

func rawData[Out any](t testing.TB, rec *run.Record) Out {
	t.Helper()
	var out Out
	raw, err := json.Marshal(rec.RawData)
	must(t, err)
	must(t, json.Unmarshal(raw, &out))
	return out
}

// plan makes a dry run and checks that only reads were sent.
func (b *bench) plan(t testing.TB, command string, input in) []connector.PlanStep {
	t.Helper()
	b.sim.ResetRequests()
	raw, err := json.Marshal(input)
	must(t, err)
	rec, err := b.Run(t.Context(), b.Owner, run.Request{Integration: "aws-s3", Command: command, Input: raw, Origin: "test", DryRun: true})
	must(t, err)
	if verdict(rec) != run.Successful {
		t.Fatalf("the dry run of %s is %s: %s", command, verdict(rec), line(rec))
	}
	for _, r := range b.sim.Requests() {
		if !r.ReadOnly() {
			t.Errorf("the dry run of %s sent %s %s", command, r.Operation, r.Path)
		}
	}
	return rec.Plan
}

func (b *bench) operations() []string {
	var ops []string
	for _, r := range b.sim.Requests() {
		ops = append(ops, r.Operation)
	}
	return ops
}

func (b *bench) count(operation string) int {
	n := 0
	for _, op := range b.operations() {
		if op == operation {
			n++
		}
	}
	return n
}

func verdict(rec *run.Record) run.ReturnData {
	if rec.ReturnData == nil {
		return ""
	}
	return *rec.ReturnData
}

func line(rec *run.Record) string {
	if rec.Error == nil {
		return ""
	}
	return rec.Error.Line()
}

func wantVerdict(t testing.TB, rec *run.Record, want run.ReturnData) {
	t.Helper()
	if verdict(rec) != want {
		t.Fatalf("the run is %q, want %q: %s", verdict(rec), want, line(rec))
	}
}

// wantLine checks the one line for people of a run that did not succeed.
func wantLine(t testing.TB, rec *run.Record, want string) {
	t.Helper()
	if got := line(rec); got != want {
		t.Errorf("the run says\n  %s\nwant\n  %s", got, want)
	}
}

func itemStates(rec *run.Record) map[string]connector.ItemState {
	m := map[string]connector.ItemState{}
	for _, i := range rec.Items {
		m[i.Item] = i.State
	}
	return m
}

func steps(plan []connector.PlanStep) map[string]string {
	m := map[string]string{}
	for _, s := range plan {
		m[s.Item] = s.Action
	}
	return m
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustJSON(t testing.TB, v any) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(v)
	must(t, err)
	return raw
}
