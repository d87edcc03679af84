package documents_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/documents"
	"github.com/fairlead-io/fairlead/internal/documents/documentstest"
)

const crashDir = "FAIRLEAD_TEST_CRASH_DIR"

// crashChild stores and deletes documents until it is killed, and says on
// standard output what has been told to it.
func crashChild(dir string) error {
	ctx := context.Background() // there is no test in this process
	s, err := documents.New(documents.Deps{Setting: documents.Setting{Kind: documents.KindFolder, Folder: dir}, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	errs := make(chan error)
	for i := range 4 {
		go func() { errs <- crashLoop(ctx, s, i) }()
	}
	return <-errs
}

func crashLoop(ctx context.Context, s *documents.Service, worker int) error {
	for n := 0; ; n++ {
		content := bytes.Repeat(fmt.Appendf(nil, "%d/%d|", worker, n), []int{1, 1000, 200_000}[(n+worker)%3])
		ref, err := s.Create(ctx, connector.NewDocument{Size: int64(len(content))}, bytes.NewReader(content))
		if err != nil {
			return err
		}
		line, err := json.Marshal(ref)
		if err != nil {
			return err
		}
		fmt.Println("stored", string(line))
		if n%3 == 0 {
			fmt.Println("deleting", ref.DocumentID)
			if err := s.Delete(ctx, ref); err != nil {
				return err
			}
		}
	}
}

// Killed at any moment, a store has each document that was acknowledged, and no
// document that is not whole.
func TestNothingIsHalfWrittenAfterAKill(t *testing.T) {
	rounds := 5
	if testing.Short() {
		rounds = 1
	}
	dir := t.TempDir()
	acknowledged := map[string]connector.Document{}
	for round := range rounds {
		killed(t, dir, time.Duration(100+70*round)*time.Millisecond, acknowledged)
	}
	if len(acknowledged) == 0 {
		t.Fatal("nothing was stored before the kill")
	}
	later := func() time.Time { return time.Now().Add(2 * time.Hour) }
	s := service(t, documents.Deps{Setting: setting(t, "folder:"+dir), Now: later})
	for _, ref := range acknowledged {
		documentstest.Get(t, s, ref) // it checks size and hash
	}
	orphans, err := s.Sweep(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	contents, records := 0, 0
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		switch id := strings.TrimRight(d.Name(), "01"); {
		case err != nil || d.IsDir() || filepath.Base(filepath.Dir(path)) == "tmp":
		case strings.HasSuffix(d.Name(), strings.Repeat("0", 31)+"1"):
			records++
			c, err := s.Open(t.Context(), connector.Document{Type: "camunda", DocumentID: d.Name()[:32]})
			if err != nil {
				t.Errorf("%s: %v", id, err)
				return nil
			}
			if _, err := io.Copy(io.Discard, c.Body); err != nil {
				t.Errorf("%s: %v", id, err)
			}
			_ = c.Body.Close()
		default:
			contents++
		}
		return err
	})
	if err != nil || contents != records {
		t.Errorf("%d contents, %d records, %v", contents, records, err)
	}
	t.Logf("%d kills: %d documents acknowledged, %d whole, %d contents without one swept", rounds, len(acknowledged), records, orphans)
}

// killed runs a child on a folder, kills it, and notes what it was told.
func killed(t *testing.T, dir string, after time.Duration, acknowledged map[string]connector.Document) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), crashDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	lines, begun := bufio.NewScanner(out), false
	for lines.Scan() {
		if !begun { // the child is at work: it lives for as long again
			begun = true
			timer.Reset(after)
		}
		what, rest, _ := strings.Cut(lines.Text(), " ")
		var ref connector.Document
		switch {
		case what == "deleting":
			delete(acknowledged, rest)
		case what == "stored" && json.Unmarshal([]byte(rest), &ref) == nil:
			acknowledged[ref.DocumentID] = ref
		}
	}
	_ = cmd.Wait() // it was killed
}
