package worker

import (
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/worker/compat"
	"github.com/fairlead-io/fairlead/internal/worker/gateway"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// Selection is which functions a worker offers, as the environment says under
// the names of Camunda's connector runtime.
type Selection struct {
	Functions []job.Function
	Types     map[string]TypeSettings // by job type
}

// Select leaves out what the environment disables and renames what it renames:
//
//	CONNECTOR_OUTBOUND_DISABLED, CONNECTOR_OUTBOUND_ENABLED    lists of job types, in any case; one of the two
//	CONNECTOR_OUTBOUND_DISCOVERY_DISABLED                      only functions with a CONNECTOR_<NAME>_FUNCTION
//	CONNECTOR_<NAME>_TYPE, _TIMEOUT (ms), _INPUT_VARIABLES     of one function
//	CAMUNDA_CLIENT_WORKER_OVERRIDE_<TYPE>_<SETTING>            of one job type; these win
//
// Errors are Invalid and name the variable.
func Select(all []job.Function, env gateway.Environment, v compat.Version, log *slog.Logger) (Selection, error) {
	s := selector{lookup: env.Lookup, compat: v, types: map[string]string{}}
	out := Selection{Types: map[string]TypeSettings{}}
	functions := make([]adjusted, len(all))
	for i, f := range all {
		functions[i] = s.adjusted(f)
	}
	overrides := s.overrides(env, functions, log)
	wanted := s.wanted()
	for i, f := range functions {
		o := overrides[i]
		if !wanted(f) || o.Enabled != nil && !*o.Enabled {
			continue
		}
		f = f.overridden(o)
		if s.takes(f) {
			out.Functions = append(out.Functions, f)
			out.Types[f.Type()] = typeSettings(s.timeout(f.Name()), o)
		}
	}
	if e := connector.Join(s.errs); e != nil {
		return Selection{}, e
	}
	if len(out.Functions) == 0 {
		log.Warn("no job type is enabled: the worker has nothing to do")
	}
	return out, nil
}

type selector struct {
	lookup func(string) (string, bool)
	compat compat.Version
	types  map[string]string // that are taken, with the function that takes them
	errs   []*connector.Error
}

// takes tells whether a function may have its job type, which is one for each.
func (s *selector) takes(f job.Function) bool {
	if other, taken := s.types[f.Type()]; taken {
		s.bad(EnvName(f.Name(), "TYPE"), fmt.Sprintf("%s and %s would both take the job type %s", other, f.Name(), f.Type()), "Give one of them another type.")
		return false
	}
	s.types[f.Type()] = f.Name()
	return true
}

// overrides are those of the functions, in their order. What of them has no
// effect is said once.
func (s *selector) overrides(env gateway.Environment, functions []adjusted, log *slog.Logger) []gateway.Override {
	offered := make([]gateway.Offered, len(functions))
	for i, f := range functions {
		offered[i] = gateway.Offered{Type: f.Type(), Name: f.Name()}
	}
	out, remarks, err := gateway.Overrides(env, offered)
	if err != nil {
		e := connector.AsError(err)
		if e.Causes == nil {
			e = &connector.Error{Causes: []*connector.Error{e}}
		}
		s.errs = append(s.errs, e.Causes...)
		return make([]gateway.Override, len(functions))
	}
	for _, r := range remarks {
		log.Warn(r)
	}
	return out
}

// typeSettings are what an override says, and the timeout of the function where
// it says none.
func typeSettings(timeout time.Duration, o gateway.Override) TypeSettings {
	t := TypeSettings{
		Name: o.Name, Tenants: o.Tenants, MaxJobs: o.MaxJobs, Timeout: o.Timeout, Stream: o.Stream, StreamFor: o.StreamTimeout, LongPoll: o.RequestTimeout,
	}
	if t.Timeout == 0 {
		t.Timeout = timeout
	}
	if o.PollInterval > 0 {
		t.PollEvery = max(o.PollInterval, LeastPoll)
	}
	return t
}

func (s *selector) bad(name, what, fix string) {
	s.errs = append(s.errs, connector.InvalidField("/"+name, "The variable "+name+" cannot be used: "+what+".", fix))
}

// EnvName is the variable of a setting of one function: CONNECTOR_AWS_S3_TYPE.
func EnvName(function, setting string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '_'
		case r == '_', r >= '0' && r <= '9', r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z':
			return r
		}
		return -1
	}, function)
	return "CONNECTOR_" + strings.ToUpper(name) + "_" + setting
}

func (s *selector) text(name string) string {
	v, _ := s.lookup(name)
	return strings.TrimSpace(v)
}

// wanted tells which functions are offered.
func (s *selector) wanted() func(job.Function) bool {
	const disabled, enabled, discovery = "CONNECTOR_OUTBOUND_DISABLED", "CONNECTOR_OUTBOUND_ENABLED", "CONNECTOR_OUTBOUND_DISCOVERY_DISABLED"
	off := s.list(disabled)
	_, named := s.lookup(enabled)
	if len(off) > 0 && named {
		s.bad(disabled, enabled+" is set too", "Set one of the two.")
	}
	on := s.list(enabled)
	byHand := s.truth(discovery)
	return func(f job.Function) bool {
		_, called := s.lookup(EnvName(f.Name(), "FUNCTION"))
		typ := strings.ToLower(f.Type())
		switch {
		case byHand && !called:
			return false
		case named:
			return slices.Contains(on, typ)
		}
		return !slices.Contains(off, typ)
	}
}

func (s *selector) list(name string) []string {
	return strings.FieldsFunc(strings.ToLower(s.text(name)), func(r rune) bool { return r == ',' || r == ' ' })
}

func (s *selector) truth(name string) bool {
	switch strings.ToLower(s.text(name)) {
	case "", "false", "off", "no", "0":
		return false
	case "true", "on", "yes", "1":
		return true
	}
	s.bad(name, "it is neither true nor false", "Write true or false.")
	return false
}

func (s *selector) timeout(function string) time.Duration {
	name := EnvName(function, "TIMEOUT")
	text := s.text(name)
	if text == "" {
		return 0
	}
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil || ms <= 0 || ms > int64(30*24*time.Hour/time.Millisecond) {
		s.bad(name, "it is not a number of milliseconds", "Write it like 300000.")
		return 0
	}
	return time.Duration(ms) * time.Millisecond
}

// adjusted is a function under the names that the environment gives it.
func (s *selector) adjusted(f job.Function) adjusted {
	a := adjusted{Function: f, typ: f.Type(), fetch: f.Fetch()}
	if by, ok := f.(interface {
		FetchFor(compat.Version) []string
	}); ok {
		a.fetch = by.FetchFor(s.compat)
	}
	if t := s.text(EnvName(f.Name(), "TYPE")); t != "" {
		a.typ = t
	}
	if vars := s.text(EnvName(f.Name(), "INPUT_VARIABLES")); vars != "" {
		a.fetch = strings.FieldsFunc(vars, func(r rune) bool { return r == ',' || r == ' ' })
	}
	return a
}

type adjusted struct {
	job.Function
	typ   string
	fetch []string
}

// overridden is a function under the names that an override gives it.
func (a adjusted) overridden(o gateway.Override) adjusted {
	if o.Type != "" {
		a.typ = o.Type
	}
	if o.Fetch != nil {
		a.fetch = o.Fetch
	}
	if o.FetchAll != nil && *o.FetchAll {
		a.fetch = nil
	}
	return a
}

func (a adjusted) Type() string    { return a.typ }
func (a adjusted) Fetch() []string { return a.fetch }

// SecretNames are those of the function itself, if it knows any.
func (a adjusted) SecretNames() []string {
	if d, ok := a.Function.(job.Discreet); ok {
		return d.SecretNames()
	}
	return nil
}
