package api

import (
	"encoding/json"
	"errors"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/redact"
)

// withoutSecrets takes the secrets of refused settings out of what is said
// about them: an error may show the value of an open parameter, and people put
// secrets in the wrong place.
func (a *API) withoutSecrets(integration string, settings json.RawMessage, err error) error {
	e, ok := errors.AsType[*connector.Error](err)
	if !ok || e.Kind != connector.Invalid {
		return err
	}
	i, lookup := a.Catalog.Integration(integration)
	if lookup != nil || i.Connection == nil {
		return err
	}
	return cleaned(e, redact.New(secretsIn(i.Connection.Settings, settings)...))
}

func cleaned(e *connector.Error, r *redact.Redactor) *connector.Error {
	c := *e
	c.Message, c.Fix, c.Item = r.String(c.Message), r.String(c.Fix), r.String(c.Item)
	c.Causes = nil
	for _, cause := range e.Causes {
		c.Causes = append(c.Causes, cleaned(cause, r))
	}
	return &c
}

// secretsIn finds the texts given to secret parameters, whatever shape they
// were given in.
func secretsIn(t *schema.Type, raw json.RawMessage) []string {
	var in map[string]any
	if json.Unmarshal(raw, &in) != nil {
		return nil
	}
	return t.SecretTexts(in)
}
