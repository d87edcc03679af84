// Package compat names the versions of Camunda's connector runtime whose
// observable behaviour a worker can take on.
package compat

import "github.com/fairlead-io/fairlead/connector"

// Version is a minor version of the connector runtime.
type Version int

// The versions, in rising order, so that they can be compared.
const (
	V87 Version = iota + 87
	V88
	V89
	V810
)

// Default is the version that is taken on unless another is asked for.
const Default = V810

var names = map[string]Version{"8.7": V87, "8.8": V88, "8.9": V89, "8.10": V810}

// Parse reads 8.7, 8.8, 8.9 or 8.10; empty text is Default. Another text is
// Invalid.
func Parse(text string) (Version, error) {
	if text == "" {
		return Default, nil
	}
	if v, ok := names[text]; ok {
		return v, nil
	}
	return 0, &connector.Error{Kind: connector.Invalid, Message: "The version of the connector runtime to be compatible with is " + text + ", which is not known.", Fix: "Use 8.7, 8.8, 8.9 or 8.10."}
}

// String gives the version as people write it.
func (v Version) String() string {
	for name, x := range names {
		if x == v {
			return name
		}
	}
	return "unknown"
}
