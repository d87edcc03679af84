package app

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/fairlead-io/fairlead/internal/api"
	"github.com/fairlead-io/fairlead/internal/audit/trail"
	"github.com/fairlead-io/fairlead/internal/backup"
	"github.com/fairlead-io/fairlead/internal/retention"
)

// anchorFile keeps the newest audit checkpoints outside of the database.
const anchorFile = "audit-checkpoints.json"

// How often the audit chains are looked at for checkpoints that are due, and
// the rules of retention applied.
const (
	signEvery   = 5 * time.Second
	retainEvery = 10 * time.Minute
)

// care builds what looks after records and keys.
func (a *App) care() api.Care {
	a.Trail = &trail.Trail{Store: a.Store, Keys: a.Keys.Sealer, Now: a.now, Log: a.Log, Anchor: filepath.Join(a.Config.Data, anchorFile)}
	a.Retention = &retention.Keeper{
		Store: a.Store, Files: a.Files, Now: a.now, Log: a.Log,
		Policy: retention.Policy{
			Runs: a.Config.RetainRuns, RunsSize: a.Config.RetainRunsSize, Details: a.Config.RetainDetails,
			Files: a.Config.RetainFiles, FilesSize: a.Config.RetainFilesSize,
		},
	}
	a.onClose(func(ctx context.Context) error {
		a.signChains(ctx, true)
		return nil
	})
	return api.Care{Trail: a.Trail, Keys: a.Keys, Retention: a.Retention, Backup: a.backupSource}
}

func (a *App) backupSource(withKey bool) (backup.Source, error) {
	src := backup.Source{
		Store: a.Store, Blobs: a.Files.Blobs, Version: a.version.Version, KEK: a.Keys.Sealer.KEK(), Dir: a.Config.Data, Now: a.now,
	}
	if withKey {
		src.KeyFile = a.Keys.Place.File() // none with a key service: the key stays there
	}
	return src, nil
}

// removeLeftovers removes the temporary files of a backup or checkpoint that a
// crash interrupted.
func (a *App) removeLeftovers() {
	for _, pattern := range []string{".backup-*", ".checkpoints-*"} {
		names, err := filepath.Glob(filepath.Join(a.Config.Data, pattern))
		if err != nil {
			continue
		}
		for _, n := range names {
			_ = os.Remove(n) // they take room and do no other harm
		}
	}
}

// startCare signs the audit chains and applies the rules of retention now and
// then.
func (a *App) startCare(ctx context.Context) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		sign, retain := time.NewTicker(signEvery), time.NewTicker(retainEvery)
		defer sign.Stop()
		defer retain.Stop()
		a.retain(ctx)
		for {
			select {
			case <-ctx.Done():
				return
			case <-sign.C:
				a.signChains(ctx, false)
			case <-retain.C:
				a.retain(ctx)
			}
		}
	}()
	a.onClose(func(context.Context) error {
		cancel()
		<-done
		return nil
	})
}

func (a *App) signChains(ctx context.Context, now bool) {
	if _, err := a.Trail.Sign(ctx, now); err != nil && ctx.Err() == nil {
		a.Log.ErrorContext(ctx, "the audit chains cannot be signed", "error", err)
	}
}

func (a *App) retain(ctx context.Context) {
	r, err := a.Retention.Apply(ctx)
	if err != nil && ctx.Err() == nil {
		a.Log.WarnContext(ctx, "the rules of retention could not be applied", "error", err)
	}
	if r != (retention.Deleted{}) {
		a.Log.InfoContext(ctx, "deleted by the rules of retention", "runs", r.Runs, "details", r.Details, "files", r.Files)
	}
}
