//go:build unix

package s3wire

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/egress"
)

// duel is one operation done by both clients.
type duel struct {
	name string
	n    int    // calls a round
	per  int    // objects a call
	unit string // of the figure
	sdk  func(context.Context, *awss3.Client) error
	own  func(context.Context, *Client) error
}

const (
	duelWorkers = 16
	duelRounds  = 5
)

func duels() []duel {
	bucket, key := "bucket", nullKey(7)
	ids := make([]types.ObjectIdentifier, 1000)
	refs := make([]Ref, 1000)
	for i := range ids {
		k := nullKey(i)
		ids[i], refs[i] = types.ObjectIdentifier{Key: &k}, Ref{Key: k}
	}
	ref := Ref{Bucket: bucket, Key: key}
	return []duel{
		{"upload 4 KiB", 1000, 1, "object", func(ctx context.Context, c *awss3.Client) error {
			_, err := c.PutObject(ctx, &awss3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(nullBody), ContentType: aws.String("text/plain")})
			return err
		}, func(ctx context.Context, c *Client) error {
			_, err := c.Put(ctx, &PutInput{Ref: ref, Body: Bytes(nullBody), Headers: Headers{ContentType: "text/plain"}})
			return err
		}},
		{"download 4 KiB", 1000, 1, "object", func(ctx context.Context, c *awss3.Client) error {
			out, err := c.GetObject(ctx, &awss3.GetObjectInput{Bucket: &bucket, Key: &key})
			if err != nil {
				return err
			}
			return drain(out.Body)
		}, func(ctx context.Context, c *Client) error {
			_, body, err := c.Get(ctx, &GetInput{Ref: ref})
			if err != nil {
				return err
			}
			return drain(body)
		}},
		{"delete one", 1000, 1, "object", func(ctx context.Context, c *awss3.Client) error {
			_, err := c.DeleteObject(ctx, &awss3.DeleteObjectInput{Bucket: &bucket, Key: &key})
			return err
		}, func(ctx context.Context, c *Client) error {
			_, err := c.Delete(ctx, &DeleteInput{Ref: ref})
			return err
		}},
		{"delete by the thousand", 32, 1000, "object", func(ctx context.Context, c *awss3.Client) error {
			_, err := c.DeleteObjects(ctx, &awss3.DeleteObjectsInput{Bucket: &bucket, Delete: &types.Delete{Objects: ids}})
			return err
		}, func(ctx context.Context, c *Client) error {
			_, err := c.DeleteMany(ctx, bucket, refs)
			return err
		}},
		{"list by the thousand", 32, 1000, "key", func(ctx context.Context, c *awss3.Client) error {
			_, err := c.ListObjectsV2(ctx, &awss3.ListObjectsV2Input{Bucket: &bucket})
			return err
		}, func(ctx context.Context, c *Client) error {
			_, err := c.List(ctx, &ListInput{Bucket: bucket})
			return err
		}},
	}
}

func drain(body io.ReadCloser) error {
	n, err := io.Copy(io.Discard, body)
	if err == nil && n != nullSize {
		err = io.ErrUnexpectedEOF
	}
	return errorsJoin(err, body.Close())
}

func errorsJoin(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// BenchmarkCPU compares the CPU time of this client with that of the SDK, as
// the commands set it up before, against a server in a process of its own.
func BenchmarkCPU(b *testing.B) {
	for _, scheme := range []string{"http", "https"} {
		url, cert := startNull(b, scheme)
		web, err := egress.New(egress.Policy{}).Client(connector.HTTPOptions{CABundle: cert})
		must(b, err)
		keys := credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "")
		sdk := awss3.New(awss3.Options{
			Region: "us-east-1", Credentials: keys, BaseEndpoint: &url, UsePathStyle: true, HTTPClient: web,
			RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired, ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
		})
		own := New(Config{
			HTTP: web.Transport, Credentials: keys, Region: "us-east-1", Endpoint: url, PathStyle: true, Now: time.Now,
			Stall: time.Minute, Stalled: func(time.Duration) error { return context.DeadlineExceeded },
		})
		for _, d := range duels() {
			b.Run(d.name+" "+scheme, func(b *testing.B) { d.fight(b, scheme, sdk, own) })
		}
		web.CloseIdleConnections()
	}
}

func (d *duel) fight(b *testing.B, scheme string, sdk *awss3.Client, own *Client) {
	bySDK := func() error { return d.sdk(b.Context(), sdk) }
	byOwn := func() error { return d.own(b.Context(), own) }
	var theirs, ours []float64
	d.round(b, bySDK) // connections and pools
	d.round(b, byOwn)
	for b.Loop() {
		theirs, ours = append(theirs, d.round(b, bySDK)), append(ours, d.round(b, byOwn))
	}
	for len(ours) < duelRounds {
		theirs, ours = append(theirs, d.round(b, bySDK)), append(ours, d.round(b, byOwn))
	}
	slices.Sort(theirs)
	slices.Sort(ours)
	t, o := theirs[len(theirs)/2], ours[len(ours)/2]
	fmt.Printf("FIGURE: S3 client CPU, %s over %s: SDK %.1f us, Fairlead %.1f us a%s %s, %.1f times less (median of %d rounds)\n",
		d.name, scheme, t, o, map[bool]string{true: "n"}[d.unit == "object"], d.unit, t/o, len(ours))
	b.ReportMetric(o, "cpu-us/"+d.unit)
	b.ReportMetric(t/o, "times-less")
}

// round does all calls of a round and gives the CPU time of this process for
// each object, in microseconds.
func (d *duel) round(b *testing.B, call func() error) float64 {
	before := cpu(b)
	var wg sync.WaitGroup
	for range duelWorkers {
		wg.Go(func() {
			for range d.n / duelWorkers {
				if err := call(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return float64((cpu(b) - before).Nanoseconds()) / 1000 / float64(d.n/duelWorkers*duelWorkers*d.per)
}

func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// startNull starts the null server; it ends with the benchmark.
func startNull(b *testing.B, scheme string) (url, cert string) {
	b.Helper()
	exe, err := os.Executable()
	must(b, err)
	cmd := exec.CommandContext(context.WithoutCancel(b.Context()), exe)
	cmd.Env = append(os.Environ(), nullEnv+"="+scheme)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	must(b, err)
	out, err := cmd.StdoutPipe()
	must(b, err)
	must(b, cmd.Start())
	b.Cleanup(func() {
		_ = in.Close()
		must(b, cmd.Wait())
	})
	r := bufio.NewReader(out)
	line, err := r.ReadString('\n')
	must(b, err)
	rest, err := io.ReadAll(r)
	must(b, err)
	return strings.TrimSpace(line), strings.TrimSpace(string(rest))
}
