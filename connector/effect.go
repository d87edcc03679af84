package connector

import "strings"

// Effect is the set of things a command does to the cloud. Move Files, for
// example, is Write|Delete.
type Effect uint8

// The effects. Idempotent is not an effect of its own: it says that running
// the command twice with one input leaves the same state as running it once.
const (
	Read Effect = 1 << iota
	Write
	Delete
	Idempotent
)

// Has tells whether all of f is in e.
func (e Effect) Has(f Effect) bool { return e&f == f }

// Names lists the effects without Idempotent: "read", "write", "delete".
func (e Effect) Names() []string {
	var out []string
	for _, x := range []struct {
		f Effect
		n string
	}{{Read, "read"}, {Write, "write"}, {Delete, "delete"}} {
		if e.Has(x.f) {
			out = append(out, x.n)
		}
	}
	return out
}

// String joins the names with a comma.
func (e Effect) String() string { return strings.Join(e.Names(), ",") }
