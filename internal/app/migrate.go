package app

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/backup"
	"github.com/fairlead-io/fairlead/internal/config"
	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/store/lock"
	"github.com/fairlead-io/fairlead/internal/store/postgres"
	"github.com/fairlead-io/fairlead/internal/store/sqlite"
)

// Migrate copies the records of the SQLite file in the data folder to a
// PostgreSQL database that holds nothing yet, and verifies the audit chains
// there. No server may use the folder meanwhile. The file stays as it is.
func Migrate(ctx context.Context, cfg config.Config, to connector.Secret) (store.Counts, error) {
	path := filepath.Join(cfg.Data, databaseFile)
	if _, err := os.Stat(path); err != nil {
		return nil, &connector.Error{Kind: connector.NotFound, Message: "There is no database " + path + ".", Fix: "Name the data folder with --data.", Err: err}
	}
	held, err := lock.Acquire(cfg.Data)
	if err != nil {
		return nil, explain(err)
	}
	defer func() { _ = held.Release() }()
	from, err := sqlite.Open(ctx, path)
	if err != nil {
		return nil, noDatabase(path, err)
	}
	defer func() { _ = from.Close() }() // it was only read
	out := egress.New(egress.Policy{LookupEnv: os.LookupEnv})
	defer out.Close()
	target := postgres.Source{URL: to.Reveal(), Dial: out.DialContext}
	counts, err := pour(ctx, from, target)
	if err == nil {
		err = sameChains(ctx, from, target)
	}
	return counts, explain(err)
}

// pour loads what is dumped while it is dumped. The load fails if the dump
// does, and then nothing was written.
func pour(ctx context.Context, from *store.Store, to postgres.Source) (store.Counts, error) {
	r, w := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, err := from.Dump(ctx, w)
		_ = w.CloseWithError(err) // nil is the end
	}()
	counts, err := postgres.Load(ctx, to, r)
	_ = r.CloseWithError(errors.Join(err, io.ErrClosedPipe))
	<-done
	return counts, err
}

func sameChains(ctx context.Context, from *store.Store, target postgres.Source) error {
	to, err := postgres.Open(ctx, target)
	if err != nil {
		return err
	}
	defer func() { _ = to.Close() }()
	tenants, err := from.Tenants(ctx)
	if err != nil {
		return err
	}
	for _, tenant := range tenants {
		head, err := from.AuditHead(ctx, tenant)
		if err != nil {
			return err
		}
		_, reached, problem, err := audit.Verify(ctx, tenant, audit.Checkpoint{}, to.AuditChain(ctx, tenant, 0))
		if err != nil {
			return err
		}
		if problem == nil {
			problem = audit.Expect(reached, head)
		}
		if problem != nil {
			return &connector.Error{Kind: connector.Internal, Message: "The audit chain of tenant " + tenant + " is broken at " + problem.String() + ".", Fix: "Check the chain before the move: fairlead audit verify."}
		}
	}
	return nil
}

// RestoreTarget says where the settings want an installation to be.
func RestoreTarget(cfg config.Config, out *egress.Egress) backup.Target {
	t := backup.Target{Data: cfg.Data, Content: cfg.ContentDir}
	if !cfg.DatabaseURL.Empty() {
		t.Database = &postgres.Source{URL: cfg.DatabaseURL.Reveal(), Dial: out.DialContext}
	}
	return t
}
