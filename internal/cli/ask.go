package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/fairlead-io/fairlead/connector"
)

// ask asks a person for the required secrets that are still missing.
func (ps params) ask(p *program, object map[string]json.RawMessage) error {
	if !p.interactive() {
		return nil
	}
	for _, pa := range ps {
		if !pa.flag.Secret || !pa.field.Required || pa.in(object) || !ps.applies(pa, object) {
			continue
		}
		v, err := p.askSecret(pa.flag.Label)
		if err != nil {
			return err
		}
		if v != "" {
			object[pa.field.ID] = jsonText(v)
		}
	}
	return nil
}

// applies tells whether a parameter counts, given the others.
func (ps params) applies(pa *param, object map[string]json.RawMessage) bool {
	w := pa.field.When
	if w == nil {
		return true
	}
	for _, other := range ps {
		if other.field.ID != w.Field {
			continue
		}
		value := fmt.Sprint(other.field.Default)
		for key, raw := range object {
			if other.named(key) {
				value = strings.Trim(string(raw), `"`)
			}
		}
		return slices.ContainsFunc(w.Values, func(s string) bool { return strings.EqualFold(s, value) })
	}
	return false
}

// askSecret reads a line that the terminal does not show.
func (p *program) askSecret(label string) (string, error) {
	fmt.Fprintf(p.err, "%s: ", label)
	defer fmt.Fprintln(p.err)
	f, ok := p.in.(*os.File)
	if !ok {
		return "", nil
	}
	raw, err := term.ReadPassword(int(f.Fd()))
	if err != nil {
		return "", localError("standard input", err)
	}
	return string(raw), nil
}

// confirm asks before something is destroyed, where there is a person to ask.
func (p *program) confirm(yes bool, what string) error {
	if yes || !p.interactive() {
		return nil
	}
	fmt.Fprintf(p.err, "%s Go on? [y/N] ", visible(what))
	line, err := bufio.NewReader(p.in).ReadString('\n')
	if err != nil && err != io.EOF {
		return localError("standard input", err)
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return nil
	}
	return &connector.Error{Kind: connector.Canceled, Message: "Nothing was done.", Fix: "Answer y, or give --yes."}
}
