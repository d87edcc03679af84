package keyvault

import "github.com/fairlead-io/fairlead/connector"

// The models that permissions belong to. A vault uses either access policies
// or role assignments for its content; Resource Manager always uses roles.
const (
	modelARM    = "Resource Manager"
	modelPolicy = "access policy"
	modelRBAC   = "Azure RBAC"
	modelRole   = "Azure role"
)

const (
	readVault         = "Microsoft.KeyVault/vaults/read"
	vaultContributor  = "Key Vault Contributor"
	readDeletedVaults = "Microsoft.KeyVault/deletedVaults/read"
)

// manages are permissions of Resource Manager, with the smallest built-in role
// that holds them.
func manages(role string, actions ...string) []connector.Permission {
	out := make([]connector.Permission, 0, len(actions)+1)
	for _, a := range actions {
		out = append(out, connector.Permission{Name: a, Model: modelARM})
	}
	return append(out, connector.Permission{Name: role, Model: modelRole})
}

// need is one permission on the content of a vault, in both models.
type need struct {
	policy string // name in access policies
	action string // data action below Microsoft.KeyVault/vaults/<plural>/
	when   string
}

// content are the permissions of commands on the content of a vault. Finding
// the vault needs its read permission in Resource Manager, which the data roles
// hold too.
func content(k kind, role string, needs ...need) []connector.Permission {
	return append([]connector.Permission{{Name: readVault, Model: modelARM}}, contentOf(k, role, needs...)...)
}

func contentOf(k kind, role string, needs ...need) []connector.Permission {
	var out []connector.Permission
	for _, n := range needs {
		out = append(out, connector.Permission{Name: k.plural + "/" + n.policy, When: n.when, Model: modelPolicy})
	}
	for _, n := range needs {
		out = append(out, connector.Permission{Name: "Microsoft.KeyVault/vaults/" + k.plural + "/" + n.action, When: n.when, Model: modelRBAC})
	}
	return append(out, connector.Permission{Name: role, When: needs[0].when, Model: modelRole})
}

// lists is the permission to list, which roles call differently for secrets.
func lists(k kind, when string) need {
	if k.plural == "secrets" {
		return need{"list", "readMetadata/action", when}
	}
	return need{"list", "read", when}
}

func gets(k kind, when string) need {
	if k.plural == "secrets" {
		return need{"get", "getSecret/action", when}
	}
	return need{"get", "read", when}
}
