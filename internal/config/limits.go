package config

import (
	"strconv"
	"time"
)

// Limits are settings that keep one caller, or one mistake, from taking the
// server away from all others. 0 means the built-in default unless it says
// otherwise; docs/security.md has the table.
type Limits struct {
	MaxBody        int64         // bytes of a JSON body
	MaxDepth       int           // lists and objects within each other in a JSON body
	Rate           int           // requests of a token a second; negative: no limit
	RateBurst      int           // requests of a token at once
	ClientTimeout  time.Duration // how long a client may take for a body, and pause in a stream
	MaxRuns        int           // runs at a time
	MaxQueued      int           // runs that wait for their turn; negative: none
	MinFree        int64         // bytes that the data folder's disk keeps free
	ForbidLoopback bool          // connections must not reach this machine
	ForbidPrivate  bool          // connections must not reach addresses that are not public
	Metrics        string        // who may read /metrics: token, open, off
	DrainDelay     time.Duration // how long the server says that it is not ready before it ends
}

// DefaultMinFree is enough to end what goes on when a disk is nearly full.
const DefaultMinFree = 256 << 20

func limitNames() []string {
	return []string{
		"client-timeout", "drain-delay", "forbid-loopback", "forbid-private", "max-body", "max-depth", "max-queued", "max-runs", "metrics", "min-free", "rate", "rate-burst",
	}
}

func (r *reader) limits() Limits {
	return Limits{
		MaxBody:        r.size("max-body", 0),
		MaxDepth:       r.number("max-depth", 0, 1, 10_000),
		Rate:           r.number("rate", 0, -1, 1_000_000),
		RateBurst:      r.number("rate-burst", 0, 1, 1_000_000),
		ClientTimeout:  r.duration("client-timeout", 0),
		MaxRuns:        r.number("max-runs", 0, 1, 100_000),
		MaxQueued:      r.number("max-queued", 0, -1, 1_000_000),
		MinFree:        r.sizeOrZero("min-free", DefaultMinFree),
		ForbidLoopback: r.flag("forbid-loopback"),
		ForbidPrivate:  r.flag("forbid-private"),
		Metrics:        r.choice("metrics", "token", "token", "open", "off"),
		DrainDelay:     r.duration("drain-delay", 0),
	}
}

func (r *reader) number(name string, def, least, most int) int {
	s := r.text(name, "")
	if s == "" {
		return def
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most || n == 0 {
		r.problem(name, "is not a number that it takes", "Write a whole number from "+strconv.Itoa(least)+" to "+strconv.Itoa(most)+" that is not 0.")
		return def
	}
	return n
}

func (r *reader) flag(name string) bool {
	s := r.text(name, "")
	if s == "" {
		return false
	}
	v, err := strconv.ParseBool(s)
	if err != nil {
		r.problem(name, "is neither true nor false", "Write true or false.")
	}
	return v
}

// sizeOrZero takes 0 for none at all.
func (r *reader) sizeOrZero(name string, def int64) int64 {
	if r.text(name, "") == "0" {
		return 0
	}
	return r.size(name, def)
}
