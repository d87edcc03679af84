package feel

import "sync/atomic"

// contextValue is a context: entries in their order, and functions in a name space
// of their own. It may still be JSON text or a Go map.
type contextValue struct {
	known []entry
	funcs []funcEntry
	index map[string]int // for many entries
	lazy  lazyContext
	done  atomic.Pointer[contextValue]
	hits  atomic.Int32
	// literal contexts compare by identity where the reference engine compares
	// objects (list contains, coincides).
	literal bool
}

type entry struct {
	key string
	val Value
}

type funcEntry struct {
	name string
	fn   *Function
}

// lazyContext reads entries on demand.
type lazyContext interface {
	lookup(key string) (Value, bool)
	makeEntries() []entry
}

const indexFrom = 12

// scanLookups is how often a lazy context is searched before all its entries are read.
const scanLookups = 8

// newContext returns a context of entries with distinct keys.
func newContext(entries []entry) *contextValue {
	c := &contextValue{known: entries}
	if len(entries) >= indexFrom {
		c.index = make(map[string]int, len(entries))
		for i := range entries {
			c.index[entries[i].key] = i
		}
	}
	return c
}

func contextOf(entries ...entry) Value { return Value{t: tContext, p: newContext(entries)} }

// Entry is one entry of a context.
type Entry struct {
	Key   string
	Value Value
}

// Context returns a context; the last of several entries with one key wins.
func Context(entries ...Entry) Value {
	var b contextBuilder
	for _, e := range entries {
		b.put(e.Key, e.Value)
	}
	return b.value()
}

func (c *contextValue) resolved() *contextValue {
	if c.lazy == nil {
		return c
	}
	if d := c.done.Load(); d != nil {
		return d
	}
	d := newContext(c.lazy.makeEntries())
	c.done.Store(d)
	return d
}

func (c *contextValue) entries() []entry { return c.resolved().known }

func (c *contextValue) get(key string) (Value, bool) {
	if c.lazy != nil {
		if c.done.Load() == nil && c.hits.Add(1) <= scanLookups {
			return c.lazy.lookup(key)
		}
		c = c.resolved()
	}
	if c.index != nil {
		i, ok := c.index[key]
		if !ok {
			return Null, false
		}
		return c.known[i].val, true
	}
	for i := range c.known {
		if c.known[i].key == key {
			return c.known[i].val, true
		}
	}
	return Null, false
}

// functions returns those with the name, the first defined first.
func (c *contextValue) findFunction(name string, match func(*Function) bool) *Function {
	for i := range c.funcs {
		if c.funcs[i].name == name && match(c.funcs[i].fn) {
			return c.funcs[i].fn
		}
	}
	return nil
}

// contextBuilder collects entries; a later value takes the place of an earlier one.
type contextBuilder struct {
	entries []entry
	index   map[string]int
}

func (b *contextBuilder) find(key string) int {
	if b.index != nil {
		if i, ok := b.index[key]; ok {
			return i
		}
		return -1
	}
	for i := range b.entries {
		if b.entries[i].key == key {
			return i
		}
	}
	return -1
}

func (b *contextBuilder) put(key string, v Value) {
	if i := b.find(key); i >= 0 {
		b.entries[i].val = v
		return
	}
	b.entries = append(b.entries, entry{key, v})
	if b.index != nil {
		b.index[key] = len(b.entries) - 1
	} else if len(b.entries) > indexFrom {
		b.index = make(map[string]int, 2*len(b.entries))
		for i := range b.entries {
			b.index[b.entries[i].key] = i
		}
	}
}

func (b *contextBuilder) value() Value {
	c := &contextValue{known: b.entries, index: b.index}
	if c.index == nil && len(b.entries) >= indexFrom {
		c = newContext(b.entries)
	}
	return Value{t: tContext, p: c}
}
