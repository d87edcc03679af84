// Package keys encrypts secret fields at rest.
package keys

import (
	"context"
	"errors"
	"time"
)

// AD says where a sealed value belongs.
type AD struct {
	Tenant        string
	Kind          string
	Owner         string
	Field         string
	SchemaVersion int
}

// KEK wraps and unwraps data keys.
type KEK interface {
	ID() string
	Wrap(ctx context.Context, plaintext, associatedData []byte) ([]byte, error)
	Unwrap(ctx context.Context, ciphertext, associatedData []byte) ([]byte, error)
}

// KeysetStore is what Sealer needs of the store; *store.Store implements it.
type KeysetStore interface {
	LoadKeyset(ctx context.Context, tenant, purpose string) (wrapped []byte, kek string, err error)
	InsertKeyset(ctx context.Context, tenant, purpose string, wrapped []byte, kek string, createdAt int64) (inserted bool, err error)
	KeysetKEKs(ctx context.Context) ([]string, error)
}

// Sealer seals and opens.
type Sealer struct{}

// Config of a Sealer.
type Config struct {
	Path  string // of the local key-encryption key file, usually DATA/kek.json
	Store KeysetStore
	Now   func() time.Time
}

// Open makes a Sealer over the local key-encryption key file.
func Open(ctx context.Context, c Config) (*Sealer, error) { return nil, errors.New("pending") }

// Seal encrypts.
func (s *Sealer) Seal(ctx context.Context, tenant string, ad AD, plaintext []byte) ([]byte, error) {
	return nil, errors.New("pending")
}

// Open decrypts.
func (s *Sealer) Open(ctx context.Context, tenant string, ad AD, sealed []byte) ([]byte, error) {
	return nil, errors.New("pending")
}

// Fingerprint is an HMAC of value under a key of the tenant, as hex.
func (s *Sealer) Fingerprint(ctx context.Context, tenant string, value []byte) (string, error) {
	return "", errors.New("pending")
}
