package feel

// Kind is the type of a Value.
type Kind uint8

// The kinds of values. KindError appears only nested in lists, where the
// reference engine keeps the error of one item instead of failing the whole.
const (
	KindNull Kind = iota
	KindBoolean
	KindNumber
	KindString
	KindDate
	KindTime
	KindDateTime
	KindDayTimeDuration
	KindYearMonthDuration
	KindList
	KindContext
	KindFunction
	KindRange
	KindError
)

var kindNames = [...]string{
	"null", "boolean", "number", "string", "date", "time", "date-time",
	"days-time-duration", "years-months-duration", "list", "context", "function", "range", "error",
}

// String returns the kind's name as the command line and the test corpora write it.
func (k Kind) String() string { return kindNames[k] }

// tag is the internal kind: FEEL's types with and without an offset differ.
type tag uint8

const (
	tNull tag = iota
	tBool
	tNumber
	tString
	tDate
	tLocalTime
	tTime
	tLocalDateTime
	tDateTime
	tDayTime
	tYearMonth
	tList
	tContext
	tFunction
	tRange
	tError
	tFatal
)

var tagKinds = [...]Kind{
	KindNull, KindBoolean, KindNumber, KindString, KindDate, KindTime, KindTime, KindDateTime, KindDateTime,
	KindDayTimeDuration, KindYearMonthDuration, KindList, KindContext, KindFunction, KindRange, KindError, KindError,
}

var tagTypeNames = [...]string{
	"null", "boolean", "number", "string", "date", "time", "time", "date and time", "date and time",
	"days and time duration", "years and months duration", "list", "context", "function", "range", "error", "fatal error",
}

// Value is one FEEL value; the zero Value is null. Values are immutable and may
// be shared between goroutines.
//
// What the fields hold: boolean n; number n with scale, or *bigDec; date n = days
// since 1970; times n = nanoseconds of the day, scale = offset; date-times n =
// local seconds since 1970, scale = nanoseconds, p = *zone; days-time duration n =
// seconds, scale = nanoseconds; years-months duration n = months; the rest p.
type Value struct {
	t     tag
	scale int32
	n     int64
	s     string
	p     any
}

// Null is the null value.
var Null = Value{}

// Bool returns a boolean value.
func Bool(b bool) Value {
	if b {
		return Value{t: tBool, n: 1}
	}
	return Value{t: tBool}
}

// String returns a string value.
func String(s string) Value { return Value{t: tString, s: s} }

// Int returns a number.
func Int(n int64) Value {
	if n == 0 || n == 1 {
		return Value{t: tNumber, n: n, s: plainInt}
	}
	return small64(n)
}

// plainInt marks a 0 or 1 that comes from an integer, not from a literal or from
// arithmetic: sums and products leave such a start out, precision and all.
const plainInt = "int"

// List returns a list of the given values. The slice must not change afterwards.
func List(items ...Value) Value { return newList(items) }

// Kind returns the type of the value.
func (v Value) Kind() Kind { return tagKinds[v.t] }

// IsNull reports whether the value is null.
func (v Value) IsNull() bool { return v.t == tNull }

// Bool returns the boolean and whether the value is one.
func (v Value) Bool() (b, ok bool) { return v.n != 0, v.t == tBool }

// Text returns the string and whether the value is one.
func (v Value) Text() (string, bool) {
	if v.t != tString {
		return "", false
	}
	return v.s, true
}

// Items returns the items of a list, and whether the value is a list. The slice
// must not be changed.
func (v Value) Items() ([]Value, bool) {
	if v.t != tList {
		return nil, false
	}
	return v.items(), true
}

// Get returns the entry of a context; false when there is none or the value is no context.
func (v Value) Get(key string) (Value, bool) {
	if v.t != tContext {
		return Null, false
	}
	return v.ctx().get(key)
}

// Keys returns the names of a context's entries in their order.
func (v Value) Keys() []string {
	if v.t != tContext {
		return nil
	}
	entries := v.ctx().entries()
	keys := make([]string, len(entries))
	for i := range entries {
		keys[i] = entries[i].key
	}
	return keys
}

// Functions returns the names of the functions that a context defines. They are not
// among its Keys.
func (v Value) Functions() []string {
	if v.t != tContext {
		return nil
	}
	c := v.ctx()
	if len(c.funcs) == 0 {
		return nil
	}
	names := make([]string, len(c.funcs))
	for i := range c.funcs {
		names[i] = c.funcs[i].name
	}
	return names
}

func errorValue(msg string) Value { return Value{t: tError, s: msg} }

func fatalValue(msg string) Value { return Value{t: tFatal, s: msg} }

func (v Value) isTrue() bool { return v.t == tBool && v.n != 0 }

func (v Value) isFalse() bool { return v.t == tBool && v.n == 0 }

func (v Value) failed() bool { return v.t >= tError }

func (v Value) ctx() *contextValue { return v.p.(*contextValue) }

func (v Value) items() []Value { return v.p.(*listValue).items() }

func (v Value) fn() *Function { return v.p.(*Function) }

func (v Value) rng() *rangeValue { return v.p.(*rangeValue) }

// rangeValue is a range; it lives only as an argument of a function.
type rangeValue struct {
	start, end             Value
	startClosed, endClosed bool
}

// orNull turns an error into null; a fatal error stays.
func (v Value) orNull() Value {
	if v.t == tError {
		return Null
	}
	return v
}
