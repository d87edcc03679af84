package app

import (
	"context"

	"github.com/fairlead-io/fairlead/internal/keys"
	"github.com/fairlead-io/fairlead/internal/keys/care"
	"github.com/fairlead-io/fairlead/internal/keys/kms"
)

// openKeys opens the key-encryption key that the settings name.
func (a *App) openKeys(ctx context.Context) (*keys.Sealer, error) {
	place := care.Place{Setting: a.Config.KEK, Data: a.Config.Data}
	deps := kms.Deps{HTTP: a.egress.Client, Now: a.now}
	sealer, err := care.Open(ctx, place, a.Store, deps)
	if err != nil {
		return nil, err
	}
	a.Keys = &care.Keeper{Place: place, Store: a.Store, Sealer: sealer, KMS: deps, Now: a.now}
	return sealer, nil
}
