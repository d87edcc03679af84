package files_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/store"
)

// brokenRecords fails at a chosen point of writing.
type brokenRecords struct {
	files.Records
	err error
}

func (b brokenRecords) Submit(context.Context, store.Batch) error { return b.err }

func TestContentWithoutARecordDoesNotStay(t *testing.T) { both(t, contentWithoutARecordDoesNotStay) }

func contentWithoutARecordDoesNotStay(t *testing.T, r *rig) {
	kept := save(t, r.scoped(), connector.NewFile{Name: "kept"}, "both have this")
	broken := files.New(files.Config{Blobs: r.Blobs, Records: brokenRecords{r.Records, &store.Error{Kind: store.Unavailable}}, Now: r.clock, Log: r.Log, Small: r.Small})
	for _, content := range []string{"both have this", "only this one"} {
		w, err := broken.For(files.Owner{Tenant: "acme"}).Create(t.Context(), connector.NewFile{Name: "x"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, content); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Commit(t.Context()); connector.AsError(err).Kind != connector.Unavailable {
			t.Errorf("%q: %v", content, err)
		}
	}
	if got := r.stored(t); got != 1 || textOf(t, r.scoped(), kept.ID) != "both have this" {
		t.Errorf("%d pieces of content are stored", got)
	}
}

func TestDamageIsNoticed(t *testing.T) { both(t, damageIsNoticed) }

func damageIsNoticed(t *testing.T, r *rig) {
	info := save(t, r.scoped(), connector.NewFile{Name: "a"}, "0123456789")
	b, err := r.scoped().Open(t.Context(), fmt.Sprint(info.ID), "")
	if err != nil {
		t.Fatal(err)
	}
	r.damage(t, info.SHA256, "0123")
	rd, err := b.Open(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadAll(rd)
	_ = rd.Close()
	if e := connector.AsError(err); e == nil || e.Kind != connector.Internal || !strings.Contains(e.Message, "is damaged: it does not have 10 bytes") {
		t.Errorf("cut short: %+v", e)
	}
	save(t, r.scoped(), connector.NewFile{Name: "again"}, "0123456789") // as the error advises
	if got := textOf(t, r.scoped(), info.ID); got != "0123456789" {
		t.Errorf("after the same was stored again: %q", got)
	}
	lost := r.record(t, strings.Repeat("0", 64))
	if b, err = r.scoped().Open(t.Context(), fmt.Sprint(lost), ""); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Open(t.Context(), 0); connector.AsError(err).Message != fmt.Sprintf("The content of file %d is missing.", lost) {
		t.Errorf("missing: %v", err)
	}
}

func TestEveryChangeIsAudited(t *testing.T) {
	r := newRig(t)
	soon := r.now.Add(time.Minute)
	a := save(t, r.scoped(), connector.NewFile{Name: "a"}, "a")
	b := save(t, r.scoped(), connector.NewFile{Name: "b", ExpiresAt: &soon}, "b")
	if err := r.scoped().Delete(t.Context(), fmt.Sprint(a.ID), ""); err != nil {
		t.Fatal(err)
	}
	r.forward(time.Hour)
	if n, err := r.SweepExpired(t.Context()); n != 1 || err != nil {
		t.Fatalf("swept %d, %v", n, err)
	}
	var got []string
	for e, err := range r.store.AuditChain(t.Context(), "acme", 0) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Kind+" "+e.Subject+" "+e.Actor)
	}
	want := []string{
		fmt.Sprint(audit.KindFileCreated, " ", a.ID, " tester"), fmt.Sprint(audit.KindFileCreated, " ", b.ID, " tester"),
		fmt.Sprint(audit.KindFileDeleted, " ", a.ID, " tester"), fmt.Sprint(audit.KindFileExpired, " ", b.ID, " system"),
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

var errBoom = errors.New("boom")

func TestRecordFailuresHaveAKind(t *testing.T) {
	r := newRig(t)
	info := save(t, r.scoped(), connector.NewFile{Name: "a"}, "a")
	for _, tc := range []struct {
		err  error
		kind connector.Kind
	}{
		{&store.Error{Kind: store.Unavailable}, connector.Unavailable},
		{&store.Error{Kind: store.Invalid}, connector.Invalid},
		{&store.Error{Kind: store.NotFound}, connector.NotFound},
		{context.DeadlineExceeded, connector.Timeout},
		{errBoom, connector.Internal},
	} {
		broken := files.New(files.Config{Blobs: r.Blobs, Records: brokenRecords{r.Records, tc.err}, Now: r.clock, Log: r.Log})
		err := broken.For(files.Owner{Tenant: "acme"}).Delete(t.Context(), fmt.Sprint(info.ID), "")
		if e := connector.AsError(err); e.Kind != tc.kind {
			t.Errorf("%v: %+v", tc.err, e)
		}
	}
	if textOf(t, r.scoped(), info.ID) != "a" {
		t.Error("content was deleted although its record stayed")
	}
}
