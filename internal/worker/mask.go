package worker

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// Bounds of what is kept of a failed job's variables.
const (
	mostInput = 8 << 10
	mostText  = 512
	hidden    = "***"
)

// revealing are parts of names whose values are hidden.
var revealing = []string{"secret", "password", "passwd", "passphrase", "token", "accesskey", "privatekey", "apikey", "credential", "authorization", "connectionstring", "sastoken"}

// masked gives variables in which every value under one of the names, or a name
// that sounds like a secret, is hidden, and long texts are cut. What is no JSON
// is not shown.
func masked(variables json.RawMessage, names ...string) json.RawMessage {
	d := json.NewDecoder(bytes.NewReader(variables))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil
	}
	raw, err := json.Marshal(mask(v, names))
	if err != nil {
		return nil
	}
	return raw
}

func mask(v any, names []string) any {
	switch v := v.(type) {
	case map[string]any:
		for name, x := range v {
			if x != nil && listed(names, name) || secretName(name) && !plain(x) {
				v[name] = hidden
				continue
			}
			v[name] = mask(x, names)
		}
	case []any:
		for i := range v {
			v[i] = mask(v[i], names)
		}
	case string:
		if len(v) > mostText {
			return strings.ToValidUTF8(v[:mostText], "") + "…"
		}
	}
	return v
}

// listed tells whether a name is one of the names: parameters are found in any
// case.
func listed(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// plain tells whether a value is no secret by itself: nothing, a switch, or an
// object, whose members have names of their own.
func plain(v any) bool {
	switch v.(type) {
	case nil, bool, map[string]any:
		return true
	}
	return false
}

func secretName(name string) bool {
	name = strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == '.' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(name))
	for _, part := range revealing {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// short shows a text in place of variables that are too long.
func short(raw json.RawMessage) json.RawMessage {
	if len(raw) <= mostInput {
		return raw
	}
	cut, err := json.Marshal(strings.ToValidUTF8(string(raw[:mostInput/2]), "") + "…")
	if err != nil {
		return nil
	}
	return cut
}
