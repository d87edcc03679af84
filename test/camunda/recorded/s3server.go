package recorded

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// s3Server is versitygw on a folder, which is emptied before every case.
type s3Server struct {
	endpoint, root string
	api            *s3.Client
	stop           func()
}

func startS3(ctx context.Context, program, dir string) (*s3Server, error) {
	s := &s3Server{root: filepath.Join(dir, "buckets")}
	if err := os.MkdirAll(s.root, 0o700); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "versitygw.log"))
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s.endpoint = "http://127.0.0.1:" + port
	cmd := exec.CommandContext(ctx, program, "--port", "127.0.0.1:"+port, "--access", RootKey, "--secret", RootSecret,
		"--region", Region, "--health", "/healthz", "--keep-alive", "posix", s.root)
	cmd.Stdout, cmd.Stderr = log, log
	child, err := startChild(cmd)
	if err != nil {
		return nil, err
	}
	s.stop = func() { child.stop(5 * time.Second); _ = log.Close() }
	s.api = s3.New(s3.Options{
		BaseEndpoint: &s.endpoint, Region: Region, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(RootKey, RootSecret, ""),
	})
	if err := child.until(ctx, 30*time.Second, s.healthy); err != nil {
		s.stop()
		return nil, fmt.Errorf("versitygw: %w; its log is %s", err, log.Name())
	}
	return s, nil
}

// freePort asks the system for one; between here and its use it could be taken.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

func (s *s3Server) healthy() bool {
	r, err := http.Get(s.endpoint + "/healthz")
	if err != nil {
		return false
	}
	_ = r.Body.Close()
	return r.StatusCode == http.StatusOK
}

// wipe removes all buckets, which are folders.
func (s *s3Server) wipe() error {
	entries, err := os.ReadDir(s.root)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			if err := os.RemoveAll(filepath.Join(s.root, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *s3Server) prepare(ctx context.Context, buckets []BucketBefore) error {
	if err := s.wipe(); err != nil {
		return err
	}
	for _, b := range buckets {
		if _, err := s.api.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &b.Bucket}); err != nil {
			return err
		}
		for _, o := range b.Objects {
			content, err := o.Content.Bytes()
			if err != nil {
				return err
			}
			in := &s3.PutObjectInput{Bucket: &b.Bucket, Key: &o.Key, Body: bytes.NewReader(content)}
			if o.ContentType != "" {
				in.ContentType = &o.ContentType
			}
			if _, err := s.api.PutObject(ctx, in); err != nil {
				return err
			}
		}
	}
	return nil
}

// state tells what is there.
func (s *s3Server) state(ctx context.Context) ([]BucketAfter, error) {
	buckets, err := s.api.ListBuckets(ctx, &s3.ListBucketsInput{})
	if err != nil {
		return nil, err
	}
	out := []BucketAfter{}
	for _, b := range buckets.Buckets {
		objects, err := s.objects(ctx, *b.Name)
		if err != nil {
			return nil, err
		}
		out = append(out, BucketAfter{Bucket: *b.Name, Objects: objects})
	}
	return out, nil
}

func (s *s3Server) objects(ctx context.Context, bucket string) ([]ObjectAfter, error) {
	list, err := s.api.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &bucket})
	if err != nil {
		return nil, err
	}
	out := []ObjectAfter{}
	for _, o := range list.Contents {
		got, err := s.api.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: o.Key})
		if err != nil {
			continue // the server lists keys that it cannot give, such as folders
		}
		content, err := io.ReadAll(got.Body)
		_ = got.Body.Close()
		if err != nil {
			return nil, err
		}
		out = append(out, ObjectAfter{Key: *o.Key, Size: int64(len(content)), ContentType: aws.ToString(got.ContentType), SHA256: sum(content)})
	}
	return out, nil
}
