package azuresim

import (
	"net/http"
	"slices"
	"strings"
)

// putVault creates a vault, changes one of the same group, or brings a soft-deleted one back.
func (a *armCall) putVault() answer {
	var in vaultInput
	if !a.decode(&in) {
		return errorAnswer(invalidContent())
	}
	name := a.params["vault"]
	if !validVaultName(name) {
		return errorAnswer(invalidVaultName(name))
	}
	location, e := checkLocation(in.Location, "Microsoft.KeyVault/vaults")
	if e != nil {
		return errorAnswer(e)
	}
	in.Location = location
	if strings.EqualFold(in.Properties.CreateMode, "recover") {
		return a.recoverVault(in)
	}
	if e := a.checkProperties(&in.Properties); e != nil {
		return errorAnswer(e)
	}
	if v := a.vault(); v != nil {
		return a.replaceVault(v, in)
	}
	if e := a.nameFree(name); e != nil {
		return errorAnswer(e)
	}
	if in.Properties.EnableRbacAuthorization == nil && a.version >= rbacByDefault {
		yes := true
		in.Properties.EnableRbacAuthorization = &yes
	}
	v := a.s.newVault(name, a.sub, a.group.name, in)
	v.polls, v.createdBy = a.conf.RegisteringPolls, a.principal.ClientID
	return jsonAnswer(http.StatusOK, v.body(true))
}

// newVault stores a vault. The caller holds the lock and has checked the input.
func (s *Server) newVault(name string, sub *subscription, group string, in vaultInput) *vault {
	now := s.clock()
	in.Properties.SKU = vaultSKU{Family: "A", Name: strings.ToLower(in.Properties.SKU.Name)}
	if in.Properties.AccessPolicies != nil {
		list := clonePolicies(*in.Properties.AccessPolicies)
		in.Properties.AccessPolicies = &list
	}
	v := &vault{
		name: name, sub: sub, group: group, vaultInput: in, uri: s.VaultURL(name), created: now, updated: now, createdBy: s.ClientID,
		keys: newCollection(), secrets: newCollection(), certificates: newCollection(),
	}
	s.state.vaults[strings.ToLower(name)] = v
	return v
}

func (a *armCall) nameFree(name string) *apiError {
	key := strings.ToLower(name)
	if v := a.s.state.deleted[key]; v != nil && v.sub == a.sub {
		return &apiError{
			Status: http.StatusConflict, Code: "ConflictError",
			Message: "A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault. " +
				"Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft delete.",
		}
	}
	if a.s.state.vaults[key] != nil || a.s.state.deleted[key] != nil || a.s.state.taken[key] {
		return vaultExists(name)
	}
	return nil
}

func (a *armCall) checkProperties(p *vaultProperties) *apiError {
	switch {
	case !strings.EqualFold(p.TenantID, a.sub.tenant):
		return badRequest("An invalid value was provided for 'tenantId'.")
	case !strings.EqualFold(p.SKU.Family, "A"), !slices.Contains([]string{"standard", "premium"}, strings.ToLower(p.SKU.Name)):
		return badRequest("An invalid value was provided for 'sku'.")
	case p.AccessPolicies == nil && !isTrue(p.EnableRbacAuthorization) && a.version < rbacByDefault:
		return badRequest("An invalid value was provided for 'accessPolicies'.")
	}
	if p.AccessPolicies != nil {
		if e := checkPolicies(*p.AccessPolicies, a.sub.tenant); e != nil {
			return e
		}
	}
	return checkProtection(p)
}

func checkProtection(p *vaultProperties) *apiError {
	if d := p.SoftDeleteRetentionInDays; d != nil && (*d < 7 || *d > 90) {
		return badRequest("The value of 'softDeleteRetentionInDays' is invalid: %d. It must be between 7 and 90.", *d)
	}
	if p.EnablePurgeProtection != nil && !*p.EnablePurgeProtection {
		return badRequest(`The property "enablePurgeProtection" cannot be set to false. Enabling the purge protection for a vault is an irreversible action.`)
	}
	return nil
}

// replaceVault overwrites the whole access policy, which is what makes a careless PUT dangerous.
func (a *armCall) replaceVault(v *vault, in vaultInput) answer {
	if in.Location != v.Location {
		return errorAnswer(&apiError{
			Status: http.StatusConflict, Code: "InvalidResourceLocation",
			Message: "The resource '" + v.name + "' already exists in location '" + v.Location + "' in resource group '" + v.group +
				"'. A resource with the same name cannot be created in location '" + in.Location + "'. Please select a new resource name.",
		})
	}
	if e := a.merge(v, in.Properties); e != nil {
		return errorAnswer(e)
	}
	v.Tags = in.Tags
	return jsonAnswer(http.StatusOK, v.body(v.polls > 0))
}

// merge sets what the client sent and keeps the rest.
func (a *armCall) merge(v *vault, in vaultProperties) *apiError {
	old := &v.Properties
	if d := in.SoftDeleteRetentionInDays; d != nil && *d != v.retentionDays() {
		return badRequest(`The property "softDeleteRetentionInDays" has been set already and it can't be modified.`)
	}
	if in.SKU.Name != "" {
		old.SKU.Name = strings.ToLower(in.SKU.Name)
	}
	if in.AccessPolicies != nil {
		list := clonePolicies(*in.AccessPolicies)
		old.AccessPolicies = &list
	}
	if in.NetworkACLs != nil {
		old.NetworkACLs = in.NetworkACLs
	}
	old.PublicNetworkAccess = or(in.PublicNetworkAccess, old.PublicNetworkAccess)
	keepNew(&old.EnabledForDeployment, in.EnabledForDeployment)
	keepNew(&old.EnabledForDiskEncryption, in.EnabledForDiskEncryption)
	keepNew(&old.EnabledForTemplateDeployment, in.EnabledForTemplateDeployment)
	keepNew(&old.EnableRbacAuthorization, in.EnableRbacAuthorization)
	keepNew(&old.EnablePurgeProtection, in.EnablePurgeProtection)
	v.updated = a.now
	return nil
}

func keepNew(old **bool, sent *bool) {
	if sent != nil {
		*old = sent
	}
}

func (a *armCall) patchVault() answer {
	var in vaultInput
	if !a.decode(&in) {
		return errorAnswer(invalidContent())
	}
	v := a.vault()
	if v == nil {
		return errorAnswer(a.vaultNotFound())
	}
	if list := in.Properties.AccessPolicies; list != nil {
		if e := checkPolicies(*list, a.sub.tenant); e != nil {
			return errorAnswer(e)
		}
	}
	if e := checkProtection(&in.Properties); e != nil {
		return errorAnswer(e)
	}
	if e := a.merge(v, in.Properties); e != nil {
		return errorAnswer(e)
	}
	if in.Tags != nil {
		v.Tags = in.Tags
	}
	return jsonAnswer(http.StatusOK, v.body(v.polls > 0))
}

// recoverVault wants the same subscription, group and location as before the deletion.
func (a *armCall) recoverVault(in vaultInput) answer {
	key := strings.ToLower(a.params["vault"])
	v := a.s.state.deleted[key]
	if v == nil || v.sub != a.sub || !strings.EqualFold(v.group, a.group.name) || v.Location != in.Location {
		return errorAnswer(&apiError{
			Status: http.StatusNotFound, Code: "SoftDeletedVaultDoesNotExist",
			Message: "A soft deleted vault with the given name does not exist. Ensure that the name for the vault that is being attempted to " +
				"recover is in a recoverable state. For more information on soft delete please follow this link " +
				"https://go.microsoft.com/fwlink/?linkid=2149745",
		})
	}
	delete(a.s.state.deleted, key)
	a.s.state.vaults[key] = v
	v.polls, v.updated = a.conf.RegisteringPolls, a.now
	return jsonAnswer(http.StatusOK, v.body(true))
}
