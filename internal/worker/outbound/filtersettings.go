package outbound

import (
	"errors"
	"strconv"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

const filterVariable = "CAMUNDA_CONNECTOR_SECRETRESOLVER_SECRETFILTER_"

// ReadFilterOptions reads the settings of the secret filter from the
// environment, under the connector runtime's names. Errors are Invalid and name
// the variable.
func ReadFilterOptions(lookup func(string) (string, bool)) (FilterOptions, error) {
	var o FilterOptions
	read := func(name string, take func(string) error) error {
		text, ok := lookup(filterVariable + name)
		if text = strings.TrimSpace(text); !ok || text == "" {
			return nil
		}
		if err := take(text); err != nil {
			return &connector.Error{
				Kind: connector.Invalid, Message: "The variable " + filterVariable + name + " is " + strconv.Quote(text) + ", which cannot be used.",
				Fix: "Use " + err.Error() + ".", Err: err,
			}
		}
		return nil
	}
	err := read("MODE", func(text string) error {
		mode, err := ParseFilterMode(text)
		if err != nil {
			return errors.New("DISABLED, LAX or STRICT")
		}
		o.Mode = mode
		return nil
	})
	if err == nil {
		err = read("CACHE_MAXSIZE", func(text string) error {
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 {
				return errors.New("a number of models, at least 1")
			}
			o.Models = n
			return nil
		})
	}
	if err == nil {
		err = read("CACHE_ENABLED", func(text string) error {
			on, err := strconv.ParseBool(strings.ToLower(text))
			if err != nil {
				return errors.New("true or false")
			}
			if !on {
				o.Models = -1
			}
			return nil
		})
	}
	return o, err
}
