package stall_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fairlead-io/fairlead/connectors/aws/internal/stall"
)

var errStalled = errors.New("nothing moved")

func stalled(time.Duration) error { return errStalled }

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := stall.New(t.Context(), 10*time.Second, stalled)
		sent := w.Request(io.NopCloser(strings.NewReader("abc")))
		for range 3 { // each byte in time, all together not
			<-time.After(8 * time.Second)
			if n, err := sent.Read(make([]byte, 1)); n != 1 || err != nil {
				t.Fatal(n, err)
			}
		}
		if err := sent.Close(); err != nil || w.Context().Err() != nil {
			t.Fatalf("a body that moved: %v, %v", err, context.Cause(w.Context()))
		}
		<-time.After(11 * time.Second)
		synctest.Wait()
		if got := context.Cause(w.Context()); !errors.Is(got, errStalled) {
			t.Errorf("after a pause: %v", got)
		}
	})
}

func TestAnAnswerEndsTheWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := stall.New(t.Context(), 10*time.Second, stalled)
		if err := w.Answer(io.NopCloser(strings.NewReader(""))).Close(); err != nil {
			t.Fatal(err)
		}
		if got := context.Cause(w.Context()); got == nil || errors.Is(got, errStalled) {
			t.Errorf("after the answer was closed: %v", got)
		}
	})
}

func TestNoLimitIsNoWatch(t *testing.T) {
	w := stall.New(t.Context(), 0, stalled)
	w.Moved()
	w.Stop()
	if w.Context() != t.Context() || w.Context().Err() != nil {
		t.Error("the context is not the request's own")
	}
}
