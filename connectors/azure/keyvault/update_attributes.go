package keyvault

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/azure/internal/azconn"
)

// AttributesIn are the attributes that can be changed.
type AttributesIn struct {
	Version   string     `json:"version,omitempty" label:"Version" doc:"Version to change: the last part of an id of List Vault Object Versions, or the whole id. The current one when it is left out." example:"7f0b3d6f2f0e4b6c9a1d5c7e8b90e44f" maxLength:"2000"`
	Enabled   string     `json:"enabled,omitempty" label:"Enabled" doc:"Whether the version may be used. Left as it is when it is left out." enum:"True,False" example:"False"`
	NotBefore *time.Time `json:"notBefore,omitempty" label:"Not Before" doc:"From when the version may be used. Left as it is when it is left out." example:"2026-12-01T00:00:00Z"`
	Expires   *time.Time `json:"expires,omitempty" label:"Expires" doc:"When the version expires. Left as it is when it is left out." example:"2027-12-01T00:00:00Z"`
}

func (in AttributesIn) validate() *connector.Error {
	switch {
	case in.Enabled == "" && in.NotBefore == nil && in.Expires == nil:
		return connector.InvalidField("/enabled", "Nothing is to be changed.", "Give Enabled, Not Before or Expires.")
	case in.NotBefore != nil && in.Expires != nil && !in.NotBefore.Before(*in.Expires):
		return connector.InvalidField("/expires", "Expires is not after Not Before.", "Give a later time.")
	}
	return nil
}

// attributesBody is what the API takes.
type attributesBody struct {
	Attributes struct {
		Enabled   *bool  `json:"enabled,omitempty"`
		NotBefore *int64 `json:"nbf,omitempty"`
		Expires   *int64 `json:"exp,omitempty"`
	} `json:"attributes"`
}

func (in AttributesIn) body() attributesBody {
	var b attributesBody
	if in.Enabled != "" {
		on := in.Enabled == "True"
		b.Attributes.Enabled = &on
	}
	b.Attributes.NotBefore, b.Attributes.Expires = unix(in.NotBefore), unix(in.Expires)
	return b
}

func unix(t *time.Time) *int64 {
	if t == nil {
		return nil
	}
	n := t.Unix()
	return &n
}

// UpdateKeyAttributesIn is the input of Update Key Attributes.
type UpdateKeyAttributesIn struct {
	KeyIn
	AttributesIn
}

// UpdateSecretAttributesIn is the input of Update Secret Attributes.
type UpdateSecretAttributesIn struct {
	SecretIn
	AttributesIn
}

// UpdateCertificateAttributesIn is the input of Update Certificate Attributes.
type UpdateCertificateAttributesIn struct {
	CertificateIn
	AttributesIn
}

// Validate refuses what changes nothing.
func (in *UpdateKeyAttributesIn) Validate() []*connector.Error {
	return append(in.KeyIn.Validate(), collect(in.AttributesIn.validate())...)
}

// Validate refuses what changes nothing.
func (in *UpdateSecretAttributesIn) Validate() []*connector.Error {
	return append(in.SecretIn.Validate(), collect(in.AttributesIn.validate())...)
}

// Validate refuses what changes nothing, and the validity that stands in the
// certificate itself.
func (in *UpdateCertificateAttributesIn) Validate() []*connector.Error {
	errs := append(in.CertificateIn.Validate(), collect(in.AttributesIn.validate())...)
	if in.NotBefore != nil || in.Expires != nil {
		errs = append(errs, connector.InvalidField("/expires", "The validity of a certificate stands in the certificate and cannot be changed.", "Import or issue a new version."))
	}
	return errs
}

func updateMeta(k kind) connector.Meta {
	return connector.Meta{
		Name:        "Update " + k.title + " Attributes",
		Summary:     "Enables or disables a version of a " + k.singular + ", or changes when it may be used.",
		Description: "Only the attributes given are changed; value and tags stay.",
		Effect:      connector.Write | connector.Idempotent,
		Permissions: content(k, k.officer, updates(k), lists(k, "for a dry run")),
	}
}

// updates is the permission to change attributes, which access policies call
// differently for secrets.
func updates(k kind) need {
	if k.plural == "secrets" {
		return need{"set", "update/action", ""}
	}
	return need{"update", "update/action", ""}
}

// update is one change of attributes.
type update struct {
	subject
	AttributesIn
}

func (u update) find(ctx context.Context, s *session) (v *vault, name, version string, err error) {
	if v, name, err = u.subject.find(ctx, s); err != nil || u.Version == "" {
		return v, name, "", err
	}
	version, err = v.versionOf(u.kind, name, "/version", u.Version)
	return v, name, version, err
}

func (u update) run(ctx context.Context, s *session) ([]byte, error) {
	v, name, version, err := u.find(ctx, s)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(u.body())
	if err != nil {
		return nil, err
	}
	// The version that is current is looked up by the service; the path ends with
	// a slash where there is none, as its clients send it.
	call := azconn.Call{Method: http.MethodPatch, Operation: u.kind.plural + ".update", Item: name, Body: raw}
	a, err := s.data(ctx, v, call, u.kind.plural, name, version)
	if err != nil {
		return nil, err
	}
	return a.Body, nil
}

// plan reads lists only: they show attributes and no values.
func (u update) plan(ctx context.Context, s *session) ([]connector.PlanStep, error) {
	v, name, version, err := u.find(ctx, s)
	if err != nil {
		return nil, err
	}
	lines, err := s.versions(ctx, v, u.kind, name)
	if err != nil {
		return nil, err
	}
	for i := range lines {
		if id := lastPart(lines[i].ident()); version == "" || strings.EqualFold(id, version) {
			return []connector.PlanStep{u.step(name+"/"+id, lines[i].Attributes)}, nil
		}
	}
	return []connector.PlanStep{{Item: name, Action: connector.PlanNone, Note: "There is no such " + u.kind.singular + " or version."}}, nil
}

func (u update) step(item string, a *Attributes) connector.PlanStep {
	want := u.body().Attributes
	var notes []string
	if a == nil {
		a = &Attributes{}
	}
	if want.Enabled != nil && *want.Enabled != a.enabled() {
		notes = append(notes, "enabled becomes "+strings.ToLower(u.Enabled))
	}
	if want.NotBefore != nil && *want.NotBefore != a.NotBefore {
		notes = append(notes, "not before becomes "+iso(*want.NotBefore))
	}
	if want.Expires != nil && *want.Expires != a.Expires {
		notes = append(notes, "expires becomes "+iso(*want.Expires))
	}
	if len(notes) == 0 {
		return connector.PlanStep{Item: item, Action: connector.PlanNone, Note: "It is so already."}
	}
	return connector.PlanStep{Item: item, Action: connector.PlanReplace, Note: strings.Join(notes, ", ")}
}

func updateKeyAttributes() *connector.Command {
	return connector.NewPlanned(updateMeta(keys()),
		func(ctx context.Context, _ *connector.Call, s *session, in *UpdateKeyAttributesIn) (*KeyOut, error) {
			raw, err := update{in.subject(), in.AttributesIn}.run(ctx, s)
			if err != nil {
				return nil, err
			}
			return keyOut(raw)
		},
		func(ctx context.Context, _ *connector.Call, s *session, in *UpdateKeyAttributesIn) ([]connector.PlanStep, error) {
			return update{in.subject(), in.AttributesIn}.plan(ctx, s)
		})
}

func updateSecretAttributes() *connector.Command {
	return connector.NewPlanned(updateMeta(secrets()),
		func(ctx context.Context, _ *connector.Call, s *session, in *UpdateSecretAttributesIn) (*SecretOut, error) {
			raw, err := update{in.subject(), in.AttributesIn}.run(ctx, s)
			if err != nil {
				return nil, err
			}
			return secretOut(raw)
		},
		func(ctx context.Context, _ *connector.Call, s *session, in *UpdateSecretAttributesIn) ([]connector.PlanStep, error) {
			return update{in.subject(), in.AttributesIn}.plan(ctx, s)
		})
}

func updateCertificateAttributes() *connector.Command {
	return connector.NewPlanned(updateMeta(certificates()),
		func(ctx context.Context, _ *connector.Call, s *session, in *UpdateCertificateAttributesIn) (*CertificateOut, error) {
			raw, err := update{in.subject(), in.AttributesIn}.run(ctx, s)
			if err != nil {
				return nil, err
			}
			return certificateOut(raw)
		},
		func(ctx context.Context, _ *connector.Call, s *session, in *UpdateCertificateAttributesIn) ([]connector.PlanStep, error) {
			return update{in.subject(), in.AttributesIn}.plan(ctx, s)
		})
}
