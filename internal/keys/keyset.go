package keys

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
)

// Purposes of keysets, as stored.
const (
	purposeSeal        = "seal"
	purposeFingerprint = "fingerprint"
	purposeSign        = "sign" // seeds, see sign.go, and no keyset of Tink's
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

// load gives nil for a keyset that is not there.
func (s *Sealer) load(ctx context.Context, tenant, purpose string) (*keyset.Handle, error) {
	clear, err := s.unwrapped(ctx, tenant, purpose)
	if err != nil || clear == nil {
		return nil, err
	}
	return parseKeyset(tenant, clear)
}

// unwrapped gives what the store keeps for a purpose in clear; nil if there is nothing.
func (s *Sealer) unwrapped(ctx context.Context, tenant, purpose string) ([]byte, error) {
	wrapped, kek, err := s.store.LoadKeyset(ctx, tenant, purpose)
	if err != nil {
		return nil, &Error{Kind: Unavailable, Message: "the keyset cannot be read", Err: err}
	}
	if len(wrapped) == 0 {
		return nil, nil
	}
	return s.unwrap(ctx, Wrapped{Tenant: tenant, Purpose: purpose, Bytes: wrapped, KEK: kek})
}

func (s *Sealer) unwrap(ctx context.Context, w Wrapped) ([]byte, error) {
	current := s.currentKEK()
	if w.KEK != current.ID() {
		return nil, &Error{Kind: WrongKey, Message: fmt.Sprintf("the keyset of tenant %q is wrapped by %s, not by %s", w.Tenant, w.KEK, current.ID())}
	}
	encrypted, err := keysetIn(w)
	if err != nil {
		return nil, err
	}
	clear, err := current.Unwrap(ctx, encrypted, keysetAD(w.Tenant, w.Purpose))
	if e, ok := errors.AsType[*Error](err); ok {
		return nil, e
	}
	if err != nil {
		return nil, &Error{Kind: Tampered, Message: fmt.Sprintf("the keyset of tenant %q does not open with the key-encryption key %s: it was changed, or the key was", w.Tenant, w.KEK), Err: err}
	}
	return clear, nil
}

// keysetIn gives the encrypted part of what is stored. Tink puts an envelope with public facts around a keyset.
func keysetIn(w Wrapped) ([]byte, error) {
	if w.Purpose == purposeSign {
		return w.Bytes, nil
	}
	encrypted, err := keyset.NewBinaryReader(bytes.NewReader(w.Bytes)).ReadEncrypted()
	if err != nil {
		return nil, &Error{Kind: Tampered, Message: fmt.Sprintf("the keyset of tenant %q was changed: it cannot be read", w.Tenant), Err: err}
	}
	return encrypted.EncryptedKeyset, nil
}

func parseKeyset(tenant string, clear []byte) (*keyset.Handle, error) {
	handle, err := insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(clear)))
	if err != nil {
		return nil, &Error{Kind: Tampered, Message: fmt.Sprintf("the keyset of tenant %q cannot be read", tenant)} // the cause could quote key material
	}
	return handle, nil
}

func wrapKeyset(ctx context.Context, kek KEK, tenant, purpose string, handle *keyset.Handle) ([]byte, error) {
	var wrapped bytes.Buffer
	if err := handle.WriteWithContext(ctx, keyset.NewBinaryWriter(&wrapped), kekAEAD{kek}, keysetAD(tenant, purpose)); err != nil {
		return nil, &Error{Kind: Unavailable, Message: "a keyset cannot be wrapped", Err: err}
	}
	return wrapped.Bytes(), nil
}

func (s *Sealer) create(ctx context.Context, tenant, purpose string) error {
	handle, err := keyset.NewHandle(template(purpose))
	if err != nil {
		return &Error{Kind: Internal, Message: "a keyset cannot be made", Err: err}
	}
	kek := s.currentKEK()
	wrapped, err := wrapKeyset(ctx, kek, tenant, purpose, handle)
	if err != nil {
		return err
	}
	_, err = s.store.InsertKeyset(ctx, tenant, purpose, wrapped, kek.ID(), s.now().UnixMicro())
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
