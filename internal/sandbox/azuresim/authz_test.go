package azuresim

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/keyvault/armkeyvault/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

const unknownObject = "33333333-3333-3333-3333-333333333333"

// Every operation of ARM is refused to a principal without a role, in the words that Azure has for it.
func TestARMRefusesWithoutRole(t *testing.T) {
	r := startRig(t, nil)
	if err := r.SetRoles(r.ClientID); err != nil {
		t.Fatal(err)
	}
	r.openVault(t, VaultSpec{Name: "d3TestpVault-IT"})
	tried := 0
	for _, route := range armRoutes() {
		if route.action == "" {
			continue
		}
		path := strings.NewReplacer("{sub}", r.SubscriptionID, "{group}", "D3Cyber", "{vault}", "d3TestpVault-IT", "{location}", "eastus",
			"{operation}", "x", "{kind}", "remove").Replace(route.pattern)
		status, header, body := r.call(t, route.method, r.Management()+path+"?api-version=2025-05-01", r.Management(), "{}")
		tried++
		if route.method == http.MethodHead {
			if status != http.StatusForbidden {
				t.Errorf("%s %s: %d", route.method, path, status)
			}
			continue
		}
		scope := strings.Join(strings.Split(path, "/")[:route.scope+1], "/")
		checkErrorBody(t, status, body, http.StatusForbidden, "AuthorizationFailed", "", fmt.Sprintf("The client '%s' with object id '%s' does not have "+
			"authorization to perform action '%s' over scope '%s' or the scope is invalid. If access was recently granted, please refresh your credentials.",
			r.ClientID, r.ObjectID, route.action, scope))
		if header.Get("x-ms-failure-cause") != "gateway" {
			t.Errorf("%s: no failure cause", path)
		}
	}
	if tried < 18 {
		t.Errorf("only %d operations tried", tried)
	}
}

// Every operation of the data plane is refused by both models to a principal that nobody gave anything.
func TestDataPlaneRefusesWithoutPermission(t *testing.T) {
	r := startRig(t, nil)
	for name, rbac := range map[string]bool{"kv-policy": false, "kv-rbac": true} {
		uri, err := r.AddVault(VaultSpec{Name: name, RBAC: rbac, Policies: []AccessPolicy{{ObjectID: unknownObject, Permissions: AllPermissions()}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, route := range dataRoutes() {
			path := strings.NewReplacer("{name}", "thing", "{version}", "0123", "{issuer}", "x").Replace(route.pattern)
			status, _, body := r.call(t, route.method, uri+path+"?api-version=7.4", r.VaultAudience(), "{}")
			if rbac {
				checkErrorBody(t, status, body, http.StatusForbidden, "Forbidden", "ForbiddenByRbac", "Action: '"+route.action+"'")
				continue
			}
			checkErrorBody(t, status, body, http.StatusForbidden, "Forbidden", "ForbiddenByPolicy", fmt.Sprintf("The user, group or application "+
				"'appid=%s;oid=%s;iss=https://sts.windows.net/%s/' does not have %s %s permission on key vault '%s;location=eastus'. For help resolving "+
				"this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287", r.ClientID, r.ObjectID, r.TenantID, route.kind.plural,
				route.permission, name))
		}
	}
}

// A policy of an access-policy vault and a role in an RBAC vault each open their own vault only.
func TestEachVaultAsksItsOwnModel(t *testing.T) {
	r := startRig(t, nil)
	policyVault := r.openVault(t, VaultSpec{Name: "kv-policy"})
	rbacVault := r.openVault(t, VaultSpec{Name: "kv-rbac", RBAC: true})
	ctx := t.Context()
	set := func(vault string) error {
		_, err := r.secrets(t, vault, r.credential(t)).SetSecret(ctx, "s", azsecrets.SetSecretParameters{Value: ptr("v")}, nil)
		return err
	}
	if err := set(policyVault); err != nil {
		t.Errorf("the policy allows it: %v", err)
	}
	wantError(t, set(rbacVault), http.StatusForbidden, "Forbidden", "ForbiddenByRbac", "secrets/setSecret/action")

	scope := "/subscriptions/" + strings.ToUpper(r.SubscriptionID) + "/resourceGroups/" + r.ResourceGroup + "/providers/Microsoft.KeyVault/vaults/KV-RBAC"
	if err := r.SetRoles(r.ClientID, Assignment{RoleSecretsOfficer, scope}); err != nil {
		t.Fatal(err)
	}
	if err := set(rbacVault); err != nil {
		t.Errorf("the role allows it: %v", err)
	}
	_, err := r.keys(t, rbacVault, r.credential(t)).CreateKey(ctx, "k", azkeys.CreateKeyParameters{Kty: ptr(azkeys.KeyTypeEC)}, nil)
	wantError(t, err, http.StatusForbidden, "Forbidden", "ForbiddenByRbac", "keys/create/action")
}

// Owner and Contributor manage vaults and see nothing of their content.
func TestManagementRolesGiveNoContent(t *testing.T) {
	r := startRig(t, nil)
	vault, err := r.AddVault(VaultSpec{Name: "kv-closed", RBAC: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range []string{RoleOwner, RoleContributor, RoleKeyVaultContributor, RoleReader} {
		_, cred := r.addApp(t, Assignment{role, "/subscriptions/" + r.SubscriptionID})
		if _, err := r.vaults(t, cred).Get(t.Context(), r.ResourceGroup, "kv-closed", nil); err != nil {
			t.Errorf("%s reads the vault: %v", role, err)
		}
		_, err := r.secrets(t, vault, cred).NewListSecretPropertiesPager(nil).NextPage(t.Context())
		wantError(t, err, http.StatusForbidden, "Forbidden", "ForbiddenByRbac", "readMetadata/action")
	}
}

func TestRolesOnARM(t *testing.T) {
	r := startRig(t, nil)
	r.openVault(t, VaultSpec{Name: "kv-roles", ResourceGroup: "g1"})
	sub := "/subscriptions/" + r.SubscriptionID
	for _, tc := range []struct {
		reason, role, scope string
		list, read, write   bool
	}{
		{"Reader sees and changes nothing", RoleReader, sub, true, true, false},
		{"Contributor changes", RoleContributor, sub, true, true, true},
		{"a role on the group does not reach the subscription", RoleContributor, sub + "/resourceGroups/G1", false, true, true},
		{"a role on another group with the same beginning", RoleContributor, sub + "/resourceGroups/g", false, false, false},
		{"a data role sees vaults", RoleSecretsOfficer, sub, true, true, false},
		{"one without management actions does not", RoleSecretsUser, sub, false, false, false},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			_, cred := r.addApp(t, Assignment{tc.role, tc.scope})
			c := r.vaults(t, cred)
			_, list := c.NewListBySubscriptionPager(nil).NextPage(t.Context())
			_, read := c.Get(t.Context(), "g1", "kv-roles", nil)
			_, write := c.Update(t.Context(), "g1", "kv-roles", armkeyvault.VaultPatchParameters{}, nil)
			for what, got := range map[string]struct {
				err  error
				want bool
			}{"list": {list, tc.list}, "read": {read, tc.read}, "write": {write, tc.write}} {
				if (got.err == nil) != got.want {
					t.Errorf("%s allowed: %v, want %v (%v)", what, got.err == nil, got.want, got.err)
				}
			}
		})
	}
	if err := r.SetRoles(r.ClientID, Assignment{"Emperor", sub}); err == nil {
		t.Error("an unknown role was taken")
	}
}

func TestPurgeNeedsMoreThanKeyVaultContributor(t *testing.T) {
	r := startRig(t, nil)
	r.openVault(t, VaultSpec{Name: "kv-purge"})
	r.openVault(t, VaultSpec{Name: "kv-kept", PurgeProtection: true})
	sub := "/subscriptions/" + r.SubscriptionID
	_, kvc := r.addApp(t, Assignment{RoleKeyVaultContributor, sub})
	c := r.vaults(t, kvc)
	for _, name := range []string{"kv-purge", "kv-kept"} {
		if _, err := c.Delete(t.Context(), r.ResourceGroup, name, nil); err != nil {
			t.Fatal(err)
		}
	}
	_, err := c.BeginPurgeDeleted(t.Context(), "kv-purge", "eastus", nil)
	wantError(t, err, http.StatusForbidden, "AuthorizationFailed", "", "Microsoft.KeyVault/locations/deletedVaults/purge/action")
	_, operator := r.addApp(t, Assignment{RoleKeyVaultPurger, sub})
	if _, err := r.vaults(t, operator).BeginPurgeDeleted(t.Context(), "kv-purge", "eastus", nil); err != nil {
		t.Error(err)
	}
	_, err = r.vaults(t, operator).BeginPurgeDeleted(t.Context(), "kv-kept", "eastus", nil)
	wantError(t, err, http.StatusMethodNotAllowed, "MethodNotAllowed", "", "Operation 'DeletedVaultPurge' is not allowed.")
	r.clock.Advance(91 * 24 * time.Hour)
	_, operator = r.addApp(t, Assignment{RoleKeyVaultPurger, sub})
	page, err := r.vaults(t, operator).NewListDeletedPager(nil).NextPage(t.Context())
	if err != nil || len(page.Value) != 0 {
		t.Errorf("after the retention: %+v, %v", page.Value, err)
	}
}

func TestFirewall(t *testing.T) {
	r := startRig(t, nil)
	for name, tc := range map[string]struct {
		acls *NetworkACLs
		open bool
	}{
		"kv-none":  {nil, true},
		"kv-allow": {&NetworkACLs{DefaultAction: "Allow"}, true},
		"kv-deny":  {&NetworkACLs{DefaultAction: "Deny"}, false},
		"kv-other": {&NetworkACLs{DefaultAction: "Deny", IPRules: []IPRule{{"203.0.113.0/24"}, {"::1"}}}, false},
		"kv-addr":  {&NetworkACLs{DefaultAction: "Deny", IPRules: []IPRule{{"127.0.0.1"}}}, true},
		"kv-net":   {&NetworkACLs{DefaultAction: "Deny", IPRules: []IPRule{{"127.0.0.0/8"}}}, true},
	} {
		uri := r.openVault(t, VaultSpec{Name: name, NetworkACLs: tc.acls})
		status, _, body := r.call(t, http.MethodGet, uri+"secrets?api-version=7.4", r.VaultAudience(), "")
		if tc.open {
			if status != http.StatusOK {
				t.Errorf("%s: %d %s", name, status, body)
			}
			continue
		}
		checkErrorBody(t, status, body, http.StatusForbidden, "Forbidden", "ForbiddenByFirewall", "Client address: 127.0.0.1")
	}
	_, err := r.vaults(t, r.credential(t)).Update(t.Context(), r.ResourceGroup, "kv-none", armkeyvault.VaultPatchParameters{
		Properties: &armkeyvault.VaultPatchProperties{PublicNetworkAccess: ptr("Disabled")},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	status, _, body := r.call(t, http.MethodGet, r.VaultURL("kv-none")+"secrets?api-version=7.4", r.VaultAudience(), "")
	checkErrorBody(t, status, body, http.StatusForbidden, "Forbidden", "ForbiddenByConnection", "Public network access is disabled")
}

func TestTokensAreVerified(t *testing.T) {
	r := startRig(t, nil)
	uri := r.openVault(t, VaultSpec{Name: "kv-token"})
	foreign, err := r.AddPrincipal(Principal{TenantID: "44444444-4444-4444-4444-444444444444", Secrets: []ClientSecret{{Value: "x"}}})
	if err != nil {
		t.Fatal(err)
	}
	mint := func(aud string, issued time.Time) string {
		t.Helper()
		tok, err := r.MintToken(r.ClientID, aud, issued, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
	foreignToken := func(aud string) string {
		t.Helper()
		tok, err := r.signer.issue(&foreign, aud, "1", r.clock.Now(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
	other := startRig(t, func(o *Options) { o.TenantID, o.ClientID, o.ObjectID = r.TenantID, r.ClientID, r.ObjectID })
	forged := func(aud string) string {
		t.Helper()
		tok, err := other.MintToken(r.ClientID, aud, r.clock.Now(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
	now, old := r.clock.Now(), r.clock.Now().Add(-2*time.Hour)
	vault, mgmt := r.VaultAudience(), r.Management()
	list := uri + "secrets?api-version=7.4"
	groups := mgmt + "/subscriptions/" + r.SubscriptionID + "/resourcegroups?api-version=2021-04-01"
	for _, tc := range []struct {
		reason, url, header string
		status              int
		code, message       string
	}{
		{"no token", list, "", 401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token."},
		{"another scheme", list, "Basic eDp5", 401, "Unauthorized", "AKV10000"},
		{"no JWT", list, "Bearer nonsense", 401, "Unauthorized", "AKV10046"},
		{"signed by somebody else", list, "Bearer " + forged(vault), 401, "Unauthorized", "AKV10046"},
		{"audience of the other plane", list, "Bearer " + mint(mgmt, now), 401, "Unauthorized", "AKV10022: Invalid audience. Expected " + vault + ", found: " + mgmt + "."},
		{"audience with a slash", list, "Bearer " + mint("https://vault.azure.net/", now), 401, "Unauthorized", "found: https://vault.azure.net/."},
		{"another tenant", list, "Bearer " + foreignToken(vault), 401, "Unauthorized", "AKV10032: Invalid issuer."},
		{"expired", list, "Bearer " + mint(vault, old), 401, "Unauthorized", "[TokenExpired]"},
		{"the audience of the public cloud", list, "Bearer " + mint("https://vault.azure.net", now), 200, "", ""},
		{"no token", groups, "", 401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing."},
		{"no JWT", groups, "Bearer nonsense", 401, "InvalidAuthenticationToken", "The access token is invalid."},
		{"signed by somebody else", groups, "Bearer " + forged(mgmt), 401, "InvalidAuthenticationToken", "The access token is invalid."},
		{"audience of the other plane", groups, "Bearer " + mint(vault, now), 401, "InvalidAuthenticationTokenAudience", "wrong audience or resource '" + vault + "'"},
		{"another tenant", groups, "Bearer " + foreignToken(mgmt), 401, "InvalidAuthenticationTokenTenant", "wrong issuer"},
		{"expired", groups, "Bearer " + mint(mgmt, old), 401, "ExpiredAuthenticationToken", "is earlier than current UTC time"},
		{"audience with a slash is fine for ARM", groups, "Bearer " + mint(mgmt+"/", now), 200, "", ""},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tc.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", tc.header)
			status, header, body := r.do(t, req)
			if tc.status == http.StatusOK {
				if status != tc.status {
					t.Errorf("%d %s", status, body)
				}
				return
			}
			checkErrorBody(t, status, body, tc.status, tc.code, "", tc.message)
			want := ""
			if tc.url == list {
				want = `Bearer authorization="` + r.Authority() + r.TenantID + `", resource="` + vault + `"`
			}
			if got := header.Get("WWW-Authenticate"); !strings.HasPrefix(got, "Bearer ") || want != "" && got != want {
				t.Errorf("challenge %q", got)
			}
		})
	}
}

// A token stays worthless once its application is switched off.
func TestTokenOfADisabledApplication(t *testing.T) {
	r := startRig(t, nil)
	uri := r.openVault(t, VaultSpec{Name: "kv-off"})
	token, err := r.MintToken(r.ClientID, r.VaultAudience(), r.clock.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.AddPrincipal(Principal{ClientID: r.ClientID, ObjectID: r.ObjectID, Disabled: true}); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, uri+"keys?api-version=7.4", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := r.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("%d %s, %v", resp.StatusCode, b, err)
	}
}
