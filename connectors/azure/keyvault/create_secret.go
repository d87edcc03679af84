package keyvault

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/azure/internal/azconn"
)

// CreateSecretIn is the input of Create Secret.
type CreateSecretIn struct {
	VaultTarget
	SecretName  string            `json:"secretName" label:"Secret Name" doc:"Name of the secret: letters, digits and hyphens. A secret of this name gets a new version." example:"D3TestSecret-C" minLength:"1" maxLength:"2000"`
	SecretValue connector.Secret  `json:"secretValue" label:"Secret Value" doc:"The secret itself, at most 25 KiB."`
	ContentType string            `json:"contentType,omitempty" label:"Content Type" doc:"What the value is, for whoever reads it." example:"password" maxLength:"255"`
	Tags        map[string]string `json:"tags,omitempty" label:"Tags" doc:"Names and values to keep with the secret." example:"{\"purpose\":\"D3 test\"}"`
}

const maxSecret = 25 << 10

// Validate refuses names that no secret has, and values that no vault takes.
func (in *CreateSecretIn) Validate() []*connector.Error {
	var long *connector.Error
	if len(in.SecretValue.Reveal()) > maxSecret {
		long = connector.InvalidField("/secretValue", "Secret Value is longer than 25 KiB.", "Store it elsewhere, and the key to it here.")
	}
	return in.place().validate(checkObject(secrets(), "/secretName", in.SecretName), long, checkTags(in.Tags))
}

// SecretOut is a secret that was made or changed, and the same in a few words.
type SecretOut struct {
	Summary     []Row             `json:"summary"`
	ID          string            `json:"id" key:"ids" doc:"Identifier of the version."`
	Value       connector.Secret  `json:"value,omitzero" doc:"The secret itself."`
	ContentType string            `json:"contentType,omitempty" doc:"What the value is."`
	Attributes  *Attributes       `json:"attributes,omitzero"`
	Tags        map[string]string `json:"tags,omitempty" doc:"Tags of the version."`

	rest json.RawMessage
}

// UnmarshalJSON keeps what is not known here, and never the value in clear.
func (o *SecretOut) UnmarshalJSON(raw []byte) error {
	type plain SecretOut
	return keep(raw, (*plain)(o), &o.rest, "value")
}

// MarshalJSON writes all that was read, the value hidden.
func (o SecretOut) MarshalJSON() ([]byte, error) {
	type plain SecretOut
	return whole(plain(o), o.rest)
}

func createSecret() *connector.Command {
	return connector.NewPlanned(connector.Meta{
		Name:        "Create Secret",
		Summary:     "Stores a secret in a vault, or a new version of a secret.",
		Description: "The value is secret in input and output. The request is repeated only when it surely had no effect, so that one run makes one version.",
		Effect:      connector.Write,
		Permissions: content(secrets(), "Key Vault Secrets Officer", need{"set", "setSecret/action", ""}),
		Corrections: []string{
			"Names have 1 to 127 letters, digits and hyphens; the value has at most 25 KiB and the content type 255 characters.",
			resolves,
		},
	}, runCreateSecret, planCreateSecret)
}

type newSecret struct {
	Value       string            `json:"value"`
	ContentType string            `json:"contentType,omitempty"`
	Tags        map[string]string `json:"tags,omitempty"`
}

func runCreateSecret(ctx context.Context, _ *connector.Call, s *session, in *CreateSecretIn) (*SecretOut, error) {
	v, name, err := in.find(ctx, s)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(newSecret{in.SecretValue.Reveal(), in.ContentType, in.Tags})
	if err != nil {
		return nil, err
	}
	a, err := s.data(ctx, v, azconn.Call{Method: http.MethodPut, Operation: "secrets.set", Item: name, Body: raw, Once: true}, "secrets", name)
	if err != nil {
		return nil, unsure(err)
	}
	return secretOut(a.Body)
}

func secretOut(raw []byte) (*SecretOut, error) {
	out, err := decodeOne[SecretOut](raw)
	if err != nil {
		return nil, err
	}
	out.Summary = []Row{row(out.ID, out.Attributes, nil)}
	return out, nil
}

func (in *CreateSecretIn) find(ctx context.Context, s *session) (*vault, string, error) {
	v, err := s.find(ctx, in.place())
	if err != nil {
		return nil, "", err
	}
	name, err := v.object(secrets(), "/secretName", in.SecretName)
	return v, name, err
}

func planCreateSecret(ctx context.Context, _ *connector.Call, s *session, in *CreateSecretIn) ([]connector.PlanStep, error) {
	v, name, err := in.find(ctx, s)
	if err != nil {
		return nil, err
	}
	return s.planNew(ctx, v, secrets(), name)
}
