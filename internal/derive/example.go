package derive

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
)

func (p *page) examples(i *connector.Integration, c *connector.Command) {
	p.f("## Examples\n\n```sh\nfairlead run %s %s%s\n```\n\n", i.ID, c.ID, cliArgs(i, c))
	p.f("```sh\ncurl -s \"$FAIRLEAD_SERVER%s\" \\\n  -H \"Authorization: Bearer $FAIRLEAD_TOKEN\" \\\n  -H 'Content-Type: application/json' \\\n  -d %s\n```\n\n",
		OperationPath(i, c), shellQuote(exampleBody(i, c)))
}

func cliArgs(i *connector.Integration, c *connector.Command) string {
	var b strings.Builder
	if i.Connection != nil {
		b.WriteString(" --connection NAME")
	}
	for k := range c.In.Fields {
		f := &c.In.Fields[k]
		if !shown(f) {
			continue
		}
		fl := flagOf(f)
		b.WriteString(" \\\n  --" + fl.Name + " " + shellQuote(flagText(fl, exampleValue(f))))
	}
	return b.String()
}

// shown fields make up the smallest useful call: what is required, and what
// has an example and is not in a section for special cases.
func shown(f *schema.Field) bool {
	return f.Deprecated == "" && (f.Required && f.When == nil || f.Example != "" && f.Group == "")
}

func flagText(fl Flag, v any) string {
	if fl.Secret {
		return "FILE"
	}
	switch x := v.(type) {
	case string:
		return x
	case []any:
		if fl.Kind == FlagList {
			parts := make([]string, len(x))
			for i, e := range x {
				parts[i] = strings.ReplaceAll(valueText(e), ",", ",,")
			}
			return strings.Join(parts, ",")
		}
	}
	return valueText(v)
}

// ExampleInput is a small input that shows how a command is called.
func ExampleInput(c *connector.Command) schema.Ordered {
	in := obj{}
	for k := range c.In.Fields {
		if f := &c.In.Fields[k]; shown(f) {
			in = append(in, schema.Member{Name: f.ID, Value: exampleValue(f)})
		}
	}
	return in
}

func exampleBody(i *connector.Integration, c *connector.Command) string {
	body := obj{}
	if i.Connection != nil {
		body = append(body, schema.Member{Name: "connection", Value: "NAME"})
	}
	body = append(body, schema.Member{Name: "input", Value: ExampleInput(c)})
	b, err := json.MarshalIndent(body, "", "  ")
	if err != nil {
		return "{}"
	}
	return string(b)
}

func exampleValue(f *schema.Field) any {
	if f.Example != "" {
		return exampleFromText(&f.Type, f.Example)
	}
	if f.Default != nil {
		return f.Default
	}
	return placeholder(&f.Type)
}

// exampleFromText reads an example tag: JSON where the kind needs it, else the
// text itself; one element stands for a list.
func exampleFromText(t *schema.Type, s string) any {
	if t.Kind == schema.String && len(t.Alt) == 0 {
		return s
	}
	var v any
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	if err := d.Decode(&v); err == nil && (t.Kind != schema.Array || isList(v)) {
		return v
	}
	if t.Kind == schema.Array {
		out := []any{}
		for _, part := range strings.Split(s, ",") {
			out = append(out, exampleFromText(t.Elem, strings.TrimSpace(part)))
		}
		return out
	}
	return s
}

func isList(v any) bool { _, ok := v.([]any); return ok }

func placeholder(t *schema.Type) any {
	switch t.Kind {
	case schema.Boolean:
		return true
	case schema.Integer, schema.Number:
		if t.Minimum != nil {
			return json.Number(fmt.Sprint(*t.Minimum))
		}
		return json.Number("1")
	case schema.Array:
		return []any{placeholder(t.Elem)}
	case schema.Map, schema.Object, schema.Any:
		return obj{}
	}
	if len(t.Enum) > 0 {
		return t.Enum[0]
	}
	return "TEXT"
}

// shellQuote quotes a word for a POSIX shell when it needs it.
func shellQuote(s string) string {
	plain := s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !strings.ContainsRune("-_./:,=@%+", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) < 0
	if plain {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
