package authz

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// TokenPrefix begins every token, so that scanners find leaked ones.
const TokenPrefix = "flt_"

const (
	tokenBytes  = 32
	tokenDigits = 43 // of 62, enough for 256 bits
	base62      = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// TokenHash is what is stored of a token.
type TokenHash [sha256.Size]byte

// MintToken makes a token from 32 bytes of random (crypto/rand.Reader outside
// tests). Its text is shown once; only the hash is stored.
func MintToken(random io.Reader) (connector.Secret, TokenHash, error) {
	var b [tokenBytes]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return connector.Secret{}, TokenHash{}, fmt.Errorf("authz: no randomness for a token: %w", err)
	}
	text := TokenPrefix + encode62(b[:])
	return connector.NewSecret(text), HashToken(text), nil
}

// HashToken is the SHA-256 of a token's text. The text has 256 random bits, so
// that a slow hash would add nothing.
func HashToken(text string) TokenHash { return sha256.Sum256([]byte(text)) }

// SameHash compares in constant time.
func SameHash(a, b TokenHash) bool { return subtle.ConstantTimeCompare(a[:], b[:]) == 1 }

// WellFormed tells whether a text can be a token at all, so that other text is
// refused without a look-up.
func WellFormed(text string) bool {
	digits, ok := strings.CutPrefix(text, TokenPrefix)
	return ok && len(digits) == tokenDigits && strings.Trim(digits, base62) == ""
}

func encode62(b []byte) string {
	n, base, digit := new(big.Int).SetBytes(b), big.NewInt(62), new(big.Int)
	out := make([]byte, tokenDigits)
	for i := range out {
		n.DivMod(n, base, digit)
		out[len(out)-1-i] = base62[digit.Int64()]
	}
	return string(out)
}

// TokenRecord is a stored token.
type TokenRecord struct {
	ID        string
	Tenant    string
	Name      string
	Hash      TokenHash
	Scopes    Scopes
	ExpiresAt *time.Time // nil: never
	RevokedAt *time.Time // nil: not revoked
}

// Verify gives the actor a token stands for at a time. A text that is not the
// record's, a revoked and an expired token are Denied with status 401.
func (r TokenRecord) Verify(text string, now time.Time) (Actor, error) {
	if !SameHash(HashToken(text), r.Hash) {
		return Actor{}, UnknownToken()
	}
	if err := r.Valid(now); err != nil {
		return Actor{}, err
	}
	return Actor{ID: r.ID, Name: r.Name, Kind: KindToken, Tenant: r.Tenant, Scopes: r.Scopes}, nil
}

// Valid fails with Denied, status 401, when the token is revoked or expired at
// a time. Both hold from their instant on.
func (r TokenRecord) Valid(now time.Time) error {
	switch {
	case r.RevokedAt != nil && !now.Before(*r.RevokedAt):
		return unauthenticated(fmt.Sprintf("The token %q was revoked on %s.", r.Name, day(*r.RevokedAt)))
	case r.ExpiresAt != nil && !now.Before(*r.ExpiresAt):
		return unauthenticated(fmt.Sprintf("The token %q expired on %s.", r.Name, day(*r.ExpiresAt)))
	}
	return nil
}

// UnknownToken is the answer to a token that is missing, malformed or not
// known. It is one error for all, so that it tells nothing.
func UnknownToken() *connector.Error { return unauthenticated("No valid token was given.") }

func unauthenticated(message string) *connector.Error {
	return &connector.Error{
		Kind:    connector.Denied,
		Status:  http.StatusUnauthorized,
		Message: message,
		Fix:     "Send a token as \"Authorization: Bearer " + TokenPrefix + "...\", or set FAIRLEAD_TOKEN. Someone with the scope manage can make one: fairlead tokens add",
	}
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// ExpiryIn gives the time a token made now expires: nil for a zero lifetime.
// A negative one is Invalid.
func ExpiryIn(now time.Time, lifetime time.Duration) (*time.Time, error) {
	if lifetime < 0 {
		return nil, connector.InvalidField("/expiresIn", "The lifetime of a token is negative.", "Give a positive duration such as 720h, or none for a token that does not expire.")
	}
	if lifetime == 0 {
		return nil, nil
	}
	t := now.Add(lifetime)
	return &t, nil
}
