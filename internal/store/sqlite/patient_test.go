package sqlite_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/store/sqlite"
)

// A batch that nobody waits for goes with the next one, or soon by itself, or
// with the end of the store.
func TestPatientBatches(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	st, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	setting := func(name string, patient bool) store.Batch {
		return store.Batch{SaveSettings: []store.Setting{{Tenant: "t", Name: name, Value: []byte("1")}}, Patient: patient}
	}
	submit := func(name string, patient bool) <-chan error {
		done := make(chan error, 1)
		go func() { done <- st.Submit(t.Context(), setting(name, patient)) }()
		return done
	}
	begun := time.Now()
	if err := st.Submit(t.Context(), setting("alone", true)); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took < 40*time.Millisecond {
		t.Errorf("a patient batch was written after %s: it did not wait for company", took)
	}
	kept := submit("kept", true)
	if err := st.Submit(t.Context(), setting("hurried", false)); err != nil {
		t.Fatal(err)
	}
	if err := <-kept; err != nil {
		t.Fatal(err)
	}
	last := submit("last", true)
	if err := st.Submit(t.Context(), setting("hurried", false)); err != nil { // by now it is in the queue, mostly
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	written := <-last == nil // else the store was closed before
	again, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	list, err := again.Settings(t.Context(), "t")
	want := 3
	if written {
		want = 4
	}
	if err != nil || len(list) != want {
		t.Errorf("%d settings, %v; want %d", len(list), err, want)
	}
}
