package keys

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
)

// Sign signs a message with the tenant's current Ed25519 key, whose seed is kept wrapped beside the keysets. The
// tenant's first call makes one.
func (s *Sealer) Sign(ctx context.Context, tenant string, message []byte) ([]byte, error) {
	if tenant == "" {
		return nil, &Error{Kind: Invalid, Message: "a signature needs a tenant"}
	}
	seeds, err := s.signing(ctx, tenant, true)
	if err != nil {
		return nil, err
	}
	return ed25519.Sign(ed25519.NewKeyFromSeed(seeds[len(seeds)-ed25519.SeedSize:]), message), nil
}

// PublicKeys returns the keys that the tenant's signatures can be checked with, the current one last; none if it has
// never signed.
func (s *Sealer) PublicKeys(ctx context.Context, tenant string) ([]ed25519.PublicKey, error) {
	seeds, err := s.signing(ctx, tenant, false)
	if err != nil {
		return nil, err
	}
	var out []ed25519.PublicKey
	for ; len(seeds) > 0; seeds = seeds[ed25519.SeedSize:] {
		public, _ := ed25519.NewKeyFromSeed(seeds[:ed25519.SeedSize]).Public().(ed25519.PublicKey)
		out = append(out, public)
	}
	return out, nil
}

// signing gives the seeds of all keys, oldest first.
func (s *Sealer) signing(ctx context.Context, tenant string, create bool) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seeds := s.seeds[tenant]; seeds != nil {
		return seeds, nil
	}
	seeds, err := s.loadSeeds(ctx, tenant)
	if err == nil && seeds == nil && create {
		if err = s.createSeed(ctx, tenant); err == nil {
			seeds, err = s.loadSeeds(ctx, tenant)
		}
	}
	if err != nil || seeds == nil {
		return nil, err
	}
	s.seeds[tenant] = seeds
	return seeds, nil
}

func (s *Sealer) loadSeeds(ctx context.Context, tenant string) ([]byte, error) {
	seeds, err := s.unwrapped(ctx, tenant, purposeSign)
	if err == nil && len(seeds)%ed25519.SeedSize != 0 {
		err = &Error{Kind: Tampered, Message: fmt.Sprintf("the signing keys of tenant %q cannot be read", tenant)}
	}
	if len(seeds) == 0 {
		return nil, err
	}
	return seeds, err
}

func (s *Sealer) createSeed(ctx context.Context, tenant string) error {
	kek := s.currentKEK()
	wrapped, err := wrapSeeds(ctx, kek, tenant, newSeed())
	if err != nil {
		return err
	}
	if _, err := s.store.InsertKeyset(ctx, tenant, purposeSign, wrapped, kek.ID(), s.now().UnixMicro()); err != nil {
		return &Error{Kind: Unavailable, Message: "a signing key cannot be stored", Err: err}
	}
	return nil
}

func newSeed() []byte {
	seed := make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(seed) // never fails
	return seed
}

func wrapSeeds(ctx context.Context, kek KEK, tenant string, seeds []byte) ([]byte, error) {
	wrapped, err := kek.Wrap(ctx, seeds, keysetAD(tenant, purposeSign))
	if err != nil {
		return nil, &Error{Kind: Unavailable, Message: "a signing key cannot be wrapped", Err: err}
	}
	return wrapped, nil
}
