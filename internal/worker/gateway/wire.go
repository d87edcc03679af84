package gateway

import (
	"bytes"
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// DefaultTenant is the tenant of clusters without tenants. Some engines push
// nothing to a stream that names none.
const DefaultTenant = "<default>"

// tenants are those to ask for: the activation's own, else the settings'.
func (a Activation) tenants(fallback []string) []string {
	if len(a.Tenants) > 0 {
		return a.Tenants
	}
	return fallback
}

// deadline is how long a poll may take altogether.
func (a Activation) deadline() time.Duration {
	switch {
	case a.LongPoll > 0:
		return a.LongPoll + pollGrace
	case a.LongPoll == 0:
		return serverLongPoll + pollGrace
	}
	return pollGrace
}

// wait is the long poll as the wire has it: milliseconds, and below 0 for none.
func (a Activation) wait() int64 {
	if a.LongPoll < 0 {
		return -1 // a nanosecond would come out as 0, which is the cluster's choice
	}
	return a.LongPoll.Milliseconds()
}

func clamp(n int) int32 { return int32(min(max(n, 0), math.MaxInt32)) }

// What is not UTF-8 would be refused as a whole; a job's message is rather sent
// with a mark in it.
func valid(s string) string { return strings.ToValidUTF8(s, string(utf8.RuneError)) }

func validBytes(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	return bytes.ToValidUTF8(b, []byte(string(utf8.RuneError)))
}
