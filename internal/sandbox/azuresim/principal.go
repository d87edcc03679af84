package azuresim

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Principal is an application and its service principal.
type Principal struct {
	// TenantID is the directory it lives in; the server's when empty. Another one is made on the way.
	TenantID string
	// ClientID is the application's and ObjectID the service principal's identifier; random when empty.
	ClientID, ObjectID string
	// DisplayName appears in a few error texts.
	DisplayName string
	// Secrets, Certificates and Federated are the ways in which it may prove itself.
	Secrets      []ClientSecret
	Certificates []*x509.Certificate
	Federated    []FederatedCredential
	// Roles are its role assignments; none means that ARM and RBAC vaults refuse it everything.
	Roles []Assignment
	// Disabled service principals get no token.
	Disabled bool
}

// ClientSecret is a password of an application.
type ClientSecret struct {
	Value string
	// Expires is when the secret stops working; never when zero.
	Expires time.Time
}

// FederatedCredential lets tokens of another issuer stand for the application (workload identity federation).
type FederatedCredential struct {
	// Issuer and Subject must equal the iss and sub of the presented token.
	Issuer, Subject string
	// Audience must be among the token's aud; "api://AzureADTokenExchange" when empty.
	Audience string
	// Keys are the issuer's public keys; the token must be signed by one of them.
	Keys []crypto.PublicKey
}

// Assignment gives a role at a scope and below it.
type Assignment struct {
	// Role is the name of a built-in role, such as RoleReader.
	Role string
	// Scope is the id of a subscription, resource group, vault, or an object of a vault
	// (<vault id>/secrets/<name>), without regard to case.
	Scope string
}

// AddPrincipal registers an application and returns it with its identifiers filled in. An application of the
// same tenant and client id is replaced.
func (s *Server) AddPrincipal(p Principal) (Principal, error) {
	p.TenantID = or(p.TenantID, s.TenantID)
	p.ClientID, p.ObjectID = orUUID(p.ClientID), orUUID(p.ObjectID)
	p.DisplayName = or(p.DisplayName, p.ClientID)
	if strings.EqualFold(p.ClientID, p.ObjectID) {
		return p, errors.New("azuresim: Principal.ObjectID equals ClientID; they are two different identifiers")
	}
	p.Roles = append([]Assignment(nil), p.Roles...)
	for i := range p.Roles {
		if err := p.Roles[i].check(); err != nil {
			return p, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.tenants[strings.ToLower(p.TenantID)] = true
	stored := p
	s.state.principals[principalKey(p.TenantID, p.ClientID)] = &stored
	return p, nil
}

// AddTenant makes a directory known that has no applications yet.
func (s *Server) AddTenant(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.tenants[strings.ToLower(id)] = true
}

// SetRoles replaces the role assignments of an application of the server's tenant. Tokens already issued feel
// it at once; in Azure this takes minutes.
func (s *Server) SetRoles(clientID string, roles ...Assignment) error {
	for _, r := range roles {
		if err := r.check(); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.state.principals[principalKey(s.TenantID, clientID)]
	if p == nil {
		return fmt.Errorf("azuresim: no application %q in tenant %s", clientID, s.TenantID)
	}
	p.Roles = append([]Assignment(nil), roles...)
	return nil
}

func (a Assignment) check() error {
	if _, ok := builtinRoles()[a.Role]; !ok {
		return fmt.Errorf("azuresim: Assignment.Role %q is not a role the simulator knows", a.Role)
	}
	if !strings.HasPrefix(a.Scope, "/") {
		return fmt.Errorf("azuresim: Assignment.Scope %q must start with /subscriptions/", a.Scope)
	}
	return nil
}

func principalKey(tenant, client string) string {
	return strings.ToLower(tenant) + "|" + strings.ToLower(client)
}

// allows reports whether a role assignment of p grants the action at the scope; data tells which kind of
// action it is.
func (p *Principal) allows(action, scope string, data bool) bool {
	roles := builtinRoles()
	for _, a := range p.Roles {
		if scopeCovers(a.Scope, scope) && roles[a.Role].allows(action, data) {
			return true
		}
	}
	return false
}

func scopeCovers(assigned, scope string) bool {
	assigned = strings.ToLower(strings.TrimSuffix(assigned, "/")) + "/"
	return strings.HasPrefix(strings.ToLower(scope)+"/", assigned)
}
