package keyvault

import (
	"crypto/x509/pkix"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector/connectortest"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
	"github.com/fairlead-io/fairlead/internal/sandbox/azuresim"
)

// kit makes fresh things for the conformance suite to work on.
type kit struct {
	sim   *azuresim.Server
	vault string // "conformance" when empty
	n     int
}

func (k *kit) name() string {
	if k.vault == "" {
		return "conformance"
	}
	return k.vault
}

func (k *kit) fresh(prefix string) string {
	k.n++
	name := fmt.Sprintf("%s-%d%s", prefix, k.n, k.vault)
	return strings.Trim(name[:min(len(name), 24)], "-")
}

func (k *kit) at(more in) in {
	more["keyVaultName"] = k.name()
	return more
}

// object makes an object of a kind and gives its name.
func (k *kit) object(t *testing.T, kind string) string {
	t.Helper()
	spec := azuresim.ObjectSpec{Name: k.fresh("object")}
	var err error
	switch kind {
	case "key":
		_, err = k.sim.AddKey(k.name(), spec, "EC", 0, "")
	case "secret":
		_, err = k.sim.AddSecret(k.name(), spec, "canary-stored-secret", "")
	default:
		_, err = k.sim.AddCertificate(k.name(), spec, pkix.Name{CommonName: spec.Name})
	}
	must(t, err)
	return spec.Name
}

// TestConformance holds every command to the rules of all integrations.
func TestConformance(t *testing.T) {
	sim := startSim(t, nil)
	sim.AddResourceGroup("made", "")
	addVault(t, sim, "conformance")
	must(t, sim.SetRoles(sim.ClientID, azuresim.Assignment{Role: azuresim.RoleOwner, Scope: "/subscriptions/" + sim.SubscriptionID}))
	k := &kit{sim: sim}
	i := integration(quick())
	settings := simSettings(sim)
	connectortest.Run(t, connectortest.Kit{
		Integration: i, Runner: runtest.NewConformance(t, i, runtest.Options{}), Validate: runtest.Check, Settings: settings,
		At: func(addr string) map[string]any {
			s := simSettings(sim)
			s["authorityHost"], s["resourceManagerEndpoint"], s["keyVaultDnsSuffix"] = "https://"+addr, "https://"+addr, addr
			return s
		},
		Inputs: k.inputs(t),
	})
}

func (k *kit) inputs(t *testing.T) map[string]func(*testing.T) map[string]any {
	t.Helper()
	pair := newPair(t, "conformance.test", time.Hour)
	out := map[string]func(*testing.T) map[string]any{
		"test-connection":         func(*testing.T) map[string]any { return in{} },
		"list-key-vaults":         func(*testing.T) map[string]any { return in{} },
		"list-resource-groups":    func(*testing.T) map[string]any { return in{} },
		"list-deleted-key-vaults": func(*testing.T) map[string]any { return in{} },
		"get-key-vault":           func(*testing.T) map[string]any { return k.at(in{}) },
		"list-keys":               func(*testing.T) map[string]any { return k.at(in{}) },
		"list-secrets":            func(*testing.T) map[string]any { return k.at(in{}) },
		"list-certificates":       func(*testing.T) map[string]any { return k.at(in{"includePending": true}) },
		"expiry-report":           func(*testing.T) map[string]any { return in{"withinDays": 400} },
		"list-deleted-objects":    func(*testing.T) map[string]any { return k.at(in{"objectType": "Secrets"}) },
		"create-key":              func(*testing.T) map[string]any { return k.at(in{"keyName": k.fresh("key"), "keyType": "EC"}) },
		"create-secret": func(*testing.T) map[string]any {
			return k.at(in{"secretName": k.fresh("secret"), "secretValue": "canary-input-secret", "tags": in{"a": "b"}})
		},
		"import-certificate": func(*testing.T) map[string]any {
			return k.at(in{"certificateName": k.fresh("import"), "privateKey": pair.key, "certificate": pair.cert})
		},
		"create-key-vault": func(*testing.T) map[string]any {
			return in{"keyVaultName": k.fresh("made"), "resourceGroupName": "made", "location": "East US", "sku": "Standard", "permissionOfKeys": []string{"Get"}}
		},
		"delete-key-vault": func(t *testing.T) map[string]any { return in{"keyVaultName": addVault(t, k.sim, k.fresh("gone"))} },
		"update-key-vault-access-policy": func(*testing.T) map[string]any {
			return k.at(in{"operationKind": "Add", "objectId": "3900b1c2-7d43-4f19-9f80-5b7e4a1adec2", "permissionOfSecrets": []string{"get"}})
		},
		"list-vault-object-versions": func(t *testing.T) map[string]any {
			return k.at(in{"objectType": "Keys", "objectName": k.object(t, "key")})
		},
		"purge-key-vault": func(t *testing.T) map[string]any { return in{"keyVaultName": k.deletedVault(t)} },
	}
	for _, kind := range []string{"key", "secret", "certificate"} {
		k.objectInputs(kind, out)
	}
	return out
}

func (k *kit) objectInputs(kind string, out map[string]func(*testing.T) map[string]any) {
	live := func(t *testing.T) map[string]any { return k.at(in{kind + "Name": k.object(t, kind)}) }
	deleted := func(t *testing.T) map[string]any {
		name := k.object(t, kind)
		deleteObject(t, k.sim, k.name(), kind+"s", name)
		return k.at(in{kind + "Name": name})
	}
	out["get-"+kind+"-details"] = live
	out["delete-"+kind] = live
	out["recover-deleted-"+kind] = deleted
	out["purge-deleted-"+kind] = deleted
	out["update-"+kind+"-attributes"] = func(t *testing.T) map[string]any {
		m := live(t)
		m["enabled"] = "True"
		return m
	}
}

func (k *kit) deletedVault(t *testing.T) string {
	t.Helper()
	name := addVault(t, k.sim, k.fresh("purge"))
	raw := rawClient(t, k.sim)
	_, err := raw.arm(t.Context(), deleteCall(), vaultPath(k.sim.ResourceGroup, name)...)
	must(t, err)
	return name
}

func TestConformanceCoversAllCommands(t *testing.T) {
	k := &kit{}
	inputs := k.inputs(t)
	for _, c := range Integration().Commands {
		if _, ok := inputs[c.ID]; !ok {
			t.Errorf("no input for %s", c.ID)
		}
	}
	if n := len(Integration().Commands); n != len(inputs) || strings.Contains(fmt.Sprint(inputs), "nil") {
		t.Errorf("%d commands, %d inputs", n, len(inputs))
	}
}
