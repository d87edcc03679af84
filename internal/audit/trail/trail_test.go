package trail_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/audit/trail"
	"github.com/fairlead-io/fairlead/internal/keys"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/store/sqlite"
)

type bench struct {
	*trail.Trail
	dir string
	now time.Time
}

func open(t *testing.T) *bench {
	t.Helper()
	b := &bench{dir: t.TempDir(), now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	st, err := sqlite.Open(t.Context(), filepath.Join(b.dir, "fairlead.db"))
	must(t, err)
	t.Cleanup(func() { _ = st.Close() })
	b.Trail = b.over(t, st)
	return b
}

func (b *bench) over(t *testing.T, st *store.Store) *trail.Trail {
	t.Helper()
	s, err := keys.Open(t.Context(), keys.Config{Path: filepath.Join(b.dir, keys.FileName), Store: st, Now: time.Now})
	must(t, err)
	return &trail.Trail{
		Store: st, Keys: s, Now: func() time.Time { return b.now }, Log: slog.New(slog.DiscardHandler),
		Anchor: filepath.Join(b.dir, "checkpoints.json"), Every: 10, Within: time.Minute,
	}
}

func (b *bench) add(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		e := store.AuditEntry{Tenant: "t", At: int64(i), Kind: "run.intent", Actor: "ann", Subject: "aws-s3/x", Body: json.RawMessage(`{"input":{"a":"<b> & \u2028"}}`)}
		must(t, b.Store.Submit(t.Context(), store.Batch{Audit: []*store.AuditEntry{&e}}))
	}
}

func (b *bench) sign(t *testing.T, now bool, want int) {
	t.Helper()
	n, err := b.Sign(t.Context(), now)
	if err != nil || n != want {
		t.Fatalf("signed %d chains, %v; want %d", n, err, want)
	}
}

func verify(t *testing.T, tr *trail.Trail, kept ...trail.Mark) trail.Report {
	t.Helper()
	r, err := tr.Verify(t.Context(), "t", kept...)
	must(t, err)
	return r
}

func TestCheckpointsAreMadeWhenTheyAreDue(t *testing.T) {
	b := open(t)
	b.sign(t, true, 0) // nothing to sign
	b.add(t, 3)
	b.sign(t, false, 1) // the first, since nothing was ever signed
	b.add(t, 9)
	b.sign(t, false, 0)
	b.add(t, 1)
	b.sign(t, false, 1) // so many entries
	b.add(t, 1)
	b.now = b.now.Add(time.Minute)
	b.sign(t, false, 1) // so long ago
	b.sign(t, true, 0)
	if r := verify(t, b.Trail); !r.OK || r.Entries != 14 || r.Checkpoints != 3 || r.SignedUpTo != 14 {
		t.Errorf("got %+v", r)
	}
}

// tampered is the store after somebody with access to the database has changed it, row by row; nil drops a row.
func (b *bench) tampered(t *testing.T, change func(table string, row []any) []any) *trail.Trail {
	t.Helper()
	var dump bytes.Buffer
	_, err := b.Store.Dump(t.Context(), &dump)
	must(t, err)
	var out []string
	table := ""
	for line := range strings.Lines(dump.String()) {
		var head struct {
			Table string           `json:"table"`
			End   map[string]int64 `json:"end"`
		}
		if line[0] != '[' {
			must(t, json.Unmarshal([]byte(line), &head))
			if head.End != nil {
				line = `{"end":{}}` + "\n"
			}
			table = head.Table
			out = append(out, line)
			continue
		}
		var row []any
		d := json.NewDecoder(strings.NewReader(line))
		d.UseNumber()
		must(t, d.Decode(&row))
		if row = change(table, row); row != nil {
			raw, err := json.Marshal(row)
			must(t, err)
			out = append(out, string(raw)+"\n")
		}
	}
	path := filepath.Join(t.TempDir(), "tampered.db")
	_, err = sqlite.Load(t.Context(), path, strings.NewReader(strings.Join(out, "")))
	must(t, err)
	st, err := sqlite.Open(t.Context(), path)
	must(t, err)
	t.Cleanup(func() { _ = st.Close() })
	return b.over(t, st)
}

// Columns of audit_entries: tenant, seq, id, at, kind, actor, subject, run, body, prev, hash.
func seq(row []any) string { return fmt.Sprint(row[1]) }

func TestTheFirstBadEntryIsNamed(t *testing.T) {
	b := open(t)
	b.add(t, 10)
	b.sign(t, true, 1)
	b.add(t, 5)
	for _, c := range []struct {
		reason   string
		change   func(table string, row []any) []any
		noAnchor bool
		bad      int64
		says     string
	}{
		{"nothing was changed", func(_ string, r []any) []any { return r }, false, 0, ""},
		{"an actor was changed", func(tb string, r []any) []any {
			if tb == "audit_entries" && seq(r) == "4" {
				r[5] = "bob"
			}
			return r
		}, false, 4, "changed after it was written"},
		{"an entry was removed", func(tb string, r []any) []any {
			if tb == "audit_entries" && seq(r) == "7" {
				return nil
			}
			return r
		}, false, 7, "entries are missing"},
		{"the end was cut off before the checkpoint, the head as well", func(tb string, r []any) []any {
			switch {
			case tb == "audit_entries" && seq(r) == "8":
			case tb == "audit_entries" && len(seq(r)) == 1 && seq(r) < "9":
			case tb == "audit_entries":
				return nil
			}
			return r
		}, false, 9, "entry 10 was signed"},
		{"the end was cut off and the checkpoints with it", func(tb string, r []any) []any {
			if tb == "audit_checkpoints" || tb == "audit_entries" && (len(seq(r)) > 1 || seq(r) > "8") {
				return nil
			}
			return r
		}, false, 9, "entry 10 was signed"},
		{"the end was cut off after the last checkpoint", func(tb string, r []any) []any {
			if tb == "audit_entries" && (seq(r) == "14" || seq(r) == "15") {
				return nil
			}
			return r
		}, false, 14, "had reached 15"},
		{"a checkpoint was changed", func(tb string, r []any) []any {
			if tb == "audit_checkpoints" {
				r[3] = json.Number("5")
			}
			return r
		}, true, 10, "no good signature"},
		{"the signing key was removed", func(tb string, r []any) []any {
			if tb == "keysets" && r[1] == "sign" {
				return nil
			}
			return r
		}, false, 10, "no good signature"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			tr := b.tampered(t, c.change)
			if c.noAnchor {
				tr.Anchor = ""
			}
			r := verify(t, tr)
			if r.OK != (c.bad == 0) || r.BadEntry != c.bad || !strings.Contains(r.Problem, c.says) {
				t.Errorf("got %s, want entry %d and %q", r.String(), c.bad, c.says)
			}
		})
	}
}

// A chain that is written anew with good hashes is still not the one that was signed.
func TestARewrittenChainIsNoticed(t *testing.T) {
	b := open(t)
	b.add(t, 10)
	b.sign(t, true, 1)
	page, err := b.Store.Checkpoints(t.Context(), "t", 0)
	must(t, err)
	kept := trail.MarkOf(page[0])
	at := audit.Checkpoint{}
	forged := b.tampered(t, func(table string, row []any) []any {
		switch table {
		case "audit_entries":
			e := audit.Entry{Tenant: "t", ID: fmt.Sprint(row[2]), Kind: fmt.Sprint(row[4]), Actor: "bob", Subject: fmt.Sprint(row[6]), Body: json.RawMessage(`{}`)}
			at, err = audit.Seal(&e, at)
			must(t, err)
			row[3], row[5], row[8], row[9], row[10] = 0, "bob", bytesOf(e.Body), bytesOf(e.Prev[:]), bytesOf(e.Hash[:])
		case "audit_checkpoints":
			return nil
		}
		return row
	})
	forged.Anchor = ""
	if r := verify(t, forged); !strings.Contains(r.Problem, "hash") { // the head is dumped before the entries, so it is the old one
		t.Errorf("got %s", r.String())
	}
	if r := verify(t, forged, kept); r.OK || r.BadEntry != 10 || !strings.Contains(r.Problem, "written anew") {
		t.Errorf("with a checkpoint that was kept elsewhere: %s", r.String())
	}
}

func bytesOf(b []byte) any { return map[string][]byte{"b": b} }

func TestABrokenChainIsNotSigned(t *testing.T) {
	b := open(t)
	b.add(t, 3)
	b.sign(t, true, 1)
	b.add(t, 3)
	tr := b.tampered(t, func(table string, row []any) []any {
		if table == "audit_entries" && seq(row) == "5" {
			row[5] = "bob"
		}
		return row
	})
	_, err := tr.Sign(t.Context(), true)
	if e, ok := errors.AsType[*trail.BrokenError](err); !ok || e.Problem.Seq != 5 {
		t.Errorf("got %v, want entry 5 named", err)
	}
}

// An export can be checked by others: each hash covers the predecessor's and the entry's bytes as they stand there.
func TestAnExportCanBeCheckedByOthers(t *testing.T) {
	b := open(t)
	b.add(t, 5)
	b.sign(t, true, 1)
	b.add(t, 2)
	var kinds []string
	prev := strings.Repeat("0", 64)
	n, err := b.Export(t.Context(), "t", 0, func(l *trail.Line) error {
		raw, err := l.JSON()
		must(t, err)
		var got struct {
			Type, Prev, Hash string
			Entry            json.RawMessage
		}
		must(t, json.Unmarshal(raw, &got))
		kinds = append(kinds, got.Type)
		if got.Type == "checkpoint" {
			return nil
		}
		p, err := hex.DecodeString(got.Prev)
		must(t, err)
		sum := sha256.Sum256(append(p, got.Entry...))
		if got.Prev != prev || hex.EncodeToString(sum[:]) != got.Hash {
			t.Errorf("line %d does not check: %s", len(kinds), raw)
		}
		prev = got.Hash
		return nil
	})
	want := []string{"entry", "entry", "entry", "entry", "entry", "checkpoint", "entry", "entry"}
	if err != nil || n != 7 || !slices.Equal(kinds, want) {
		t.Errorf("got %v, %v", kinds, err)
	}
	stop := errors.New("enough")
	if n, err := b.Export(t.Context(), "t", 5, func(*trail.Line) error { return stop }); n != 0 || !errors.Is(err, stop) {
		t.Errorf("got %d, %v; want the writer's error", n, err)
	}
}

func TestADamagedAnchorIsAnError(t *testing.T) {
	b := open(t)
	b.add(t, 1)
	b.sign(t, true, 1)
	must(t, os.WriteFile(b.Anchor, []byte("{"), 0o600))
	if _, err := b.Verify(t.Context(), "t"); err == nil || !strings.Contains(err.Error(), b.Anchor) {
		t.Errorf("got %v, want an error that names the file", err)
	}
	b.add(t, 1)
	b.sign(t, true, 1)
	if r := verify(t, b.Trail); !r.OK || r.SignedUpTo != 2 {
		t.Errorf("after the next checkpoint: %s", r.String())
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
