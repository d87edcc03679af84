package keyvault

import (
	"encoding/json"
	"time"
)

// keep reads what the cloud answered and keeps it whole, so that members which
// this integration does not know are handed on. Those named in drop are not.
func keep(raw []byte, plain any, rest *json.RawMessage, drop ...string) error {
	if err := json.Unmarshal(raw, plain); err != nil {
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return err
	}
	for _, name := range drop {
		delete(all, name)
	}
	out, err := json.Marshal(all)
	*rest = out
	return err
}

// whole writes the known members and, from what was kept, all others.
func whole(plain any, rest json.RawMessage) ([]byte, error) {
	typed, err := json.Marshal(plain)
	if err != nil || len(rest) == 0 {
		return typed, err
	}
	var have, all map[string]json.RawMessage
	if err := json.Unmarshal(typed, &have); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(rest, &all); err != nil {
		return nil, err
	}
	for name, v := range all {
		if _, ok := have[name]; !ok && string(v) != "null" {
			have[name] = v
		}
	}
	return json.Marshal(have)
}

// decodeAll reads the items of a list.
func decodeAll[T any](raw []json.RawMessage) ([]T, error) {
	out := make([]T, len(raw))
	for i, r := range raw {
		if err := json.Unmarshal(r, &out[i]); err != nil {
			return nil, notAzure(err)
		}
	}
	return out, nil
}

func decodeOne[T any](raw []byte) (*T, error) {
	out := new(T)
	if err := json.Unmarshal(raw, out); err != nil {
		return nil, notAzure(err)
	}
	return out, nil
}

// iso writes Unix seconds for people; nothing for 0.
func iso(seconds int64) string {
	if seconds == 0 {
		return ""
	}
	return time.Unix(seconds, 0).UTC().Format(time.RFC3339)
}
