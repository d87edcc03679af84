package audit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fairlead-io/fairlead/internal/audit"
)

// chain is a good chain of n entries of tenant t.
func chain(t testing.TB, n int) []audit.Entry {
	t.Helper()
	var at audit.Checkpoint
	entries := make([]audit.Entry, n)
	for i := range entries {
		run := fmt.Sprintf("run-%d", i/2)
		e := audit.Entry{
			Tenant: "t", At: int64(1000 + i), ID: fmt.Sprintf("id-%d", i), Kind: audit.KindRunIntent, Actor: "someone", Subject: "aws-s3/list-buckets",
			RunID: &run, Body: json.RawMessage(fmt.Sprintf(`{"n": %d, "input": {"bucket":"b"}}`, i)),
		}
		var err error
		if at, err = audit.Seal(&e, at); err != nil {
			t.Fatal(err)
		}
		entries[i] = e
	}
	return entries
}

func reader(entries []audit.Entry) iter.Seq2[audit.Entry, error] {
	return func(yield func(audit.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func verify(t testing.TB, entries []audit.Entry) (int64, *audit.Problem) {
	t.Helper()
	count, _, problem, err := audit.Verify(t.Context(), "t", audit.Checkpoint{}, reader(entries))
	if err != nil {
		t.Fatal(err)
	}
	return count, problem
}

func TestGoodChain(t *testing.T) {
	entries := chain(t, 5)
	count, at, problem, err := audit.Verify(t.Context(), "t", audit.Checkpoint{}, reader(entries))
	if count != 5 || problem != nil || err != nil {
		t.Fatalf("got %d, %v, %v", count, problem, err)
	}
	if want := (audit.Checkpoint{Seq: 5, Hash: entries[4].Hash}); at != want {
		t.Errorf("reached %v, want %v", at, want)
	}
	middle := audit.Checkpoint{Seq: 2, Hash: entries[1].Hash}
	if count, _, problem, _ := audit.Verify(t.Context(), "t", middle, reader(entries[2:])); count != 3 || problem != nil {
		t.Errorf("from a checkpoint: got %d, %v", count, problem)
	}
}

// The hash is a promise to whoever keeps exported entries, so its definition may not drift.
func TestHashIsWhatItWas(t *testing.T) {
	e := chain(t, 1)[0]
	content, err := e.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"actor":"someone","at":1000,"body":{"input":{"bucket":"b"},"n":0},"id":"id-0","kind":"run.intent","runId":"run-0","seq":1,"subject":"aws-s3/list-buckets","tenant":"t","version":1}`
	if diff := cmp.Diff(want, string(content)); diff != "" {
		t.Error(diff)
	}
	if got := e.Hash.String(); got != goldenHash {
		t.Errorf("got hash %s, want %s", got, goldenHash)
	}
}

// goldenHash is the SHA-256 of 32 zero bytes and the canonical entry above, computed with another program.
const goldenHash = "443a6505418b9411c3e29e535ae277c74ca0e2834a925ed4577fc212f7d3fecd"

func TestBrokenChains(t *testing.T) {
	for _, c := range []struct {
		reason string
		spoil  func([]audit.Entry) []audit.Entry
		seq    int64
		says   string
	}{
		{"first entry removed", func(e []audit.Entry) []audit.Entry { return e[1:] }, 1, "missing"},
		{"entry removed", func(e []audit.Entry) []audit.Entry { return slices.Delete(e, 2, 3) }, 3, "missing"},
		{"entry repeated", func(e []audit.Entry) []audit.Entry { return slices.Insert(e, 2, e[1]) }, 3, "repeated"},
		{"entries exchanged", func(e []audit.Entry) []audit.Entry { e[1], e[2] = e[2], e[1]; return e }, 2, "moved"},
		{"exchanged and renumbered", func(e []audit.Entry) []audit.Entry {
			e[1], e[2] = e[2], e[1]
			e[1].Seq, e[2].Seq = 2, 3
			return e
		}, 2, "predecessor"},
		{"actor changed", func(e []audit.Entry) []audit.Entry { e[3].Actor = "nobody"; return e }, 4, "changed"},
		{"run changed", func(e []audit.Entry) []audit.Entry { e[3].RunID = nil; return e }, 4, "changed"},
		{"body changed", func(e []audit.Entry) []audit.Entry { e[3].Body = json.RawMessage(`{"n":9}`); return e }, 4, "changed"},
		{"body spaced out", func(e []audit.Entry) []audit.Entry { e[3].Body = append(e[3].Body, ' '); return e }, 4, "canonical"},
		{"changed and rehashed: the next one tells", func(e []audit.Entry) []audit.Entry {
			e[1].Actor = "nobody"
			e[1].Hash, _ = audit.HashOf(e[1])
			return e
		}, 3, "predecessor"},
		{"entry of another tenant", func(e []audit.Entry) []audit.Entry { e[0].Tenant = "u"; return e }, 1, "tenant"},
	} {
		count, problem := verify(t, c.spoil(chain(t, 5)))
		if problem == nil || problem.Seq != c.seq || !strings.Contains(problem.String(), c.says) {
			t.Errorf("%s: got %v, want a problem at %d that says %q", c.reason, problem, c.seq, c.says)
		}
		if count != c.seq-1 {
			t.Errorf("%s: %d good entries, want %d", c.reason, count, c.seq-1)
		}
	}
}

func TestExpectNoticesATruncatedChain(t *testing.T) {
	entries := chain(t, 5)
	place := func(i int) audit.Checkpoint { return audit.Checkpoint{Seq: entries[i].Seq, Hash: entries[i].Hash} }
	if p := audit.Expect(place(4), place(4)); p != nil {
		t.Errorf("whole chain: %v", p)
	}
	if p := audit.Expect(place(2), place(4)); p == nil || p.Seq != 4 {
		t.Errorf("cut off after 3: got %v, want a problem at 4", p)
	}
	if p := audit.Expect(place(4), place(2)); p == nil || p.Seq != 4 {
		t.Errorf("appended to behind the store's back: got %v, want a problem at 4", p)
	}
	forged := audit.Checkpoint{Seq: 5}
	if p := audit.Expect(forged, place(4)); p == nil || p.Seq != 5 {
		t.Errorf("other last hash: got %v, want a problem at 5", p)
	}
}

// Any flipped bit in anything that is stored is found, at the entry it is in or the one after.
func TestFlippedBitsAreFound(t *testing.T) {
	good := chain(t, 3)
	rapid.Check(t, func(rt *rapid.T) {
		entries := slices.Clone(good)
		i := rapid.IntRange(0, 2).Draw(rt, "entry")
		flip(rt, &entries[i])
		_, _, problem, err := audit.Verify(context.WithoutCancel(t.Context()), "t", audit.Checkpoint{}, reader(entries))
		if err != nil || problem == nil || problem.Seq != int64(i+1) {
			rt.Fatalf("flip in entry %d: got %v, %v", i+1, problem, err)
		}
	})
}

func flip(rt *rapid.T, e *audit.Entry) {
	bit := func(n int) (int, byte) {
		b := rapid.IntRange(0, n*8-1).Draw(rt, "bit")
		return b / 8, 1 << (b % 8)
	}
	text := func(s string) string {
		raw := []byte(s)
		at, mask := bit(len(raw))
		raw[at] ^= mask
		return string(raw)
	}
	switch rapid.IntRange(0, 9).Draw(rt, "field") {
	case 0:
		e.Seq ^= 1 << rapid.IntRange(0, 62).Draw(rt, "bit")
	case 1:
		e.At ^= 1 << rapid.IntRange(0, 62).Draw(rt, "bit")
	case 2:
		e.ID = text(e.ID)
	case 3:
		e.Kind = text(e.Kind)
	case 4:
		e.Actor = text(e.Actor)
	case 5:
		e.Subject = text(e.Subject)
	case 6:
		run := text(*e.RunID)
		e.RunID = &run
	case 7:
		e.Body = json.RawMessage(text(string(e.Body)))
	case 8:
		at, mask := bit(len(e.Prev))
		e.Prev[at] ^= mask
	case 9:
		at, mask := bit(len(e.Hash))
		e.Hash[at] ^= mask
	}
}

func TestVerifyReportsTheReadersError(t *testing.T) {
	broken := errors.New("disk")
	entries := func(yield func(audit.Entry, error) bool) { yield(audit.Entry{}, broken) }
	if _, _, problem, err := audit.Verify(t.Context(), "t", audit.Checkpoint{}, entries); !errors.Is(err, broken) || problem != nil {
		t.Errorf("got %v, %v; want the reader's error", problem, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, _, err := audit.Verify(ctx, "t", audit.Checkpoint{}, reader(chain(t, 2))); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}

// Text that is not UTF-8 becomes U+FFFD in JSON, so changing one into the other must be noticed apart from the hash.
func TestReplacedBytesAreFound(t *testing.T) {
	e := audit.Entry{Tenant: "t", ID: "i", Kind: "k", Actor: "a\xff\x00b"}
	if _, err := audit.Seal(&e, audit.Checkpoint{}); err != nil || e.Actor != "a\uFFFD\uFFFDb" {
		t.Fatalf("got actor %q, %v", e.Actor, err)
	}
	if _, problem := verify(t, []audit.Entry{e}); problem != nil {
		t.Fatal(problem)
	}
	e.Actor = "a\xff\uFFFDb"
	if _, problem := verify(t, []audit.Entry{e}); problem == nil {
		t.Error("other bytes with the same JSON were not noticed")
	}
}

func TestSealRefuses(t *testing.T) {
	for reason, e := range map[string]audit.Entry{
		"no tenant":   {ID: "i", Kind: "k"},
		"no id":       {Tenant: "t", Kind: "k"},
		"no kind":     {Tenant: "t", ID: "i"},
		"broken body": {Tenant: "t", ID: "i", Kind: "k", Body: json.RawMessage(`{`)},
	} {
		if at, err := audit.Seal(&e, audit.Checkpoint{Seq: 7}); err == nil || at.Seq != 7 {
			t.Errorf("%s: got %v, %v; want an error and the old place", reason, at, err)
		}
	}
}
