package feel

// weigh bounds what a result becomes when it is written out: values are shared, so
// that a few entries can stand for an immense text. Input that has not been read
// counts as its text.
func (r *run) weigh(v Value, depth int) {
	switch v.t {
	case tList:
		l := v.p.(*listValue)
		if a, ok := l.lazy.(*jsonArray); ok && l.done.Load() == nil {
			r.alloc(len(*a))
			return
		}
		items := l.items()
		r.alloc(16 * len(items))
		r.nested(depth)
		for i := range items {
			r.weigh(items[i], depth+1)
		}
	case tContext:
		r.weighContext(v.ctx(), depth)
	case tString:
		r.alloc(len(v.s))
	}
}

func (r *run) weighContext(c *contextValue, depth int) {
	if c.lazy != nil && c.done.Load() == nil {
		switch l := c.lazy.(type) {
		case *jsonObject:
			r.alloc(len(*l))
			return
		case *goMap:
			r.alloc(64 * len(*l))
			return
		}
	}
	entries := c.entries()
	r.alloc(32 * len(entries))
	r.nested(depth)
	for i := range entries {
		r.weigh(entries[i].val, depth+1)
	}
}

func (r *run) nested(depth int) {
	if depth >= maxValueDepth {
		limitError("a value is nested more than %d times", maxValueDepth)
	}
}
