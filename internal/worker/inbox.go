package worker

import "time"

// inbox tells for how long a job of a stream may have been on its way. Jobs
// that wait in the connection's buffers are ours already: their time runs.
// Nobody can look into these buffers, but a job is no older than
//   - the moment at which the buffers were last seen empty, which is when
//     receiving had to wait, and
//   - the receipt of the job that came as many jobs ago as the buffers can hold.
type inbox struct {
	empty    time.Time
	handled  time.Time // end of the last take
	receipts []time.Time
	next     int
}

const (
	mostBuffered = 512                   // jobs of one stream
	waited       = 20 * time.Millisecond // of receiving, beyond what decoding takes on a busy machine
)

func (b *inbox) opened(now time.Time) { *b = inbox{empty: now, handled: now} }

// arrived gives the earliest moment at which the job that came now was handed
// out.
func (b *inbox) arrived(now time.Time) time.Time {
	if now.Sub(b.handled) > waited {
		b.empty = now
	}
	since := b.empty
	if len(b.receipts) < mostBuffered {
		b.receipts = append(b.receipts, now)
		return since
	}
	if oldest := b.receipts[b.next]; oldest.After(since) {
		since = oldest
	}
	b.receipts[b.next] = now
	b.next = (b.next + 1) % mostBuffered
	return since
}

func (b *inbox) left(now time.Time) { b.handled = now }
