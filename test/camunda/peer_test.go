package camunda

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/fairlead-io/fairlead/test/camunda/recorded"
)

// TestPeerAgreesWithItsRecordings plays the cases to the very runtime that they were
// recorded of: what then differs is the harness's fault. It runs where somebody has
// built that runtime with its S3 connector (test/servers/camunda-peer.sh) and says so.
func TestPeerAgreesWithItsRecordings(t *testing.T) {
	jar := os.Getenv("FAIRLEAD_CAMUNDA_PEER_S3")
	if jar == "" {
		t.Log("not asked for: FAIRLEAD_CAMUNDA_PEER_S3 names no jar")
		return
	}
	versitygw, ok := findVersitygw(t)
	if !ok {
		return
	}
	java := filepath.Join(os.Getenv("JAVA_HOME"), "bin", "java")
	v := recorded.Versions()[0]
	r := replay{t: t, version: v, versitygw: versitygw, used: &sync.Map{}, tally: newTally(v)}
	r.all(played(t), func(env []string) ([]string, []string) {
		return []string{java, "-Xmx512m", "-jar", jar}, append(env, peerEnv...)
	})
	fmt.Print(r.tally)
}

// peerEnv are the settings of the runtime's own bundle.
var peerEnv = []string{
	"SERVER_PORT=0", "CAMUNDA_CLIENT_EXECUTIONTHREADS=10", "CAMUNDA_CLIENT_WORKER_DEFAULTS_MAXJOBSACTIVE=32",
	"CAMUNDA_CLIENT_WORKER_DEFAULTS_STREAMENABLED=true", "CAMUNDA_CLIENT_PREFERRESTOVERGRPC=false",
}
