package azuresim

import (
	"fmt"
	"strings"
)

// VaultSpec describes a vault to be there from the start.
type VaultSpec struct {
	// Name is the vault's name, 3 to 24 letters, digits and hyphens. Required.
	Name string
	// ResourceGroup is made when it is missing; the server's group when empty. Location is the server's when empty.
	ResourceGroup, Location string
	// Premium vaults take HSM keys.
	Premium bool
	// RBAC vaults ask role assignments and ignore Policies.
	RBAC bool
	// Policies are the access policies; a missing TenantID is filled in.
	Policies []AccessPolicy
	// RetentionDays is how long deleted objects stay, 7 to 90; 90 when 0.
	RetentionDays int
	// PurgeProtection forbids purging.
	PurgeProtection bool
	// NetworkACLs are the firewall; nil lets everybody through.
	NetworkACLs *NetworkACLs
	Tags        map[string]string
}

// AddVault makes a vault in the server's subscription, ready at once. It answers with the vault's URI.
func (s *Server) AddVault(spec VaultSpec) (string, error) {
	group := or(spec.ResourceGroup, s.ResourceGroup)
	in := s.inputOf(spec)
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := s.state.subscriptions[strings.ToLower(s.SubscriptionID)]
	if !validVaultName(spec.Name) {
		return "", fmt.Errorf("azuresim: VaultSpec.Name: %s", invalidVaultName(spec.Name).Message)
	}
	if s.state.vaults[strings.ToLower(spec.Name)] != nil {
		return "", fmt.Errorf("azuresim: VaultSpec.Name %q is in use", spec.Name)
	}
	if e := checkPolicies(*in.Properties.AccessPolicies, sub.tenant); e != nil {
		return "", fmt.Errorf("azuresim: VaultSpec.Policies: %s", e.Message)
	}
	if e := checkProtection(&in.Properties); e != nil {
		return "", fmt.Errorf("azuresim: VaultSpec.RetentionDays: %s", e.Message)
	}
	if g := sub.groups[strings.ToLower(group)]; g != nil {
		group = g.name
	} else {
		sub.groups[strings.ToLower(group)] = &resourceGroup{name: group, location: in.Location}
	}
	return s.newVault(spec.Name, sub, group, in).uri, nil
}

func (s *Server) inputOf(spec VaultSpec) vaultInput {
	p := vaultProperties{TenantID: s.TenantID, EnableRbacAuthorization: &spec.RBAC, NetworkACLs: spec.NetworkACLs, SKU: vaultSKU{Name: "standard"}}
	if spec.Premium {
		p.SKU.Name = "premium"
	}
	if spec.RetentionDays != 0 {
		p.SoftDeleteRetentionInDays = &spec.RetentionDays
	}
	if spec.PurgeProtection {
		p.EnablePurgeProtection = &spec.PurgeProtection
	}
	policies := clonePolicies(spec.Policies)
	for i := range policies {
		policies[i].TenantID = or(policies[i].TenantID, s.TenantID)
	}
	p.AccessPolicies = &policies
	return vaultInput{Location: canonicalLocation(or(spec.Location, s.Location)), Tags: spec.Tags, Properties: p}
}

// TakeName makes a vault name belong to somebody else, so that its creation is a conflict.
func (s *Server) TakeName(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.taken[strings.ToLower(name)] = true
}
