package soak

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
	"github.com/fairlead-io/fairlead/test/apptest"
)

// load is how much there is to do: a tenth of it in "make test".
func load(t *testing.T) (atOnce int, lasts time.Duration) {
	t.Helper()
	text := os.Getenv("FAIRLEAD_SOAK")
	if text == "" {
		return 20, 30 * time.Second
	}
	d, err := time.ParseDuration(text)
	apptest.Must(t, err)
	return 200, d
}

// worker makes runs one after the other: it stores a file, reads, sends it to a
// bucket and takes it back, so that every layer works.
type worker struct {
	t      *testing.T
	p      *apptest.Process
	client *http.Client
	n      int
	runs   *atomic.Int64
	errors *atomic.Int64
}

func (w *worker) run(integration, command string, input map[string]any) *run.Record {
	raw, err := json.Marshal(map[string]any{"connection": map[string]string{"aws-s3": "load"}[integration], "input": input})
	if err != nil {
		return w.failed("%v", err)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.p.URL+"/api/v1/integrations/"+integration+"/commands/"+command+"/runs", bytes.NewReader(raw))
	if err != nil {
		return w.failed("%v", err)
	}
	req.Header.Set("Authorization", "Bearer "+w.p.Token)
	res, err := w.client.Do(req)
	if err != nil {
		return w.failed("%s: %v", command, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	rec := &run.Record{}
	if err == nil {
		err = json.Unmarshal(body, rec)
	}
	w.runs.Add(1)
	if err != nil || res.StatusCode != http.StatusOK || apptest.Verdict(rec) != run.Successful {
		return w.failed("%s: %d %v %.500s", command, res.StatusCode, err, body)
	}
	return rec
}

// failed counts an error and says the first few.
func (w *worker) failed(format string, args ...any) *run.Record {
	if w.errors.Add(1) <= 5 {
		w.t.Errorf(format, args...)
	}
	return nil
}

func (w *worker) round(i int) {
	name := fmt.Sprintf("w%d-%d.txt", w.n, i)
	made := w.run("utilities", "create-a-file-from-input-text-array", map[string]any{"fileName": name, "inputTextArray": []string{name, strings.Repeat("x", 2000)}})
	if made == nil {
		return
	}
	ids := made.KeyFields["FileIDs"]
	if len(ids) != 1 {
		w.failed("the file has no ID: %v", made.KeyFields)
		return
	}
	w.run("aws-s3", "upload-files", map[string]any{"bucketName": "load", "fileIds": ids})
	w.run("utilities", "get-file-text", map[string]any{"fileId": ids[0]})
	w.run("aws-s3", "list-buckets", map[string]any{})
	w.run("utilities", "delete-files", map[string]any{"fileIds": ids})
}

// figures of the process that is measured.
type figures struct {
	resident   float64
	goroutines float64
	descriptor float64
}

func measure(t *testing.T, p *apptest.Process) figures {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+"/metrics", nil)
	apptest.Must(t, err)
	req.Header.Set("Authorization", "Bearer "+p.Token)
	res, err := p.HTTP.Do(req)
	apptest.Must(t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	apptest.Must(t, err)
	value := func(name string) float64 {
		m := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindSubmatch(raw)
		if m == nil {
			if runtime.GOOS == "linux" {
				t.Fatalf("%s is no figure: %d", name, res.StatusCode)
			}
			return 0
		}
		v, err := strconv.ParseFloat(string(m[1]), 64)
		apptest.Must(t, err)
		return v
	}
	return figures{value("process_resident_memory_bytes"), value("go_goroutines"), value("process_open_fds")}
}

// TestSoakConcurrentRuns: no error, memory that does not grow, and nothing left
// behind when the load is over.
func TestSoakConcurrentRuns(t *testing.T) {
	atOnce, lasts := load(t)
	cloud, err := s3sim.Start(t.Context(), s3sim.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { apptest.Must(t, cloud.Close()) })
	p := apptest.Start(t, apptest.Unlimited+"=true")
	p.Connect(t, "aws-s3", "load", map[string]any{
		"accessKey": cloud.AccessKey(), "secretKey": cloud.SecretKey(), "defaultRegionName": cloud.Region(), "endpointUrl": cloud.Endpoint(),
	})
	if rec := p.Run(t, "aws-s3", "create-buckets", apptest.Order{Connection: "load", Input: map[string]any{"bucketNames": []string{"load"}}}); apptest.Verdict(rec) != run.Successful {
		t.Fatal(apptest.Line(rec))
	}
	var runs, errs atomic.Int64
	transport := &http.Transport{MaxIdleConnsPerHost: atOnce, MaxConnsPerHost: atOnce}
	work := func(d time.Duration) {
		end := time.Now().Add(d)
		var wg sync.WaitGroup
		for n := range atOnce {
			wg.Go(func() {
				w := &worker{t, p, &http.Client{Transport: transport, Timeout: 2 * time.Minute}, n, &runs, &errs}
				for i := 0; time.Now().Before(end); i++ {
					w.round(i)
				}
			})
		}
		wg.Wait()
		transport.CloseIdleConnections()
	}
	work(lasts / 10) // caches fill, pools open
	before := settled(t, p, nil)
	peak := &peaks{}
	stop := peak.watch(t, p)
	work(lasts)
	stop()
	after := settled(t, p, &before)
	first, last := peak.halves()
	fmt.Printf("FIGURE: load: %d runs by %d at a time in %s, %d errors; resident memory %.0f MiB in the first half, %.0f MiB in the second; goroutines %.0f before, %.0f after; open files %.0f before, %.0f after\n",
		runs.Load(), atOnce, lasts, errs.Load(), first/(1<<20), last/(1<<20), before.goroutines, after.goroutines, before.descriptor, after.descriptor)
	if n := errs.Load(); n > 0 {
		t.Errorf("%d errors in %d runs", n, runs.Load())
	}
	if last > first*1.2+32<<20 {
		t.Errorf("memory grew from %.0f to %.0f bytes", first, last)
	}
	// A connection that is kept open for the next call is one descriptor and two goroutines, and there are at most as many as calls at a time.
	kept := max(0, after.descriptor-before.descriptor)
	if kept > float64(atOnce) {
		t.Errorf("%.0f open files are left, there were %.0f", after.descriptor, before.descriptor)
	}
	if after.goroutines > before.goroutines+5+2*kept {
		t.Errorf("%.0f goroutines are left, there were %.0f", after.goroutines, before.goroutines)
	}
}

// settled waits until the process is as quiet as it was, or for half a minute.
func settled(t *testing.T, p *apptest.Process, as *figures) figures {
	t.Helper()
	var f figures
	for range 60 {
		f = measure(t, p)
		if as != nil && f.goroutines <= as.goroutines+5 {
			return f
		}
		time.Sleep(500 * time.Millisecond)
		if as == nil && measure(t, p).goroutines >= f.goroutines {
			return f
		}
	}
	return f
}

// peaks are the sizes of the process while it works.
type peaks struct {
	mu   sync.Mutex
	seen []float64
}

func (k *peaks) watch(t *testing.T, p *apptest.Process) (stop func()) {
	t.Helper()
	end, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-end:
				return
			case <-tick.C:
				f := measure(t, p)
				k.mu.Lock()
				k.seen = append(k.seen, f.resident)
				k.mu.Unlock()
			}
		}
	}()
	return func() { close(end); <-done }
}

// halves are the largest sizes in the first and in the second half.
func (k *peaks) halves() (first, second float64) {
	for i, v := range k.seen {
		if i < len(k.seen)/2 {
			first = max(first, v)
		} else {
			second = max(second, v)
		}
	}
	return first, second
}
