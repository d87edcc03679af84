package keys

import (
	"context"
	"fmt"
	"time"

	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Wrapped is a keyset as the store keeps it.
type Wrapped struct {
	Tenant, Purpose string
	Bytes           []byte
	KEK             string // id of the key that wraps it
}

// Info describes a keyset, without its keys.
type Info struct {
	Tenant  string `json:"tenant"`
	Purpose string `json:"purpose"` // seal, fingerprint or sign
	KEK     string `json:"kek"`
	Keys    int    `json:"keys"`    // how many it holds; one of them is in use, the others open what they sealed
	Current string `json:"current"` // id of the key in use
}

// Rotate gives the keysets anew: each that seals or signs with a new key in use, all wrapped by the key-encryption key
// to, or the present one if that is nil. Old keys stay, so that whatever they sealed still opens. Fingerprints keep their
// key, or equal values would no longer be found. Nothing is stored: the caller replaces the keysets, all at once,
// within Exclusively.
func (s *Sealer) Rotate(ctx context.Context, list []Wrapped, to KEK) ([]Wrapped, error) {
	if to == nil {
		to = s.currentKEK()
	}
	out := make([]Wrapped, 0, len(list))
	for _, w := range list {
		clear, err := s.unwrap(ctx, w)
		if err != nil {
			return nil, err
		}
		next := Wrapped{Tenant: w.Tenant, Purpose: w.Purpose, KEK: to.ID()}
		if next.Bytes, err = renewed(ctx, w, clear, to); err != nil {
			return nil, err
		}
		out = append(out, next)
	}
	return out, nil
}

func renewed(ctx context.Context, w Wrapped, clear []byte, to KEK) ([]byte, error) {
	if w.Purpose == purposeSign {
		return wrapSeeds(ctx, to, w.Tenant, append(clear, newSeed()...))
	}
	handle, err := parseKeyset(w.Tenant, clear)
	if err != nil {
		return nil, err
	}
	if w.Purpose == purposeSeal {
		if handle, err = withNewKey(handle); err != nil {
			return nil, &Error{Kind: Internal, Message: "a new key cannot be made", Err: err}
		}
	}
	return wrapKeyset(ctx, to, w.Tenant, w.Purpose, handle)
}

func withNewKey(handle *keyset.Handle) (*keyset.Handle, error) {
	m := keyset.NewManagerFromHandle(handle)
	id, err := m.Add(template(purposeSeal))
	if err != nil {
		return nil, err
	}
	if err := m.SetPrimary(id); err != nil {
		return nil, err
	}
	return m.Handle()
}

// Exclusively keeps keysets from being made or looked up while f replaces them, and then forgets what was known of them.
// f gives the key-encryption key that wraps them now, nil for the present one.
func (s *Sealer) Exclusively(f func() (KEK, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	kek, err := f()
	if err != nil {
		return err
	}
	if kek != nil {
		s.kek.Store(&kek)
	}
	s.aeads, s.prfs, s.seeds = map[string]tink.AEAD{}, map[string]*prf.Set{}, map[string][]byte{}
	return nil
}

// Describe tells of keysets without showing keys.
func (s *Sealer) Describe(ctx context.Context, list []Wrapped) ([]Info, error) {
	out := make([]Info, 0, len(list))
	for _, w := range list {
		info := Info{Tenant: w.Tenant, Purpose: w.Purpose, KEK: w.KEK}
		if w.Purpose == purposeSign {
			public, err := s.PublicKeys(ctx, w.Tenant)
			if err != nil {
				return nil, err
			}
			info.Keys = len(public)
			info.Current = fmt.Sprintf("%x", []byte(public[len(public)-1]))
			out = append(out, info)
			continue
		}
		clear, err := s.unwrap(ctx, w)
		if err != nil {
			return nil, err
		}
		handle, err := parseKeyset(w.Tenant, clear)
		if err != nil {
			return nil, err
		}
		facts := handle.KeysetInfo()
		info.Keys, info.Current = len(facts.GetKeyInfo()), fmt.Sprint(facts.GetPrimaryKeyId())
		out = append(out, info)
	}
	return out, nil
}

// MakeFile makes a key file at a path, or reads the one that is there.
func MakeFile(path string, now time.Time) (KEK, error) {
	if err := writeFile(path, now); err != nil {
		return nil, err
	}
	return readFile(path)
}

// NextFile makes the key file that is to take the place of the one at path, beside it, and gives its key. After the
// keysets were replaced, Promote puts it in its place. A crash in between loses nothing: Open finds out which of the two
// files the keysets are wrapped by.
func NextFile(path string, now time.Time) (KEK, error) {
	if err := discardNext(path); err != nil {
		return nil, err
	}
	if err := writeFile(path+nextSuffix, now); err != nil {
		return nil, err
	}
	return readFile(path + nextSuffix)
}
