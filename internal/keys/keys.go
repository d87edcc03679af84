// Package keys encrypts secret fields at rest.
//
// Each tenant has a keyset (Tink, AES-256-GCM) that seals values, and one for fingerprints. Both are kept in the store,
// wrapped by a key-encryption key (KEK) that is not: by default a file that only its owner may read. A sealed value is
// bound to its place by associated data, so that one moved to another row, field or tenant does not open.
package keys

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// AD says where a sealed value belongs. Owner must be an id that never changes, not a name.
type AD struct {
	Tenant        string
	Kind          string // what owns the value: connection, run, ...
	Owner         string // id of the owner
	Field         string
	SchemaVersion int // version of the meaning of the sealed bytes
}

// bytes is unambiguous: each part is preceded by its length, so that no two places share one encoding.
func (ad AD) bytes() []byte {
	out := []byte("fairlead-ad-1")
	for _, part := range []string{ad.Tenant, ad.Kind, ad.Owner, ad.Field} {
		out = binary.AppendUvarint(out, uint64(len(part)))
		out = append(out, part...)
	}
	return binary.AppendVarint(out, int64(ad.SchemaVersion))
}

// check refuses a place so vague that values could change places unnoticed.
func (ad AD) check(tenant string) error {
	switch {
	case ad.Tenant == "" || ad.Kind == "" || ad.Owner == "" || ad.Field == "":
		return &Error{Kind: Invalid, Message: fmt.Sprintf("associated data needs tenant, kind, owner and field, got %+v", ad)}
	case ad.Tenant != tenant:
		return &Error{Kind: Invalid, Message: fmt.Sprintf("associated data is of tenant %q, the key of %q", ad.Tenant, tenant)}
	}
	return nil
}

// KEK is a key-encryption key: it wraps the keysets that the store keeps. It may be a file, or a cloud's key service.
type KEK interface {
	ID() string // the same for the life of the key; kept beside what it wraps
	Wrap(ctx context.Context, plaintext, associatedData []byte) ([]byte, error)
	Unwrap(ctx context.Context, ciphertext, associatedData []byte) ([]byte, error)
}

// KeysetStore keeps wrapped keysets. *store.Store is one.
type KeysetStore interface {
	// LoadKeyset returns a tenant's wrapped keyset for a purpose and the id of the KEK that wraps it; both empty if none.
	LoadKeyset(ctx context.Context, tenant, purpose string) (wrapped []byte, kek string, err error)
	// InsertKeyset adds a tenant's first keyset of a purpose; false means that there was one, which stays.
	InsertKeyset(ctx context.Context, tenant, purpose string, wrapped []byte, kek string, createdAt int64) (inserted bool, err error)
	// KeysetKEKs returns the ids of all KEKs that wrap a keyset.
	KeysetKEKs(ctx context.Context) ([]string, error)
	// SampleKeyset names any one keyset that a KEK wraps.
	SampleKeyset(ctx context.Context, kek string) (tenant, purpose string, err error)
}

// Sealer seals and opens values with the keys of tenants. It is safe for concurrent use.
type Sealer struct {
	kek   atomic.Pointer[KEK]
	store KeysetStore
	now   func() time.Time

	mu    sync.Mutex
	aeads map[string]tink.AEAD
	prfs  map[string]*prf.Set
	seeds map[string][]byte
}

// New returns a Sealer over any KEK. It fails if the store holds keysets that another KEK wraps, or one that this KEK,
// although it has the right id, does not open.
func New(ctx context.Context, kek KEK, store KeysetStore, now func() time.Time) (*Sealer, error) {
	ids, err := store.KeysetKEKs(ctx)
	if err != nil {
		return nil, &Error{Kind: Unavailable, Message: "the keysets cannot be read", Err: err}
	}
	for _, id := range ids {
		if id != kek.ID() {
			return nil, &Error{Kind: WrongKey, Message: fmt.Sprintf("secrets are sealed under the key-encryption key %s, but %s was given: use the one they were sealed with (the setting kek)", id, kek.ID())}
		}
	}
	s := &Sealer{store: store, now: now, aeads: map[string]tink.AEAD{}, prfs: map[string]*prf.Set{}, seeds: map[string][]byte{}}
	s.kek.Store(&kek)
	if len(ids) > 0 {
		if err := s.try(ctx); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// try opens one keyset, so that a key that does not fit stops the start and not the first run.
func (s *Sealer) try(ctx context.Context) error {
	tenant, purpose, err := s.store.SampleKeyset(ctx, s.currentKEK().ID())
	if err != nil {
		return &Error{Kind: Unavailable, Message: "the keysets cannot be read", Err: err}
	}
	_, err = s.unwrapped(ctx, tenant, purpose)
	return err
}

func (s *Sealer) currentKEK() KEK { return *s.kek.Load() }

// KEK returns the id of the key-encryption key in use.
func (s *Sealer) KEK() string { return s.currentKEK().ID() }

// Seal encrypts plaintext for the place ad, which must be of the same tenant. A tenant's first call makes its keyset.
func (s *Sealer) Seal(ctx context.Context, tenant string, ad AD, plaintext []byte) ([]byte, error) {
	if err := ad.check(tenant); err != nil {
		return nil, err
	}
	primitive, err := s.aead(ctx, tenant, true)
	if err != nil {
		return nil, err
	}
	sealed, err := primitive.Encrypt(plaintext, ad.bytes())
	if err != nil {
		return nil, &Error{Kind: Internal, Message: "sealing failed", Err: err}
	}
	return sealed, nil
}

// Open decrypts what Seal returned for the same place. Anything else is an error of kind Tampered: a value of another
// place, or one that was changed.
func (s *Sealer) Open(ctx context.Context, tenant string, ad AD, sealed []byte) ([]byte, error) {
	if err := ad.check(tenant); err != nil {
		return nil, err
	}
	primitive, err := s.aead(ctx, tenant, false)
	if err != nil {
		return nil, err
	}
	plaintext, err := primitive.Decrypt(sealed, ad.bytes())
	if err != nil {
		plaintext, err = s.openAnew(ctx, tenant, primitive, ad, sealed)
	}
	if err != nil {
		return nil, &Error{Kind: Tampered, Message: fmt.Sprintf("the sealed %s of %s %s does not open: it was changed, or moved from another place", ad.Field, ad.Kind, ad.Owner)}
	}
	return plaintext, nil
}

// openAnew tries the keyset as it is in the store now: another node may have added the key that sealed the value.
func (s *Sealer) openAnew(ctx context.Context, tenant string, tried tink.AEAD, ad AD, sealed []byte) ([]byte, error) {
	s.mu.Lock()
	if s.aeads[tenant] == tried {
		delete(s.aeads, tenant)
	}
	s.mu.Unlock()
	primitive, err := s.aead(ctx, tenant, false)
	if err != nil {
		return nil, err
	}
	return primitive.Decrypt(sealed, ad.bytes())
}

// Fingerprint is an HMAC-SHA256 of value under a key of the tenant, as hex: equal values of a tenant can be found by it,
// but not read from it. It stays the same when sealing keys rotate.
func (s *Sealer) Fingerprint(ctx context.Context, tenant string, value []byte) (string, error) {
	if tenant == "" {
		return "", &Error{Kind: Invalid, Message: "a fingerprint needs a tenant"}
	}
	set, err := s.prf(ctx, tenant)
	if err != nil {
		return "", err
	}
	sum, err := set.ComputePrimaryPRF(value, 32)
	if err != nil {
		return "", &Error{Kind: Internal, Message: "fingerprint failed", Err: err}
	}
	return hex.EncodeToString(sum), nil
}

func (s *Sealer) aead(ctx context.Context, tenant string, create bool) (tink.AEAD, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := s.aeads[tenant]; ok {
		return p, nil
	}
	handle, err := s.keyset(ctx, tenant, purposeSeal, create)
	if err != nil {
		return nil, err
	}
	p, err := aead.New(handle)
	if err != nil {
		return nil, &Error{Kind: Internal, Message: "the keyset cannot be used", Err: err}
	}
	s.aeads[tenant] = p
	return p, nil
}

func (s *Sealer) prf(ctx context.Context, tenant string) (*prf.Set, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := s.prfs[tenant]; ok {
		return p, nil
	}
	handle, err := s.keyset(ctx, tenant, purposeFingerprint, true)
	if err != nil {
		return nil, err
	}
	p, err := prf.NewPRFSet(handle)
	if err != nil {
		return nil, &Error{Kind: Internal, Message: "the keyset cannot be used", Err: err}
	}
	s.prfs[tenant] = p
	return p, nil
}
