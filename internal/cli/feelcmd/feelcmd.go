// Package feelcmd is the part of the command line that evaluates FEEL expressions.
package feelcmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/feel"
)

// New returns the command "feel" with its subcommands.
func New() *cobra.Command {
	cmd := &cobra.Command{Use: "feel", Short: "Evaluate FEEL expressions"}
	cmd.AddCommand(evalCommand(), functionsCommand())
	return cmd
}

type evalOptions struct {
	vars      []string
	clock     string
	jsonLines bool
	unary     bool
	typed     bool
}

func evalCommand() *cobra.Command {
	var o evalOptions
	cmd := &cobra.Command{
		Use:   "eval EXPR",
		Short: "Evaluate an expression, or many from standard input",
		Long: `Evaluate a FEEL expression and print its value as JSON; warnings go to standard error.

With --json-lines, read {"id","expr","context","unary"} objects from standard input, one a
line, and write {"id","ok","kind","value","warnings","error"} for each, in order.`,
		Example: `  fairlead feel eval 'sum(items[price > 10].price)' --var 'items=[{"price": 12.5}, {"price": 3}]'
  echo '{"id": 1, "expr": "a + 1", "context": {"a": 2}}' | fairlead feel eval --json-lines`,
		Args:          cobra.MaximumNArgs(1),
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(cmd *cobra.Command, args []string) error { return o.run(cmd, args) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.vars, "var", nil, "a variable as `name=json`; may be repeated")
	f.StringVar(&o.clock, "clock", "", "the `time` of now() and today(), such as 2026-01-02T03:04:05Z (default: the system's)")
	f.BoolVar(&o.jsonLines, "json-lines", false, "read expressions from standard input and write answers, one a line")
	f.BoolVar(&o.unary, "unary", false, "the expression is a unary test; its input is the variable cellInput")
	f.BoolVar(&o.typed, "typed", false, "print the value with its kind")
	return cmd
}

func (o *evalOptions) run(cmd *cobra.Command, args []string) error {
	engine, err := o.engine()
	if err != nil {
		return err
	}
	switch {
	case o.jsonLines && (len(args) > 0 || len(o.vars) > 0 || o.unary):
		return invalid("", "--json-lines takes no expression, --var or --unary", "Put them into the lines: expr, context, unary.")
	case o.jsonLines:
		return jsonLines(cmd.Context(), engine, cmd.InOrStdin(), cmd.OutOrStdout())
	case len(args) == 0:
		return invalid("EXPR", "the expression is missing", "Give an expression, or --json-lines and expressions on standard input.")
	}
	return o.one(cmd, engine, args[0])
}

func (o *evalOptions) engine() (*feel.Engine, error) {
	clock := time.Now
	if o.clock != "" {
		t, err := time.Parse(time.RFC3339Nano, o.clock)
		if err != nil {
			return nil, invalid("--clock", fmt.Sprintf("%q is no time", o.clock), "Write it like 2026-01-02T03:04:05Z.")
		}
		clock = func() time.Time { return t }
	}
	return feel.New(feel.WithClock(clock), feel.WithFunctions(feel.ClusterFunctions()...),
		feel.WithFunctions(feel.ConnectorFunctions(rand.Float64)...)), nil
}

// one evaluates the expression of the command line.
func (o *evalOptions) one(cmd *cobra.Command, engine *feel.Engine, text string) error {
	vars, err := variables(o.vars)
	if err != nil {
		return err
	}
	parse := engine.Parse
	if o.unary {
		parse = engine.ParseUnaryTests
	}
	x, err := parse(text)
	if err != nil {
		return failure(err)
	}
	res, err := x.Evaluate(cmd.Context(), vars)
	for _, w := range res.Warnings {
		fmt.Fprintf(cmd.ErrOrStderr(), "Warning: %d:%d: %s: %s\n", w.Line, w.Column, w.Kind, w.Message)
	}
	if err != nil {
		return failure(err)
	}
	out := res.Value.AppendTyped(nil)
	if !o.typed {
		if out, err = json.Marshal(res.Value); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", out)
	return err
}

// variables reads name=json pairs; a later one wins.
func variables(pairs []string) (feel.Variables, error) {
	var entries []feel.Entry
	for _, pair := range pairs {
		name, text, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, invalid("--var", fmt.Sprintf("%q is not of the form name=json", pair), `Write it like --var 'total=12.5' or --var 'name="Ann"'.`)
		}
		v, err := feel.FromJSON([]byte(text))
		if err != nil {
			return nil, invalid("--var", fmt.Sprintf("the value of %s is no JSON: %v", name, err), `A text needs double quotes: --var '`+name+`="..."'.`)
		}
		entries = append(entries, feel.Entry{Key: name, Value: v})
	}
	return feel.FromContext(feel.Context(entries...)), nil
}

func invalid(field, message, fix string) error {
	return &connector.Error{Kind: connector.Invalid, Field: field, Message: message, Fix: fix}
}

// failure is the error of an expression in the words of the command line.
func failure(err error) error {
	e, ok := errors.AsType[*feel.Error](err)
	if !ok {
		return err
	}
	out := &connector.Error{Kind: connector.Invalid, Field: "EXPR", Message: e.Error()}
	switch e.Kind {
	case feel.ErrLimit:
		out.Kind, out.Fix = connector.Limited, "Let the expression do less, or split it."
	case feel.ErrCanceled:
		out.Kind = connector.Canceled
	case feel.ErrParse:
		out.Fix = "Correct the expression at this place."
	}
	return out
}
