// Package keyvault is the Azure Key Vault integration: vaults, and the keys,
// secrets and certificates in them.
package keyvault

import (
	_ "embed"

	"github.com/fairlead-io/fairlead/connector"
)

//go:embed setup.md
var setup string

// Integration declares Azure Key Vault.
func Integration() *connector.Integration { return integration(usual()) }

func integration(t tuning) *connector.Integration {
	return &connector.Integration{
		ID:       "azure-key-vault",
		Name:     "Azure Key Vault",
		Category: "Identity Access Management",
		Vendor:   "Microsoft",
		Summary:  "Creates and reads vaults, keys, secrets and certificates, and says what is about to expire.",
		Overview: "Azure Key Vault keeps secrets, encryption keys and certificates, so that programs need not carry them. " +
			"This integration works with vaults of both permission models, access policies and Azure RBAC, in the public and the national clouds of Azure. " +
			"Values of secrets are secret here too: they are masked in every output and handed from one command to the next by reference.",
		Limitations: []string{
			"Azure limits calls by vault and region in spans of 10 seconds: 4,000 ordinary transactions, 20 new keys (10 in HSMs); a subscription has five times as much.",
			"Limited calls are repeated for up to a minute, as Azure asks for it or with growing pauses.",
			"A secret has at most 25 KiB, its content type 255 characters, and an object 15 tags.",
			"Deleted vaults and objects keep their names for 7 to 90 days; with purge protection they cannot be removed before.",
			"Changes of roles and access policies take up to 10 minutes to work.",
			"Management API versions before 2026-02-01 retire on 2027-02-27.",
		},
		Setup:      setup,
		Docs:       "https://learn.microsoft.com/rest/api/keyvault/",
		Connection: connector.NewConnection(opener(t)),
		Policy:     leastPolicy,
		Commands:   commands(),
	}
}

func commands() []*connector.Command {
	out := []*connector.Command{
		testConnection(),
		createKey(),
		createKeyVault(),
		createSecret(),
		deleteKeyVault(),
		getCertificateDetails(),
		getKeyDetails(),
		getKeyVault(),
		getSecretDetails(),
		importCertificate(),
		listCertificates(),
		listKeys(),
		listKeyVaults(),
		listResourceGroups(),
		listSecrets(),
		listVaultObjectVersions(),
		updateAccessPolicy(),
		expiryReport(),
		listDeletedObjects(),
		listDeletedKeyVaults(),
		purgeKeyVault(),
		updateKeyAttributes(),
		updateSecretAttributes(),
		updateCertificateAttributes(),
	}
	out = append(out, onKind[KeyIn](keys())...)
	out = append(out, onKind[SecretIn](secrets())...)
	return append(out, onKind[CertificateIn](certificates())...)
}
