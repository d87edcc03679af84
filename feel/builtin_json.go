package feel

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
)

// maxJSONDepth is how deep JSON may nest, as for the reference engine's reader.
const maxJSONDepth = 1000

func fromJSON(r *run, a []Value) Value {
	switch a[0].t {
	case tNull:
		return Null
	case tString:
	default:
		return illegal(a)
	}
	r.text(len(a[0].s))
	r.work(1 + len(a[0].s)/64)
	v, ok := readJSON(a[0].s)
	if !ok {
		return errorValue("Failed to parse JSON from '" + a[0].brief() + "'")
	}
	return v
}

// readJSON reads the first JSON value of a text; what follows does not matter.
func readJSON(s string) (Value, bool) {
	d := json.NewDecoder(bytes.NewReader([]byte(s)))
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil || nesting(string(raw)) > maxJSONDepth {
		return Null, false
	}
	if rest := d.InputOffset(); raw[0] != '"' && raw[0] != '{' && raw[0] != '[' && int(rest) < len(s) {
		// a number or word must end there
		if c := s[rest]; c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return Null, false
		}
	}
	if bytes.IndexByte(raw, 0) >= 0 || hasLongNumber(string(raw)) {
		return Null, false
	}
	return jsonValue(string(raw)), true
}

// maxJSONNumber is the number of digits that the reference engine's reader takes.
const maxJSONNumber = 1000

func hasLongNumber(s string) bool {
	digits := 0
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '"':
			i, digits = skipString(s, i), 0
			continue
		case isDigit(c):
			if digits++; digits > maxJSONNumber {
				return true
			}
		case c != '.' && c != 'e' && c != 'E' && c != '+' && c != '-':
			digits = 0
		}
		i++
	}
	return false
}

func nesting(s string) int {
	depth, deepest := 0, 0
	for i := 0; i < len(s); {
		switch s[i] {
		case '"':
			i = skipString(s, i)
			continue
		case '{', '[':
			depth++
			deepest = max(deepest, depth)
		case '}', ']':
			depth--
		}
		i++
	}
	return deepest
}

func toJSON(r *run, a []Value) Value {
	w := jsonWriter{run: r}
	if !w.value(a[0]) {
		return errorValue("Failed to convert value to JSON: " + a[0].brief())
	}
	return r.string(string(w.buf))
}

// jsonWriter writes values as JSON.
type jsonWriter struct {
	buf   []byte
	run   *run
	depth int
	// integers writes numbers for JSON's readers: whole ones without decimals.
	integers bool
}

func (w *jsonWriter) value(v Value) bool {
	if w.run != nil && len(w.buf) > w.run.engine.limits.StringSize {
		w.run.text(len(w.buf))
	}
	switch v.t {
	case tNull:
		w.buf = append(w.buf, "null"...)
	case tBool:
		w.buf = strconv.AppendBool(w.buf, v.n != 0)
	case tNumber:
		w.number(v)
	case tString:
		w.string(v.s)
	case tList:
		return w.nested(func() bool { return w.list(v.items()) })
	case tContext:
		return w.nested(func() bool { return w.context(v.ctx()) })
	case tFunction, tRange:
		if w.integers {
			w.buf = append(w.buf, "null"...)
			break
		}
		w.buf = appendJSONString(w.buf, v.String())
	case tError, tFatal:
		return false
	default:
		w.buf = appendJSONString(w.buf, jsonTemporal(v))
	}
	return true
}

func (w *jsonWriter) number(v Value) {
	if w.integers && v.isWhole() {
		w.buf = append(w.buf, v.canonical()...)
		return
	}
	w.buf = v.appendNumber(w.buf)
}

// string keeps halves of surrogate pairs in texts that stay within the language.
func (w *jsonWriter) string(s string) {
	if w.integers {
		w.buf = appendJSONString(w.buf, s)
		return
	}
	w.buf = appendEscaped(w.buf, s, false)
}

func (w *jsonWriter) nested(f func() bool) bool {
	if w.run != nil {
		w.run.deeper(w.depth)
	} else if w.depth > maxValueDepth {
		return false
	}
	w.depth++
	ok := f()
	w.depth--
	return ok
}

func (w *jsonWriter) list(items []Value) bool {
	w.buf = append(w.buf, '[')
	for i, v := range items {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		if !w.value(v) {
			return false
		}
	}
	w.buf = append(w.buf, ']')
	return true
}

func (w *jsonWriter) context(c *contextValue) bool {
	w.buf = append(w.buf, '{')
	for i, e := range c.entries() {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.string(e.key)
		w.buf = append(w.buf, ':')
		if !w.value(e.val) {
			return false
		}
	}
	w.buf = append(w.buf, '}')
	return true
}

// jsonTemporal is the ISO text: zoned times without their region, durations as Java
// writes them.
func jsonTemporal(v Value) string {
	switch v.t {
	case tTime:
		return string(appendOffset(appendNanos(nil, v.n), v.zone().offset))
	case tDayTime:
		return javaDuration(v)
	case tYearMonth:
		return javaPeriod(v.n)
	}
	return v.iso()
}

// javaDuration counts hours, never days; a sign stands before each part.
func javaDuration(v Value) string {
	sec, nanos := v.n, int64(v.scale)
	if sec == 0 && nanos == 0 {
		return "PT0S"
	}
	whole := sec
	if sec < 0 && nanos > 0 {
		whole++
	}
	b := appendUnit64([]byte("PT"), whole/3600, 'H')
	b = appendUnit64(b, whole%3600/60, 'M')
	s := whole % 60
	if s == 0 && nanos == 0 && len(b) > 2 {
		return string(b)
	}
	if sec < 0 && nanos > 0 {
		if s == 0 {
			b = append(b, '-')
		}
		nanos = nanosPerSec - nanos
	}
	return string(append(appendFraction(strconv.AppendInt(b, s, 10), nanos), 'S'))
}

func javaPeriod(months int64) string {
	if months == 0 {
		return "P0D"
	}
	b := appendUnit64([]byte("P"), months/12, 'Y')
	return string(appendUnit64(b, months%12, 'M'))
}

const hexDigits = "0123456789ABCDEF"

// appendJSONString quotes a string; control characters become escapes, and so do
// halves of surrogate pairs.
func appendJSONString(b []byte, s string) []byte { return appendEscaped(b, s, true) }

func appendEscaped(b []byte, s string, halves bool) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c == '\t':
			b = append(b, '\\', 't')
		case c == '\b':
			b = append(b, '\\', 'b')
		case c == '\f':
			b = append(b, '\\', 'f')
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		case halves && c == 0xED && i+2 < len(s) && s[i+1] >= 0xA0:
			r, _ := decode(s[i:])
			b = append(b, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
			i += 2
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// MarshalJSON returns the value as JSON: numbers with all their digits, dates, times
// and durations as ISO text, functions and ranges as null.
func (v Value) MarshalJSON() ([]byte, error) {
	w := jsonWriter{integers: true}
	if !w.value(v) {
		return nil, errors.New("feel: the value is nested too deeply, or holds an error")
	}
	return w.buf, nil
}

// WriteJSON writes the value as JSON.
func (v Value) WriteJSON(w io.Writer) error {
	b, err := v.MarshalJSON()
	if err == nil {
		_, err = w.Write(b)
	}
	return err
}
