// Package bench measures what a command costs beside the call that it makes.
package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fairlead-io/fairlead/connectors/all"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
	"github.com/fairlead-io/fairlead/test/apptest"
	"github.com/fairlead-io/fairlead/test/servers"
)

func TestMain(m *testing.M) { apptest.Main(m, all.Integrations) }

// limit is what a command may cost over the bare call, at the median.
const limit = time.Millisecond

const (
	bucket   = "overhead-of-commands"
	key      = "folder/object.txt"
	warmUp   = 50
	fewest   = 100 // pairs, below which a median says little
	contents = 4 << 10
)

// pair is a command and the bare call that it stands for.
type pair struct {
	name    string
	command string
	input   func(file int64) map[string]any
	bare    func(context.Context, *awss3.Client) error
}

var pairs = []pair{
	{
		"list buckets", "list-buckets", func(int64) map[string]any { return nil },
		func(ctx context.Context, c *awss3.Client) error {
			_, err := c.ListBuckets(ctx, &awss3.ListBucketsInput{})
			return err
		},
	},
	{
		"list a bucket's objects", "list-bucket-objects", func(int64) map[string]any { return map[string]any{"bucketName": bucket} },
		func(ctx context.Context, c *awss3.Client) error {
			_, err := c.ListObjectsV2(ctx, &awss3.ListObjectsV2Input{Bucket: ptr(bucket)})
			return err
		},
	},
	{
		"upload 4 KiB", "upload-files", func(file int64) map[string]any {
			return map[string]any{"bucketName": bucket, "fileIds": []any{file}, "bucketFolder": "up"}
		},
		func(ctx context.Context, c *awss3.Client) error {
			_, err := c.PutObject(ctx, &awss3.PutObjectInput{Bucket: ptr(bucket), Key: ptr("up/bare"), Body: bytes.NewReader(make([]byte, contents))})
			return err
		},
	},
	{
		"download 4 KiB into the file store", "download-files", func(int64) map[string]any {
			return map[string]any{"bucketName": bucket, "filePaths": []string{key}}
		},
		func(ctx context.Context, c *awss3.Client) error {
			out, err := c.GetObject(ctx, &awss3.GetObjectInput{Bucket: ptr(bucket), Key: ptr(key)})
			if err != nil {
				return err
			}
			defer out.Body.Close()
			_, err = io.Copy(io.Discard, out.Body)
			return err
		},
	},
	{
		// What the command does besides: it keeps what it fetched, and that waits
		// for the disk twice.
		"download 4 KiB into the file store, beside a call that keeps it in a file as durably", "download-files", func(int64) map[string]any {
			return map[string]any{"bucketName": bucket, "filePaths": []string{key}}
		},
		func(ctx context.Context, c *awss3.Client) error {
			out, err := c.GetObject(ctx, &awss3.GetObjectInput{Bucket: ptr(bucket), Key: ptr(key)})
			if err != nil {
				return err
			}
			defer out.Body.Close()
			return keep(out.Body)
		},
	},
}

// keep writes a file that is there after a power failure, as a download has to.
func keep(body io.Reader) error {
	f, err := os.CreateTemp(kept, "new-*")
	if err != nil {
		return err
	}
	if _, err = io.Copy(f, body); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(kept, "object")); err != nil {
		return err
	}
	dir, err := os.Open(kept)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// kept is the folder of keep, set by the benchmark.
var kept string

func ptr(s string) *string { return &s }

// BenchmarkOverhead alternates the bare SDK call and the command, with the run
// recorded, and compares the medians: through the API of a process of its own,
// as users have it, and through the API in this process, as the command line
// has it.
func BenchmarkOverhead(b *testing.B) {
	kept = b.TempDir()
	server := anyServer(b)
	sdk := prepare(b, server)
	_, embedded := apptest.Open(b)
	ways := []struct {
		name string
		api  *apptest.Client
	}{{"in process", embedded}, {"over HTTP", apptest.Start(b, apptest.LogLevel+"=info").Client}}
	for _, w := range ways {
		w.api.Connect(b, "aws-s3", "main", map[string]any{
			"accessKey": server.Owner.AccessKey, "secretKey": server.Owner.SecretKey, "endpointUrl": server.Endpoint, "defaultRegionName": server.Region,
		})
		file := w.api.AddFile(b, "up.bin", bytes.NewReader(make([]byte, contents))).ID
		for _, p := range pairs {
			b.Run(p.name+" "+w.name, func(b *testing.B) {
				compare(b, p.name+", API "+w.name+", "+server.Name,
					func() error { return p.bare(b.Context(), sdk) },
					func() { command(b, w.api, p.command, p.input(file)) })
			})
		}
	}
}

// compare alternates two calls and reports the difference of their medians.
func compare(b *testing.B, what string, bare func() error, command func()) {
	var calls, commands []time.Duration
	round := func() {
		begun := time.Now()
		if err := bare(); err != nil {
			b.Fatal(err)
		}
		called := time.Now()
		command()
		calls, commands = append(calls, called.Sub(begun)), append(commands, time.Since(called))
	}
	for range warmUp {
		round()
	}
	calls, commands = calls[:0], commands[:0]
	for b.Loop() {
		round()
	}
	for len(calls) < fewest {
		round()
	}
	sdk, whole := quantile(calls, 50), quantile(commands, 50)
	verdict := "within 1 ms"
	if whole-sdk > limit {
		verdict = "ABOVE 1 ms"
	}
	fmt.Printf("FIGURE: %s: p50 SDK %s ms, p50 Fairlead %s ms, difference %s ms, %s (%d pairs; at p10, where other load shows least, %s ms)\n",
		what, ms(sdk), ms(whole), ms(whole-sdk), verdict, len(calls), ms(quantile(commands, 10)-quantile(calls, 10)))
	b.ReportMetric(float64((whole - sdk).Microseconds()), "overhead-us")
}

func quantile(d []time.Duration, percent int) time.Duration {
	slices.Sort(d)
	return d[len(d)*percent/100]
}

func ms(d time.Duration) string { return fmt.Sprintf("%.3f", float64(d.Microseconds())/1000) }

func command(b *testing.B, api *apptest.Client, id string, input map[string]any) {
	rec := api.Run(b, "aws-s3", id, apptest.Order{Connection: "main", Input: input})
	if apptest.Verdict(rec) != run.Successful {
		b.Fatal(apptest.Line(rec))
	}
}

// anyServer is a separate versitygw where one runs, else the sandbox in this
// process.
func anyServer(b *testing.B) servers.S3 {
	b.Helper()
	running, _ := servers.AllS3()
	if i := slices.IndexFunc(running, func(s servers.S3) bool { return s.Name == "versitygw" }); i >= 0 {
		return running[i]
	}
	sim, err := s3sim.Start(b.Context(), s3sim.Options{Dir: b.TempDir()})
	apptest.Must(b, err)
	b.Cleanup(func() { apptest.Must(b, sim.Close()) })
	return servers.S3{Name: "sandbox", Endpoint: sim.Endpoint(), Region: sim.Region(), Owner: servers.Keys{AccessKey: sim.AccessKey(), SecretKey: sim.SecretKey()}}
}

func prepare(b *testing.B, s servers.S3) *awss3.Client {
	b.Helper()
	c := awss3.New(awss3.Options{
		BaseEndpoint: &s.Endpoint, Region: s.Region, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(s.Owner.AccessKey, s.Owner.SecretKey, ""),
		HTTPClient:  &http.Client{Transport: http.DefaultTransport},
	})
	if _, err := c.HeadBucket(b.Context(), &awss3.HeadBucketInput{Bucket: ptr(bucket)}); err != nil {
		_, err := c.CreateBucket(b.Context(), &awss3.CreateBucketInput{Bucket: ptr(bucket)})
		apptest.Must(b, err)
	}
	_, err := c.PutObject(b.Context(), &awss3.PutObjectInput{Bucket: ptr(bucket), Key: ptr(key), Body: bytes.NewReader(make([]byte, contents))})
	apptest.Must(b, err)
	return c
}
