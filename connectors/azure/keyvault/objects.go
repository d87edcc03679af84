package keyvault

import (
	"encoding/json"
	"slices"

	"github.com/fairlead-io/fairlead/connector"
)

// Attributes are what a vault keeps beside every version. Times are Unix
// seconds; 0 is none.
type Attributes struct {
	Enabled       *bool  `json:"enabled,omitempty"`
	NotBefore     int64  `json:"nbf,omitempty"`
	Expires       int64  `json:"exp,omitempty"`
	Created       int64  `json:"created,omitempty"`
	Updated       int64  `json:"updated,omitempty"`
	RecoveryLevel string `json:"recoveryLevel,omitempty"`

	rest json.RawMessage
}

// UnmarshalJSON keeps what is not known here.
func (a *Attributes) UnmarshalJSON(raw []byte) error {
	type plain Attributes
	return keep(raw, (*plain)(a), &a.rest)
}

// MarshalJSON writes all that was read.
func (a Attributes) MarshalJSON() ([]byte, error) {
	type plain Attributes
	return whole(plain(a), a.rest)
}

func (a Attributes) enabled() bool { return a.Enabled == nil || *a.Enabled }

// JWK is a key without its private part.
type JWK struct {
	KID    string   `json:"kid" key:"kids" doc:"Identifier of the key, with its version."`
	KTY    string   `json:"kty,omitempty" key:"ktys" doc:"EC, EC-HSM, RSA or RSA-HSM."`
	KeyOps []string `json:"key_ops,omitempty" doc:"What the key may be used for."`
	CRV    string   `json:"crv,omitempty" doc:"Curve of an EC key."`

	rest json.RawMessage
}

// UnmarshalJSON keeps what is not known here.
func (k *JWK) UnmarshalJSON(raw []byte) error {
	type plain JWK
	return keep(raw, (*plain)(k), &k.rest)
}

// MarshalJSON writes all that was read.
func (k JWK) MarshalJSON() ([]byte, error) {
	type plain JWK
	return whole(plain(k), k.rest)
}

// EntryError says why a version could not be read.
type EntryError struct {
	Code       string `json:"code,omitempty"`
	StatusCode int    `json:"statusCode,omitempty"`
	Message    string `json:"message"`
}

// Deletion is what a deleted object shows besides. Times are Unix seconds.
type Deletion struct {
	RecoveryID         string `json:"recoveryId,omitempty" doc:"Address of the deleted object, for its recovery."`
	DeletedDate        int64  `json:"deletedDate,omitempty" doc:"When it was deleted, in Unix seconds."`
	ScheduledPurgeDate int64  `json:"scheduledPurgeDate,omitempty" doc:"When it goes for good, in Unix seconds."`
}

// KeyBundle is a version of a key, or a line of a list of keys.
type KeyBundle struct {
	Deletion
	KID        string            `json:"kid,omitempty" key:"kids" doc:"Identifier, in lists."`
	Key        *JWK              `json:"key,omitzero"`
	Attributes *Attributes       `json:"attributes,omitzero"`
	Tags       map[string]string `json:"tags,omitempty" doc:"Tags of the version."`
	Managed    bool              `json:"managed,omitempty" doc:"The key belongs to a certificate."`
	Error      *EntryError       `json:"error,omitzero"`

	rest json.RawMessage
}

// UnmarshalJSON keeps what is not known here.
func (b *KeyBundle) UnmarshalJSON(raw []byte) error {
	type plain KeyBundle
	return keep(raw, (*plain)(b), &b.rest)
}

// MarshalJSON writes all that was read.
func (b KeyBundle) MarshalJSON() ([]byte, error) {
	type plain KeyBundle
	return whole(plain(b), b.rest)
}

// SecretBundle is a version of a secret, or without its value a line of a list.
type SecretBundle struct {
	Deletion
	ID          string            `json:"id" key:"ids" doc:"Identifier, with the version outside lists."`
	Value       connector.Secret  `json:"value,omitzero" doc:"The secret itself."`
	ContentType string            `json:"contentType,omitempty" doc:"What the value is, as its maker says."`
	Attributes  *Attributes       `json:"attributes,omitzero"`
	Tags        map[string]string `json:"tags,omitempty" doc:"Tags of the version."`
	Managed     bool              `json:"managed,omitempty" doc:"The secret belongs to a certificate."`
	Error       *EntryError       `json:"error,omitzero"`

	rest json.RawMessage
}

// UnmarshalJSON keeps what is not known here, and never the value in clear.
func (b *SecretBundle) UnmarshalJSON(raw []byte) error {
	type plain SecretBundle
	return keep(raw, (*plain)(b), &b.rest, "value")
}

// MarshalJSON writes all that was read, the value hidden.
func (b SecretBundle) MarshalJSON() ([]byte, error) {
	type plain SecretBundle
	return whole(plain(b), b.rest)
}

// CertificateBundle is a version of a certificate, or a line of a list.
type CertificateBundle struct {
	Deletion
	ID         string            `json:"id" key:"ids" doc:"Identifier, with the version outside lists."`
	KID        string            `json:"kid,omitempty" key:"kids" doc:"Identifier of its key."`
	SID        string            `json:"sid,omitempty" key:"sids" doc:"Identifier of the secret that holds it with its private key."`
	X5T        string            `json:"x5t,omitempty" key:"x5ts" doc:"SHA-1 thumbprint, in base64 for URLs."`
	CER        string            `json:"cer,omitempty" doc:"The certificate, DER in base64."`
	Attributes *Attributes       `json:"attributes,omitzero"`
	Policy     json.RawMessage   `json:"policy,omitempty" doc:"How it was made and is renewed."`
	Tags       map[string]string `json:"tags,omitempty" doc:"Tags of the version."`
	Error      *EntryError       `json:"error,omitzero"`

	rest json.RawMessage
}

// UnmarshalJSON keeps what is not known here.
func (b *CertificateBundle) UnmarshalJSON(raw []byte) error {
	type plain CertificateBundle
	return keep(raw, (*plain)(b), &b.rest)
}

// MarshalJSON writes all that was read.
func (b CertificateBundle) MarshalJSON() ([]byte, error) {
	type plain CertificateBundle
	return whole(plain(b), b.rest)
}

// Row is a version or an object in a few words.
type Row struct {
	Name      string `json:"name" key:"names" col:"Name" doc:"Name of the object."`
	Version   string `json:"version,omitempty" key:"versions" col:"Version" doc:"Version, outside lists of objects."`
	Enabled   bool   `json:"enabled" col:"Enabled" doc:"Whether it may be used."`
	Created   string `json:"created,omitempty" col:"Created" doc:"When it was made, UTC."`
	NotBefore string `json:"notBefore,omitempty" col:"Not Before" doc:"From when it may be used, UTC."`
	Expires   string `json:"expires,omitempty" col:"Expires" doc:"When it expires, UTC."`
	Problem   string `json:"problem,omitempty" col:"Problem" doc:"Why it could not be read."`
}

func row(id string, a *Attributes, problem *EntryError) Row {
	r := Row{}
	r.Name, r.Version = split(id)
	if a != nil {
		r.Enabled, r.Created, r.NotBefore, r.Expires = a.enabled(), iso(a.Created), iso(a.NotBefore), iso(a.Expires)
	}
	if problem != nil {
		r.Problem = problem.Message
	}
	return r
}

// entry is what bundles of all kinds have in common.
type entry interface {
	ident() string
	attrs() *Attributes
	problem() *EntryError
}

func (b *KeyBundle) ident() string {
	if b.Key != nil && b.Key.KID != "" {
		return b.Key.KID
	}
	return b.KID
}
func (b *KeyBundle) attrs() *Attributes           { return b.Attributes }
func (b *KeyBundle) problem() *EntryError         { return b.Error }
func (b *SecretBundle) ident() string             { return b.ID }
func (b *SecretBundle) attrs() *Attributes        { return b.Attributes }
func (b *SecretBundle) problem() *EntryError      { return b.Error }
func (b *CertificateBundle) ident() string        { return b.ID }
func (b *CertificateBundle) attrs() *Attributes   { return b.Attributes }
func (b *CertificateBundle) problem() *EntryError { return b.Error }

// pointer is a bundle by its pointer, which carries the methods.
type pointer[B any] interface {
	*B
	entry
}

func rows[B any, P pointer[B]](bundles []B) []Row {
	out := make([]Row, len(bundles))
	for i := range bundles {
		p := P(&bundles[i])
		out[i] = row(p.ident(), p.attrs(), p.problem())
	}
	return out
}

// newestFirst sorts by creation, which the service does not.
func newestFirst[B any, P pointer[B]](bundles []B) {
	slices.SortStableFunc(bundles, func(a, b B) int { return created(P(&b)) - created(P(&a)) })
}

func created(e entry) int {
	if e.attrs() == nil {
		return 0
	}
	return int(e.attrs().Created)
}
