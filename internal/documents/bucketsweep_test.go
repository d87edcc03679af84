package documents_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/documents"
	"github.com/fairlead-io/fairlead/internal/documents/documentstest"
	"github.com/fairlead-io/fairlead/internal/run"
)

func (s *s3) put(t *testing.T, key string) {
	t.Helper()
	name := "documents"
	if _, err := s.sdk.PutObject(t.Context(), &awss3.PutObjectInput{Bucket: &name, Key: &key, Body: strings.NewReader("another's")}); err != nil {
		t.Fatal(err)
	}
}

func (s *s3) remove(t *testing.T, key string) {
	t.Helper()
	name := "documents"
	if _, err := s.sdk.DeleteObject(t.Context(), &awss3.DeleteObjectInput{Bucket: &name, Key: &key}); err != nil {
		t.Fatal(err)
	}
}

// keys are those of the whole bucket.
func (s *s3) keys(t *testing.T) (out []string) {
	t.Helper()
	name := "documents"
	list, err := s.sdk.ListObjectsV2(t.Context(), &awss3.ListObjectsV2Input{Bucket: &name})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list.Contents {
		out = append(out, *o.Key)
	}
	return out
}

// TestBucketIsSwept puts documents behind more of others' objects than one answer
// of a list holds.
func TestBucketIsSwept(t *testing.T) {
	k, s := newClock(), newS3(t, run.Limits{})
	k.Forward(time.Since(k.Now())) // S3 has a clock of its own
	d := service(t, documents.Deps{Setting: setting(t, "s3:documents"), Objects: s.objects("documents"), Now: k.Now})
	for i := range 120 {
		s.put(t, fmt.Sprintf("docs/0069-%03d", i))
	}
	s.put(t, "docs/folder/"+strings.Repeat("a", 32))
	s.put(t, strings.Repeat("b", 32))
	others := s.keys(t)
	lasting := documentstest.Put(t, d, connector.NewDocument{Size: -1}, "lasting")
	documentstest.Put(t, d, connector.NewDocument{Size: -1, TTL: time.Minute}, "over")
	left := documentstest.Put(t, d, connector.NewDocument{Size: -1}, "its record is lost, as a crash before it would have it")
	s.remove(t, "docs/"+left.DocumentID+".json")
	k.Forward(59 * time.Minute)
	if n, err := d.Sweep(t.Context()); n != 1 || err != nil {
		t.Errorf("swept %d, %v: the content may still get its record", n, err)
	}
	k.Forward(7 * 24 * time.Hour)
	if n, err := d.Sweep(t.Context()); n != 1 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	want := append(others, "docs/"+lasting.DocumentID, "docs/"+lasting.DocumentID+".json")
	slices.Sort(want)
	if got := s.keys(t); !slices.Equal(got, want) {
		t.Errorf("%d are left, want %d: %q", len(got), len(want), got)
	}
}

// TestBucketSweepFails lists, which is refused, and tries again later.
func TestBucketSweepFails(t *testing.T) {
	k, s := newClock(), newS3(t, run.Limits{})
	d := service(t, documents.Deps{Setting: setting(t, "s3:documents"), Objects: s.objects("documents"), Now: k.Now})
	documentstest.Put(t, d, connector.NewDocument{Size: -1, TTL: time.Minute}, "over")
	k.Forward(time.Hour)
	s.door.script(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	if n, err := d.Sweep(t.Context()); n != 0 || err == nil || connector.AsError(err).Kind != connector.Denied {
		t.Errorf("swept %d, %v", n, err)
	}
	k.Forward(10 * time.Minute)
	if n, err := d.Sweep(t.Context()); n != 1 || err != nil || s.left(t) != 0 {
		t.Errorf("swept %d, %v, %d are left", n, err, s.left(t))
	}
}

// TestSweepIsRecorded finds the runs of a sweep: it takes the one path, too.
func TestSweepIsRecorded(t *testing.T) {
	k, s := newClock(), newS3(t, run.Limits{})
	var commands []string
	o := documents.NewBucket(documents.BucketConfig{Bucket: "documents", Run: func(ctx context.Context, req run.Request) (*run.Record, error) {
		commands = append(commands, req.Command)
		return s.RunWithin(ctx, s.Owner, req)
	}})
	d := service(t, documents.Deps{Setting: setting(t, "s3:documents"), Objects: o, Now: k.Now})
	documentstest.Put(t, d, connector.NewDocument{Size: -1, TTL: time.Minute}, "over")
	commands = nil
	k.Forward(time.Hour)
	if n, err := d.Sweep(t.Context()); n != 1 || err != nil {
		t.Fatalf("swept %d, %v", n, err)
	}
	want := []string{"list-objects", "download-object", "delete-object", "delete-object", "list-objects"}
	if !slices.Equal(commands, want) {
		t.Errorf("%q", commands)
	}
}
