package azuresim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// AccessPolicy gives one principal permissions on the content of one vault.
type AccessPolicy struct {
	TenantID string `json:"tenantId"`
	// ObjectID is the service principal's; an application's client id has no effect here.
	ObjectID      string      `json:"objectId"`
	ApplicationID string      `json:"applicationId,omitempty"`
	Permissions   Permissions `json:"permissions"`
}

// Permissions are names such as "get"; their case is kept as given and does not matter, except for a removal.
type Permissions struct {
	Keys         []string `json:"keys,omitzero"`
	Secrets      []string `json:"secrets,omitzero"`
	Certificates []string `json:"certificates,omitzero"`
	Storage      []string `json:"storage,omitzero"`
}

// AllPermissions grants everything that a connection can need, purge included.
func AllPermissions() Permissions {
	k := permissionNames()
	return Permissions{Keys: k["keys"], Secrets: k["secrets"], Certificates: k["certificates"]}
}

func permissionNames() map[string][]string {
	return map[string][]string{
		"keys": {
			"get", "list", "update", "create", "import", "delete", "recover", "backup", "restore", "getrotationpolicy", "setrotationpolicy",
			"rotate", "encrypt", "decrypt", "wrapKey", "unwrapKey", "sign", "verify", "purge", "release",
		},
		"secrets": {"get", "list", "set", "delete", "recover", "backup", "restore", "purge"},
		"certificates": {
			"get", "list", "update", "create", "import", "delete", "recover", "backup", "restore", "managecontacts", "manageissuers",
			"getissuers", "listissuers", "setissuers", "deleteissuers", "purge",
		},
		"storage": {
			"get", "list", "delete", "set", "update", "regeneratekey", "recover", "purge", "backup", "restore", "setsas", "listsas",
			"getsas", "deletesas",
		},
	}
}

// lists gives the four lists by the name of their collection.
func (p *Permissions) lists() map[string]*[]string {
	return map[string]*[]string{"keys": &p.Keys, "secrets": &p.Secrets, "certificates": &p.Certificates, "storage": &p.Storage}
}

func (p Permissions) has(collection, permission string) bool {
	list := *p.lists()[collection]
	return containsFold(list, permission) || containsFold(list, "all")
}

func (p Permissions) empty() bool {
	return len(p.Keys)+len(p.Secrets)+len(p.Certificates)+len(p.Storage) == 0
}

// samePrincipal is Azure's identity of an entry.
func (a AccessPolicy) samePrincipal(b AccessPolicy) bool {
	return strings.EqualFold(a.ObjectID, b.ObjectID) && strings.EqualFold(a.ApplicationID, b.ApplicationID)
}

func (v *vault) policyAllows(p *Principal, collection, permission string) bool {
	for _, a := range v.policies() {
		if strings.EqualFold(a.ObjectID, p.ObjectID) && a.Permissions.has(collection, permission) {
			return true
		}
	}
	return false
}

// checkPolicies refuses what ARM refuses in a list of access policies.
func checkPolicies(list []AccessPolicy, tenant string) *apiError {
	if len(list) > 1024 {
		return badRequest("An invalid value was provided for 'accessPolicies'.")
	}
	for i, a := range list {
		at := fmt.Sprintf("accessPolicies[%d]", i)
		if !guidPattern.MatchString(a.ObjectID) {
			return badRequest("Invalid value found at %s.ObjectId: %s", at, a.ObjectID)
		}
		if !strings.EqualFold(a.TenantID, tenant) {
			return badRequest("Invalid value found at %s.TenantId: %s", at, a.TenantID)
		}
		for collection, names := range a.Permissions.lists() {
			for _, name := range *names {
				if name != "all" && !containsFold(permissionNames()[collection], name) {
					return badRequest("Invalid value found at %s.Permissions.%s: %s", at, collection, name)
				}
			}
		}
	}
	return nil
}

// putPolicies adds, replaces or removes the permissions of the principals named; other entries stay.
func (a *armCall) putPolicies() answer {
	var in struct {
		Properties struct {
			AccessPolicies []AccessPolicy `json:"accessPolicies"`
		} `json:"properties"`
	}
	if !a.decode(&in) {
		return errorAnswer(invalidContent())
	}
	v := a.vault()
	if v == nil {
		return errorAnswer(a.vaultNotFound())
	}
	sent := in.Properties.AccessPolicies
	if e := checkPolicies(sent, v.Properties.TenantID); e != nil {
		return errorAnswer(e)
	}
	kind := strings.ToLower(a.params["kind"])
	change, ok := map[string]func([]AccessPolicy, AccessPolicy) []AccessPolicy{
		"add": addPolicy, "replace": replacePolicy, "remove": removePolicy,
	}[kind]
	if !ok {
		return errorAnswer(badRequest("The operation kind '%s' is not valid.", a.params["kind"]))
	}
	list := clonePolicies(v.policies())
	for _, p := range clonePolicies(sent) {
		list = change(list, p)
	}
	v.Properties.AccessPolicies, v.updated = &list, a.now
	out := map[string]any{
		"id": v.id() + "/accessPolicies/", "type": "Microsoft.KeyVault/vaults/accessPolicies",
		"properties": map[string]any{"accessPolicies": sent},
	}
	return jsonAnswer(http.StatusOK, out)
}

func addPolicy(list []AccessPolicy, p AccessPolicy) []AccessPolicy {
	for i := range list {
		if !list[i].samePrincipal(p) {
			continue
		}
		have := list[i].Permissions.lists()
		for collection, names := range p.Permissions.lists() {
			for _, name := range *names {
				if !containsFold(*have[collection], name) {
					*have[collection] = append(*have[collection], name)
				}
			}
		}
		return list
	}
	return append(list, p)
}

func replacePolicy(list []AccessPolicy, p AccessPolicy) []AccessPolicy {
	for i := range list {
		if list[i].samePrincipal(p) {
			list[i] = p
			return list
		}
	}
	return append(list, p)
}

// removePolicy compares permission names exactly, as Azure does: another spelling than the stored one stays.
func removePolicy(list []AccessPolicy, p AccessPolicy) []AccessPolicy {
	for i := range list {
		if !list[i].samePrincipal(p) {
			continue
		}
		have := list[i].Permissions.lists()
		for collection, names := range p.Permissions.lists() {
			*have[collection] = slices.DeleteFunc(*have[collection], func(n string) bool { return slices.Contains(*names, n) })
		}
		if list[i].Permissions.empty() {
			return slices.Delete(list, i, i+1)
		}
		return list
	}
	return list
}

// clonePolicies keeps stored lists apart from the ones a request or a caller holds.
func clonePolicies(list []AccessPolicy) []AccessPolicy {
	out := make([]AccessPolicy, len(list))
	for i, a := range list {
		out[i] = a
		for _, names := range out[i].Permissions.lists() {
			*names = slices.Clone(*names)
		}
	}
	return out
}
