package keyvault

import (
	"context"

	"github.com/fairlead-io/fairlead/connector"
)

// ListKeysIn is the input of List Keys.
type ListKeysIn struct{ VaultTarget }

// ListSecretsIn is the input of List Secrets.
type ListSecretsIn struct{ VaultTarget }

// ListCertificatesIn is the input of List Certificates.
type ListCertificatesIn struct {
	VaultTarget
	IncludePending bool `json:"includePending" label:"Include Pending" doc:"List certificates too that are not completely made yet." default:"false"`
}

// ListKeysOut is the raw data: the API's list with all pages merged, and the
// same in a few words.
type ListKeysOut struct {
	Summary []Row       `json:"summary"`
	Value   []KeyBundle `json:"value"`
}

// ListSecretsOut is the raw data: the API's list with all pages merged, and the
// same in a few words. It holds no values.
type ListSecretsOut struct {
	Summary []Row          `json:"summary"`
	Value   []SecretBundle `json:"value"`
}

// ListCertificatesOut is the raw data: the API's list with all pages merged,
// and the same in a few words.
type ListCertificatesOut struct {
	Summary []Row               `json:"summary"`
	Value   []CertificateBundle `json:"value"`
}

// resolves is true of every command on the content of a vault.
const resolves = "The vault is looked up through Resource Manager first, so that the connection also needs Microsoft.KeyVault/vaults/read at the vault."

func listKeys() *connector.Command {
	return connector.NewCommand(connector.Meta{
		Name:        "List Keys",
		Summary:     "Lists the keys of a vault, without their versions.",
		Description: "Other commands take a key by its name or by its whole id, which stands in the raw data at `$.value[*].kid`.",
		Effect:      connector.Read | connector.Idempotent,
		Permissions: content(keys(), "Key Vault Reader", lists(keys(), "")),
		Corrections: []string{resolves},
	}, func(ctx context.Context, _ *connector.Call, s *session, in *ListKeysIn) (*ListKeysOut, error) {
		value, err := list[KeyBundle](ctx, s, keys(), in.VaultTarget, "")
		if err != nil {
			return nil, err
		}
		return &ListKeysOut{Summary: rows(value), Value: value}, nil
	})
}

func listSecrets() *connector.Command {
	return connector.NewCommand(connector.Meta{
		Name:        "List Secrets",
		Summary:     "Lists the secrets of a vault, without their values and versions.",
		Description: "Other commands take a secret by its name or by its whole id, which stands in the raw data at `$.value[*].id`. Secrets that belong to certificates are marked managed.",
		Effect:      connector.Read | connector.Idempotent,
		Permissions: content(secrets(), "Key Vault Secrets User", lists(secrets(), "")),
		Corrections: []string{resolves},
	}, func(ctx context.Context, _ *connector.Call, s *session, in *ListSecretsIn) (*ListSecretsOut, error) {
		value, err := list[SecretBundle](ctx, s, secrets(), in.VaultTarget, "")
		if err != nil {
			return nil, err
		}
		return &ListSecretsOut{Summary: rows(value), Value: value}, nil
	})
}

func listCertificates() *connector.Command {
	return connector.NewCommand(connector.Meta{
		Name:        "List Certificates",
		Summary:     "Lists the certificates of a vault, without their versions.",
		Description: "Other commands take a certificate by its name or by its whole id, which stands in the raw data at `$.value[*].id`.",
		Effect:      connector.Read | connector.Idempotent,
		Permissions: content(certificates(), "Key Vault Reader", lists(certificates(), "")),
		Corrections: []string{resolves},
	}, func(ctx context.Context, _ *connector.Call, s *session, in *ListCertificatesIn) (*ListCertificatesOut, error) {
		query := "&includePending=false"
		if in.IncludePending {
			query = "&includePending=true"
		}
		value, err := list[CertificateBundle](ctx, s, certificates(), in.VaultTarget, query)
		if err != nil {
			return nil, err
		}
		return &ListCertificatesOut{Summary: rows(value), Value: value}, nil
	})
}

// list gives the objects of a kind in a vault.
func list[B any](ctx context.Context, s *session, k kind, t VaultTarget, query string) ([]B, error) {
	v, err := s.find(ctx, t.place())
	if err != nil {
		return nil, err
	}
	raw, err := s.dataList(ctx, v, k.plural+".list", query, k.plural)
	if err != nil {
		return nil, err
	}
	return decodeAll[B](raw)
}
