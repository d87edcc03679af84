package s3

import (
	"log/slog"
	"maps"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/connectortest"
	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
	"github.com/fairlead-io/fairlead/internal/store"
)

func testEnv() connector.Env {
	return connector.Env{
		HTTP: egress.New(egress.Policy{}).Client, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		LookupEnv: os.LookupEnv, NewID: store.NewID,
	}
}

// TestConformance holds every command to the rules of all integrations.
func TestConformance(t *testing.T) {
	t.Parallel() // it waits more than it works
	b := newBench(t, stage{})
	conf := runtest.NewConformance(t, Integration(), runtest.Options{Files: realFiles(t)})
	files := conf.Bench().Service.Files(conf.Bench().Owner, "")
	b.bucket(t, "conformance")
	b.put(t, "conformance", "a/file.txt", "content")
	n := 0
	fresh := func(prefix string) string {
		n++
		return prefix + "-" + strconv.Itoa(n)
	}
	settings := simSettings(b.sim)
	connectortest.Run(t, connectortest.Kit{
		Integration: Integration(), Runner: conf, Validate: runtest.Check, Settings: settings,
		At: func(addr string) map[string]any {
			s := simSettings(b.sim)
			s["endpointUrl"] = "http://" + addr
			s["sessionToken"] = "canary-session-token"
			return s
		},
		Inputs: allInputs(b, files, fresh),
	})
}

// allInputs make a valid input of every command.
func allInputs(b *bench, files connector.Files, fresh func(string) string) map[string]func(*testing.T) map[string]any {
	return inputs(b, fresh, map[string]func(*testing.T) map[string]any{
		"test-connection":     func(*testing.T) map[string]any { return in{} },
		"list-buckets":        func(*testing.T) map[string]any { return in{} },
		"list-bucket-objects": func(*testing.T) map[string]any { return in{"bucketName": "conformance"} },
		"create-buckets":      func(*testing.T) map[string]any { return in{"bucketNames": []string{fresh("made")}} },
		"delete-buckets": func(t *testing.T) map[string]any {
			return in{"bucketNames": []string{b.bucket(t, fresh("gone"))}}
		},
		"download-files": func(*testing.T) map[string]any {
			return in{"bucketName": "conformance", "filePaths": []string{"a/file.txt"}}
		},
		"delete-bucket-objects": func(t *testing.T) map[string]any {
			b.put(t, "conformance", "doomed.txt", "x")
			return in{"bucketName": "conformance", "filePaths": []string{"doomed.txt"}}
		},
		"move-files": func(t *testing.T) map[string]any {
			b.put(t, "conformance", "moving.txt", "x")
			return in{"sourceBucketName": "conformance", "sourceFilePaths": []string{"moving.txt"}, "destinationBucketName": "conformance", "destinationPath": "moved"}
		},
		"upload-files": func(t *testing.T) map[string]any {
			return in{"bucketName": "conformance", "fileIds": []string{storeFile(t, files, "report.txt", "content")}}
		},
	})
}

// inputs adds those of the commands about policies, access blocks and versions.
func inputs(b *bench, fresh func(string) string, all map[string]func(*testing.T) map[string]any) map[string]func(*testing.T) map[string]any {
	named := func(setUp func(t *testing.T, bucket string), more in) func(*testing.T) map[string]any {
		return func(t *testing.T) map[string]any {
			name := b.versionedBucket(t, fresh("more"))
			b.put(t, name, "k", "1")
			if setUp != nil {
				setUp(t, name)
			}
			out := in{"bucketName": name}
			maps.Copy(out, more)
			return out
		}
	}
	withPolicy := func(t *testing.T, bucket string) { b.setPolicy(t, bucket, accountPolicy(bucket)) }
	withBlock := func(t *testing.T, bucket string) { b.setBlock(t, bucket, AccessBlock{BlockPublicPolicy: true}) }
	blocks := in{"blockPublicAcls": true, "ignorePublicAcls": true, "blockPublicPolicy": true, "restrictPublicBuckets": false}
	maps.Copy(all, map[string]func(*testing.T) map[string]any{
		"get-bucket-policy":              named(withPolicy, nil),
		"delete-bucket-policy":           named(withPolicy, nil),
		"get-bucket-public-access-block": named(withBlock, nil),
		"delete-public-access-block":     named(withBlock, nil),
		"put-bucket-public-access-block": named(nil, blocks),
		"get-bucket-versioning":          named(nil, nil),
		"put-bucket-versioning":          named(nil, in{"status": "Suspended"}),
		"list-object-versions":           named(nil, nil),
		"get-object-details":             named(nil, in{"key": "k"}),
		"generate-presigned-url":         named(nil, in{"key": "k"}),
		"put-bucket-policy": func(t *testing.T) map[string]any {
			name := b.bucket(t, fresh("policy"))
			return in{"bucketName": name, "policy": accountPolicy(name)}
		},
		"empty-bucket": func(t *testing.T) map[string]any {
			name := b.versionedBucket(t, fresh("empty"))
			b.put(t, name, "k", "1")
			return in{"bucketName": name, "confirmation": name}
		},
		"restore-object-version": func(t *testing.T) map[string]any {
			name := b.versionedBucket(t, fresh("restore"))
			b.put(t, name, "k", "1")
			b.put(t, name, "k", "2")
			return in{"bucketName": name, "key": "k", "versionId": b.versions(t, name)[1].Version}
		},
		"copy-files": func(*testing.T) map[string]any {
			return in{"sourceBucketName": "conformance", "sourceFilePaths": []string{"a/file.txt"}, "destinationBucketName": "conformance", "destinationPath": "copied"}
		},
	})
	return all
}
