package keys

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
)

// Remote is a key that never leaves the service that keeps it, and that takes little at a time.
type Remote interface {
	ID() string
	// WrapKey encrypts 32 bytes. version says, for UnwrapKey, which version of the key did.
	WrapKey(ctx context.Context, key []byte) (wrapped []byte, version string, err error)
	UnwrapKey(ctx context.Context, wrapped []byte, version string) ([]byte, error)
}

// Enveloped makes a KEK of a remote key: what is wrapped is encrypted here, under a key of its own that the remote key
// wraps. So keysets may be of any size, and are bound to their place whatever the service can do.
func Enveloped(r Remote) KEK { return &enveloped{r} }

type enveloped struct{ Remote }

const envelopeFormat = "fk1"

func (e *enveloped) Wrap(ctx context.Context, plaintext, ad []byte) ([]byte, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	wrapped, version, err := e.WrapKey(ctx, key)
	if err != nil {
		return nil, err
	}
	out := []byte(envelopeFormat)
	for _, part := range [][]byte{[]byte(version), wrapped} {
		out = binary.AppendUvarint(out, uint64(len(part)))
		out = append(out, part...)
	}
	gcm, err := subtle.NewAESGCM(key)
	if err != nil {
		return nil, err
	}
	sealed, err := gcm.Encrypt(plaintext, headed(out, ad))
	return append(out, sealed...), err
}

func (e *enveloped) Unwrap(ctx context.Context, ciphertext, ad []byte) ([]byte, error) {
	rest, ok := cutPrefix(ciphertext, envelopeFormat)
	version, rest, okVersion := cutPart(rest)
	wrapped, sealed, okKey := cutPart(rest)
	if !ok || !okVersion || !okKey {
		return nil, errors.New("keys: this is not what the key has wrapped")
	}
	key, err := e.UnwrapKey(ctx, wrapped, string(version))
	if err != nil {
		return nil, err
	}
	gcm, err := subtle.NewAESGCM(key)
	if err != nil {
		return nil, err
	}
	return gcm.Decrypt(sealed, headed(ciphertext[:len(ciphertext)-len(sealed)], ad))
}

// headed binds the envelope's head to its content.
func headed(head, ad []byte) []byte {
	out := binary.AppendUvarint(nil, uint64(len(head)))
	return append(append(out, head...), ad...)
}

func cutPrefix(b []byte, prefix string) ([]byte, bool) {
	if len(b) < len(prefix) || string(b[:len(prefix)]) != prefix {
		return nil, false
	}
	return b[len(prefix):], true
}

func cutPart(b []byte) (part, rest []byte, ok bool) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil, false
	}
	return b[size : size+int(n)], b[size+int(n):], true
}
