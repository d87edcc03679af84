package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/config"
	"github.com/fairlead-io/fairlead/internal/derive"
)

// params are the parameters of a schema as flags of one command.
type params []*param

// param collects what is given to the flag of one parameter. It implements
// pflag.Value.
type param struct {
	flag  derive.Flag
	field *schema.Field
	given []string
}

// String implements pflag.Value; the default is part of the help text.
func (p *param) String() string { return "" }

// Set implements pflag.Value.
func (p *param) Set(v string) error {
	p.given = append(p.given, v)
	return nil
}

// Type implements pflag.Value; it is what the help shows for the value.
func (p *param) Type() string {
	switch {
	case p.flag.Secret:
		return "FILE|-"
	case p.flag.Kind == derive.FlagMap:
		return "KEY=VALUE"
	case p.flag.Kind == derive.FlagBoolean:
		return "bool"
	}
	return string(p.flag.Kind)
}

// addParams declares the flags of a schema on a command. reserved are flag
// names that mean something else there; a parameter of such a name gets the
// prefix "param-".
func addParams(cmd *cobra.Command, t *schema.Type, reserved func(string) bool) params {
	var ps params
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.SetNormalizeFunc(kebab)
	for i, f := range derive.Flags(t) {
		pa := &param{flag: f, field: &t.Fields[i]}
		ps = append(ps, pa)
		name := freeName(f.Name, reserved)
		pa.declare(fs, name, helpOf(f))
		if f.Deprecated != "" {
			_ = fs.MarkDeprecated(name, f.Deprecated) // it was declared just now
		}
		for _, a := range f.Aliases {
			if a = freeName(a, reserved); fs.Lookup(a) == nil {
				pa.declare(fs, a, "").Hidden = true
			}
		}
		if len(f.Choices) > 0 {
			_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(f.Choices, cobra.ShellCompDirectiveNoFileComp))
		}
	}
	return ps
}

func (p *param) declare(fs *pflag.FlagSet, name, help string) *pflag.Flag {
	fl := fs.VarPF(p, name, "", help)
	if p.flag.Kind == derive.FlagBoolean {
		fl.NoOptDefVal = "true"
	}
	return fl
}

func freeName(name string, reserved func(string) bool) string {
	if reserved(name) {
		return "param-" + name
	}
	return name
}

// kebab lets parameters be written as their ids, too: --bucketNames.
func kebab(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	return pflag.NormalizedName(strings.ReplaceAll(schema.Flag(name), "_", "-"))
}

func helpOf(f derive.Flag) string {
	parts := []string{f.Help}
	if len(f.Choices) > 0 {
		parts = append(parts, "One of: "+strings.Join(f.Choices, ", ")+".")
	}
	if f.When != nil {
		parts = append(parts, fmt.Sprintf("Only with --%s %q.", schema.Flag(f.When.Field), strings.Join(f.When.Values, " or ")))
	}
	switch {
	case f.Required:
		parts = append(parts, "(required)")
	case f.Default != "":
		parts = append(parts, fmt.Sprintf("(default %s)", f.Default))
	}
	// pflag takes text in back quotes for the name of the value.
	return strings.ReplaceAll(strings.Join(parts, " "), "`", "'")
}

// object lays what was given to flags, the environment and a person's answers
// over an object given as a whole.
func (ps params) object(p *program, whole map[string]json.RawMessage) (map[string]json.RawMessage, error) {
	for _, pa := range ps {
		raw, err := pa.value(p)
		if err != nil {
			return nil, err
		}
		if raw != nil {
			pa.put(whole, raw)
		} else if v := p.getenv(secretEnv(pa.flag.ID)); v != "" && pa.flag.Secret && !pa.in(whole) {
			whole[pa.flag.ID] = jsonText(v)
		}
	}
	return whole, ps.ask(p, whole)
}

// value is what the flag was given; nil where it was not.
func (pa *param) value(p *program) (json.RawMessage, error) {
	if len(pa.given) == 0 {
		return nil, nil
	}
	values, err := p.content(pa.flag, pa.given)
	if err != nil {
		return nil, err
	}
	raw, err := pa.flag.Parse(values)
	if err == nil {
		return raw, nil
	}
	if raw = asGiven(pa.flag, values); raw != nil {
		return raw, nil
	}
	return nil, err
}

// asGiven is a number that is none: the run path refuses it in its own words,
// and the refused run is recorded.
func asGiven(f derive.Flag, values []string) json.RawMessage {
	if len(values) != 1 || f.Kind != derive.FlagInteger && f.Kind != derive.FlagNumber && f.Kind != derive.FlagBoolean {
		return nil
	}
	return jsonText(values[0])
}

func jsonText(s string) json.RawMessage {
	raw, _ := json.Marshal(s) // of a string it cannot fail
	return raw
}

// secretEnv is the environment name of a secret parameter.
func secretEnv(id string) string { return config.EnvName("param-" + schema.Flag(id)) }

// named tells whether an object's member is the parameter: names match in any
// case.
func (pa *param) named(key string) bool {
	return strings.EqualFold(key, pa.field.ID) || slices.ContainsFunc(pa.field.Aliases, func(a string) bool { return strings.EqualFold(a, key) })
}

func (pa *param) in(object map[string]json.RawMessage) bool {
	for key := range object {
		if pa.named(key) {
			return true
		}
	}
	return false
}

func (pa *param) put(object map[string]json.RawMessage, v json.RawMessage) {
	maps.DeleteFunc(object, func(key string, _ json.RawMessage) bool { return pa.named(key) })
	object[pa.field.ID] = v
}

func (p *program) getenv(name string) string {
	for i := len(p.env) - 1; i >= 0; i-- {
		if key, v, ok := strings.Cut(p.env[i], "="); ok && key == name {
			return v
		}
	}
	return ""
}

// readObject reads the JSON object that a flag names; nothing is the empty one.
func (p *program) readObject(flag, path string) (map[string]json.RawMessage, error) {
	object := map[string]json.RawMessage{}
	if path == "" {
		return object, nil
	}
	raw, err := p.read(flag, path)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &object); err != nil || object == nil {
		return nil, notAnObject(flag, path, len(bytes.TrimSpace(raw)), err)
	}
	return object, nil
}

// notAnObject never shows what was read: it can hold secrets.
func notAnObject(flag, path string, size int, err error) error {
	what := "is not a JSON object"
	if size == 0 {
		what = "is empty"
	} else if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		what = fmt.Sprintf("is not valid JSON: there is a mistake at byte %d", s.Offset)
	}
	if path == "-" {
		path = "standard input"
	}
	return &connector.Error{Kind: connector.Invalid, Message: fmt.Sprintf("%s: the content of %s %s.", flag, path, what), Fix: "Give one JSON object of parameters, such as {\"bucketName\": \"evidence\"}."}
}
