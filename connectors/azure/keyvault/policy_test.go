package keyvault

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/azure/internal/azconn"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/sandbox/azuresim"
)

const someone = "3900b1c2-7d43-4f19-9f80-5b7e4a1adec2"

// stored gives the vault an entry spelled as another tool would.
func stored(v *azuresim.VaultSpec) {
	v.Policies = append(v.Policies, azuresim.AccessPolicy{ObjectID: someone, Permissions: azuresim.Permissions{Keys: []string{"Get", "LIST"}, Secrets: []string{"get"}}})
}

func policy(kind string, more in) in {
	m := in{"keyVaultName": "vlt", "operationKind": kind, "objectId": someone}
	for k, v := range more {
		m[k] = v
	}
	return m
}

// entryOf reads an entry from the vault.
func (b *bench) entryOf(t testing.TB, objectID string) *AccessPolicy {
	t.Helper()
	v := good[Vault](t, b, "get-key-vault", in{"keyVaultName": "vlt"})
	return policyOf(v.Properties.AccessPolicies, objectID)
}

func TestUpdateAccessPolicy(t *testing.T) {
	for _, tc := range []struct {
		reason  string
		input   in
		diff    []string
		action  string
		changed bool
		keys    []string // of the entry afterwards; nil when there is none
	}{
		{"add in any case", policy("add", in{"permissionOfKeys": []string{"WRAPKEY", "Get", "getrotationpolicy"}}), []string{"+ keys/wrapKey", "+ keys/getrotationpolicy"}, "replace", true, []string{"Get", "LIST", "wrapKey", "getrotationpolicy"}},
		{"add what is there", policy("Add", in{"permissionOfKeys": []string{"List"}}), []string{}, "none", false, []string{"Get", "LIST"}},
		{"replace one principal's", policy("Replace", in{"permissionOfKeys": []string{"Sign"}}), []string{"+ keys/sign", "- keys/Get", "- keys/LIST", "- secrets/get"}, "replace", true, []string{"sign"}},
		{"remove by another spelling", policy("Remove", in{"permissionOfKeys": []string{"list"}}), []string{"- keys/LIST"}, "replace", true, []string{"Get"}},
		{"remove all that is left", policy("Remove", in{"permissionOfKeys": []string{"list", "get"}, "permissionOfSecrets": []string{"Get"}}), []string{"- keys/Get", "- keys/LIST", "- secrets/get"}, "delete", true, nil},
		{"remove what is not there", policy("Remove", in{"permissionOfCertificates": []string{"Purge"}}), []string{}, "none", false, []string{"Get", "LIST"}},
		{"add purge of certificates", policy("Add", in{"permissionOfCertificates": []string{"Purge"}}), []string{"+ certificates/purge"}, "replace", true, []string{"Get", "LIST"}},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			b := newBench(t, stage{})
			b.vault(t, "vlt", stored)
			others := b.entryOf(t, b.sim.ObjectID)
			before := b.entryOf(t, someone)
			b.wantPlan(t, "update-key-vault-access-policy", tc.input, someone, tc.action)
			b.sim.ResetRequests()
			rec := b.do(t, "update-key-vault-access-policy", tc.input)
			wantVerdict(t, rec, run.Successful)
			out := rawData[AccessPolicyOut](t, rec)
			if diff := cmp.Diff(tc.diff, out.Diff); diff != "" {
				t.Errorf("difference (-want +got):\n%s", diff)
			}
			if sent := b.count("vaults.accessPolicies") == 1; sent != tc.changed {
				t.Errorf("sent: %v", sent)
			}
			var keys []string
			if e := b.entryOf(t, someone); e != nil {
				keys = e.Permissions.Keys
			}
			if diff := cmp.Diff(tc.keys, keys); diff != "" {
				t.Errorf("stored (-want +got):\n%s", diff)
			}
			if !samePolicy(others, b.entryOf(t, b.sim.ObjectID)) {
				t.Error("the entry of another principal changed")
			}
			undoIt(t, b, rec, tc.changed)
			if !samePolicy(before, b.entryOf(t, someone)) {
				t.Errorf("after undo: %+v, before: %+v", b.entryOf(t, someone), before)
			}
		})
	}
}

func undoIt(t *testing.T, b *bench, rec *run.Record, changed bool) {
	t.Helper()
	if rec.CanUndo != changed {
		t.Fatalf("can be undone: %v", rec.CanUndo)
	}
	if !changed {
		return
	}
	b.sim.ResetRequests()
	dry, err := b.Undo(t.Context(), b.Owner, rec.RunID, true)
	must(t, err)
	if len(dry.Plan) != 1 || dry.Plan[0].Item != someone || dry.Plan[0].Action == "none" || b.count("vaults.accessPolicies") != 0 {
		t.Errorf("plan of the undo: %+v", dry.Plan)
	}
	undone, err := b.Undo(t.Context(), b.Owner, rec.RunID, false)
	must(t, err)
	wantVerdict(t, undone, run.Successful)
}

// Undo of a run that made an entry takes it away; and it refuses to overwrite
// what somebody did since.
func TestUndoOfANewEntry(t *testing.T) {
	b := newBench(t, stage{})
	b.vault(t, "vlt")
	rec := b.do(t, "update-key-vault-access-policy", policy("Add", in{"permissionOfKeys": []string{"Get"}}))
	wantVerdict(t, rec, run.Successful)
	good[AccessPolicyOut](t, b, "update-key-vault-access-policy", policy("Add", in{"permissionOfKeys": []string{"List"}}))
	refused, err := b.Undo(t.Context(), b.Owner, rec.RunID, false)
	must(t, err)
	wantFailure(t, refused, connector.Conflict, 409, "has changed since that run")
	good[AccessPolicyOut](t, b, "update-key-vault-access-policy", policy("Remove", in{"permissionOfKeys": []string{"List"}}))
	undone, err := b.Undo(t.Context(), b.Owner, rec.RunID, false)
	must(t, err)
	wantVerdict(t, undone, run.Successful)
	if e := b.entryOf(t, someone); e != nil {
		t.Errorf("the entry is still there: %+v", e)
	}
}

// The connection does not lock itself out by accident.
func TestLockOut(t *testing.T) {
	b := newBench(t, stage{})
	b.vault(t, "vlt")
	own := func(kind string, more in) in {
		m := policy(kind, more)
		m["objectId"] = b.sim.ObjectID
		return m
	}
	for _, input := range []in{
		own("Remove", in{"permissionOfSecrets": []string{"Get"}}),
		own("Replace", in{"permissionOfSecrets": []string{"Get"}}),
		{"keyVaultName": "vlt", "operationKind": "Replace", "permissionOfKeys": []string{"Get"}},
	} {
		rec := b.do(t, "update-key-vault-access-policy", input)
		wantFailure(t, rec, connector.Conflict, 409, "away from the connection's own principal "+b.sim.ObjectID)
		input["allowLockOut"] = true
		good[AccessPolicyOut](t, b, "update-key-vault-access-policy", input)
	}
	out := good[AccessPolicyOut](t, b, "update-key-vault-access-policy", in{"keyVaultName": "vlt", "operationKind": "Add", "permissionOfSecrets": []string{"Get"}})
	if out.ObjectID != b.sim.ObjectID {
		t.Errorf("without an Object ID it was %s", out.ObjectID)
	}
}

func TestPolicyRefusals(t *testing.T) {
	b := newBench(t, stage{})
	b.vault(t, "vlt")
	for field, input := range map[string]in{
		"/objectId":           {"objectId": "not-an-id", "permissionOfKeys": []string{"Get"}},
		"/permissionOfKeys":   {},
		"/permissionOfKeys/0": {"permissionOfKeys": []string{"Fly"}},
		"/operationKind":      {"operationKind": "Merge", "permissionOfKeys": []string{"Get"}},
	} {
		rec := b.do(t, "update-key-vault-access-policy", policy("Add", input))
		if rec.Error == nil || rec.Error.Kind != connector.Invalid || rec.Error.Items[0].Field != field {
			t.Errorf("%s: %+v", field, rec.Error)
		}
	}
	rec := b.do(t, "update-key-vault-access-policy", policy("Add", in{"objectId": strings.ToUpper(b.sim.ClientID), "permissionOfKeys": []string{"Get"}}))
	wantFailure(t, rec, connector.Invalid, 400, "Object ID is the connection's Client ID")
	if !strings.Contains(fixOf(rec), "Enterprise applications") {
		t.Errorf("the fix is %q", fixOf(rec))
	}
}

func TestPolicyOfAnRBACVault(t *testing.T) {
	b := newBench(t, stage{})
	b.vault(t, "vlt", rbac, noPolicy)
	step := b.wantPlan(t, "update-key-vault-access-policy", policy("Add", in{"permissionOfKeys": []string{"Get"}}), someone, "create")
	out := good[AccessPolicyOut](t, b, "update-key-vault-access-policy", policy("Add", in{"permissionOfKeys": []string{"Get"}}))
	if len(out.Warnings) != 1 || !strings.Contains(out.Warnings[0], "no effect") || !strings.Contains(step.Note, "no effect") {
		t.Errorf("warnings %v, plan %q", out.Warnings, step.Note)
	}
	wantFailure(t, b.do(t, "list-keys", in{"keyVaultName": "vlt"}), connector.Denied, 403, "Caller is not authorized to perform action on resource.")
}

// Runs side by side do not lose one another's changes.
func TestParallelPolicies(t *testing.T) {
	b := newBench(t, stage{})
	b.vault(t, "vlt")
	var wg sync.WaitGroup
	for _, name := range []string{"Get", "List", "Sign", "Verify", "Update", "Create"} {
		wg.Go(func() {
			rec := b.do(t, "update-key-vault-access-policy", policy("Add", in{"permissionOfKeys": []string{name}}))
			if verdict(rec) != run.Successful || len(rawData[AccessPolicyOut](t, rec).Warnings) > 0 {
				t.Errorf("%s: %s %v", name, verdict(rec), rec.Error)
			}
		})
	}
	wg.Wait()
	if e := b.entryOf(t, someone); e == nil || len(e.Permissions.Keys) != 6 {
		t.Errorf("stored %+v", e)
	}
}

func TestCreateKeyVault(t *testing.T) {
	b := newBench(t, stage{sim: func(o *azuresim.Options) { o.Behaviour.RegisteringPolls = 3 }})
	input := in{
		"keyVaultName": "d3TestpVault-IT", "location": "East US", "sku": "Premium",
		"permissionOfKeys": keyNames, "permissionOfSecrets": secNames, "permissionOfCertificates": crtNames,
	}
	step := b.wantPlan(t, "create-key-vault", input, "d3TestpVault-IT", "create")
	if !strings.Contains(step.Note, b.sim.ObjectID) {
		t.Errorf("the plan does not name the principal: %q", step.Note)
	}
	b.sim.ResetRequests()
	out := good[CreatedVault](t, b, "create-key-vault", input)
	if out.Properties.ProvisioningState != "Succeeded" || out.PrincipalID != b.sim.ObjectID || out.Properties.SKU.Name != "premium" || b.count("vaults.get") < 4 {
		t.Errorf("made %+v", out)
	}
	if r := out.Properties.EnableRbacAuthorization; r == nil || *r {
		t.Error("the vault does not use access policies")
	}
	e := policyOf(out.Properties.AccessPolicies, b.sim.ObjectID)
	if e == nil || !slices.Contains(e.Permissions.Keys, "unwrapKey") || slices.Contains(e.Permissions.Keys, "Get") || len(e.Permissions.Certificates) != 16 {
		t.Errorf("policies %+v", out.Properties.AccessPolicies)
	}
	// It works at once, for all that was given.
	good[KeyOut](t, b, "create-key", in{"keyVaultName": "d3TestpVault-IT", "keyName": "k", "keyType": "EC-HSM"})
	// What exists is left alone.
	b.sim.ResetRequests()
	rec := b.do(t, "create-key-vault", in{"keyVaultName": "d3testpvault-it", "location": "East US", "sku": "Standard"})
	wantFailure(t, rec, connector.Conflict, 409, "The vault name 'd3testpvault-it' is already in use.")
	if n := b.count("vaults.put"); n != 0 {
		t.Error("an existing vault was overwritten")
	}
}

func TestDeletedVaults(t *testing.T) {
	b := newBench(t, stage{})
	b.vault(t, "vlt", func(v *azuresim.VaultSpec) { v.RetentionDays = 7 })
	b.secret(t, "vlt", "canary-recovered", azuresim.ObjectSpec{Name: "s"})
	b.wantPlan(t, "delete-key-vault", in{"keyVaultName": "vlt"}, "vlt", "delete")
	out := good[DeletedKeyVault](t, b, "delete-key-vault", in{"keyVaultName": "vlt"})
	if !out.Deleted || out.RetentionInDays != 7 || out.ScheduledPurgeDate == "" {
		t.Errorf("deleted %+v", out)
	}
	again := good[DeletedKeyVault](t, b, "delete-key-vault", in{"keyVaultName": "vlt"})
	if again.Deleted || !strings.Contains(again.Message, "did not exist") {
		t.Errorf("deleted again %+v", again)
	}
	b.wantPlan(t, "delete-key-vault", in{"keyVaultName": "vlt"}, "vlt", "none")
	list := good[ListDeletedKeyVaultsOut](t, b, "list-deleted-key-vaults", in{})
	if len(list.Summary) != 1 || list.Summary[0].Name != "vlt" || list.Summary[0].ResourceGroup != "d3cyber" {
		t.Errorf("deleted vaults %+v", list.Summary)
	}
	create := in{"keyVaultName": "vlt", "location": "East US", "sku": "Standard"}
	b.wantPlan(t, "create-key-vault", create, "vlt", "none")
	rec := b.do(t, "create-key-vault", create)
	wantFailure(t, rec, connector.Conflict, 409, "already exists in deleted state")
	if !strings.Contains(fixOf(rec), "d3cyber") || !strings.Contains(fixOf(rec), "Create Mode Recover") {
		t.Errorf("the fix is %q", fixOf(rec))
	}
	create["createMode"] = "recover"
	b.wantPlan(t, "create-key-vault", create, "vlt", "create")
	good[CreatedVault](t, b, "create-key-vault", create)
	if s := good[ListSecretsOut](t, b, "list-secrets", in{"keyVaultName": "vlt"}); len(s.Value) != 1 {
		t.Error("the vault came back empty")
	}
}

func TestPurgeKeyVault(t *testing.T) {
	b := newBench(t, stage{})
	b.vault(t, "vlt")
	b.vault(t, "guarded", func(v *azuresim.VaultSpec) { v.PurgeProtection = true })
	wantFailure(t, b.do(t, "purge-key-vault", in{"keyVaultName": "vlt"}), connector.NotFound, 404, "no deleted vault 'vlt'")
	for _, name := range []string{"vlt", "guarded"} {
		good[DeletedKeyVault](t, b, "delete-key-vault", in{"keyVaultName": name})
	}
	b.wantPlan(t, "purge-key-vault", in{"keyVaultName": "vlt"}, "vlt", "delete")
	b.wantPlan(t, "purge-key-vault", in{"keyVaultName": "guarded", "location": "East US"}, "guarded", "none")
	wantFailure(t, b.do(t, "purge-key-vault", in{"keyVaultName": "guarded"}), connector.Conflict, 409, "has purge protection")
	out := good[PurgedVault](t, b, "purge-key-vault", in{"keyVaultName": "VLT"})
	if !out.Purged || out.Location != "eastus" {
		t.Errorf("purged %+v", out)
	}
	must(t, b.sim.SetRoles(b.sim.ClientID, azuresim.Assignment{Role: azuresim.RoleKeyVaultContributor, Scope: "/subscriptions/" + b.sim.SubscriptionID}))
	b.vault(t, "vlt2")
	good[DeletedKeyVault](t, b, "delete-key-vault", in{"keyVaultName": "vlt2"})
	wantFailure(t, b.do(t, "purge-key-vault", in{"keyVaultName": "vlt2"}), connector.Denied, 403, "deletedVaults/purge/action")
}

// A vault that was just made may not be known everywhere yet.
func TestYoungVaults(t *testing.T) {
	hasty := quick()
	hasty.retry = azconn.Retry{Base: 5 * time.Millisecond, Total: 300 * time.Millisecond, Tries: 2}
	b := newBench(t, stage{tuning: &hasty})
	b.vault(t, "vlt")
	b.sim.SetFault(faultOn(http.MethodGet, "/vaults/vlt", 1, &azuresim.Fault{Edit: func(body []byte) []byte {
		return []byte(strings.Replace(string(body), "https://vlt.", "https://late.", 1))
	}}))
	// The first look gives a name that is not there; it is asked for again and
	// again, and then given up with the reason.
	rec := b.do(t, "list-secrets", in{"keyVaultName": "vlt"})
	wantFailure(t, rec, connector.Unavailable, 503, "unrecognized name")
	if rec.StartedAt == nil || rec.EndedAt == nil || rec.EndedAt.Sub(*rec.StartedAt) < 100*time.Millisecond {
		t.Error("it was given up at once")
	}
	good[ListSecretsOut](t, b, "list-secrets", in{"keyVaultName": "vlt"})
}
