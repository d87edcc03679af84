// Package care looks after the keys of an installation: it lists them, rotates them, and moves them under another
// key-encryption key, while everything that uses them goes on.
package care

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/keys"
	"github.com/fairlead-io/fairlead/internal/keys/kms"
	"github.com/fairlead-io/fairlead/internal/store"
)

// Place says where the key-encryption key is.
type Place struct {
	Setting string // kms.Open's, or file:PATH; empty: the usual file in the data folder
	Data    string // the data folder
}

// File gives the path of the key file; empty if a key service keeps the key.
func (p Place) File() string {
	if kms.Remote(p.Setting) {
		return ""
	}
	if p.Setting == "" {
		return filepath.Join(p.Data, keys.FileName)
	}
	return strings.TrimPrefix(p.Setting, "file:")
}

// Open opens the key-encryption key and gives a Sealer over it.
func Open(ctx context.Context, p Place, st *store.Store, d kms.Deps) (*keys.Sealer, error) {
	if file := p.File(); file != "" {
		return keys.Open(ctx, keys.Config{Path: file, Store: st, Now: d.Now})
	}
	kek, err := kms.Open(ctx, p.Setting, d)
	if err != nil {
		return nil, err
	}
	return keys.New(ctx, kek, st, d.Now)
}

// Keeper looks after the keys.
type Keeper struct {
	Place  Place
	Store  *store.Store
	Sealer *keys.Sealer
	KMS    kms.Deps
	Now    func() time.Time
}

// List tells which keys there are, without showing them.
func (k *Keeper) List(ctx context.Context, actor authz.Actor) ([]keys.Info, error) {
	if err := authz.Require(actor, authz.Manage); err != nil {
		return nil, err
	}
	all, err := k.wrapped(ctx)
	if err != nil {
		return nil, err
	}
	out, err := k.Sealer.Describe(ctx, all)
	return out, explain(err)
}

func (k *Keeper) wrapped(ctx context.Context) ([]keys.Wrapped, error) {
	rows, err := k.Store.Keysets(ctx)
	if err != nil {
		return nil, store.AsConnectorError(err)
	}
	out := make([]keys.Wrapped, len(rows))
	for i, r := range rows {
		out[i] = keys.Wrapped{Tenant: r.Tenant, Purpose: r.Purpose, Bytes: r.Wrapped, KEK: r.KEK}
	}
	return out, nil
}

// Order says how to rotate. The zero Order gives every keyset a new key under the present key-encryption key.
type Order struct {
	KEK    string // setting of another key-encryption key; the keysets move under it
	NewKEK bool   // make a new key file in place of the present one
}

// Rotation tells of one that was done.
type Rotation struct {
	KEK      string      `json:"kek" doc:"ID of the key-encryption key that now wraps the keysets."`
	Keysets  []keys.Info `json:"keysets"`
	NextStep string      `json:"nextStep,omitempty" doc:"What to change before the next start."`
}

// tries is how often a rotation begins again because a keyset was made meanwhile.
const tries = 5

// Rotate gives every keyset a new key. Values sealed before still open, here and on other nodes, and what is sealed from
// now on is sealed with the new keys.
func (k *Keeper) Rotate(ctx context.Context, actor authz.Actor, o Order) (*Rotation, error) {
	if err := authz.Require(actor, authz.Manage); err != nil {
		return nil, err
	}
	to, file, err := k.target(ctx, o)
	if err != nil {
		return nil, explain(err)
	}
	for try := 1; ; try++ {
		err = k.Sealer.Exclusively(func() (keys.KEK, error) { return to, k.replace(ctx, actor, to) })
		if !errors.Is(err, store.ErrConflict) || try == tries {
			break
		}
	}
	if err != nil {
		return nil, explain(err)
	}
	if file != "" {
		if err := keys.Promote(file); err != nil {
			return nil, explain(err) // the next start does it
		}
	}
	list, err := k.List(ctx, actor)
	if err != nil {
		return nil, err
	}
	res := &Rotation{KEK: k.Sealer.KEK(), Keysets: list}
	if o.KEK != "" {
		res.NextStep = "Set kek (FAIRLEAD_KEK) to " + o.KEK + " before the next start, on every node: the keysets no longer open with the key before."
	}
	return res, nil
}

// target gives the key-encryption key to move to, nil for the present one, and the key file that waits to be promoted.
func (k *Keeper) target(ctx context.Context, o Order) (to keys.KEK, file string, err error) {
	switch {
	case o.KEK != "" && o.NewKEK:
		return nil, "", &connector.Error{Kind: connector.Invalid, Message: "A new key file and another key exclude each other.", Fix: "Ask for one of them."}
	case o.NewKEK:
		if file = k.Place.File(); file == "" {
			return nil, "", &connector.Error{Kind: connector.Invalid, Message: "The key-encryption key is kept by a key service.", Fix: "Rotate it there; the keysets here are then wrapped anew by a plain rotation."}
		}
		to, err = keys.NextFile(file, k.Now())
		return to, file, err
	case kms.Remote(o.KEK):
		to, err = kms.Open(ctx, o.KEK, k.KMS)
		return to, "", err
	case o.KEK != "":
		path, isFile := strings.CutPrefix(o.KEK, "file:")
		if !isFile || !filepath.IsAbs(path) {
			return nil, "", &connector.Error{
				Kind: connector.Invalid, Field: "/kek", Message: "The key-encryption key to move to is neither a file with its whole path nor a key of a key service.",
				Fix: "Write it as file:/PATH, awskms://KEY?region=R or azurekeyvault://HOST/keys/NAME.",
			}
		}
		to, err = keys.MakeFile(path, k.Now())
		return to, "", err
	}
	return nil, "", nil
}

func (k *Keeper) replace(ctx context.Context, actor authz.Actor, to keys.KEK) error {
	present, err := k.wrapped(ctx)
	if err != nil {
		return err
	}
	next, err := k.Sealer.Rotate(ctx, present, to)
	if err != nil {
		return err
	}
	b := store.Batch{}
	tenants := []string{actor.Tenant}
	for i, w := range next {
		b.ReplaceKeysets = append(b.ReplaceKeysets, store.KeysetChange{
			Keyset: store.Keyset{Tenant: w.Tenant, Purpose: w.Purpose, Wrapped: w.Bytes, KEK: w.KEK}, Present: present[i].Bytes,
		})
		tenants = append(tenants, w.Tenant)
	}
	slices.Sort(tenants)
	id := k.Sealer.KEK()
	if to != nil {
		id = to.ID()
	}
	for _, tenant := range slices.Compact(tenants) {
		e, err := audit.Admin(audit.AdminEvent{
			Tenant: tenant, At: store.Micros(k.Now()), Kind: audit.KindKeyRotated, Actor: actor.ID, Subject: id, Detail: map[string]any{"from": k.Sealer.KEK(), "to": id},
		})
		if err != nil {
			return err
		}
		b.Audit = append(b.Audit, &e)
	}
	return k.Store.Submit(ctx, b)
}

var kinds = map[keys.Kind]connector.Kind{
	keys.Internal: connector.Internal, keys.Invalid: connector.Invalid, keys.Tampered: connector.Internal, keys.LostKey: connector.Unavailable,
	keys.WrongKey: connector.Conflict, keys.Exposed: connector.Denied, keys.Unavailable: connector.Unavailable,
}

func explain(err error) error {
	e, ok := errors.AsType[*keys.Error](err)
	if !ok {
		return store.AsConnectorError(err)
	}
	return &connector.Error{Kind: kinds[e.Kind], Message: "The keys cannot be used: " + strings.TrimPrefix(e.Error(), "keys: ") + ".", Fix: "Nothing was changed.", Err: err}
}
