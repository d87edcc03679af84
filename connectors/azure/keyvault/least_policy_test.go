package keyvault

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/sandbox/azuresim"
)

// TestGoldenLeastPolicy compares whole documents; UPDATE_GOLDEN=1 writes them
// anew.
func TestGoldenLeastPolicy(t *testing.T) {
	for name, c := range map[string]struct {
		commands []string
		vaults   map[string][]string
		caller   string
	}{
		"read-secrets": {[]string{"get-secret-details", "list-secrets"}, map[string][]string{"vault": {"kv20230606a", "other"}}, "b1902d5e-3f47-4c0a-a0a3-7f2c1c9d6dbf"},
		"vaults":       {[]string{"create-key-vault", "list-key-vaults", "list-resource-groups"}, nil, ""},
		"everything":   {nil, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			docs, err := Integration().LeastPolicy(c.commands, c.vaults, c.caller)
			must(t, err)
			var b strings.Builder
			for _, d := range docs {
				b.WriteString("# " + d.Title + " (" + d.Format + ")\n" + d.Text)
			}
			path := filepath.Join("testdata", "policy", name+".txt")
			if os.Getenv("UPDATE_GOLDEN") != "" {
				must(t, os.MkdirAll(filepath.Dir(path), 0o755))
				must(t, os.WriteFile(path, []byte(b.String()), 0o644))
			}
			want, err := os.ReadFile(path)
			must(t, err)
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for field, bad := range map[string]struct {
		resources map[string][]string
		caller    string
	}{
		"/resources/bucket": {map[string][]string{"bucket": {"x"}}, ""},
		"/resources/vault":  {map[string][]string{"vault": {"x; rm -rf ~"}}, ""},
		"/caller":           {nil, "$(id)"},
	} {
		_, err := Integration().LeastPolicy(nil, bad.resources, bad.caller)
		if e := connector.AsError(err); e == nil || e.Kind != connector.Invalid || e.Field != field || e.Fix == "" {
			t.Errorf("%s: %+v", field, e)
		}
	}
}

// least are the permissions that a command declares, by model.
func least(c *connector.Command) (policy azuresim.Permissions, arm, data []string) {
	g := &grants{}
	g.add(c)
	lists := map[string]*[]string{"keys": &policy.Keys, "secrets": &policy.Secrets, "certificates": &policy.Certificates}
	for _, p := range g.policies {
		plural, name, _ := strings.Cut(p, "/")
		*lists[plural] = append(*lists[plural], name)
	}
	return policy, g.arm, g.dataRoles
}

// What the declarations say is enough for every command, in both permission
// models; and with no permission none works.
func TestDeclaredPermissionsAreEnough(t *testing.T) {
	for _, model := range []string{modelPolicy, modelRBAC, "nothing"} {
		sim := startSim(t, nil)
		sub := "/subscriptions/" + sim.SubscriptionID
		must(t, sim.SetRoles(sim.ClientID, azuresim.Assignment{Role: azuresim.RoleOwner, Scope: sub}, azuresim.Assignment{Role: azuresim.RoleKeyVaultAdmin, Scope: sub}))
		sim.AddResourceGroup("made", "")
		for _, c := range Integration().Commands {
			t.Run(model+" "+c.ID, func(t *testing.T) {
				policy, arm, data := least(c)
				who := azuresim.Principal{Secrets: []azuresim.ClientSecret{{Value: "canary-secret-of-least"}}}
				roles := arm
				if model == modelRBAC {
					roles = slices.Concat(arm, data)
				}
				for _, r := range roles {
					who.Roles = append(who.Roles, azuresim.Assignment{Role: r, Scope: sub})
				}
				want := run.Successful
				if model == "nothing" {
					who.Roles, policy, want = nil, azuresim.Permissions{}, run.Failed
				}
				who, err := sim.AddPrincipal(who)
				must(t, err)
				k := &kit{sim: sim, vault: "lp-" + strings.ReplaceAll(c.ID, "-", "")[:min(18, len(c.ID)-strings.Count(c.ID, "-"))]}
				addVault(t, sim, k.vault, func(v *azuresim.VaultSpec) {
					v.RBAC = model == modelRBAC
					v.Policies = append(v.Policies, azuresim.AccessPolicy{ObjectID: who.ObjectID, Permissions: policy})
				})
				input := k.inputs(t)[c.ID](t)
				settings := simSettings(sim)
				settings["clientId"], settings["clientSecret"] = who.ClientID, "canary-secret-of-least"
				rec := connectTo(t, sim, settings).do(t, c.ID, input)
				if c.ID == "expiry-report" && verdict(rec) == run.PartiallySuccessful && model == modelPolicy {
					return // it meets the vaults of the other commands, too
				}
				if verdict(rec) != want || want == run.Failed && rec.Error.StatusCode != 403 {
					t.Errorf("%s: %s", verdict(rec), line(rec))
				}
			})
		}
	}
}
