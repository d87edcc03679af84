package audit

import (
	"encoding/json"
	"slices"
	"strconv"
)

// object is a JSON object in the making. Two entries are written for every run,
// so they are put together here rather than by a general encoder.
type object struct{ members []field }

type field struct {
	name  string
	value []byte // canonical JSON
}

func (o *object) add(name string, value []byte) { o.members = append(o.members, field{name, value}) }

func (o *object) text(name, value string) { o.add(name, appendString(nil, value)) }

func (o *object) number(name string, value int64) { o.add(name, strconv.AppendInt(nil, value, 10)) }

func (o *object) texts(name string, values []string) {
	out := []byte{'['}
	for i, v := range values {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendString(out, v)
	}
	o.add(name, append(out, ']'))
}

// json adds a value that is JSON already.
func (o *object) json(name string, value json.RawMessage) error {
	canon, err := CanonicalJSON(value)
	if err != nil {
		return err
	}
	o.add(name, canon)
	return nil
}

// bytes is the object in canonical form. Its names are distinct and plain.
func (o *object) bytes() []byte {
	slices.SortFunc(o.members, func(a, b field) int { return compareUnits(a.name, b.name) })
	size := 2
	for _, m := range o.members {
		size += len(m.name) + len(m.value) + 4
	}
	out := append(make([]byte, 0, size), '{')
	for i, m := range o.members {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendString(out, m.name), ':')
		out = append(out, m.value...)
	}
	return append(out, '}')
}
