package secrets

import (
	"context"
	"errors"
	"fmt"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/store"
)

// For gives the secrets that the own store keeps for a tenant of Fairlead, to
// jobs. A job finds a secret under its name and, if there is none, under its
// name in upper case, as it would find one in the environment. A value that was
// set, or deleted, counts from the next look-up on: nothing is remembered.
func (m *Manager) For(tenant string) Resolver { return &own{m, tenant} }

type own struct {
	manager *Manager
	tenant  string
}

// Lookup implements Resolver.
func (o *own) Lookup(ctx context.Context, name string, _ Scope) (connector.Secret, bool, error) {
	name = cleanName(name)
	if checkName(name) != nil {
		return connector.Secret{}, false, nil
	}
	x, err := o.manager.Store.FirstSecret(ctx, o.tenant, name, upper(name))
	if errors.Is(err, store.ErrNotFound) {
		return connector.Secret{}, false, nil
	}
	if err != nil {
		return connector.Secret{}, false, store.AsConnectorError(err)
	}
	value, err := o.manager.Sealer.Open(ctx, x.Tenant, placeOf(&x), x.Sealed)
	if err != nil {
		return connector.Secret{}, false, &connector.Error{
			Kind: connector.Internal, Message: fmt.Sprintf("The secret %q cannot be decrypted.", x.Name),
			Fix: "Restore the key file of this data folder, or set the secret again.", Err: err,
		}
	}
	return connector.NewSecret(string(value)), true, nil
}
