package outbound

import (
	"bytes"
	"encoding/json"
)

// eachMember calls f with the members of a JSON object in their order.
func eachMember(object json.RawMessage, f func(name string, value json.RawMessage)) {
	d := json.NewDecoder(bytes.NewReader(object))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return
	}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		var value json.RawMessage
		if err != nil || !ok || d.Decode(&value) != nil {
			return
		}
		f(name, value)
	}
}

func containsForbidden(text []byte) bool { return bytes.Contains(text, []byte(forbiddenLiteral)) }
