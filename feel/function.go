package feel

// Function is a function value: a built-in, a function of the host or one that an
// expression defined.
type Function struct {
	name    string
	params  []string
	varArgs bool
	call    func(r *run, args []Value) Value
	// body is the depth of an expression's own function, 0 for others.
	body int32
}

// Parameters returns the parameter names.
func (f *Function) Parameters() []string { return f.params }

func (f *Function) takes(n int) bool { return len(f.params) == n || f.varArgs && len(f.params) < n }

func (f *Function) hasNames(names []string) bool {
	for _, n := range names {
		if f.param(n) < 0 {
			return false
		}
	}
	return true
}

func (f *Function) param(name string) int {
	for i, p := range f.params {
		if p == name {
			return i
		}
	}
	return -1
}

func functionValue(f *Function) Value { return Value{t: tFunction, p: f} }

// invoke calls the function; errors among the arguments come first.
func (f *Function) invoke(r *run, args []Value) Value {
	var failed *Value
	for i := range args {
		if args[i].t == tFatal {
			return args[i]
		}
		if args[i].t == tError && failed == nil {
			failed = &args[i]
		}
	}
	if failed != nil {
		return *failed
	}
	r.step()
	if f.body == 0 {
		return f.call(r, args)
	}
	r.enter(f.body)
	v := f.call(r, args)
	r.depth -= int64(f.body)
	return v
}

// illegal is the error of a built-in whose arguments have the wrong types.
func illegal(args []Value) Value {
	msg := "Illegal arguments: "
	for i, a := range args {
		if i > 0 {
			msg += ", "
		}
		msg += "'" + a.brief() + "'"
	}
	return errorValue(msg)
}
