package keyvault

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/sandbox/azuresim"
)

func TestCreateKey(t *testing.T) {
	b := newBench(t, stage{})
	b.vault(t, "standard")
	b.vault(t, "premium", premium)
	for _, tc := range []struct {
		reason, vault string
		input         in
		kty, crv      string
	}{
		{"a curve by default", "standard", in{"keyType": "EC"}, "EC", "P-256"},
		{"the curve asked for, and a size that is not for it", "standard", in{"keyType": "ec", "ellipticCurveName": "P-521", "rsaKeySize": "4096"}, "EC", "P-521"},
		{"the curve that Go lacks", "standard", in{"keyType": "EC", "ellipticCurveName": "p-256k"}, "EC", "P-256K"},
		{"RSA with the default size, given as a number", "standard", in{"keyType": "RSA", "rsaKeySize": 2048}, "RSA", ""},
		{"an HSM key in a premium vault", "premium", in{"keyType": "EC-HSM"}, "EC-HSM", "P-256"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			tc.input["keyVaultName"], tc.input["keyName"], tc.input["tags"] = tc.vault, "key-of-test", in{"purpose": "unit test"}
			out := good[KeyOut](t, b, "create-key", tc.input)
			if out.Key.KTY != tc.kty || out.Key.CRV != tc.crv || out.Tags["purpose"] != "unit test" || out.Summary[0].Name != "key-of-test" {
				t.Errorf("made %+v", out)
			}
		})
	}
	// One name, several versions.
	lines := good[ListVersionsOut](t, b, "list-vault-object-versions", in{"keyVaultName": "standard", "objectType": "Keys", "objectName": "key-of-test"})
	if len(lines.Value) != 4 || lines.Value[0].KID == "" || lines.Value[0].ID != "" {
		t.Errorf("versions %+v", lines.Value)
	}
	for _, kty := range []string{"EC-HSM", "RSA-HSM"} {
		b.sim.ResetRequests()
		rec := b.do(t, "create-key", in{"keyVaultName": "standard", "keyName": "hsm", "keyType": kty})
		wantFailure(t, rec, connector.Invalid, 400, kty+" keys cannot be created in the vault standard: its tier is standard.")
		if n := b.count("keys.create"); n != 0 {
			t.Errorf("%d requests for a key that the tier does not have", n)
		}
	}
	step := b.wantPlan(t, "create-key", in{"keyVaultName": "standard", "keyName": "key-of-test", "keyType": "EC"}, "key-of-test", "create")
	if !strings.Contains(step.Note, "4 versions") {
		t.Errorf("the plan says %q", step.Note)
	}
}

// Whoever takes names from ids may give the whole id, as long as it is this
// vault's.
func TestNamesAndIds(t *testing.T) {
	b := newBench(t, stage{})
	b.vault(t, "one")
	b.vault(t, "two")
	id := b.secret(t, "one", "value-of-one", azuresim.ObjectSpec{Name: "s"})
	base := id[:strings.LastIndex(id, "/")]
	for _, name := range []string{"s", base, base + "/"} {
		out := good[secretsOut](t, b, "get-secret-details", in{"keyVaultName": "one", "secretName": name, "versionType": "specific", "versions": []string{id}})
		if len(out.Value) != 1 || out.Value[0].ID != id {
			t.Errorf("%s: %+v", name, out.Value)
		}
	}
	for reason, tc := range map[string]struct {
		input in
		field string
	}{
		"an id of another vault":        {in{"keyVaultName": "two", "secretName": base}, "secretName"},
		"an id of another kind":         {in{"keyVaultName": "one", "secretName": strings.Replace(base, "secrets", "keys", 1)}, "secretName"},
		"plain http":                    {in{"keyVaultName": "one", "secretName": strings.Replace(base, "https", "http", 1)}, "secretName"},
		"a version in the name":         {in{"keyVaultName": "one", "secretName": id}, "secretName"},
		"a version of another vault":    {in{"keyVaultName": "two", "secretName": "s", "versionType": "Specific Versions", "versions": []string{id}}, "versions/0"},
		"a version of another name":     {in{"keyVaultName": "one", "secretName": "x", "versionType": "Specific Versions", "versions": []string{id}}, "versions/0"},
		"a version that climbs":         {in{"keyVaultName": "one", "secretName": "s", "versionType": "Specific Versions", "versions": []string{"../../keys"}}, "versions/0"},
		"a name that climbs":            {in{"keyVaultName": "one", "secretName": ".."}, "secretName"},
		"a vault name that climbs":      {in{"keyVaultName": "../x", "secretName": "s"}, "keyVaultName"},
		"a vault name of two hyphens":   {in{"keyVaultName": "a--b", "secretName": "s"}, "keyVaultName"},
		"a group that climbs":           {in{"keyVaultName": "one", "resourceGroupName": "..", "secretName": "s"}, "resourceGroupName"},
		"a group with a slash":          {in{"keyVaultName": "one", "resourceGroupName": "a/b", "secretName": "s"}, "resourceGroupName"},
		"a name of 128 letters":         {in{"keyVaultName": "one", "secretName": strings.Repeat("a", 128)}, "secretName"},
		"a name of letters of Japanese": {in{"keyVaultName": "one", "secretName": "秘密"}, "secretName"},
	} {
		b.sim.ResetRequests()
		rec := b.do(t, "get-secret-details", tc.input)
		if verdict(rec) != run.Failed || rec.Error.Kind != connector.Invalid || rec.Error.StatusCode != 400 || rec.Error.Items[0].Field != "/"+tc.field || rec.Error.Fix == "" {
			t.Errorf("%s: %s %+v", reason, verdict(rec), rec.Error)
		}
		if n := b.count("secrets.get"); n != 0 {
			t.Errorf("%s: %d secrets were asked for", reason, n)
		}
	}
}

func TestCreateSecretKeepsItsValueSecret(t *testing.T) {
	const value = "canary-Sécret \"value\" <&> 7e0f"
	b := newBench(t, stage{})
	b.vault(t, "vlt")
	rec := b.do(t, "create-secret", in{"keyVaultName": "vlt", "secretName": "s", "secretValue": value, "contentType": "password", "tags": in{"purpose": "D3 test"}})
	wantVerdict(t, rec, run.Successful)
	out := rawData[map[string]any](t, rec)
	ref, ok := out["value"].(map[string]any)
	if !ok || ref["$secret"] != rec.RunID+"#/rawData/value" {
		t.Fatalf("value is %v", out["value"])
	}
	if got := b.reveal(t, ref); got != value {
		t.Errorf("revealed %q", got)
	}
	// Handed on by reference, and never seen.
	b.vault(t, "other")
	rec2 := b.do(t, "create-secret", in{"keyVaultName": "other", "secretName": "copy", "secretValue": ref})
	wantVerdict(t, rec2, run.Successful)
	if got := b.reveal(t, rawData[map[string]any](t, rec2)["value"]); got != value {
		t.Errorf("handed on as %q", got)
	}
	noTrace(t, b, value)
}

func TestPlanDoesNotNeedToList(t *testing.T) {
	b := newBench(t, stage{})
	b.vault(t, "vlt", func(v *azuresim.VaultSpec) {
		v.Policies[0].Permissions = azuresim.Permissions{Secrets: []string{"set"}}
	})
	step := b.wantPlan(t, "create-secret", in{"keyVaultName": "vlt", "secretName": "s", "secretValue": "canary-plan-secret"}, "s", "create")
	if !strings.Contains(step.Note, "may not list") {
		t.Errorf("note %q", step.Note)
	}
	good[in](t, b, "create-secret", in{"keyVaultName": "vlt", "secretName": "s", "secretValue": "canary-plan-secret"})
}

// A repeat after an answer that was lost would make one more version.
func TestOneRunMakesOneVersion(t *testing.T) {
	pair := newPair(t, "once.test", time.Hour)
	for _, c := range []struct {
		command, plural, method, path string
		input                         in
	}{
		{"create-key", "Keys", http.MethodPost, "/create", in{"keyName": "o", "keyType": "EC"}},
		{"create-secret", "Secrets", http.MethodPut, "/secrets/o", in{"secretName": "o", "secretValue": "canary-once-secret"}},
		{"import-certificate", "Certificates", http.MethodPost, "/import", in{"certificateName": "o", "privateKey": pair.key, "certificate": pair.cert}},
	} {
		for _, f := range []struct {
			reason   string
			fault    azuresim.Fault
			times    int
			verdict  run.ReturnData
			versions int
		}{
			{"500 before the effect", azuresim.Fault{Status: 500, Code: "InternalServerError", Message: "Try later."}, 1, run.Failed, 0},
			{"500 after the effect", azuresim.Fault{Status: 500, Message: "Try later.", AfterEffect: true}, 1, run.Failed, 1},
			{"503 after the effect", azuresim.Fault{Status: 503, AfterEffect: true}, 1, run.Failed, 1},
			{"cut before the status line", azuresim.Fault{Cut: true}, 1, run.Failed, 1},
			{"cut within the body", azuresim.Fault{Cut: true, CutAfter: 20}, 1, run.Failed, 1},
			{"throttled twice", *azuresim.Throttled(""), 2, run.Successful, 1},
		} {
			t.Run(c.command+" "+f.reason, func(t *testing.T) {
				b := newBench(t, stage{})
				b.vault(t, "vlt")
				c.input["keyVaultName"] = "vlt"
				b.sim.SetFault(faultOn(c.method, c.path, f.times, &f.fault))
				rec := b.do(t, c.command, c.input)
				b.sim.SetFault(nil)
				wantVerdict(t, rec, f.verdict)
				if f.verdict == run.Failed && !strings.Contains(rec.Error.Fix, "not known whether the version was made") {
					t.Errorf("the fix is %q", rec.Error.Fix)
				}
				lines := good[ListVersionsOut](t, b, "list-vault-object-versions", in{"keyVaultName": "vlt", "objectType": c.plural, "objectName": "o"})
				if len(lines.Value) != f.versions {
					t.Errorf("%d versions, want %d", len(lines.Value), f.versions)
				}
			})
		}
	}
}

// What can be repeated is repeated, through the same faults.
func TestReadsAndDeletionsAreRepeated(t *testing.T) {
	for reason, f := range map[string]azuresim.Fault{
		"500":                        {Status: 500},
		"503 with a pause":           {Status: 503, Header: http.Header{"Retry-After": {"0"}}},
		"cut before the status line": {Cut: true},
		"cut within the body":        {Cut: true, CutAfter: 5},
		"throttled":                  *azuresim.Throttled(""),
		"throttled with a pause":     *azuresim.Throttled("0"),
	} {
		b := newBench(t, stage{})
		b.vault(t, "vlt")
		b.secret(t, "vlt", "canary-repeat", azuresim.ObjectSpec{Name: "s"})
		b.sim.SetFault(faultOn(http.MethodGet, "", 2, &f))
		out := good[secretsOut](t, b, "get-secret-details", in{"keyVaultName": "vlt", "secretName": "s"})
		b.sim.SetFault(faultOn(http.MethodDelete, "", 1, &f))
		del := good[DeletedKeyVault](t, b, "delete-key-vault", in{"keyVaultName": "vlt"})
		if len(out.Value) != 1 || del.Name != "vlt" {
			t.Errorf("%s: %+v %+v", reason, out, del)
		}
	}
}

func TestCreateSecretRefusesWhatNoVaultTakes(t *testing.T) {
	b := newBench(t, stage{})
	b.vault(t, "vlt")
	tags := in{}
	for _, r := range "abcdefghijklmnop" {
		tags[string(r)] = "x"
	}
	for field, input := range map[string]in{
		"/secretValue": {"secretValue": strings.Repeat("x", maxSecret+1)},
		"/contentType": {"secretValue": "canary-limits", "contentType": strings.Repeat("x", 256)},
		"/tags":        {"secretValue": "canary-limits", "tags": tags},
	} {
		input["keyVaultName"], input["secretName"] = "vlt", "s"
		rec := b.do(t, "create-secret", input)
		if rec.Error == nil || rec.Error.Kind != connector.Invalid || rec.Error.Items[0].Field != field {
			t.Errorf("%s: %+v", field, rec.Error)
		}
	}
}

func TestUnknownMembersAreKept(t *testing.T) {
	raw := `{"id":"https://v/secrets/s/1","value":"canary-hidden","attributes":{"enabled":true,"created":1,"recoverableDays":7,"new":{"a":[1]}},"outContentType":"x","tags":null}`
	b, err := decodeOne[SecretBundle]([]byte(raw))
	must(t, err)
	if b.Value.Reveal() != "canary-hidden" || strings.Contains(string(b.rest), "canary") {
		t.Errorf("value %q, kept %s", b.Value.Reveal(), b.rest)
	}
	out, err := b.MarshalJSON()
	must(t, err)
	want := `{"attributes":{"created":1,"enabled":true,"new":{"a":[1]},"recoverableDays":7},"id":"https://v/secrets/s/1","outContentType":"x","value":"` + connector.Redacted + `"}`
	if diff := cmp.Diff(want, string(out)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
