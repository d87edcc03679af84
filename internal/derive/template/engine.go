package template

import "github.com/fairlead-io/fairlead/connector"

// Engine is the minor version of a Camunda cluster and of the Modeler's
// execution platform. The versions can be compared.
type Engine int

// The engines.
const (
	V87  Engine = 807
	V88  Engine = 808
	V89  Engine = 809
	V810 Engine = 810
)

var engines = []struct {
	text string
	e    Engine
}{{"8.7", V87}, {"8.8", V88}, {"8.9", V89}, {"8.10", V810}}

// ParseEngine reads 8.7, 8.8, 8.9 or 8.10; empty text is the newest. Another
// text is Invalid.
func ParseEngine(text string) (Engine, error) {
	if text == "" {
		return V810, nil
	}
	for _, x := range engines {
		if x.text == text {
			return x.e, nil
		}
	}
	return 0, &connector.Error{Kind: connector.Invalid, Field: "/engine", Message: "There is no engine " + text + ".", Fix: "Use 8.7, 8.8, 8.9 or 8.10."}
}

// String is the version as engines write it.
func (e Engine) String() string {
	for _, x := range engines {
		if x.e == e {
			return x.text
		}
	}
	return engines[0].text // what needs no version fits the oldest
}
