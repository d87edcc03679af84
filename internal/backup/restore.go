package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/keys"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/store/postgres"
	"github.com/fairlead-io/fairlead/internal/store/sqlite"
)

type keySum struct{ hash.Hash }

func newKeySum() keySum { return keySum{sha256.New()} }

func (k keySum) key() string { return hex.EncodeToString(k.Sum(nil)) }

// Check is what a verification of a backup has found.
type Check struct {
	Summary

	Tenants int   `json:"tenants" doc:"How many audit chains were verified."`
	Entries int64 `json:"entries" doc:"How many audit entries they have."`
}

// Verify reads a whole backup, loads its records into a database that is thrown away, and verifies the audit chains.
// dir is for temporary files of the size of the backup.
func Verify(ctx context.Context, from io.Reader, ids []age.Identity, dir string) (Check, error) {
	tmp, err := os.MkdirTemp(dir, ".verify-*")
	if err != nil {
		return Check{}, err
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	u, err := unpack(ctx, from, ids, tmp)
	if err != nil {
		return Check{}, err
	}
	return u.check(ctx)
}

// check loads the records and verifies the chains.
func (u *unpacked) check(ctx context.Context) (Check, error) {
	c := Check{Summary: u.sum}
	path := filepath.Join(u.dir, "check.db")
	if err := u.load(func(dump io.Reader) (store.Counts, error) { return sqlite.Load(ctx, path, dump) }); err != nil {
		return c, err
	}
	st, err := sqlite.Open(ctx, path)
	if err != nil {
		return c, err
	}
	c.Tenants, c.Entries, err = chains(ctx, st)
	return c, errors.Join(err, st.Close())
}

// load reads the dump into an empty database and compares the counts.
func (u *unpacked) load(into func(io.Reader) (store.Counts, error)) error {
	f, err := os.Open(u.dump())
	if err != nil {
		return err
	}
	defer f.Close()
	counts, err := into(f)
	if err != nil {
		return store.AsConnectorError(err)
	}
	for table, n := range u.sum.Rows {
		if counts[table] != n {
			return damaged(errDamaged)
		}
	}
	return nil
}

func chains(ctx context.Context, st *store.Store) (tenants int, entries int64, err error) {
	list, err := st.Tenants(ctx)
	if err != nil {
		return 0, 0, err
	}
	for _, tenant := range list {
		head, err := st.AuditHead(ctx, tenant)
		if err != nil {
			return tenants, entries, err
		}
		n, reached, problem, err := audit.Verify(ctx, tenant, audit.Checkpoint{}, st.AuditChain(ctx, tenant, 0))
		if err != nil {
			return tenants, entries, err
		}
		if problem == nil {
			problem = audit.Expect(reached, head)
		}
		if problem != nil {
			return tenants, entries, damaged(errors.New("the audit chain of tenant " + tenant + " is broken at " + problem.String()))
		}
		tenants++
		entries += n
	}
	return tenants, entries, nil
}

// Target is where a backup is restored to.
type Target struct {
	Data     string           // the data folder; it must not exist, or be empty
	Database *postgres.Source // PostgreSQL, with nothing in it; nil: a SQLite file in the data folder
	Content  string           // folder of content, if it is not in the data folder
}

// Names in a data folder, as package app has them.
const (
	databaseFile  = "fairlead.db"
	contentFolder = "files"
)

// Restore makes an installation of a backup that was checked as Verify does. The data folder appears whole or not at all.
func Restore(ctx context.Context, from io.Reader, ids []age.Identity, to Target) (Check, error) {
	if err := unused(to.Data); err != nil {
		return Check{}, err
	}
	if err := os.MkdirAll(filepath.Dir(to.Data), 0o700); err != nil {
		return Check{}, err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(to.Data), ".restore-*") // mode 0700, on the same disk
	if err != nil {
		return Check{}, err
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	u, err := unpack(ctx, from, ids, tmp)
	if err != nil {
		return Check{}, err
	}
	c, err := u.check(ctx)
	if err != nil {
		return c, err
	}
	return c, u.install(ctx, to)
}

func unused(dir string) error {
	names, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(names) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	return &connector.Error{Kind: connector.Conflict, Message: "The data folder " + dir + " is not empty.", Fix: "Name another with --data, or move it away."}
}

// install puts the parts in their places: last the folder, by a rename.
func (u *unpacked) install(ctx context.Context, to Target) error {
	fresh := filepath.Join(u.dir, "data")
	if err := os.Mkdir(fresh, 0o700); err != nil {
		return err
	}
	content := filepath.Join(fresh, contentFolder)
	if to.Content != "" {
		content = to.Content
		if err := unused(content); err != nil {
			return err
		}
		_ = os.Remove(content) // an empty folder
	}
	if err := os.Rename(u.content(), content); err != nil {
		return err
	}
	if u.sum.HasKey {
		if err := os.Rename(u.key(), filepath.Join(fresh, keys.FileName)); err != nil {
			return err
		}
	}
	if to.Database != nil {
		if err := u.load(func(dump io.Reader) (store.Counts, error) { return postgres.Load(ctx, *to.Database, dump) }); err != nil {
			return err
		}
	} else if err := os.Rename(filepath.Join(u.dir, "check.db"), filepath.Join(fresh, databaseFile)); err != nil {
		return err
	}
	_ = os.Remove(to.Data) // an empty folder
	return os.Rename(fresh, to.Data)
}
