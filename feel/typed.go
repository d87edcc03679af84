package feel

// AppendTyped appends {"kind":..,"value":..} to dst: the notation of the test corpora
// and of the command line. Numbers are plain decimal text without trailing zeros,
// dates, times and durations ISO text with a region in brackets; lists and contexts
// hold the same notation again. An error inside a list counts as null.
func (v Value) AppendTyped(dst []byte) []byte {
	w := typedWriter{dst}
	w.buf = append(w.buf, '{')
	w.fields(v, 0)
	return append(w.buf, '}')
}

// AppendTypedFields appends the two fields without the braces.
func (v Value) AppendTypedFields(dst []byte) []byte {
	w := typedWriter{dst}
	w.fields(v, 0)
	return w.buf
}

type typedWriter struct{ buf []byte }

func (w *typedWriter) text(s string) { w.buf = appendJSONString(w.buf, s) }

func (w *typedWriter) fields(v Value, depth int) {
	if v.failed() || depth > maxValueDepth {
		v = Null
	}
	w.buf = append(w.buf, `"kind":`...)
	w.text(v.Kind().String())
	w.buf = append(w.buf, `,"value":`...)
	switch v.t {
	case tNull:
		w.buf = append(w.buf, "null"...)
	case tBool:
		w.buf = append(w.buf, v.String()...)
	case tNumber:
		w.text(v.canonical())
	case tString:
		w.text(v.s)
	case tList:
		w.list(v.items(), depth+1)
	case tContext:
		w.context(v.ctx(), depth+1)
	case tFunction, tRange:
		w.text(v.String())
	default:
		w.text(v.iso())
	}
}

func (w *typedWriter) list(items []Value, depth int) {
	w.buf = append(w.buf, '[')
	for i, v := range items {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.buf = append(w.buf, '{')
		w.fields(v, depth)
		w.buf = append(w.buf, '}')
	}
	w.buf = append(w.buf, ']')
}

func (w *typedWriter) context(c *contextValue, depth int) {
	w.buf = append(w.buf, '{')
	first := true
	add := func(key string, v Value) {
		if !first {
			w.buf = append(w.buf, ',')
		}
		first = false
		w.text(key)
		w.buf = append(w.buf, ':', '{')
		w.fields(v, depth)
		w.buf = append(w.buf, '}')
	}
	for _, e := range c.entries() {
		add(e.key, e.val)
	}
	for i, f := range c.funcs {
		if c.funcIndex(f.name) == i {
			add(f.name, functionValue(namelessFunction))
		}
	}
	w.buf = append(w.buf, '}')
}

// namelessFunction stands for the functions of a context, of which only the names count.
var namelessFunction = &Function{}

func (c *contextValue) funcIndex(name string) int {
	for i := range c.funcs {
		if c.funcs[i].name == name {
			return i
		}
	}
	return -1
}
