package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/theory/jsonpath"
)

// query is a JSONPath (RFC 9535) over the JSON output.
type query struct{ path *jsonpath.Path }

// String implements pflag.Value.
func (q *query) String() string {
	if q.path == nil {
		return ""
	}
	return q.path.String()
}

// Type implements pflag.Value.
func (q *query) Type() string { return "JSONPATH" }

// Set implements pflag.Value.
func (q *query) Set(s string) error {
	p, err := jsonpath.Parse(s)
	if err != nil {
		return fmt.Errorf("is no JSONPath of RFC 9535: %w", err)
	}
	q.path = p
	return nil
}

// write prints what the query finds: as a value where it can find one at most,
// else as a list; for people a line for each, texts bare.
func (q *query) write(w io.Writer, f format, raw json.RawMessage) error {
	in, err := decodeAny(raw)
	if err != nil {
		return err
	}
	found := []any(q.path.Select(in))
	if f == formatTable {
		return writeLines(w, found)
	}
	var out any = found
	switch {
	case q.path.Query().Singular() != nil && len(found) == 0:
		out = nil
	case q.path.Query().Singular() != nil:
		out = found[0]
	case len(found) == 0:
		out = []any{}
	}
	answer, err := encode(out)
	if err != nil {
		return err
	}
	return f.write(w, answer)
}

func writeLines(w io.Writer, values []any) error {
	for _, v := range values {
		text, ok := v.(string)
		if !ok {
			raw, err := encode(v)
			if err != nil {
				return err
			}
			text = string(raw)
		}
		if _, err := fmt.Fprintln(w, text); err != nil {
			return err
		}
	}
	return nil
}

func decodeAny(raw json.RawMessage) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

// encode is compact JSON without HTML escapes.
func encode(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
