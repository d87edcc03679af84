package connector

import (
	"sync"
	"time"
)

// ItemState is the state of one item of a run.
type ItemState string

// States of an item.
const (
	ItemWaiting  ItemState = "waiting"
	ItemRunning  ItemState = "running"
	ItemDone     ItemState = "done"
	ItemFailed   ItemState = "failed"
	ItemSkipped  ItemState = "skipped"
	ItemCanceled ItemState = "canceled"
)

// ItemEvent is one change of an item, as a sink receives it.
type ItemEvent struct {
	Seq      int // index of the item in the run, from 0
	Item     string
	State    ItemState
	Message  string
	Err      *Error
	Duration time.Duration // since it started; 0 before
	Bytes    int64         // bytes moved so far
}

// ItemSink receives changes. It must be quick: it is called on the data path.
type ItemSink interface {
	ItemChanged(ItemEvent)
	// ItemBytes adds bytes moved by an item that is still running.
	ItemBytes(seq int, n int64)
	// ItemsTotal sets how many items, and bytes if known, are to come.
	ItemsTotal(items int, bytes int64)
}

// Items reports the items of a run. A multi-item command announces the total,
// starts each item and ends it as done, skipped or failed; whether the run is
// Successful, Partially Successful or Failed is decided from that in one place.
type Items struct {
	mu   sync.Mutex
	sink ItemSink
	now  func() time.Time
	next int
}

// NewItems reports to a sink.
func NewItems(sink ItemSink, now func() time.Time) *Items {
	return &Items{sink: sink, now: now}
}

// Total announces how many items are to come, and their bytes (0: unknown).
func (s *Items) Total(items int, bytes int64) { s.sink.ItemsTotal(items, bytes) }

// Start begins an item. Items may run concurrently; their order is the order
// of Start.
func (s *Items) Start(name string) *Item {
	s.mu.Lock()
	seq := s.next
	s.next++
	s.mu.Unlock()
	return s.StartAt(seq, name)
}

// StartAt begins the item with a known index, so that concurrent items keep
// the order of the input. Do not mix it with Start in one run.
func (s *Items) StartAt(seq int, name string) *Item {
	it := &Item{set: s, seq: seq, name: name, began: s.now()}
	s.sink.ItemChanged(ItemEvent{Seq: seq, Item: name, State: ItemRunning})
	return it
}

// Item is one item in progress. Exactly one of Done, Skip and Fail ends it.
type Item struct {
	set   *Items
	seq   int
	name  string
	began time.Time
	bytes int64
	mu    sync.Mutex
}

// Name is the item's name.
func (i *Item) Name() string { return i.name }

// AddBytes reports n more bytes moved.
func (i *Item) AddBytes(n int64) {
	i.mu.Lock()
	i.bytes += n
	i.mu.Unlock()
	i.set.sink.ItemBytes(i.seq, n)
}

// Done ends the item with success; message may be empty.
func (i *Item) Done(message string) { i.end(ItemDone, message, nil) }

// Skip ends the item without an effect, which is not a failure.
func (i *Item) Skip(message string) { i.end(ItemSkipped, message, nil) }

// Fail ends the item with an error and gives it back with its item named.
func (i *Item) Fail(err error) *Error {
	e := AsError(err)
	if e.Item == "" {
		c := *e
		c.Item = i.name
		e = &c
	}
	state := ItemFailed
	if e.Kind == Canceled {
		state = ItemCanceled
	}
	i.end(state, e.Message, e)
	return e
}

func (i *Item) end(state ItemState, message string, err *Error) {
	i.mu.Lock()
	n := i.bytes
	i.mu.Unlock()
	i.set.sink.ItemChanged(ItemEvent{
		Seq: i.seq, Item: i.name, State: state, Message: message, Err: err,
		Duration: i.set.now().Sub(i.began), Bytes: n,
	})
}
