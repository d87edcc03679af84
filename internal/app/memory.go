package app

import (
	"context"
	"runtime/debug"
	"time"
)

// settleAfter is how long after the start of a server its memory is settled.
const settleAfter = 5 * time.Second

// SettleMemory gives back what only the start of the program needed: garbage, and
// the pages of its own file, which come back by themselves when they are used.
func SettleMemory() {
	debug.FreeOSMemory()
	dropProgramPages()
}

// settleMemory does it once, unless ctx ends first.
func settleMemory(ctx context.Context) {
	timer := time.AfterFunc(settleAfter, SettleMemory)
	context.AfterFunc(ctx, func() { timer.Stop() })
}
