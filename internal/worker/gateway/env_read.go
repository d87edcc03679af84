package gateway

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
)

// reader takes settings from the environment and collects what is wrong. It
// never shows a value that could be a secret in the wrong place.
type reader struct {
	lookup func(string) (string, bool)
	json   map[string]property // those of SPRING_APPLICATION_JSON, by the variable that they stand for
	errs   []*connector.Error
}

// newReader puts the properties of SPRING_APPLICATION_JSON before the variables,
// as Spring does.
func newReader(lookup func(string) (string, bool)) (*reader, []property) {
	r := &reader{lookup: lookup}
	all := r.readJSON()
	if len(all) == 0 {
		return r, nil
	}
	r.json = map[string]property{}
	for _, p := range all {
		r.json[p.variable()] = p
	}
	r.lookup = func(name string) (string, bool) {
		if p, ok := r.json[name]; ok {
			return p.value, true
		}
		return lookup(name)
	}
	return r, all
}

// text gives a value and the name it was found under. Empty values do not count:
// charts and compose files set them for what was left out.
func (r *reader) text(v variable) (value, name string) {
	for _, n := range v.names() {
		if s, ok := r.lookup(n); ok {
			if s = strings.TrimSpace(s); s != "" {
				return s, n
			}
		}
	}
	return "", ""
}

func (r *reader) string(v variable) string {
	s, _ := r.text(v)
	return s
}

func (r *reader) secret(v variable) connector.Secret {
	s, _ := r.text(v)
	return connector.NewSecret(s)
}

func (r *reader) problem(name, what, fix string) {
	r.errs = append(r.errs, connector.InvalidField(schema.Pointer("", name), r.called(name)+" "+what+".", fix))
}

// called says where a setting stands.
func (r *reader) called(name string) string {
	if p, ok := r.json[name]; ok {
		return "The property " + p.name + " in " + springJSON
	}
	return "The environment variable " + name
}

// bool takes the words that Spring takes.
func (r *reader) bool(v variable) *bool {
	s, name := r.text(v)
	if s == "" {
		return nil
	}
	yes := false
	switch strings.ToLower(s) {
	case "true", "on", "yes", "1":
		yes = true
	case "false", "off", "no", "0":
	default:
		r.problem(name, "is neither true nor false", "Set it to true or false.")
		return nil
	}
	return &yes
}

func (r *reader) count(v variable) int {
	s, name := r.text(v)
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > math.MaxInt32 {
		r.problem(name, "is not a number of jobs", "Set it to a whole number from 1 upwards.")
		return 0
	}
	return n
}

func (r *reader) duration(v variable) time.Duration {
	s, name := r.text(v)
	if s == "" {
		return 0
	}
	d, err := parseDuration(s)
	switch {
	case err != nil:
		r.problem(name, "is not a duration: "+err.Error(), "Set it to milliseconds, or write it like 30s, 5m or PT5M.")
	case d < 0:
		r.problem(name, "is a negative duration", "Set it to milliseconds, or write it like 30s, 5m or PT5M.")
		return 0
	}
	return d
}

// list takes one text with commas, or a series of names with an index.
func (r *reader) list(v variable) []string {
	if s, _ := r.text(v); s != "" {
		return split(s)
	}
	for _, n := range v.names() {
		var out []string
		for i := 0; ; i++ {
			s, ok := r.lookup(fmt.Sprintf("%s_%d", n, i))
			if !ok {
				s, ok = r.lookup(fmt.Sprintf("%s_%d_", n, i)) // as Spring writes it in full
			}
			if !ok {
				break
			}
			out = append(out, split(s)...)
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

func split(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// unsupported reports what has no counterpart here.
func (r *reader) unsupported(v variable, instead string) {
	if _, name := r.text(v); name != "" {
		r.problem(name, "is not supported", instead)
	}
}
