package keyvault

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// PolicyIn are the parameters that say what a principal may do.
type PolicyIn struct {
	ObjectID                 string   `json:"objectId,omitempty" label:"Object ID" doc:"Object ID of the user, group or application, from Enterprise applications and not from App registrations. The connection's own when permissions are given without it." example:"3900b1c2-7d43-4f19-9f80-5b7e4a1adec2" maxLength:"64"`
	PermissionOfKeys         []string `json:"permissionOfKeys,omitempty" label:"Permission Of Keys" doc:"What it may do with keys." enum:"Get,List,Update,Create,Import,Delete,Recover,Backup,Restore,GetRotationPolicy,SetRotationPolicy,Rotate,Encrypt,Decrypt,WrapKey,UnwrapKey,Sign,Verify,Purge,Release" example:"[\"Get\"]"`
	PermissionOfSecrets      []string `json:"permissionOfSecrets,omitempty" label:"Permission Of Secrets" doc:"What it may do with secrets." enum:"Get,List,Set,Delete,Recover,Backup,Restore,Purge" example:"[\"Get\"]"`
	PermissionOfCertificates []string `json:"permissionOfCertificates,omitempty" label:"Permission Of Certificates" doc:"What it may do with certificates." enum:"Get,List,Update,Create,Import,Delete,Recover,Backup,Restore,ManageContacts,ManageIssuers,GetIssuers,ListIssuers,SetIssuers,DeleteIssuers,Purge" example:"[\"Get\"]"`
}

func (in PolicyIn) any() bool {
	return len(in.PermissionOfKeys)+len(in.PermissionOfSecrets)+len(in.PermissionOfCertificates) > 0
}

func (in PolicyIn) checkID() *connector.Error {
	if in.ObjectID == "" || guid.MatchString(in.ObjectID) {
		return nil
	}
	return connector.InvalidField("/objectId", "Object ID \""+in.ObjectID+"\" is not an id.", "Give the Object ID of the principal, 32 hexadecimal digits with hyphens, from Enterprise applications.")
}

// checkNotClient refuses the mix-up that gives rights to nobody.
func (s *session) checkNotClient(objectID string) error {
	if objectID == "" || !strings.EqualFold(objectID, s.settings.ClientID) {
		return nil
	}
	return connector.InvalidField("/objectId", "Object ID is the connection's Client ID, which names the application and not its principal.",
		"Give the Object ID that Enterprise applications shows for it, not that of App registrations; or leave it out for the connection's own principal.")
}

func (in PolicyIn) permissions() PolicyPermissions {
	return PolicyPermissions{Keys: apiNames(in.PermissionOfKeys), Secrets: apiNames(in.PermissionOfSecrets), Certificates: apiNames(in.PermissionOfCertificates)}
}

// apiNames are the names in the API's own spelling, which other tools expect to
// find in the vault.
func apiNames(names []string) []string {
	out := []string{}
	for _, n := range names {
		n = strings.ToLower(n)
		switch n {
		case "wrapkey":
			n = "wrapKey"
		case "unwrapkey":
			n = "unwrapKey"
		}
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// named is one of the lists of a set of permissions, with its name.
type named struct {
	name string
	at   *[]string
}

func (p *PolicyPermissions) lists() []named {
	return []named{{"keys", &p.Keys}, {"secrets", &p.Secrets}, {"certificates", &p.Certificates}, {"storage", &p.Storage}}
}

func (p PolicyPermissions) clone() PolicyPermissions {
	for _, l := range p.lists() {
		*l.at = slices.Clone(*l.at)
	}
	return p
}

func (p PolicyPermissions) empty() bool {
	return len(p.Keys)+len(p.Secrets)+len(p.Certificates)+len(p.Storage) == 0
}

func hasFold(list []string, name string) bool {
	return slices.ContainsFunc(list, func(x string) bool { return strings.EqualFold(x, name) })
}

// policyOf is the entry of a principal; nil when there is none. An entry for a
// principal behind an application is another one.
func policyOf(policies []AccessPolicy, objectID string) *AccessPolicy {
	for i := range policies {
		if strings.EqualFold(policies[i].ObjectID, objectID) && policies[i].ApplicationID == "" {
			p := policies[i]
			p.Permissions = p.Permissions.clone()
			return &p
		}
	}
	return nil
}

// Kinds of change.
const (
	kindAdd     = "Add"
	kindReplace = "Replace"
	kindRemove  = "Remove"
)

// changed is what a change makes of an entry; nil when nothing is left of it.
func changed(before *AccessPolicy, kind string, want AccessPolicy) *AccessPolicy {
	if before == nil || kind == kindReplace {
		if kind == kindRemove || want.Permissions.empty() {
			return nil
		}
		return &want
	}
	after := *before
	after.Permissions = before.Permissions.clone()
	wanted := want.Permissions.lists()
	for i, l := range after.Permissions.lists() {
		*l.at = combine(*l.at, *wanted[i].at, kind)
	}
	if after.Permissions.empty() {
		return nil
	}
	return &after
}

func combine(have, names []string, kind string) []string {
	if kind == kindRemove {
		return slices.DeleteFunc(have, func(h string) bool { return hasFold(names, h) })
	}
	for _, n := range names {
		if !hasFold(have, n) {
			have = append(have, n)
		}
	}
	return have
}

// storedSpelling gives the names to be removed as the vault has them: it takes
// away exactly what it is told, and nothing spelled otherwise.
func storedSpelling(before *AccessPolicy, want PolicyPermissions) PolicyPermissions {
	out := PolicyPermissions{Keys: []string{}, Secrets: []string{}, Certificates: []string{}}
	if before == nil {
		return out
	}
	have, names, to := before.Permissions.lists(), want.lists(), out.lists()
	for i := range have {
		for _, h := range *have[i].at {
			if hasFold(*names[i].at, h) {
				*to[i].at = append(*to[i].at, h)
			}
		}
	}
	return out
}

// diff lists what a change adds and takes away: "+ keys/get", "- secrets/set".
func diff(before, after *AccessPolicy) []string {
	var a, b PolicyPermissions
	if before != nil {
		a = before.Permissions
	}
	if after != nil {
		b = after.Permissions
	}
	out := []string{}
	old, now := a.lists(), b.lists()
	for i := range old {
		for _, n := range *now[i].at {
			if !hasFold(*old[i].at, n) {
				out = append(out, fmt.Sprintf("+ %s/%s", old[i].name, n))
			}
		}
		for _, n := range *old[i].at {
			if !hasFold(*now[i].at, n) {
				out = append(out, fmt.Sprintf("- %s/%s", old[i].name, n))
			}
		}
	}
	return out
}

// samePolicy compares entries without regard to order and spelling.
func samePolicy(a, b *AccessPolicy) bool {
	if (a == nil) != (b == nil) {
		return false
	}
	return len(diff(a, b)) == 0
}
