package azuresim

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/keyvault/armkeyvault/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/google/go-cmp/cmp"
)

func (r *rig) vaults(t *testing.T, cred azcore.TokenCredential) *armkeyvault.VaultsClient {
	t.Helper()
	c, err := armkeyvault.NewVaultsClient(r.SubscriptionID, cred, r.armOptions())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (r *rig) createParameters() armkeyvault.VaultCreateOrUpdateParameters {
	return armkeyvault.VaultCreateOrUpdateParameters{
		Location: ptr("East US"),
		Properties: &armkeyvault.VaultProperties{
			TenantID:       &r.TenantID,
			SKU:            &armkeyvault.SKU{Family: ptr(armkeyvault.SKUFamilyA), Name: ptr(armkeyvault.SKUNameStandard)},
			AccessPolicies: []*armkeyvault.AccessPolicyEntry{},
		},
	}
}

func (r *rig) createVault(t *testing.T, c *armkeyvault.VaultsClient, name string, p armkeyvault.VaultCreateOrUpdateParameters) (*armkeyvault.Vault, error) {
	t.Helper()
	poller, err := c.BeginCreateOrUpdate(t.Context(), r.ResourceGroup, name, p, nil)
	if err != nil {
		return nil, err
	}
	done, err := poller.PollUntilDone(t.Context(), &runtime.PollUntilDoneOptions{Frequency: time.Millisecond})
	return &done.Vault, err
}

func TestVaultLifeThroughMicrosoftsClient(t *testing.T) {
	r := startRig(t, func(o *Options) { o.Behaviour.RegisteringPolls = 3 })
	c := r.vaults(t, r.credential(t))
	ctx := t.Context()

	_, err := c.Get(ctx, r.ResourceGroup, "NewVault", nil)
	wantError(t, err, http.StatusNotFound, "ResourceNotFound", "", "The Resource 'Microsoft.KeyVault/vaults/NewVault' under resource group '"+
		r.ResourceGroup+"' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix")
	v, err := r.createVault(t, c, "NewVault", r.createParameters())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := *v.Properties.VaultURI, r.VaultURL("newvault"); got != want || *v.Location != "eastus" || *v.Properties.SoftDeleteRetentionInDays != 90 {
		t.Errorf("vaultUri %q, want %q; %+v", got, want, v.Properties)
	}
	var states []int
	for _, q := range r.Requests() {
		if q.Operation == "vaults.get" && q.Status == http.StatusOK {
			states = append(states, q.Status)
		}
	}
	if len(states) != 4 {
		t.Errorf("polled %d times, want 3 times RegisteringDns and once Succeeded", len(states))
	}
	up, err := c.Update(ctx, r.ResourceGroup, "newvault", armkeyvault.VaultPatchParameters{Tags: map[string]*string{"k": ptr("v")}}, nil)
	if err != nil || *up.Tags["k"] != "v" || *up.Name != "NewVault" {
		t.Fatalf("patch: %+v, %v", up.Vault, err)
	}
	name, err := c.CheckNameAvailability(ctx, armkeyvault.VaultCheckNameAvailabilityParameters{Name: ptr("newVault"), Type: ptr("Microsoft.KeyVault/vaults")}, nil)
	if err != nil || *name.NameAvailable || *name.Reason != armkeyvault.ReasonAlreadyExists {
		t.Errorf("name check: %+v, %v", name, err)
	}
	if _, err := c.Delete(ctx, r.ResourceGroup, "NEWVAULT", nil); err != nil {
		t.Fatal(err)
	}
	del, err := c.GetDeleted(ctx, "NewVault", "eastus", nil)
	if err != nil || del.Properties.ScheduledPurgeDate.Sub(*del.Properties.DeletionDate) != 90*24*time.Hour {
		t.Fatalf("deleted vault: %+v, %v", del.Properties, err)
	}
	if _, err = c.BeginCreateOrUpdate(ctx, r.ResourceGroup, "NewVault", r.createParameters(), nil); err == nil {
		t.Fatal("the name of a deleted vault was free")
	}
	wantError(t, err, http.StatusConflict, "ConflictError", "", "A vault with the same name already exists in deleted state.")
	again := r.createParameters()
	again.Properties.CreateMode, again.Properties.AccessPolicies = ptr(armkeyvault.CreateModeRecover), nil
	if v, err = r.createVault(t, c, "NewVault", again); err != nil || *v.Tags["k"] != "v" {
		t.Fatalf("recovered: %+v, %v", v, err)
	}
	if _, err := c.Delete(ctx, r.ResourceGroup, "NewVault", nil); err != nil {
		t.Fatal(err)
	}
	purge, err := c.BeginPurgeDeleted(ctx, "NewVault", "eastus", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := purge.PollUntilDone(ctx, &runtime.PollUntilDoneOptions{Frequency: time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	_, err = c.GetDeleted(ctx, "NewVault", "eastus", nil)
	wantError(t, err, http.StatusNotFound, "DeletedVaultNotFound", "", "does not exist")
}

func TestDeleteVaultTellsNothingThere(t *testing.T) {
	r := startRig(t, nil)
	r.openVault(t, VaultSpec{Name: "kv-once"})
	url := r.Management() + "/subscriptions/" + r.SubscriptionID + "/resourceGroups/" + r.ResourceGroup + "/providers/Microsoft.KeyVault/vaults/kv-once?api-version=2026-02-01"
	for _, want := range []int{http.StatusOK, http.StatusNoContent} {
		if got, _, body := r.call(t, http.MethodDelete, url, r.Management(), ""); got != want || len(body) != 0 {
			t.Errorf("delete answers %d %q, want %d and no body", got, body, want)
		}
	}
}

func TestCreateVaultRefusals(t *testing.T) {
	r := startRig(t, nil)
	c := r.vaults(t, r.credential(t))
	r.TakeName("TWvault")
	if _, err := r.AddVault(VaultSpec{Name: "elsewhere", ResourceGroup: "other"}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.AddVault(VaultSpec{Name: "inwest", Location: "westus"}); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		reason, name  string
		change        func(*armkeyvault.VaultCreateOrUpdateParameters)
		status        int
		code, message string
	}{
		{"somebody else has the name", "TWvault", nil, 409, "VaultAlreadyExists", "The vault name 'TWvault' is already in use. Vault names are globally unique so it is possible"},
		{"another group has the vault", "elsewhere", nil, 409, "VaultAlreadyExists", "The vault name 'elsewhere' is already in use."},
		{"the vault is in another region", "inwest", nil, 409, "InvalidResourceLocation", "already exists in location 'westus'"},
		{"hyphens in a row", "a--b", nil, 400, "VaultNameNotValid", "The vault name 'a--b' is invalid."},
		{"a digit first", "1abc", nil, 400, "VaultNameNotValid", "The vault name '1abc' is invalid."},
		{"too long", strings.Repeat("a", 25), nil, 400, "VaultNameNotValid", "must be between 3-24"},
		{"no such region", "kv-x", func(p *armkeyvault.VaultCreateOrUpdateParameters) { p.Location = ptr("Atlantis") }, 400, "LocationNotAvailableForResourceType", "'Atlantis'"},
		{"another tenant", "kv-x", func(p *armkeyvault.VaultCreateOrUpdateParameters) {
			p.Properties.TenantID = ptr("11111111-1111-1111-1111-111111111111")
		}, 400, "BadRequest", "'tenantId'"},
		{"policies left out", "kv-x", func(p *armkeyvault.VaultCreateOrUpdateParameters) { p.Properties.AccessPolicies = nil }, 400, "BadRequest", "An invalid value was provided for 'accessPolicies'."},
		{"an object id that is none", "kv-x", func(p *armkeyvault.VaultCreateOrUpdateParameters) {
			p.Properties.AccessPolicies = []*armkeyvault.AccessPolicyEntry{{TenantID: &r.TenantID, ObjectID: ptr("me"), Permissions: &armkeyvault.Permissions{}}}
		}, 400, "BadRequest", "Invalid value found at accessPolicies[0].ObjectId: me"},
		{"nothing to recover", "kv-x", func(p *armkeyvault.VaultCreateOrUpdateParameters) {
			p.Properties.CreateMode = ptr(armkeyvault.CreateModeRecover)
		}, 404, "SoftDeletedVaultDoesNotExist", "does not exist"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			p := r.createParameters()
			if tc.change != nil {
				tc.change(&p)
			}
			_, err := r.createVault(t, c, tc.name, p)
			wantError(t, err, tc.status, tc.code, "", tc.message)
		})
	}
}

// A PUT on an existing vault silently replaces its access policies: the trap that Create Key Vault must avoid.
func TestPutOverwritesPolicies(t *testing.T) {
	r := startRig(t, nil)
	r.openVault(t, VaultSpec{Name: "kv-put"})
	v, err := r.createVault(t, r.vaults(t, r.credential(t)), "kv-put", r.createParameters())
	if err != nil || len(v.Properties.AccessPolicies) != 0 {
		t.Errorf("policies after a second PUT: %+v, %v", v.Properties.AccessPolicies, err)
	}
}

func TestRBACDefaultDependsOnTheVersion(t *testing.T) {
	r := startRig(t, nil)
	for name, tc := range map[string]struct {
		version, property string
		want              bool
	}{
		"kv-old":      {"2025-05-01", "", false},
		"kv-new":      {"2026-02-01", "", true},
		"kv-explicit": {"2026-02-01", `"enableRbacAuthorization":false,`, false},
	} {
		url := r.Management() + "/subscriptions/" + r.SubscriptionID + "/resourceGroups/" + r.ResourceGroup + "/providers/Microsoft.KeyVault/vaults/" + name + "?api-version=" + tc.version
		status, _, body := r.call(t, http.MethodPut, url, r.Management(), `{"location":"eastus","properties":{`+tc.property+
			`"tenantId":"`+r.TenantID+`","sku":{"family":"A","name":"standard"},"accessPolicies":[]}}`)
		if got := strings.Contains(string(body), `"enableRbacAuthorization":true`); status != 200 || got != tc.want {
			t.Errorf("%s: status %d, RBAC %v, want %v: %s", name, status, got, tc.want, body)
		}
		if !strings.Contains(string(body), `"provisioningState":"RegisteringDns"`) || strings.Contains(string(body), name+"."+vaultSuffix+"/") {
			t.Errorf("%s: a fresh vault must be registering and its URI without slash: %s", name, body)
		}
	}
}

func TestAccessPoliciesMeanWhatAzureMeans(t *testing.T) {
	const other = "22222222-2222-2222-2222-222222222222"
	r := startRig(t, nil)
	if _, err := r.AddVault(VaultSpec{Name: "kv-pol", Policies: []AccessPolicy{
		{ObjectID: other, Permissions: Permissions{Secrets: []string{"get"}}},
		{ObjectID: r.ObjectID, Permissions: Permissions{Keys: []string{"Get", "list"}, Secrets: []string{"get"}}},
	}}); err != nil {
		t.Fatal(err)
	}
	c := r.vaults(t, r.credential(t))
	change := func(kind armkeyvault.AccessPolicyUpdateKind, keys ...armkeyvault.KeyPermissions) map[string]Permissions {
		t.Helper()
		entry := &armkeyvault.AccessPolicyEntry{TenantID: &r.TenantID, ObjectID: &r.ObjectID, Permissions: &armkeyvault.Permissions{}}
		for _, k := range keys {
			entry.Permissions.Keys = append(entry.Permissions.Keys, &k)
		}
		sent := armkeyvault.VaultAccessPolicyParameters{Properties: &armkeyvault.VaultAccessPolicyProperties{AccessPolicies: []*armkeyvault.AccessPolicyEntry{entry}}}
		res, err := c.UpdateAccessPolicy(t.Context(), r.ResourceGroup, "kv-pol", kind, sent, nil)
		if err != nil || len(res.Properties.AccessPolicies) != 1 {
			t.Fatalf("the answer holds what was sent: %+v, %v", res, err)
		}
		return r.policiesOf("kv-pol")
	}
	for _, tc := range []struct {
		reason string
		kind   armkeyvault.AccessPolicyUpdateKind
		keys   []armkeyvault.KeyPermissions
		want   Permissions
	}{
		{"add merges and knows a name in another case", armkeyvault.AccessPolicyUpdateKindAdd, []armkeyvault.KeyPermissions{"get", "create"}, Permissions{Keys: []string{"Get", "list", "create"}, Secrets: []string{"get"}}},
		{"remove in another case than stored does nothing", armkeyvault.AccessPolicyUpdateKindRemove, []armkeyvault.KeyPermissions{"get"}, Permissions{Keys: []string{"Get", "list", "create"}, Secrets: []string{"get"}}},
		{"remove in the stored case", armkeyvault.AccessPolicyUpdateKindRemove, []armkeyvault.KeyPermissions{"Get", "list"}, Permissions{Keys: []string{"create"}, Secrets: []string{"get"}}},
		{"replace sets this principal only", armkeyvault.AccessPolicyUpdateKindReplace, []armkeyvault.KeyPermissions{"purge"}, Permissions{Keys: []string{"purge"}}},
	} {
		got := change(tc.kind, tc.keys...)
		want := map[string]Permissions{other: {Secrets: []string{"get"}}, r.ObjectID: tc.want}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", tc.reason, diff)
		}
	}
	got := change(armkeyvault.AccessPolicyUpdateKindRemove, "purge")
	if diff := cmp.Diff(map[string]Permissions{other: {Secrets: []string{"get"}}}, got); diff != "" {
		t.Errorf("an entry without permissions goes: %s", diff)
	}
}

func (r *rig) policiesOf(vault string) map[string]Permissions {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := map[string]Permissions{}
	for _, p := range clonePolicies(r.state.vaults[vault].policies()) {
		out[p.ObjectID] = p.Permissions
	}
	return out
}

func TestListsPage(t *testing.T) {
	r := startRig(t, func(o *Options) {
		o.Behaviour = Behaviour{VaultPageSize: 2, EmptyPages: 2, TrailingPage: true}
	})
	want := []string{"kv-a", "kv-b", "kv-c", "kv-d", "kv-other"}
	for _, name := range want {
		group := r.ResourceGroup
		if name == "kv-other" {
			group = "g2"
		}
		if _, err := r.AddVault(VaultSpec{Name: name, ResourceGroup: group}); err != nil {
			t.Fatal(err)
		}
	}
	c, ctx := r.vaults(t, r.credential(t)), t.Context()
	var bySub, byGroup, resources []string
	pages := 0
	for p := c.NewListBySubscriptionPager(&armkeyvault.VaultsClientListBySubscriptionOptions{Top: ptr[int32](1)}); p.More(); pages++ {
		page, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range page.Value {
			bySub = append(bySub, *v.Name)
		}
	}
	for p := c.NewListByResourceGroupPager("SANDBOX", nil); p.More(); {
		page, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range page.Value {
			byGroup = append(byGroup, *v.Name)
		}
	}
	for p := c.NewListPager(nil); p.More(); {
		page, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range page.Value {
			resources = append(resources, *v.Name)
		}
	}
	if !cmp.Equal(bySub, want) || !cmp.Equal(resources, want) || !cmp.Equal(byGroup, want[:4]) {
		t.Errorf("by subscription %v, by group %v, resources %v", bySub, byGroup, resources)
	}
	if pages != 5+4*2+2+1 {
		t.Errorf("%d pages, want 5 with a vault, 2 empty ones before each further one, and an empty last one", pages)
	}
}

func TestResourceGroupsThroughMicrosoftsClient(t *testing.T) {
	r := startRig(t, nil)
	r.AddResourceGroup("D3Cyber", "West US")
	c, err := armresources.NewResourceGroupsClient(r.SubscriptionID, r.credential(t), r.armOptions())
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	page, err := c.NewListPager(nil).NextPage(ctx)
	if err != nil || len(page.Value) != 2 || *page.Value[0].Name != "D3Cyber" || *page.Value[0].Location != "westus" {
		t.Fatalf("groups: %+v, %v", page.Value, err)
	}
	if got, err := c.Get(ctx, "d3cyber", nil); err != nil || *got.Properties.ProvisioningState != "Succeeded" {
		t.Errorf("get: %+v, %v", got, err)
	}
	if got, err := c.CreateOrUpdate(ctx, "new", armresources.ResourceGroup{Location: ptr("eastus")}, nil); err != nil || *got.Name != "new" {
		t.Errorf("put: %+v, %v", got, err)
	}
	if got, err := c.CheckExistence(ctx, "new", nil); err != nil || !got.Success {
		t.Errorf("head: %+v, %v", got, err)
	}
	_, err = c.Get(ctx, "test", nil)
	wantError(t, err, http.StatusNotFound, "ResourceGroupNotFound", "", "Resource group 'test' could not be found.")
	var re *azcore.ResponseError
	if !errors.As(err, &re) || re.ErrorCode != "ResourceGroupNotFound" {
		t.Errorf("error code %v", err)
	}
}
