package run

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
)

// maxStoredRaw is the size in bytes up to which raw data is kept with the run.
const maxStoredRaw = 4 << 20

// encode turns a command's result into the record's parts. Secrets become
// references to their sealed values.
func (j *job) encode(res any) error {
	if j.batch != nil && j.out.body.RawData != nil {
		return nil // the children's parts are there already
	}
	j.out.body.KeyFields = map[string][]any{}
	j.out.body.Result = schema.Table{Columns: []string{}, Rows: [][]any{}}
	if res == nil {
		return nil
	}
	raw, err := json.Marshal(res)
	if err != nil {
		return err
	}
	if secrets := j.cmd.Out.Secrets(res); len(secrets) > 0 {
		if raw, err = j.sealSecrets(raw, secrets); err != nil {
			return err
		}
	}
	j.out.body.RawData = raw
	j.out.body.KeyFields = j.cmd.Out.KeyFields(res)
	j.out.body.Result = j.cmd.Out.Table(res)
	return nil
}

func (j *job) sealSecrets(raw []byte, secrets []schema.SecretAt) ([]byte, error) {
	values := map[string]string{}
	doc, err := decodeAny(raw)
	if err != nil {
		return nil, err
	}
	for _, s := range secrets {
		ptr := "/rawData" + s.Pointer
		values[ptr] = s.Value
		setAt(doc, s.Pointer, map[string]string{"$secret": j.row.ID + "#" + ptr})
	}
	plain, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	j.out.sealed, err = j.svc.Sealer.Seal(context.WithoutCancel(j.ctx), j.row.Tenant, runAD(j.row, "output"), plain)
	if err != nil {
		return nil, err
	}
	return json.Marshal(doc)
}

func decodeAny(raw []byte) (any, error) {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

var pointerUnescape = strings.NewReplacer("~1", "/", "~0", "~")

func setAt(doc any, pointer string, v any) {
	segs := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, s := range segs {
		s = pointerUnescape.Replace(s)
		last := i == len(segs)-1
		switch x := doc.(type) {
		case map[string]any:
			if last {
				x[s] = v
			}
			doc = x[s]
		case []any:
			n, err := strconv.Atoi(s)
			if err != nil || n >= len(x) {
				return
			}
			if last {
				x[n] = v
			}
			doc = x[n]
		}
	}
}

// storedOutput is what stays of the output: redacted by value, and without raw
// data too large to keep.
func (j *job) storedOutput() []byte {
	body := j.out.body
	if len(body.RawData) > maxStoredRaw {
		body.RawData, body.Omitted = nil, true
		body.Result.Rows, body.KeyFields = [][]any{}, map[string][]any{}
	}
	raw, err := body.encoded()
	if err != nil {
		return nil
	}
	return j.red.Bytes(raw)
}

// encoded is json.Marshal(o) for raw data that was encoded by it before: to
// read all of it again is much of what a read costs.
func (o output) encoded() ([]byte, error) {
	const before, null = `{"rawData":`, `null`
	raw := o.RawData
	o.RawData = nil
	rest, err := json.Marshal(o)
	if err != nil || len(raw) == 0 {
		return rest, err
	}
	rest = rest[len(before)+len(null):]
	out := make([]byte, 0, len(before)+len(raw)+len(rest))
	return append(append(append(out, before...), raw...), rest...), nil
}

// errorView is the Error tab of a run that failed in whole or in part.
func (j *job) errorView(e *connector.Error, v ReturnData) *ErrorView {
	failed := j.rec.failures
	if v == Successful {
		return nil
	}
	view := &ErrorView{FailureIndicator: j.cmd.Indicator, Items: []ErrorItemView{}}
	first := e
	for _, f := range failed {
		view.Items = append(view.Items, j.errorItem(f))
		if first == nil {
			first = f
		}
	}
	if e != nil && e.Causes == nil && (e.Item != "" || len(failed) == 0) {
		view.Items = append(view.Items, j.errorItem(e))
	}
	if e != nil {
		for _, c := range e.Causes {
			view.Items = append(view.Items, j.errorItem(c))
		}
	}
	view.Kind, view.StatusCode, view.Fix, view.Cause = first.Kind, first.StatusCode(), j.red.String(first.Fix), first
	view.Message = j.red.String(joinMessages(e, failed))
	return view
}

// shownFailures is how many failing items' messages make up the message.
const shownFailures = 3

func joinMessages(e *connector.Error, failed []*connector.Error) string {
	var parts []string
	if e != nil {
		parts = append(parts, e.Message)
	}
	for i, f := range failed {
		if i == shownFailures {
			parts = append(parts, "And "+strconv.Itoa(len(failed)-i)+" more.")
			break
		}
		parts = append(parts, f.Message)
	}
	return closeSentence(strings.Join(parts, " "))
}

func closeSentence(s string) string {
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".!?") {
		return s
	}
	return s + "."
}

func (j *job) errorItem(e *connector.Error) ErrorItemView {
	item := e.Item
	if item == "" && e.Field != "" {
		item = strings.TrimPrefix(e.Field, "/")
	}
	return ErrorItemView{
		Item: j.red.String(item), Operation: j.red.String(e.Operation), Code: j.red.String(e.Code), StatusCode: e.StatusCode(),
		Message: j.red.String(closeSentence(e.Message)), RequestID: j.red.String(e.RequestID), Field: e.Field, Fix: j.red.String(e.Fix),
	}
}
