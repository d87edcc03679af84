package keyvault

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/azure/internal/azconn"
)

// CreateKeyIn is the input of Create Key.
type CreateKeyIn struct {
	VaultTarget
	KeyName           string            `json:"keyName" label:"Key Name" doc:"Name of the key: letters, digits and hyphens. A key of this name gets a new version." example:"D3TestEC-A" minLength:"1" maxLength:"2000"`
	KeyType           string            `json:"keyType" label:"Key Type" doc:"Sort of key. The HSM sorts need a premium vault." enum:"EC,EC-HSM,RSA,RSA-HSM" example:"EC"`
	RSAKeySize        string            `json:"rsaKeySize" label:"RSA Key Size" doc:"Size in bits of RSA and RSA-HSM keys." enum:"2048,3072,4096" default:"2048" example:"2048"`
	EllipticCurveName string            `json:"ellipticCurveName" label:"Elliptic Curve Name" doc:"Curve of EC and EC-HSM keys." enum:"P-256,P-384,P-521,P-256K" default:"P-256" example:"P-256"`
	Tags              map[string]string `json:"tags,omitempty" label:"Tags" doc:"Names and values to keep with the key." example:"{\"purpose\":\"unit test\"}"`
}

// Validate refuses names that no key has.
func (in *CreateKeyIn) Validate() []*connector.Error {
	return in.place().validate(checkObject(keys(), "/keyName", in.KeyName), checkTags(in.Tags))
}

// KeyOut is a key that was made or changed, and the same in a few words.
type KeyOut struct {
	Summary    []Row             `json:"summary"`
	Key        *JWK              `json:"key,omitzero"`
	Attributes *Attributes       `json:"attributes,omitzero"`
	Tags       map[string]string `json:"tags,omitempty" doc:"Tags of the version."`

	rest json.RawMessage
}

// UnmarshalJSON keeps what is not known here.
func (o *KeyOut) UnmarshalJSON(raw []byte) error {
	type plain KeyOut
	return keep(raw, (*plain)(o), &o.rest)
}

// MarshalJSON writes all that was read.
func (o KeyOut) MarshalJSON() ([]byte, error) {
	type plain KeyOut
	return whole(plain(o), o.rest)
}

func createKey() *connector.Command {
	return connector.NewPlanned(connector.Meta{
		Name:        "Create Key",
		Summary:     "Makes a key in a vault, or a new version of a key.",
		Description: "The key is made in the vault and its private part never leaves it. The request is repeated only when it surely had no effect, so that one run makes one version.",
		Effect:      connector.Write,
		Permissions: content(keys(), "Key Vault Crypto Officer", need{"create", "create/action", ""}),
		Corrections: []string{
			"RSA Key Size is also for RSA-HSM and Elliptic Curve Name also for EC-HSM.",
			"Names have 1 to 127 letters, digits and hyphens.",
			resolves,
		},
	}, runCreateKey, planCreateKey)
}

func runCreateKey(ctx context.Context, _ *connector.Call, s *session, in *CreateKeyIn) (*KeyOut, error) {
	v, name, err := in.find(ctx, s)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(in.body())
	if err != nil {
		return nil, err
	}
	a, err := s.data(ctx, v, azconn.Call{Method: http.MethodPost, Operation: "keys.create", Item: name, Body: raw, Once: true}, "keys", name, "create")
	if err != nil {
		return nil, unsure(err)
	}
	return keyOut(a.Body)
}

func keyOut(raw []byte) (*KeyOut, error) {
	out, err := decodeOne[KeyOut](raw)
	if err != nil {
		return nil, err
	}
	b := KeyBundle{Key: out.Key}
	out.Summary = []Row{row(b.ident(), out.Attributes, nil)}
	return out, nil
}

// find looks the vault up and refuses what its tier does not have.
func (in *CreateKeyIn) find(ctx context.Context, s *session) (*vault, string, error) {
	v, err := s.find(ctx, in.place())
	if err != nil {
		return nil, "", err
	}
	name, err := v.object(keys(), "/keyName", in.KeyName)
	if err != nil {
		return nil, "", err
	}
	if strings.HasSuffix(in.KeyType, "-HSM") && v.Tier == "standard" {
		return nil, "", &connector.Error{
			Kind: connector.Invalid, Field: "/keyType", Code: "BadParameter", Item: name,
			Message: in.KeyType + " keys cannot be created in the vault " + v.Name + ": its tier is standard.",
			Fix:     "Use a premium vault, or the key type " + strings.TrimSuffix(in.KeyType, "-HSM") + ".",
		}
	}
	return v, name, nil
}

type newKey struct {
	KTY  string            `json:"kty"`
	Size int               `json:"key_size,omitempty"`
	CRV  string            `json:"crv,omitempty"`
	Tags map[string]string `json:"tags,omitempty"`
}

// body sends what belongs to the type alone.
func (in *CreateKeyIn) body() newKey {
	b := newKey{KTY: in.KeyType, Tags: in.Tags}
	if strings.HasPrefix(in.KeyType, "RSA") {
		b.Size, _ = strconv.Atoi(in.RSAKeySize) // one of three numbers
		return b
	}
	b.CRV = in.EllipticCurveName
	return b
}

func planCreateKey(ctx context.Context, _ *connector.Call, s *session, in *CreateKeyIn) ([]connector.PlanStep, error) {
	v, name, err := in.find(ctx, s)
	if err != nil {
		return nil, err
	}
	return s.planNew(ctx, v, keys(), name)
}

// planNew says whether an object would be new or get a new version.
func (s *session) planNew(ctx context.Context, v *vault, k kind, name string) ([]connector.PlanStep, error) {
	step := connector.PlanStep{Item: name, Action: connector.PlanCreate}
	lines, err := s.versions(ctx, v, k, name)
	switch {
	case err != nil && connector.AsError(err).Kind == connector.Denied:
		step.Note = "Whether it exists could not be seen: the connection may not list " + k.plural + " of " + v.Name + "."
	case err != nil:
		return nil, err
	case len(lines) > 0:
		step.Note = "It exists with " + strconv.Itoa(len(lines)) + " versions and gets a new one."
	}
	return []connector.PlanStep{step}, nil
}

// unsure says of a creation without an answer that it may have taken place.
func unsure(err error) error {
	e := *connector.AsError(err)
	if e.Status != 0 && e.Status < 500 || e.Kind != connector.Unavailable && e.Kind != connector.Timeout {
		return &e
	}
	e.Fix = "It is not known whether the version was made: see List Vault Object Versions before you run this again."
	return &e
}

func checkTags(tags map[string]string) *connector.Error {
	if len(tags) > 15 {
		return connector.InvalidField("/tags", "Tags has "+strconv.Itoa(len(tags))+" entries; a vault takes 15.", "Leave some out.")
	}
	for name, v := range tags {
		if name == "" || len(name) > 256 || len(v) > 256 {
			return connector.InvalidField("/tags", "A tag has an empty or too long name, or a too long value.", "Names and values have at most 256 characters.")
		}
	}
	return nil
}
