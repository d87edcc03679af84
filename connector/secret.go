package connector

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

// Redacted stands where a secret would have been printed.
const Redacted = "••••••"

// Secret holds a value that must not be shown. Every printer, encoder and
// logger gets Redacted; Reveal is the one way to the value. The zero Secret is
// empty.
type Secret struct{ p *string }

// NewSecret wraps a value; an empty value gives the zero Secret.
func NewSecret(s string) Secret {
	if s == "" {
		return Secret{}
	}
	return Secret{&s}
}

// Reveal gives the value. Call it only where the value is used.
func (s Secret) Reveal() string {
	if s.p == nil {
		return ""
	}
	return *s.p
}

// Empty tells whether there is no value.
func (s Secret) Empty() bool { return s.p == nil }

// String gives Redacted, or nothing for an empty secret.
func (s Secret) String() string {
	if s.Empty() {
		return ""
	}
	return Redacted
}

// GoString gives Redacted for %#v.
func (s Secret) GoString() string { return "connector.Secret(" + s.String() + ")" }

// Format gives Redacted for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue gives Redacted to slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON never reveals.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// MarshalText never reveals.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalJSON takes a JSON string, or null for an empty secret.
func (s *Secret) UnmarshalJSON(b []byte) error {
	var v *string
	if err := json.Unmarshal(b, &v); err != nil {
		return fmt.Errorf("a secret must be a string")
	}
	*s = Secret{}
	if v != nil {
		*s = NewSecret(*v)
	}
	return nil
}

// IsSecret marks the type for package schema.
func (Secret) IsSecret() {}
