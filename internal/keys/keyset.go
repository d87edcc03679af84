package keys

import (
	"bytes"
	"context"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
)

// Purposes of keysets, as stored.
const (
	purposeSeal        = "seal"
	purposeFingerprint = "fingerprint"
)

func template(purpose string) *tinkpb.KeyTemplate {
	if purpose == purposeFingerprint {
		return prf.HMACSHA256PRFKeyTemplate()
	}
	return aead.AES256GCMKeyTemplate()
}

// keyset loads a tenant's keyset and, if create is set, makes it when there is none. Two processes that make it at once
// end up with the same one: the store keeps the first, and it is read back.
func (s *Sealer) keyset(ctx context.Context, tenant, purpose string, create bool) (*keyset.Handle, error) {
	handle, err := s.load(ctx, tenant, purpose)
	if err != nil || handle != nil {
		return handle, err
	}
	if !create {
		return nil, &Error{Kind: Tampered, Message: fmt.Sprintf("tenant %q has no key, so nothing that is sealed can be its own", tenant)}
	}
	if err := s.create(ctx, tenant, purpose); err != nil {
		return nil, err
	}
	handle, err = s.load(ctx, tenant, purpose)
	if err == nil && handle == nil {
		err = &Error{Kind: Internal, Message: "a keyset that was just stored is not there"}
	}
	return handle, err
}

func (s *Sealer) load(ctx context.Context, tenant, purpose string) (*keyset.Handle, error) {
	wrapped, kek, err := s.store.LoadKeyset(ctx, tenant, purpose)
	if err != nil {
		return nil, &Error{Kind: Unavailable, Message: "the keyset cannot be read", Err: err}
	}
	if len(wrapped) == 0 {
		return nil, nil
	}
	if kek != s.kek.ID() {
		return nil, &Error{Kind: WrongKey, Message: fmt.Sprintf("the keyset of tenant %q is wrapped by %s, not by %s", tenant, kek, s.kek.ID())}
	}
	handle, err := keyset.ReadWithContext(ctx, keyset.NewBinaryReader(bytes.NewReader(wrapped)), kekAEAD{s.kek}, keysetAD(tenant, purpose))
	if err != nil {
		return nil, &Error{Kind: Tampered, Message: fmt.Sprintf("the keyset of tenant %q does not open with the key-encryption key %s: it was changed, or the key was", tenant, kek), Err: err}
	}
	return handle, nil
}

func (s *Sealer) create(ctx context.Context, tenant, purpose string) error {
	handle, err := keyset.NewHandle(template(purpose))
	if err != nil {
		return &Error{Kind: Internal, Message: "a keyset cannot be made", Err: err}
	}
	var wrapped bytes.Buffer
	if err := handle.WriteWithContext(ctx, keyset.NewBinaryWriter(&wrapped), kekAEAD{s.kek}, keysetAD(tenant, purpose)); err != nil {
		return &Error{Kind: Unavailable, Message: "a keyset cannot be wrapped", Err: err}
	}
	_, err = s.store.InsertKeyset(ctx, tenant, purpose, wrapped.Bytes(), s.kek.ID(), s.now().UnixMicro())
	if err != nil {
		return &Error{Kind: Unavailable, Message: "a keyset cannot be stored", Err: err}
	}
	return nil
}

// keysetAD binds a wrapped keyset to its tenant and purpose.
func keysetAD(tenant, purpose string) []byte {
	return AD{Tenant: tenant, Kind: "keyset", Owner: tenant, Field: purpose, SchemaVersion: 1}.bytes()
}

// kekAEAD shows a KEK to Tink.
type kekAEAD struct{ kek KEK }

func (k kekAEAD) EncryptWithContext(ctx context.Context, plaintext, ad []byte) ([]byte, error) {
	return k.kek.Wrap(ctx, plaintext, ad)
}

func (k kekAEAD) DecryptWithContext(ctx context.Context, ciphertext, ad []byte) ([]byte, error) {
	return k.kek.Unwrap(ctx, ciphertext, ad)
}
