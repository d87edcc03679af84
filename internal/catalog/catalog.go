// Package catalog is the list of integrations of one process.
package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
)

// Catalog finds integrations and commands by id, in any case.
type Catalog struct{ list []*connector.Integration }

// New makes a catalogue sorted by name. It refuses declarations with errors
// and ids that are taken.
func New(integrations ...*connector.Integration) (*Catalog, error) {
	c := &Catalog{list: slices.Clone(integrations)}
	slices.SortFunc(c.list, func(a, b *connector.Integration) int { return strings.Compare(a.Name, b.Name) })
	seen := map[string]bool{}
	var errs []error
	for _, i := range c.list {
		if seen[i.ID] {
			errs = append(errs, fmt.Errorf("integration %s is declared twice", i.ID))
		}
		seen[i.ID] = true
		errs = append(errs, declarationErrors(i)...)
	}
	return c, errors.Join(errs...)
}

func declarationErrors(i *connector.Integration) []error {
	var errs []error
	if i.Connection != nil && i.Connection.Err() != nil {
		errs = append(errs, fmt.Errorf("%s connection: %w", i.ID, i.Connection.Err()))
	}
	seen := map[string]bool{}
	for _, c := range i.Commands {
		if c.Err() != nil {
			errs = append(errs, fmt.Errorf("%s %s: %w", i.ID, c.ID, c.Err()))
		}
		if seen[c.ID] {
			errs = append(errs, fmt.Errorf("%s: command %s is declared twice", i.ID, c.ID))
		}
		seen[c.ID] = true
	}
	return errs
}

// All gives the integrations by name.
func (c *Catalog) All() []*connector.Integration { return c.list }

// Integration finds one by id. The error names the nearest id.
func (c *Catalog) Integration(id string) (*connector.Integration, error) {
	var ids []string
	for _, i := range c.list {
		if strings.EqualFold(i.ID, id) {
			return i, nil
		}
		ids = append(ids, i.ID)
	}
	return nil, unknown("integration", id, ids)
}

// Command finds a command of an integration.
func (c *Catalog) Command(integration, command string) (*connector.Integration, *connector.Command, error) {
	i, err := c.Integration(integration)
	if err != nil {
		return nil, nil, err
	}
	var ids []string
	for _, cmd := range i.Commands {
		if strings.EqualFold(cmd.ID, command) {
			return i, cmd, nil
		}
		ids = append(ids, cmd.ID)
	}
	return nil, nil, unknown("command of "+i.ID, command, ids)
}

func unknown(what, id string, known []string) error {
	fix := "Known: " + strings.Join(known, ", ") + "."
	if n := schema.Nearest(id, known); n != "" {
		fix = fmt.Sprintf("Did you mean %q?", n)
	}
	return &connector.Error{Kind: connector.NotFound, Message: fmt.Sprintf("There is no %s called %q.", what, id), Fix: fix}
}
