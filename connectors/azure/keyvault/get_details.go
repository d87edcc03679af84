package keyvault

import (
	"context"

	"github.com/fairlead-io/fairlead/connector"
)

// GetKeyDetailsIn is the input of Get Key Details.
type GetKeyDetailsIn struct {
	VaultTarget
	KeyName string `json:"keyName" label:"Key Name" doc:"Name of the key, or its id as List Keys gives it at $.value[*].kid." example:"D3TestEC-A" minLength:"1" maxLength:"2000"`
	VersionsIn
}

// GetSecretDetailsIn is the input of Get Secret Details.
type GetSecretDetailsIn struct {
	VaultTarget
	SecretName string `json:"secretName" label:"Secret Name" doc:"Name of the secret, or its id as List Secrets gives it at $.value[*].id." example:"D3TestSecret-C" minLength:"1" maxLength:"2000"`
	VersionsIn
}

// GetCertificateDetailsIn is the input of Get Certificate Details.
type GetCertificateDetailsIn struct {
	VaultTarget
	CertificateName string `json:"certificateName" label:"Certificate Name" doc:"Name of the certificate, or its id as List Certificates gives it at $.value[*].id." example:"D3Test-Import-Cert-A" minLength:"1" maxLength:"2000"`
	VersionsIn
}

func (in *GetKeyDetailsIn) query() query {
	return query{keys(), in.VaultTarget, "/keyName", in.KeyName, in.VersionsIn}
}

func (in *GetSecretDetailsIn) query() query {
	return query{secrets(), in.VaultTarget, "/secretName", in.SecretName, in.VersionsIn}
}

func (in *GetCertificateDetailsIn) query() query {
	return query{certificates(), in.VaultTarget, "/certificateName", in.CertificateName, in.VersionsIn}
}

// Validate refuses bad names and a missing choice.
func (in *GetKeyDetailsIn) Validate() []*connector.Error { return in.query().validate() }

// Validate refuses bad names and a missing choice.
func (in *GetSecretDetailsIn) Validate() []*connector.Error { return in.query().validate() }

// Validate refuses bad names and a missing choice.
func (in *GetCertificateDetailsIn) Validate() []*connector.Error { return in.query().validate() }

// KeyDetails is the raw data of Get Key Details, newest version first.
type KeyDetails struct {
	Summary []Row       `json:"summary"`
	Value   []KeyBundle `json:"value"`
}

// SecretDetails is the raw data of Get Secret Details, newest version first.
type SecretDetails struct {
	Summary []Row          `json:"summary"`
	Value   []SecretBundle `json:"value"`
}

// CertificateDetails is the raw data of Get Certificate Details, newest version
// first.
type CertificateDetails struct {
	Summary []Row               `json:"summary"`
	Value   []CertificateBundle `json:"value"`
}

// detailsMeta is what the three commands have in common.
func detailsMeta(k kind, role, more string) connector.Meta {
	return connector.Meta{
		Name:        "Get " + k.title + " Details",
		Summary:     "Reads versions of a " + k.singular + ".",
		Description: "The raw data is `{\"value\": [...]}` with one entry a version, newest first. Every version is an item of its own: one that cannot be read has an entry with `error`, and the run is Partially Successful." + more,
		Effect:      connector.Read | connector.Idempotent,
		Permissions: content(k, role, gets(k, ""), lists(k, "with Version Type All Versions")),
		Corrections: []string{
			"The choices are All Versions, Current Version and Specific Versions; All, Current and Specific, which messages and examples use, are taken too.",
			"Versions are the last part of the ids that List Vault Object Versions gives, not the ids themselves; both are taken here.",
			resolves,
		},
	}
}

func getKeyDetails() *connector.Command {
	return connector.NewCommand(detailsMeta(keys(), "Key Vault Reader", " Keys come without their private part."),
		func(ctx context.Context, call *connector.Call, s *session, in *GetKeyDetailsIn) (*KeyDetails, error) {
			value, err := details(ctx, call, s, in.query(), func(w wanted, base string, e *EntryError) KeyBundle {
				return KeyBundle{KID: w.id(base), Attributes: w.attributes(), Error: e}
			})
			if err != nil {
				return nil, err
			}
			return &KeyDetails{Summary: rows(value), Value: value}, nil
		})
}

func getSecretDetails() *connector.Command {
	return connector.NewCommand(detailsMeta(secrets(), "Key Vault Secrets User",
		" A disabled version has an entry with the error SecretDisabled and does not make the run fail, as long as another version is read. Values are secret: they are shown only to callers that may reveal them, and can be handed to other commands by reference."),
		func(ctx context.Context, call *connector.Call, s *session, in *GetSecretDetailsIn) (*SecretDetails, error) {
			value, err := details(ctx, call, s, in.query(), func(w wanted, base string, e *EntryError) SecretBundle {
				return SecretBundle{ID: w.id(base), Attributes: w.attributes(), Error: e}
			})
			if err != nil {
				return nil, err
			}
			return &SecretDetails{Summary: rows(value), Value: value}, nil
		})
}

func getCertificateDetails() *connector.Command {
	return connector.NewCommand(detailsMeta(certificates(), "Key Vault Reader",
		" The private key is not part of it: it stands in the secret of the same name."),
		func(ctx context.Context, call *connector.Call, s *session, in *GetCertificateDetailsIn) (*CertificateDetails, error) {
			value, err := details(ctx, call, s, in.query(), func(w wanted, base string, e *EntryError) CertificateBundle {
				return CertificateBundle{ID: w.id(base), Attributes: w.attributes(), Error: e}
			})
			if err != nil {
				return nil, err
			}
			return &CertificateDetails{Summary: rows(value), Value: value}, nil
		})
}

func (w wanted) id(base string) string {
	if w.version == "" {
		return base
	}
	return base + "/" + w.version
}

func (w wanted) attributes() *Attributes {
	if w.line == nil {
		return nil
	}
	return w.line.Attributes
}
