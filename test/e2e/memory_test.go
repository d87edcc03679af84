package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/test/apptest"
	"github.com/fairlead-io/fairlead/test/servers"
)

// TestMemory: an object of 200 MiB is given to the program, goes up, comes
// down and is fetched, while the program, as a process of its own, grows by
// less than 64 MiB.
func TestMemory(t *testing.T) {
	const size, limit = 200 << 20, 64 << 20
	p := apptest.Start(t)
	if _, err := highWater(p.PID); err != nil {
		servers.NotRun(t, t.Name(), "the kernel does not tell the memory of a process: "+err.Error())
		return
	}
	for _, x := range few(t, p.Client) {
		t.Run(x.server.Name, func(t *testing.T) {
			bucket := x.bucket(t, "memory")
			idle := settle(t, p.PID)
			f := p.AddFile(t, "huge.bin", io.LimitReader(rand.NewChaCha8([32]byte{1}), size))
			begun := time.Now()
			up := p.Run(t, "aws-s3", "upload-files", apptest.Order{Connection: x.connection(owner), Input: in{"fileIds": []any{f.ID}, "bucketName": bucket}})
			upTook := time.Since(begun)
			wantVerdict(t, up, run.Successful)
			begun = time.Now()
			down := p.Run(t, "aws-s3", "download-files", apptest.Order{Connection: x.connection(owner), Input: in{"bucketName": bucket, "filePaths": []string{"huge.bin"}}})
			downTook := time.Since(begun)
			wantVerdict(t, down, run.Successful)
			out := apptest.Raw[downloaded](t, down)
			n, sum := hashOf(t, p.Client, out.Files[0].FileID)
			if n != size || sum != f.SHA256 {
				t.Errorf("%d bytes came back, hash %s instead of %s", n, sum, f.SHA256)
			}
			top, err := highWater(p.PID)
			apptest.Must(t, err)
			fmt.Printf("FIGURE: memory of 200 MiB in, up (%.1f s), down (%.1f s), out on %s: idle %d MiB, highest %d MiB, grown by %d MiB (limit 64)\n",
				upTook.Seconds(), downTook.Seconds(), x.server.Name, idle>>20, top>>20, (top-idle)>>20)
			if top-idle > limit {
				t.Errorf("the process grew by %d MiB", (top-idle)>>20)
			}
		})
	}
}

// hashOf reads a stored file as a stream.
func hashOf(t *testing.T, api *apptest.Client, id int64) (int64, string) {
	t.Helper()
	resp := api.Send(t, "GET", fmt.Sprintf("/files/%d/content", id), nil)
	defer resp.Body.Close()
	h := sha256.New()
	n, err := io.Copy(h, resp.Body)
	apptest.Must(t, err)
	return n, hex.EncodeToString(h.Sum(nil))
}

var peak = regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB$`)

// highWater gives the most bytes of real memory that a process has had since
// it began, or since its mark was last reset.
func highWater(pid int) (int64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	m := peak.FindSubmatch(raw)
	if m == nil {
		return 0, fmt.Errorf("no VmHWM in /proc/%d/status", pid)
	}
	kib, err := strconv.ParseInt(string(m[1]), 10, 64)
	return kib << 10, err
}

// settle resets the mark and gives what the idle process has then. The reset is
// the kernel's: the mark falls to the memory of that moment.
func settle(t *testing.T, pid int) int64 {
	t.Helper()
	apptest.Must(t, os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0))
	idle, err := highWater(pid)
	apptest.Must(t, err)
	return idle
}
