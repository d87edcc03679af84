package gateway

import (
	"regexp"
	"strconv"
	"strings"
)

// written is one override as it was found.
type written struct {
	name, value string
	inJSON      bool
	ways        []way // in which its name can be read
}

// way says which worker and setting a name means.
type way struct {
	worker  element
	setting overrideSetting
	index   int // in a list; -1: the whole of it
}

func settingOf(name string, settings []overrideSetting) (overrideSetting, int, bool) {
	for _, s := range settings {
		if letters(name) == letters(s.property) {
			return s, -1, true
		}
	}
	if m := indexed.FindStringSubmatch(name); m != nil {
		for _, s := range settings {
			if i, err := strconv.Atoi(m[2]); s.list && err == nil && letters(m[1]) == letters(s.property) {
				return s, i, true
			}
		}
	}
	return overrideSetting{}, 0, false
}

// indexed is a name with a place in a list after it: TENANTIDS_0, TENANTIDS_0_,
// tenant-ids[0].
var indexed = regexp.MustCompile(`^(.+?)[_.\[]{1,2}([0-9]{1,4})[_\]]?$`)

const overridePrefix = "camunda.client.worker.override"

func overridesInJSON(all []property) (out []written) {
	settings, depth := overrideSettings(), strings.Count(overridePrefix, ".")+1
	for _, p := range all {
		if len(p.path) <= depth || letters(join(p.path[:depth])) != letters(overridePrefix) {
			continue
		}
		f, rest := written{name: p.variable(), value: strings.TrimSpace(p.value), inJSON: true}, p.path[depth:]
		if f.value == "" {
			continue
		}
		for last := 1; last <= min(2, len(rest)-1); last++ { // a list's index is an element of its own
			worker := rest[:len(rest)-last]
			if s, i, ok := settingOf(join(rest[len(rest)-last:]), settings); ok {
				f.ways = append(f.ways, way{element{join(worker), len(worker) == 1 && worker[0].exact}, s, i})
			}
		}
		out = append(out, f)
	}
	return out
}

func join(path []element) string {
	parts := make([]string, len(path))
	for i, e := range path {
		parts[i] = e.text
	}
	return strings.Join(parts, ".")
}

func (o *overrides) overridesInNames(names []string) (out []written) {
	settings := overrideSettings()
	for _, n := range names {
		rest, ok := cutFold(n, strings.ReplaceAll(overridePrefix, ".", "_"))
		if !ok {
			rest, ok = cutFold(n, overridePrefix)
		}
		value, _ := o.lookup(n)
		if value = strings.TrimSpace(value); ok && rest != "" && value != "" {
			out = append(out, written{name: n, value: value, ways: waysOf(rest, settings)})
		}
	}
	return out
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) || !strings.ContainsAny(s[len(prefix):min(len(s), len(prefix)+1)], "_.[") {
		return "", false
	}
	return strings.TrimLeft(s[len(prefix):], "_."), true
}

// waysOf reads IO_CAMUNDA_AWS_S3_1_TIMEOUT and its like. Nothing in it says
// where the job type ends, so that there can be several ways.
func waysOf(rest string, settings []overrideSetting) (out []way) {
	add := func(worker element, name string) {
		if s, i, ok := settingOf(name, settings); ok && letters(worker.text) != "" {
			out = append(out, way{worker, s, i})
		}
	}
	if inner, ok := strings.CutPrefix(rest, "["); ok {
		worker, name, _ := strings.Cut(inner, "]")
		add(element{worker, true}, strings.TrimLeft(name, "_."))
		return out
	}
	for i, c := range rest {
		if c == '_' || c == '.' {
			add(element{rest[:i], false}, rest[i+1:])
		}
	}
	return out
}
