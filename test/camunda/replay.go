// Package camunda holds Fairlead's worker against Camunda's connector runtimes:
// their recorded behaviour, and what they cost.
package camunda

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/fairlead-io/fairlead/test/camunda/recorded"
)

// listed is a difference that is meant.
type listed struct {
	cases    []string // ids, with * for anything
	versions []string // of --compat; none: all
	// paths are the places that may differ, as in recorded.Difference, with * for
	// anything; none: all.
	paths []string
	// ours is what the worker does instead: the kind of command, and a part of its
	// message.
	ours, says string
	taken      bool // the cluster has taken the last command
	sometimes  bool // not in every run
	reason     string
}

func (l listed) covers(c recorded.Case, v recorded.Version) bool {
	if len(l.versions) > 0 && !slices.Contains(l.versions, v.Compat) {
		return false
	}
	return slices.ContainsFunc(l.cases, func(p string) bool { return matches(p, c.ID) })
}

// holds tells whether the entry explains all differences, and the worker does what
// it says.
func (l listed) holds(ds []recorded.Difference, got recorded.Observation) bool {
	if l.ours != "" && l.ours != got.Outcome.Kind {
		return false
	}
	if l.taken && got.Outcome.Reply != "" {
		return false
	}
	if l.says != "" && (got.Outcome.ErrorMessage == nil || !strings.Contains(*got.Outcome.ErrorMessage, l.says)) {
		return false
	}
	for _, d := range ds {
		if len(l.paths) > 0 && !slices.ContainsFunc(l.paths, func(p string) bool { return matches(p, d.Path) }) {
			return false
		}
	}
	return true
}

// sizes is what the worker does with the cases that are not compared.
func sizes() map[string]string {
	return map[string]string{
		"size.upload-4-mib": "complete", "size.upload-5-mib": "complete", "size.upload-5-mib-plus-1": "complete", "size.upload-8-mib": "complete",
		"size.download-document-16-mib": "complete",
		"size.string-field-6-mib":       "fail", // a document above 1 MiB in a text field
	}
}

// matches compares with a pattern in which * stands for anything, slashes too.
func matches(pattern, s string) bool {
	ok, err := path.Match(strings.ReplaceAll(pattern, "/", "|"), strings.ReplaceAll(s, "/", "|"))
	return err == nil && ok
}

// tally counts the cases of one version.
type tally struct {
	version     string
	groups      []string // in the order of the recordings
	agree       map[string]int
	differ      map[string]int // listed
	unexplained map[string]int
	uncompared  map[string]int
}

func newTally(v recorded.Version) *tally {
	return &tally{version: v.Compat, agree: map[string]int{}, differ: map[string]int{}, unexplained: map[string]int{}, uncompared: map[string]int{}}
}

func (t *tally) count(counts map[string]int, c recorded.Case) {
	if !slices.Contains(t.groups, c.Group) {
		t.groups = append(t.groups, c.Group)
	}
	counts[c.Group]++
}

// String gives a row for each group and one for all.
func (t *tally) String() string {
	var b strings.Builder
	var all [4]int
	for _, g := range t.groups {
		n := [4]int{t.agree[g], t.differ[g], t.unexplained[g], t.uncompared[g]}
		for i := range all {
			all[i] += n[i]
		}
		fmt.Fprintf(&b, "| %-5s | %-10s | %s |\n", t.version, g, row(n))
	}
	fmt.Fprintf(&b, "| %-5s | %-10s | %s |\n", t.version, "all", row(all))
	return b.String()
}

func row(n [4]int) string {
	s := fmt.Sprintf("%3d cases: %3d agree, %2d listed differences, %d unexplained", n[0]+n[1]+n[2]+n[3], n[0], n[1], n[2])
	if n[3] > 0 {
		s += fmt.Sprintf(", %d not compared", n[3])
	}
	return s
}
