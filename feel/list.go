package feel

import "sync/atomic"

// listValue is a list, perhaps still JSON text or Go values.
type listValue struct {
	known []Value
	lazy  lazyItems
	done  atomic.Pointer[[]Value]
}

// lazyItems makes the items of a list on first use.
type lazyItems interface{ makeItems() []Value }

func newList(items []Value) Value { return Value{t: tList, p: &listValue{known: items}} }

func (l *listValue) items() []Value {
	if l.lazy == nil {
		return l.known
	}
	if p := l.done.Load(); p != nil {
		return *p
	}
	items := l.lazy.makeItems()
	l.done.Store(&items)
	return items
}
