package sqlite_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/store"
)

// benchStore is on the disk that TMPDIR names: commits wait for it.
func benchStore(b *testing.B) *store.Store {
	b.Helper()
	st := open(b, filepath.Join(b.TempDir(), "fairlead.db"))
	b.Cleanup(func() { _ = st.Close() })
	return st
}

// One submit at a time: what a lone run waits for. Reported as percentiles, since a checkpoint makes some slower.
func BenchmarkSubmitIdle(b *testing.B) {
	st := benchStore(b)
	var took []time.Duration
	for b.Loop() {
		_, batch := step()
		start := time.Now()
		if err := st.Submit(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	for _, p := range []int{50, 99} {
		b.ReportMetric(float64(took[len(took)*p/100].Microseconds()), fmt.Sprintf("p%d-µs", p))
	}
}

// Many submitters share commits.
func BenchmarkSubmitShared(b *testing.B) {
	st := benchStore(b)
	var failed atomic.Pointer[error]
	b.SetParallelism(64)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, batch := step()
			if err := st.Submit(b.Context(), batch); err != nil {
				failed.Store(&err)
			}
		}
	})
	if err := failed.Load(); err != nil {
		b.Fatal(*err)
	}
}

// The outcome of a run with many items, in one submit.
func BenchmarkSubmitThousandItems(b *testing.B) {
	st := benchStore(b)
	for b.Loop() {
		r, batch := step()
		for i := range 1000 {
			batch.UpsertItems = append(batch.UpsertItems, &store.Item{
				Tenant: r.Tenant, RunID: r.ID, Seq: i, Item: fmt.Sprintf("bucket/folder/object-%d", i), State: store.ItemDone, StatusCode: 200,
				Operation: "PutObject", RequestID: "0123456789ABCDEF", DurationMicros: 900, Bytes: 4096,
			})
		}
		if err := st.Submit(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "µs/item")
}

// The newest page of many runs.
func BenchmarkListRuns(b *testing.B) {
	st := benchStore(b)
	for range 20 {
		var all store.Batch
		for range 500 {
			_, batch := step()
			all.InsertRuns = append(all.InsertRuns, batch.InsertRuns...)
		}
		if err := st.Submit(b.Context(), all); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	for b.Loop() {
		if page, err := st.Runs(b.Context(), "default", store.RunFilter{Integration: "aws-s3"}, store.Page{Limit: 50}); err != nil || len(page.Runs) != 50 {
			b.Fatal(len(page.Runs), err)
		}
	}
}

// BenchmarkSubmitRelaxed is what a run and its intent cost when their commit
// need not wait for the disk, each followed by one that does.
func BenchmarkSubmitRelaxed(b *testing.B) {
	st := benchStore(b)
	took := map[bool][]time.Duration{}
	for relaxed := true; b.Loop(); relaxed = !relaxed {
		_, batch := step()
		batch.Relaxed = relaxed
		start := time.Now()
		if err := st.Submit(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
		took[relaxed] = append(took[relaxed], time.Since(start))
	}
	for relaxed, name := range map[bool]string{true: "p50-relaxed-µs", false: "p50-durable-µs"} {
		list := took[relaxed]
		slices.Sort(list)
		if len(list) > 0 {
			b.ReportMetric(float64(list[len(list)/2].Microseconds()), name)
		}
	}
}
