package outbound

import (
	"math"
	"strconv"

	"github.com/fairlead-io/fairlead/feel"
)

// forbiddenLiteral marks calls that the runtime carries out itself. Were it
// let out in a result, another job could be made to carry it out.
const forbiddenLiteral = "camunda.function.type"

// exporter writes a value of an expression as the JSON that leaves it.
type exporter struct {
	buf []byte
	// opaque tells that a function was found, which makes the whole value null.
	opaque bool
	// marker is what a call of createDocument is told by; document carries it
	// out. Both are left alone when document is nil.
	marker   string
	marked   bool
	document func(feel.Value) ([]byte, *failure)
	failed   *failure
}

func (x *exporter) value(v feel.Value) {
	switch v.Kind() {
	case feel.KindNull, feel.KindRange, feel.KindError:
		x.buf = append(x.buf, "null"...)
	case feel.KindFunction:
		x.opaque = true
		x.buf = append(x.buf, "null"...)
	case feel.KindBoolean:
		b, _ := v.Bool()
		x.buf = strconv.AppendBool(x.buf, b)
	case feel.KindNumber:
		x.buf = appendNumber(x.buf, v)
	case feel.KindString:
		s, _ := v.Text()
		x.buf = appendText(x.buf, s)
	case feel.KindList:
		x.list(v)
	case feel.KindContext:
		x.context(v)
	default:
		s, _ := feel.Connector.Export(v).(string)
		x.buf = appendText(x.buf, s)
	}
}

func (x *exporter) list(v feel.Value) {
	items, _ := v.Items()
	x.buf = append(x.buf, '[')
	for i := range items {
		if i > 0 {
			x.buf = append(x.buf, ',')
		}
		x.value(items[i])
	}
	x.buf = append(x.buf, ']')
}

func (x *exporter) context(v feel.Value) {
	if x.isDocument(v) && x.document != nil {
		x.create(v)
		return
	}
	x.buf = append(x.buf, '{')
	x.members(v, "")
	x.buf = append(x.buf, '}')
}

// members writes the members of a context but one, and tells whether that one
// was there.
func (x *exporter) members(v feel.Value, but string) (n int, skipped bool) {
	x.opaque = x.opaque || len(v.Functions()) > 0
	for _, key := range v.Keys() {
		if but != "" && key == but {
			skipped = true
			continue
		}
		if n++; n > 1 {
			x.buf = append(x.buf, ',')
		}
		x.buf = append(appendText(x.buf, key), ':')
		member, _ := v.Get(key)
		x.value(member)
	}
	return n, skipped
}

func (x *exporter) isDocument(v feel.Value) bool {
	if x.marker == "" {
		return false
	}
	mark, _ := v.Get(documentMember)
	text, _ := mark.Text()
	if text != x.marker {
		return false
	}
	x.marked = true
	return true
}

func (x *exporter) create(v feel.Value) {
	if x.failed != nil {
		return
	}
	content, _ := v.Get("value")
	reference, failed := x.document(content)
	if failed != nil {
		x.failed = failed
		return
	}
	x.buf = append(x.buf, reference...)
}

// appendNumber writes a whole number of 64 bits exactly and any other as the
// nearest double, as the connector runtime does.
func appendNumber(dst []byte, v feel.Value) []byte {
	if n, ok := v.Int64(); ok {
		return strconv.AppendInt(dst, n, 10)
	}
	f, _ := v.Float64()
	if math.IsInf(f, 0) || math.IsNaN(f) { // what no JSON number can be
		return appendText(dst, strconv.FormatFloat(f, 'g', -1, 64))
	}
	format := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, f, format, -1, 64)
}
