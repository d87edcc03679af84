package azuresim

import "strings"

// The built-in roles that an Assignment may name.
const (
	RoleOwner                = "Owner"
	RoleContributor          = "Contributor"
	RoleReader               = "Reader"
	RoleKeyVaultContributor  = "Key Vault Contributor"
	RoleKeyVaultAdmin        = "Key Vault Administrator"
	RoleKeyVaultReader       = "Key Vault Reader"
	RoleKeyVaultPurger       = "Key Vault Purge Operator"
	RoleSecretsOfficer       = "Key Vault Secrets Officer"
	RoleSecretsUser          = "Key Vault Secrets User"
	RoleCryptoOfficer        = "Key Vault Crypto Officer"
	RoleCryptoUser           = "Key Vault Crypto User"
	RoleCertificatesOfficer  = "Key Vault Certificates Officer"
	RoleCertificateUser      = "Key Vault Certificate User"
	readEverything           = "*/read"
	readResourceGroups       = "Microsoft.Resources/subscriptions/resourceGroups/read"
	purgeDeletedVaults       = "Microsoft.KeyVault/locations/deletedVaults/purge/action"
	checkVaultName           = "Microsoft.KeyVault/checkNameAvailability/read"
	readDeletedVaults        = "Microsoft.KeyVault/deletedVaults/read"
	readDeletedVaultsAt      = "Microsoft.KeyVault/locations/*/read"
	readVaults               = "Microsoft.KeyVault/vaults/read"
	getSecretValue           = "Microsoft.KeyVault/vaults/secrets/getSecret/action"
	readSecretMetadata       = "Microsoft.KeyVault/vaults/secrets/readMetadata/action"
	everySecretAction        = "Microsoft.KeyVault/vaults/secrets/*"
	everyKeyAction           = "Microsoft.KeyVault/vaults/keys/*"
	everyCertificateAction   = "Microsoft.KeyVault/vaults/certificates/*"
	readKeys                 = "Microsoft.KeyVault/vaults/keys/read"
	readCertificates         = "Microsoft.KeyVault/vaults/certificates/read"
	everyDataAction          = "Microsoft.KeyVault/vaults/*"
	everyAuthorizationWrite  = "Microsoft.Authorization/*/Write"
	everyAuthorizationDelete = "Microsoft.Authorization/*/Delete"
)

// role is what a role definition says: actions of ARM, those it takes back, and actions on vault contents.
type role struct {
	actions, notActions, dataActions []string
}

// managementOfDataRoles is what the roles for vault contents may see of the vaults themselves.
func managementOfDataRoles() []string {
	return []string{checkVaultName, readDeletedVaults, readDeletedVaultsAt, readVaults, "Microsoft.KeyVault/operations/read", readResourceGroups}
}

func builtinRoles() map[string]role {
	see := managementOfDataRoles()
	return map[string]role{
		RoleOwner:               {actions: []string{"*"}},
		RoleContributor:         {actions: []string{"*"}, notActions: []string{everyAuthorizationWrite, everyAuthorizationDelete}},
		RoleReader:              {actions: []string{readEverything}},
		RoleKeyVaultContributor: {actions: []string{"Microsoft.KeyVault/*", readResourceGroups}, notActions: []string{purgeDeletedVaults}},
		RoleKeyVaultAdmin:       {actions: see, dataActions: []string{everyDataAction}},
		RoleKeyVaultReader:      {actions: see, dataActions: []string{"Microsoft.KeyVault/vaults/*/read", readSecretMetadata}},
		RoleKeyVaultPurger:      {actions: []string{readDeletedVaultsAt, readDeletedVaults, purgeDeletedVaults}},
		RoleSecretsOfficer:      {actions: see, dataActions: []string{everySecretAction}},
		RoleSecretsUser:         {dataActions: []string{getSecretValue, readSecretMetadata}},
		RoleCryptoOfficer:       {actions: see, dataActions: []string{everyKeyAction}},
		RoleCryptoUser:          {dataActions: cryptoUserActions()},
		RoleCertificatesOfficer: {actions: see, dataActions: []string{everyCertificateAction}},
		RoleCertificateUser:     {dataActions: []string{readCertificates, getSecretValue, readSecretMetadata, readKeys}},
	}
}

func cryptoUserActions() []string {
	out := []string{readKeys}
	for _, verb := range []string{"update", "backup", "encrypt", "decrypt", "wrap", "unwrap", "sign", "verify"} {
		out = append(out, "Microsoft.KeyVault/vaults/keys/"+verb+"/action")
	}
	return out
}

func (r role) allows(action string, data bool) bool {
	if data {
		return matchesAny(r.dataActions, action)
	}
	return matchesAny(r.actions, action) && !matchesAny(r.notActions, action)
}

func matchesAny(patterns []string, action string) bool {
	for _, p := range patterns {
		if matchAction(strings.ToLower(p), strings.ToLower(action)) {
			return true
		}
	}
	return false
}

// matchAction knows one wildcard, which also spans slashes.
func matchAction(pattern, action string) bool {
	head, tail, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == action
	}
	return len(action) >= len(head)+len(tail) && strings.HasPrefix(action, head) && strings.HasSuffix(action, tail)
}
