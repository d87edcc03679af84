package gateway

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// Override is what the environment says of the worker of one job type, under
// camunda.client.worker.override. Zero values were not given.
type Override struct {
	Type, Name     string // instead of its own
	Enabled        *bool
	MaxJobs        int
	Timeout        time.Duration
	PollInterval   time.Duration
	RequestTimeout time.Duration // of a long poll
	Stream         *bool
	StreamTimeout  time.Duration
	Fetch          []string
	FetchAll       *bool
	Tenants        []string
}

// Offered is a worker as overrides name it: by its job type, else by its name.
type Offered struct{ Type, Name string }

// Environment is what a process was given.
type Environment struct {
	Lookup func(string) (string, bool)
	Names  func() []string // of all variables; nil: none can be listed
}

// Overrides reads the overrides of the workers on offer, in their order. What
// has no effect is told in remarks. Errors are Invalid and name the variables.
func Overrides(env Environment, offered []Offered) (out []Override, remarks []string, err error) {
	r, properties := newReader(env.Lookup)
	o := &overrides{reader: r, offered: offered, placed: make([]placed, len(offered))}
	for _, f := range overridesInJSON(properties) {
		o.place(f)
	}
	if env.Names != nil {
		names := env.Names()
		slices.Sort(names)
		for _, f := range o.overridesInNames(names) {
			o.place(f)
		}
	}
	for i := range offered {
		out = append(out, o.read(i))
	}
	if err := connector.Join(r.errs); err != nil {
		return nil, nil, err
	}
	return out, o.remarks, nil
}

// overrideSetting is what an override may say.
type overrideSetting struct {
	property string
	list     bool
	read     func(r *reader, v variable, o *Override) // nil: it has no effect
	why      string                                   // it has none
}

// overrideSettings are those of Camunda's client for Spring.
func overrideSettings() []overrideSetting {
	const own = "The worker itself tells the cluster how each job ended."
	return []overrideSetting{
		{property: "enabled", read: func(r *reader, v variable, o *Override) { o.Enabled = r.bool(v) }},
		{property: "type", read: func(r *reader, v variable, o *Override) { o.Type = r.string(v) }},
		{property: "name", read: func(r *reader, v variable, o *Override) { o.Name = r.string(v) }},
		{property: "max-jobs-active", read: func(r *reader, v variable, o *Override) { o.MaxJobs = r.count(v) }},
		{property: "timeout", read: func(r *reader, v variable, o *Override) { o.Timeout = r.positive(v) }},
		{property: "poll-interval", read: func(r *reader, v variable, o *Override) { o.PollInterval = r.duration(v) }},
		{property: "request-timeout", read: func(r *reader, v variable, o *Override) { o.RequestTimeout = r.duration(v) }},
		{property: "stream-enabled", read: func(r *reader, v variable, o *Override) { o.Stream = r.bool(v) }},
		{property: "stream-timeout", read: func(r *reader, v variable, o *Override) { o.StreamTimeout = r.positive(v) }},
		{property: "fetch-variables", list: true, read: func(r *reader, v variable, o *Override) { o.Fetch = r.list(v) }},
		{property: "force-fetch-all-variables", read: func(r *reader, v variable, o *Override) { o.FetchAll = r.bool(v) }},
		{property: "tenant-ids", list: true, read: func(r *reader, v variable, o *Override) { o.Tenants = r.list(v) }},
		{property: "tenant-filter-mode", read: func(r *reader, v variable, _ *Override) { r.tenantFilter(v) }},
		{property: "auto-complete", why: own},
		{property: "max-retries", why: own},
		{property: "retry-backoff", why: "How long a failed job waits is said by the header retryBackoff of its task."},
	}
}

// tenantFilter knows the one way that there is here.
func (r *reader) tenantFilter(v variable) {
	if s, name := r.text(v); s != "" && squash(s) != "provided" {
		r.problem(name, "is not supported with this value", "Set it to PROVIDED, and name the tenants in tenant-ids.")
	}
}

// positive reads a duration that must be longer than nothing.
func (r *reader) positive(v variable) time.Duration {
	before, d := len(r.errs), r.duration(v)
	if s, name := r.text(v); s != "" && d == 0 && len(r.errs) == before {
		r.problem(name, "is no time at all", "Set it to milliseconds, or write it like 30s, 5m or PT5M.")
	}
	return d
}

// overrides are being read.
type overrides struct {
	*reader
	offered []Offered
	placed  []placed // by their worker
	remarks []string
}

// placed are the overrides of one worker. Those that name its type go before
// those that name it.
type placed struct{ byType, byName map[string][]placement }

type placement struct {
	written
	way
}

// place finds out which worker and setting an override means.
func (o *overrides) place(f written) {
	goals := o.goals(f)
	const fix = "Name the type as it is, in " + springJSON + `: {"camunda.client.worker.override.[TYPE].SETTING": "..."}.`
	switch {
	case len(goals) > 1:
		o.problem(f.name, fmt.Sprintf("could be %s or %s", o.words(goals[0]), o.words(goals[1])), fix)
	case len(goals) == 1 && len(goals[0].workers) > 1:
		w := goals[0].workers
		o.problem(f.name, fmt.Sprintf("could mean %s or %s", o.offered[w[0]].Type, o.offered[w[1]].Type), fix)
	case len(goals) == 1:
		o.keep(goals[0].workers[0], goals[0].byName, placement{f, goals[0].way})
	case len(f.ways) > 0:
		o.remark(f.name, "It names no job type that there is here.")
	default:
		o.remark(f.name, "It names no setting that is known.")
	}
}

// goal is where a way leads to.
type goal struct {
	way
	workers []int
	byName  bool
}

func (o *overrides) goals(f written) (out []goal) {
	for _, w := range f.ways {
		if workers, byName := o.match(w.worker); len(workers) > 0 {
			out = append(out, goal{w, workers, byName})
		}
	}
	return out
}

func (o *overrides) words(g goal) string {
	return g.setting.property + " of " + o.offered[g.workers[0]].Type
}

func (o *overrides) remark(name, why string) {
	o.remarks = append(o.remarks, o.called(name)+" has no effect. "+why)
}

// match gives the workers that a key means, and whether by their name. The best
// likeness counts.
func (o *overrides) match(key element) (workers []int, byName bool) {
	same := []func(a, b string) bool{
		func(a, b string) bool { return a == b },
		strings.EqualFold,
		func(a, b string) bool { return !key.exact && letters(a) == letters(b) },
	}
	for _, byName := range []bool{false, true} {
		for _, like := range same {
			for i, w := range o.offered {
				if text := map[bool]string{false: w.Type, true: w.Name}[byName]; like(key.text, text) {
					workers = append(workers, i)
				}
			}
			if len(workers) > 0 {
				return workers, byName
			}
		}
	}
	return nil, false
}

// keep takes down an override, unless it was said already.
func (o *overrides) keep(worker int, byName bool, p placement) {
	into := &o.placed[worker].byType
	if byName {
		into = &o.placed[worker].byName
	}
	if *into == nil {
		*into = map[string][]placement{}
	}
	property := p.setting.property
	for _, other := range (*into)[property] {
		switch {
		case other.inJSON && !p.inJSON:
			return // it goes before the environment
		case other.index == p.index:
			if other.value != p.value {
				o.problem(p.name, "and "+other.name+" mean the same and differ", "Keep one of them.")
			}
			return
		}
	}
	(*into)[property] = append((*into)[property], p)
}

// read gives what is said of one worker.
func (o *overrides) read(worker int) (out Override) {
	said := o.placed[worker].byType
	if said == nil {
		said = o.placed[worker].byName
	} else {
		for _, s := range overrideSettings() {
			for _, p := range o.placed[worker].byName[s.property] {
				o.remark(p.name, "There is an override that names the job type "+o.offered[worker].Type+".")
			}
		}
	}
	for _, s := range overrideSettings() {
		found := said[s.property]
		switch {
		case len(found) == 0:
		case s.read == nil:
			o.remark(found[0].name, s.why)
		default:
			o.take(s, found, &out)
		}
	}
	return out
}

// take reads a single setting from what was found of it: of a list, its entries
// in their order, unless it stands in one text.
func (o *overrides) take(s overrideSetting, found []placement, out *Override) {
	slices.SortStableFunc(found, func(a, b placement) int { return a.index - b.index })
	if found[0].index < 0 {
		found = found[:1]
	}
	var entries []string
	for _, p := range found {
		entries = append(entries, p.value)
	}
	one := &reader{json: o.json, lookup: func(string) (string, bool) { return strings.Join(entries, ","), true }}
	s.read(one, variable{sdk: []string{found[0].name}}, out)
	o.errs = append(o.errs, one.errs...)
}
