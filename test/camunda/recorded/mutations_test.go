package recorded

import (
	"encoding/json"
	"strings"
	"testing"
)

func clone(t *testing.T, o Observation) Observation {
	t.Helper()
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var c Observation
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func bump[N int32 | int64](p **N) bool {
	if *p == nil {
		return false
	}
	*p = new(**p + 1)
	return true
}

func drop[N any](p **N) bool {
	had := *p != nil
	*p = nil
	return had
}

func append1(p **string) bool {
	if *p == nil {
		return false
	}
	*p = new(**p + "x")
	return true
}

func message1(o *Observation, change func(head, tail string) string) bool {
	if o.Outcome.ErrorMessage == nil {
		return false
	}
	head, tail, has := strings.Cut(*o.Outcome.ErrorMessage, bar)
	if has {
		o.Outcome.ErrorMessage = new(change(head, tail))
	}
	return has
}

func variables1(o *Observation, change func(map[string]any) bool) bool {
	vars, _ := decode(o.Outcome.Variables).(map[string]any)
	if vars == nil || !change(vars) {
		return false
	}
	var err error
	o.Outcome.Variables, err = json.Marshal(vars)
	return err == nil
}

// other changes one value inside another.
func other(v any) (any, bool) {
	switch t := v.(type) {
	case map[string]any:
		for k, x := range t {
			changed, did := other(x)
			if t[k] = changed; did {
				return t, true
			}
		}
	case []any:
		for i, x := range t {
			changed, did := other(x)
			if t[i] = changed; did {
				return t, true
			}
		}
	case string:
		return t + "x", true
	case json.Number:
		return json.Number(t.String() + "1"), true
	case bool:
		return !t, true
	case nil:
		return "", true
	}
	return v, false
}

func request(change func(*S3Request) bool) func(*Observation) bool {
	return func(o *Observation) bool { return len(o.S3) > 0 && change(&o.S3[len(o.S3)-1].Request) }
}

func document(change func(*DocumentExchange) bool) func(*Observation) bool {
	return func(o *Observation) bool {
		return len(o.Documents) > 0 && change(&o.Documents[len(o.Documents)-1])
	}
}

func object(change func([]ObjectAfter) []ObjectAfter) func(*Observation) bool {
	return func(o *Observation) bool {
		if len(o.S3After) == 0 || len(o.S3After[0].Objects) == 0 {
			return false
		}
		o.S3After[0].Objects = change(o.S3After[0].Objects)
		return true
	}
}
