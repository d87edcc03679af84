package intrinsic

import (
	"bytes"
	"context"
	"encoding/json"
)

func isCall(raw json.RawMessage) bool {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	return len(raw) > 0 && raw[0] == '{' && hasMember(raw, Member)
}

func hasMember(object json.RawMessage, name string) bool {
	if !bytes.Contains(object, []byte(name)) {
		return false
	}
	var m map[string]json.RawMessage
	if json.Unmarshal(object, &m) != nil {
		return false
	}
	_, ok := m[name]
	return ok
}

// Evaluate is how a call is carried out; see Evaluator.Evaluate.
type Evaluate = func(ctx context.Context, node json.RawMessage) (json.RawMessage, error)

// Resolve has every call within a JSON value carried out and puts the results
// in their place. A text without any is given back as it is.
func Resolve(ctx context.Context, value json.RawMessage, evaluate Evaluate) (json.RawMessage, error) {
	if !bytes.Contains(value, []byte(Member)) {
		return value, nil
	}
	trimmed := bytes.TrimSpace(value)
	if len(trimmed) == 0 {
		return value, nil
	}
	switch trimmed[0] {
	case '[':
		return resolveList(ctx, trimmed, evaluate)
	case '{':
		if isCall(trimmed) {
			return evaluate(ctx, trimmed)
		}
		return resolveObject(ctx, trimmed, evaluate)
	}
	return value, nil
}

func resolveList(ctx context.Context, value json.RawMessage, evaluate Evaluate) (json.RawMessage, error) {
	var items []json.RawMessage
	if err := json.Unmarshal(value, &items); err != nil {
		return nil, fault("The variables are not valid JSON.")
	}
	out := []byte{'['}
	for i, item := range items {
		res, err := Resolve(ctx, item, evaluate)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, res...)
	}
	return append(out, ']'), nil
}

func resolveObject(ctx context.Context, value json.RawMessage, evaluate Evaluate) (json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(value))
	if _, err := d.Token(); err != nil {
		return nil, fault("The variables are not valid JSON.")
	}
	out := []byte{'{'}
	for n := 0; d.More(); n++ {
		name, err := d.Token()
		if err != nil {
			return nil, fault("The variables are not valid JSON.")
		}
		var member json.RawMessage
		if err := d.Decode(&member); err != nil {
			return nil, fault("The variables are not valid JSON.")
		}
		res, err := Resolve(ctx, member, evaluate)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			out = append(out, ',')
		}
		key, err := plain(name)
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, key...), ':'), res...)
	}
	return append(out, '}'), nil
}
