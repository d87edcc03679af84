package keyvault

import (
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/sandbox/azuresim"
)

// sample is an error of the documentation that this integration follows, and
// what provokes it here.
type sample struct {
	command string
	input   in
	as      string // role of the connection: "" is the usual one
	status  int
	message string // $CLIENT, $OBJECT and $SUB stand for ids
}

const denied = "The client '$CLIENT' with object id '$OBJECT' does not have authorization to perform action '"

const invalidScope = "' or the scope is invalid. If access was recently granted, please refresh your credentials."

func deniedVault(vault string) string {
	return denied + "Microsoft.KeyVault/vaults/read' over scope '/subscriptions/$SUB/resourceGroups/d3cyber/providers/Microsoft.KeyVault/vaults/" + vault + invalidScope
}

const noVersions = "VersionType is 'Specific' but no Versions were provided."

// Every error sample of the documentation can be provoked; none is impossible.
var samples = []sample{
	{"Create Key", in{"keyVaultName": "kv20230606a", "keyName": "testTW!!", "keyType": "EC"}, "", 400, "The request URI contains an invalid name: testTW!!."},
	{"Create Key Vault", in{"keyVaultName": "TWvault", "location": "East US", "sku": "Standard"}, "", 409, "The vault name 'TWvault' is already in use. Vault names are globally unique so it is possible that the name is already taken. If you are sure that the vault name was not taken then it is possible that a vault with the same name was recently deleted but not purged after being placed in a recoverable state. If the vault is in a recoverable state then the vault will need to be purged before reusing the name. For more information about VaultAlreadyExists, soft delete and purging a vault follow this link https://go.microsoft.com/fwlink/?linkid=2147740."},
	{"Create Secret", in{"keyVaultName": "kv20230606a", "secretName": "test!", "secretValue": "canary-of-the-sample"}, "", 400, "The request URI contains an invalid name: test!."},
	{"Delete Key Vault", in{"keyVaultName": "d3testvault", "resourceGroupName": "test"}, "", 404, "Resource group 'test' could not be found."},
	{"Get Certificate Details", in{"keyVaultName": "kv20230606a", "certificateName": "c", "versionType": "Specific Versions"}, "", 400, noVersions},
	{"Get Key Details", in{"keyVaultName": "kv20230606a", "keyName": "k", "versionType": "Specific Versions"}, "", 400, noVersions},
	{"Get Key Vault", in{"keyVaultName": "NonExistentVault"}, "", 404, "The Resource 'Microsoft.KeyVault/vaults/NonExistentVault' under resource group 'd3cyber' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix."},
	{"Get Secret Details", in{"keyVaultName": "kv20230606a", "secretName": "s", "versionType": "Specific Versions"}, "", 400, noVersions},
	{"Import Certificate", in{"keyVaultName": "kv20230606a", "certificateName": "c", "privateKey": "$ENCRYPTED", "certificate": "$CERT", "passphrase": "wrong"}, "", 400, "Incorrect private key passphrase or invalid key material."},
	{"List Certificates", in{"keyVaultName": "kv20230606a"}, "nobody", 403, deniedVault("kv20230606a")},
	{"List Keys", in{"keyVaultName": "kv20230606a"}, "nobody", 403, deniedVault("kv20230606a")},
	{"List Key Vaults", in{}, "no group", 400, "Resource Group Name is required. Please provide a Resource Group name either as a command parameter or in Integration connection."},
	{"List Resource Groups", in{}, "nobody", 403, denied + "Microsoft.Resources/subscriptions/resourcegroups/read' over scope '/subscriptions/$SUB" + invalidScope},
	{"List Secrets", in{"keyVaultName": "d3TestpVault-IT"}, "nobody", 403, deniedVault("d3TestpVault-IT")},
	{"List Vault Object Versions", in{"keyVaultName": "kv20230606a", "resourceGroupName": "test", "objectType": "Secrets", "objectName": "s"}, "", 404, "Resource group 'test' could not be found."},
	{"Update Key Vault Access Policy", in{"keyVaultName": "d3TestpVault-IT", "operationKind": "Remove", "objectId": "3900b1c2-7d43-4f19-9f80-5b7e4a1adec2", "permissionOfKeys": []string{"Get"}}, "reader", 403, denied + "Microsoft.KeyVault/vaults/accessPolicies/write' over scope '/subscriptions/$SUB/resourceGroups/d3cyber/providers/Microsoft.KeyVault/vaults/d3TestpVault-IT/accessPolicies/remove" + invalidScope},
	{"Test Connection", in{}, "nobody", 403, denied + "Microsoft.KeyVault/vaults/read' over scope '/subscriptions/$SUB" + invalidScope},
}

// errorScene is where the samples take place.
type errorScene struct {
	sim     *azuresim.Server
	benches map[string]*bench
	pair    pair
	locked  string // its key, encrypted

	principals map[string]azuresim.Principal
}

func TestSeedErrors(t *testing.T) {
	sc := &errorScene{sim: startSim(t, nil), benches: map[string]*bench{}, principals: map[string]azuresim.Principal{}, pair: newPair(t, "sample.test", 24*time.Hour)}
	sc.locked = encryptKey(t, sc.pair.key, "right")
	addVault(t, sc.sim, "kv20230606a")
	addVault(t, sc.sim, "d3TestpVault-IT", func(v *azuresim.VaultSpec) {
		v.Policies = append(v.Policies, azuresim.AccessPolicy{ObjectID: "3900b1c2-7d43-4f19-9f80-5b7e4a1adec2", Permissions: azuresim.Permissions{Keys: []string{"Get"}}})
	})
	sc.sim.TakeName("TWvault")
	for _, as := range []string{"", "nobody", "no group", "reader"} {
		sc.benches[as] = sc.bench(t, as)
	}
	if len(samples) != 17 {
		t.Errorf("%d samples, want one for each command", len(samples))
	}
	for _, s := range samples {
		t.Run(s.command, func(t *testing.T) { sc.provoke(t, s) })
	}
}

// bench connects as somebody.
func (sc *errorScene) bench(t *testing.T, as string) *bench {
	t.Helper()
	settings := simSettings(sc.sim)
	switch as {
	case "no group":
		delete(settings, "resourceGroupName")
	case "nobody", "reader":
		p := azuresim.Principal{Secrets: []azuresim.ClientSecret{{Value: "canary-secret-of-" + as}}}
		if as == "reader" {
			p.Roles = []azuresim.Assignment{{Role: azuresim.RoleReader, Scope: "/subscriptions/" + sc.sim.SubscriptionID}}
		}
		p, err := sc.sim.AddPrincipal(p)
		must(t, err)
		settings["clientId"], settings["clientSecret"] = p.ClientID, "canary-secret-of-"+as
		sc.principals[as] = p
	}
	return connectTo(t, sc.sim, settings)
}

func (sc *errorScene) provoke(t *testing.T, s sample) {
	t.Helper()
	input := in{}
	for k, v := range s.input {
		if text, ok := v.(string); ok {
			v = strings.NewReplacer("$ENCRYPTED", sc.locked, "$CERT", sc.pair.cert).Replace(text)
		}
		input[k] = v
	}
	c, ok := commandNamed(s.command)
	if !ok {
		t.Fatal("no such command")
	}
	rec := sc.benches[s.as].do(t, c.ID, input)
	p := sc.principals[s.as]
	want := strings.NewReplacer("$CLIENT", p.ClientID, "$OBJECT", p.ObjectID, "$SUB", sc.sim.SubscriptionID).Replace(s.message)
	if verdict(rec) != run.Failed || rec.Error.StatusCode != s.status || rec.Error.Message != want || rec.Error.FailureIndicator != c.Indicator {
		t.Errorf("%s, %+v\nwant %q %d\n%s", verdict(rec), rec.Error, c.Indicator, s.status, want)
	}
	if rec.Error != nil && rec.Error.Fix == "" {
		t.Error("the error does not say what to do")
	}
}

func commandNamed(name string) (*connector.Command, bool) {
	for _, c := range Integration().Commands {
		if c.Name == name {
			return c, true
		}
	}
	return nil, false
}
