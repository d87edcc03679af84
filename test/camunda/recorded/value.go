package recorded

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
)

// notJSON is what text that is not JSON is compared as.
type notJSON struct{ text string }

// decode keeps numbers as they were written.
func decode(b []byte) any {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil || d.More() {
		return notJSON{string(b)}
	}
	return v
}

// value compares JSON values: numbers by value, keys in any order, and the text of
// an error as messages are compared.
func (c *comparison) value(path string, want, got any) {
	switch w := want.(type) {
	case map[string]any:
		if text, ok := stands(w); ok {
			if !text(got) {
				c.add(path, want, got)
			}
			return
		}
		if g, ok := got.(map[string]any); ok {
			c.object(path, w, g)
			return
		}
	case []any:
		if g, ok := got.([]any); ok && len(w) == len(g) {
			for i := range w {
				c.value(fmt.Sprintf("%s/%d", path, i), w[i], g[i])
			}
			return
		}
	case json.Number:
		if g, ok := got.(json.Number); ok && sameNumber(w, g) {
			return
		}
	default:
		if want == got {
			return
		}
	}
	c.add(path, want, got)
}

// texts are the fields of an error that hold wording.
var texts = []string{"message", "code"}

func (c *comparison) object(path string, want, got map[string]any) {
	for _, k := range slices.Sorted(maps.Keys(want)) {
		g, ok := got[k]
		if !ok {
			c.add(path+"/"+k, want[k], nil)
			continue
		}
		ws, isText := want[k].(string)
		gs, both := g.(string)
		if isText && both && slices.Contains(texts, k) && c.alike(ws, gs) {
			continue
		}
		c.value(path+"/"+k, want[k], g)
	}
	for _, k := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[k]; !ok {
			c.add(path+"/"+k, nil, got[k])
		}
	}
}

func sameNumber(a, b json.Number) bool {
	x, ok := new(big.Rat).SetString(a.String())
	y, both := new(big.Rat).SetString(b.String())
	return ok && both && x.Cmp(y) == 0
}

// stands tells whether an object of a recording stands for a long text: repeated,
// or known by its hash. The recording itself is that text too.
func stands(o map[string]any) (func(any) bool, bool) {
	itself := print(o)
	if f, ok := o["$fill"].([]any); ok && len(o) == 1 {
		want, err := fill(f)
		return func(got any) bool { return err == nil && got == want || print(got) == itself }, true
	}
	if hash, ok := o["$sha256"].(string); ok {
		return func(got any) bool {
			text, isText := got.(string)
			return isText && sum([]byte(text)) == hash || print(got) == itself
		}, true
	}
	return nil, false
}

// sum is how the recordings write a hash: SHA-256 in hexadecimal digits.
func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// expand replaces {"$fill":["x",n]} by the repeated text, in decoded JSON.
func expand(v any) (any, error) {
	var err error
	switch t := v.(type) {
	case map[string]any:
		if f, ok := t["$fill"].([]any); ok && len(t) == 1 {
			return fill(f)
		}
		for k, x := range t {
			if t[k], err = expand(x); err != nil {
				return nil, err
			}
		}
	case []any:
		for i, x := range t {
			if t[i], err = expand(x); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}
