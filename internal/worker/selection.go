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
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// Selection is which functions a worker offers, as the environment says under
// the names of Camunda's connector runtime.
type Selection struct {
	Functions []job.Function
	Timeouts  map[string]time.Duration // by job type
}

// Select leaves out what the environment disables and renames what it renames:
//
//	CONNECTOR_OUTBOUND_DISABLED, CONNECTOR_OUTBOUND_ENABLED    lists of job types, in any case; one of the two
//	CONNECTOR_OUTBOUND_DISCOVERY_DISABLED                      only functions with a CONNECTOR_<NAME>_FUNCTION
//	CONNECTOR_<NAME>_TYPE, _TIMEOUT (ms), _INPUT_VARIABLES     of one function
//
// Errors are Invalid and name the variable.
func Select(all []job.Function, lookup func(string) (string, bool), v compat.Version, log *slog.Logger) (Selection, error) {
	s := selector{lookup: lookup, compat: v}
	out := Selection{Timeouts: map[string]time.Duration{}}
	wanted := s.wanted()
	types := map[string]string{}
	for _, f := range all {
		f := s.adjusted(f)
		if !wanted(f) {
			continue
		}
		if other, taken := types[f.Type()]; taken {
			s.bad(EnvName(f.Name(), "TYPE"), fmt.Sprintf("%s and %s would both take the job type %s", other, f.Name(), f.Type()), "Give one of them another type.")
			continue
		}
		types[f.Type()] = f.Name()
		out.Functions = append(out.Functions, f)
		if d := s.timeout(f.Name()); d > 0 {
			out.Timeouts[f.Type()] = d
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
	errs   []*connector.Error
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
func (s *selector) adjusted(f job.Function) job.Function {
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

func (a adjusted) Type() string    { return a.typ }
func (a adjusted) Fetch() []string { return a.fetch }

// SecretNames are those of the function itself, if it knows any.
func (a adjusted) SecretNames() []string {
	if d, ok := a.Function.(job.Discreet); ok {
		return d.SecretNames()
	}
	return nil
}
