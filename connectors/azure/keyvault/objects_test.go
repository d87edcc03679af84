package keyvault

import (
	"crypto/x509/pkix"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/sandbox/azuresim"
)

// Every kind is deleted, listed, recovered, deleted again and purged, with the
// time that the service takes for it.
func TestDeletedObjects(t *testing.T) {
	b := newBench(t, stage{sim: func(o *azuresim.Options) { o.Behaviour.DeletionPolls = 2 }})
	b.vault(t, "vlt")
	for kind, make := range map[string]func(name string) error{
		"key": func(n string) error {
			_, err := b.sim.AddKey("vlt", azuresim.ObjectSpec{Name: n}, "EC", 0, "")
			return err
		},
		"secret": func(n string) error {
			_, err := b.sim.AddSecret("vlt", azuresim.ObjectSpec{Name: n}, "canary-deleted-value", "")
			return err
		},
		"certificate": func(n string) error {
			_, err := b.sim.AddCertificate("vlt", azuresim.ObjectSpec{Name: n}, pkix.Name{CommonName: n})
			return err
		},
	} {
		t.Run(kind, func(t *testing.T) {
			must(t, make("doomed"))
			input := in{"keyVaultName": "vlt", kind + "Name": "doomed"}
			types := in{"keyVaultName": "vlt", "objectType": strings.ToUpper(kind[:1]) + kind[1:] + "s"}
			b.wantPlan(t, "recover-deleted-"+kind, input, "doomed", "none")
			b.wantPlan(t, "delete-"+kind, input, "doomed", "delete")
			out := good[ObjectOut](t, b, "delete-"+kind, input)
			if out.Name != "doomed" || out.RecoveryID == "" || !strings.Contains(out.Done, "can be recovered until") {
				t.Errorf("deleted %+v", out)
			}
			wantFailure(t, b.do(t, "delete-"+kind, input), connector.NotFound, 404, "was not found")
			list := good[ListDeletedObjectsOut](t, b, "list-deleted-objects", types)
			if len(list.Summary) != 1 || list.Summary[0].Name != "doomed" || list.Summary[0].GoneOn == "" {
				t.Errorf("deleted objects %+v", list.Summary)
			}
			b.wantPlan(t, "recover-deleted-"+kind, input, "doomed", "create")
			good[ObjectOut](t, b, "recover-deleted-"+kind, input)
			good[any](t, b, "get-"+kind+"-details", input)
			good[ObjectOut](t, b, "delete-"+kind, input)
			b.wantPlan(t, "purge-deleted-"+kind, input, "doomed", "delete")
			good[ObjectOut](t, b, "purge-deleted-"+kind, input)
			b.wantPlan(t, "purge-deleted-"+kind, input, "doomed", "none")
			if list := good[ListDeletedObjectsOut](t, b, "list-deleted-objects", types); len(list.Value) != 0 {
				t.Errorf("after the purge: %+v", list.Summary)
			}
		})
	}
	noTrace(t, b, "canary-deleted-value")
}

func TestNamesOfDeletedObjects(t *testing.T) {
	b := newBench(t, stage{})
	b.vault(t, "vlt", func(v *azuresim.VaultSpec) { v.PurgeProtection = true })
	b.secret(t, "vlt", "canary-name-taken", azuresim.ObjectSpec{Name: "s"})
	input := in{"keyVaultName": "vlt", "secretName": "s"}
	good[ObjectOut](t, b, "delete-secret", input)
	rec := b.do(t, "create-secret", in{"keyVaultName": "vlt", "secretName": "s", "secretValue": "canary-name-taken"})
	wantFailure(t, rec, connector.Conflict, 409, "is currently in a deleted but recoverable state")
	if !strings.Contains(fixOf(rec), "Recover the deleted object") {
		t.Errorf("the fix is %q", fixOf(rec))
	}
	wantFailure(t, b.do(t, "purge-deleted-secret", input), connector.Denied, 403, "purge protection is enabled")
}

// The one conflict that passes by itself is waited for.
func TestCreationDuringDeletion(t *testing.T) {
	b := newBench(t, stage{sim: func(o *azuresim.Options) { o.Behaviour.DeletionPolls = 2 }})
	b.vault(t, "vlt")
	b.secret(t, "vlt", "canary-again", azuresim.ObjectSpec{Name: "s"})
	deleteObject(t, b.sim, "vlt", "secrets", "s")
	rec := b.do(t, "create-secret", in{"keyVaultName": "vlt", "secretName": "s", "secretValue": "canary-again"})
	wantFailure(t, rec, connector.Conflict, 409, "deleted but recoverable")
	if n := b.count("secrets.set"); n != 3 {
		t.Errorf("%d attempts, want 3", n)
	}
}

func TestUpdateAttributes(t *testing.T) {
	b := newBench(t, stage{})
	ids := history(t, b)
	_, err := b.sim.AddKey("vlt", azuresim.ObjectSpec{Name: "k"}, "EC", 0, "")
	must(t, err)
	_, err = b.sim.AddCertificate("vlt", azuresim.ObjectSpec{Name: "c"}, pkix.Name{CommonName: "c"})
	must(t, err)
	// A disabled version comes back to life.
	input := in{"keyVaultName": "vlt", "secretName": "s", "version": ids[1], "enabled": true}
	b.wantPlan(t, "update-secret-attributes", input, "s/"+lastPart(ids[1]), "replace")
	good[in](t, b, "update-secret-attributes", input)
	b.wantPlan(t, "update-secret-attributes", input, "s/"+lastPart(ids[1]), "none")
	out := good[secretsOut](t, b, "get-secret-details", in{"keyVaultName": "vlt", "secretName": "s", "versionType": "Specific", "versions": []string{ids[1]}})
	if b.reveal(t, out.Value[0].Value) != "canary-value-two" {
		t.Error("the version has another value")
	}
	// Without a version the current one is meant.
	key := good[KeyOut](t, b, "update-key-attributes", in{"keyVaultName": "vlt", "keyName": "k", "enabled": "false", "expires": "2031-02-03T04:05:06Z", "notBefore": "2030-01-01T00:00:00+02:00"})
	if key.Attributes.enabled() || iso(key.Attributes.Expires) != "2031-02-03T04:05:06Z" || iso(key.Attributes.NotBefore) != "2029-12-31T22:00:00Z" {
		t.Errorf("key %+v", key.Attributes)
	}
	cert := good[CertificateOut](t, b, "update-certificate-attributes", in{"keyVaultName": "vlt", "certificateName": "c", "enabled": "False"})
	if cert.Attributes.enabled() {
		t.Error("the certificate is still enabled")
	}
	for field, bad := range map[string]in{
		"/enabled":   {},
		"/expires":   {"notBefore": "2030-01-01T00:00:00Z", "expires": "2029-01-01T00:00:00Z"},
		"/version":   {"enabled": "True", "version": "../x"},
		"/notBefore": {"notBefore": "tomorrow"},
	} {
		bad["keyVaultName"], bad["keyName"] = "vlt", "k"
		rec := b.do(t, "update-key-attributes", bad)
		if rec.Error == nil || rec.Error.Kind != connector.Invalid || rec.Error.Items[0].Field != field {
			t.Errorf("%s: %+v", field, rec.Error)
		}
	}
	rec := b.do(t, "update-certificate-attributes", in{"keyVaultName": "vlt", "certificateName": "c", "expires": "2031-01-01T00:00:00Z"})
	wantFailure(t, rec, connector.Invalid, 400, "validity of a certificate stands in the certificate")
	b.wantPlan(t, "update-key-attributes", in{"keyVaultName": "vlt", "keyName": "none", "enabled": "True"}, "none", "none")
}

func TestExpiryReport(t *testing.T) {
	b := newBench(t, stage{settings: in{"resourceGroupName": nil}})
	b.vault(t, "first")
	b.vault(t, "second", rbac, func(v *azuresim.VaultSpec) { v.ResourceGroup = "elsewhere" })
	b.vault(t, "closed", noPolicy)
	b.secret(t, "first", "canary-expiry", azuresim.ObjectSpec{Name: "soon", Expires: time.Now().Add(36 * time.Hour)})
	b.secret(t, "first", "canary-expiry", azuresim.ObjectSpec{Name: "late", Expires: day(400)})
	b.secret(t, "first", "canary-expiry", azuresim.ObjectSpec{Name: "never"})
	b.secret(t, "first", "canary-expiry", azuresim.ObjectSpec{Name: "gone", Expires: time.Now().Add(-time.Hour)})
	b.secret(t, "first", "canary-expiry", azuresim.ObjectSpec{Name: "off", Disabled: true, Expires: day(2)})
	_, err := b.sim.AddCertificate("second", azuresim.ObjectSpec{Name: "cert", Expires: time.Now().Add(20 * 24 * time.Hour)}, pkix.Name{CommonName: "c"})
	must(t, err)
	roles := []azuresim.Assignment{{Role: azuresim.RoleContributor, Scope: "/subscriptions/" + b.sim.SubscriptionID}, {Role: azuresim.RoleKeyVaultReader, Scope: "/subscriptions/" + b.sim.SubscriptionID}}
	must(t, b.sim.SetRoles(b.sim.ClientID, roles...))
	for _, tc := range []struct {
		reason string
		input  in
		state  run.ReturnData
		want   map[string]int
	}{
		{"all vaults", in{"allResourceGroups": true}, run.PartiallySuccessful, map[string]int{"gone": -1, "soon": 1, "cert": 19}},
		{"one group", in{"resourceGroupName": "elsewhere"}, run.Successful, map[string]int{"cert": 19}},
		{"a few days", in{"allResourceGroups": true, "withinDays": "3", "includeExpired": "false"}, run.PartiallySuccessful, map[string]int{"soon": 1}},
		{"disabled ones too", in{"allResourceGroups": true, "withinDays": 3, "includeDisabled": true}, run.PartiallySuccessful, map[string]int{"gone": -1, "soon": 1, "off": 1}},
		{"certificates alone", in{"allResourceGroups": true, "objectTypes": []string{"certificates"}}, run.PartiallySuccessful, map[string]int{"cert": 19}},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			rec := b.do(t, "expiry-report", tc.input)
			wantVerdict(t, rec, tc.state)
			out := rawData[ExpiryReportOut](t, rec)
			got := map[string]int{}
			for i, e := range out.Value {
				got[e.Name] = e.DaysLeft
				if i > 0 && out.Value[i-1].Expires > e.Expires {
					t.Error("not the soonest first")
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if tc.state == run.PartiallySuccessful && (len(rec.Error.Items) != 1 || rec.Error.Items[0].Item != "closed") {
				t.Errorf("failed items %+v", rec.Error.Items)
			}
		})
	}
	if b.count("secrets.get") != 0 {
		t.Error("the report read values")
	}
}
