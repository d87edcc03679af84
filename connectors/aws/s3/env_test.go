package s3

import (
	"log/slog"
	"os"
	"strings"
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
	b := newBench(t, stage{})
	conf := runtest.NewConformance(t, Integration(), runtest.Options{Files: realFiles(t)})
	files := conf.Bench().Service.Files(conf.Bench().Owner, "")
	b.bucket(t, "conformance")
	b.put(t, "conformance", "a/file.txt", "content")
	n := 0
	fresh := func(prefix string) string {
		n++
		return prefix + "-" + strings.Repeat("x", n)
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
		Inputs: map[string]func(*testing.T) map[string]any{
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
		},
	})
}
