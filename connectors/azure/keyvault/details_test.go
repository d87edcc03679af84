package keyvault

import (
	"crypto/x509/pkix"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/sandbox/azuresim"
)

// entries are entries as they are.
type entries struct {
	Value []map[string]any `json:"value"`
}

func day(n int) time.Time { return time.Now().AddDate(0, 0, n) }

// history gives a secret four versions, the second disabled and the third
// expired, and gives their ids, oldest first.
func history(t *testing.T, b *bench) []string {
	t.Helper()
	b.vault(t, "vlt")
	return []string{
		b.secret(t, "vlt", "canary-value-one", azuresim.ObjectSpec{Name: "s", Created: day(-9)}),
		b.secret(t, "vlt", "canary-value-two", azuresim.ObjectSpec{Name: "s", Created: day(-7), Disabled: true}),
		b.secret(t, "vlt", "canary-value-three", azuresim.ObjectSpec{Name: "s", Created: day(-5), Expires: day(-1)}),
		b.secret(t, "vlt", "canary-value-four", azuresim.ObjectSpec{Name: "s", Created: day(-3)}),
	}
}

func TestDetailsOfAllVersions(t *testing.T) {
	b := newBench(t, stage{sim: func(o *azuresim.Options) { o.Behaviour.PageSize = 1; o.Behaviour.EmptyPages = 2 }})
	ids := history(t, b)
	for _, choice := range []string{"", "All Versions", "all", "ALL VERSIONS"} {
		input := in{"keyVaultName": "vlt", "secretName": "s"}
		if choice != "" {
			input["versionType"] = choice
		}
		rec := b.do(t, "get-secret-details", input)
		wantVerdict(t, rec, run.Successful)
		out := rawData[entries](t, rec)
		var got []any
		for _, v := range out.Value {
			got = append(got, v["id"])
		}
		if diff := cmp.Diff([]any{ids[3], ids[2], ids[1], ids[0]}, got); diff != "" {
			t.Fatalf("%q: newest first (-want +got):\n%s", choice, diff)
		}
		if e, _ := out.Value[2]["error"].(map[string]any); e["code"] != "SecretDisabled" || e["statusCode"] != 403.0 || out.Value[2]["value"] != nil {
			t.Errorf("the disabled version is %v", out.Value[2])
		}
		if a, _ := out.Value[2]["attributes"].(map[string]any); a["enabled"] != false {
			t.Errorf("the disabled version's attributes are %v", out.Value[2]["attributes"])
		}
		if got := b.reveal(t, out.Value[1]["value"]); got != "canary-value-three" {
			t.Errorf("the expired version is %q", got)
		}
	}
	noTrace(t, b, "canary-value-four")
}

func TestDetailsOfSomeVersions(t *testing.T) {
	b := newBench(t, stage{})
	ids := history(t, b)
	short := func(i int) string { return lastPart(ids[i]) }
	for _, tc := range []struct {
		reason  string
		input   in
		verdict run.ReturnData
		want    []int
		errors  int
	}{
		{"the current one", in{"versionType": "Current Version"}, run.Successful, []int{3}, 0},
		{"the current one, Versions ignored", in{"versionType": "Current", "versions": []string{"nonsense, but unused"}}, run.Successful, []int{3}, 0},
		{"two of them, newest first", in{"versionType": "Specific Versions", "versions": []string{short(0), ids[3]}}, run.Successful, []int{3, 0}, 0},
		{"a disabled one beside another", in{"versionType": "Specific", "versions": []string{short(1), short(0)}}, run.Successful, []int{0, 1}, 1},
		{"the disabled one alone: nothing was read", in{"versionType": "Specific", "versions": []string{short(1)}}, run.Failed, []int{1}, 1},
		{"one that does not exist beside another", in{"versionType": "Specific", "versions": []string{strings.Repeat("0", 32), short(0)}}, run.PartiallySuccessful, []int{0, -1}, 1},
		{"none that exists", in{"versionType": "Specific", "versions": []string{strings.Repeat("0", 32), strings.Repeat("1", 32)}}, run.Failed, []int{-1, -1}, 2},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			tc.input["keyVaultName"], tc.input["secretName"] = "vlt", "s"
			rec := b.do(t, "get-secret-details", tc.input)
			wantVerdict(t, rec, tc.verdict)
			out := rawData[entries](t, rec)
			errs := 0
			for i, v := range out.Value {
				if v["error"] != nil {
					errs++
				}
				if tc.want[i] >= 0 && v["id"] != ids[tc.want[i]] {
					t.Errorf("entry %d is %v", i, v["id"])
				}
			}
			if len(out.Value) != len(tc.want) || errs != tc.errors {
				t.Errorf("%d entries, %d errors; want %d and %d", len(out.Value), errs, len(tc.want), tc.errors)
			}
		})
	}
}

// What failed can be read again alone.
func TestDetailsAreResumed(t *testing.T) {
	b := newBench(t, stage{})
	ids := history(t, b)
	b.sim.SetFault(faultOn(http.MethodGet, lastPart(ids[3]), 1, &azuresim.Fault{Status: 501, Message: "Not now."}))
	rec := b.do(t, "get-secret-details", in{"keyVaultName": "vlt", "secretName": "s", "versionType": "Specific", "versions": []string{ids[0], ids[3]}})
	wantVerdict(t, rec, run.PartiallySuccessful)
	again, err := b.Resume(t.Context(), b.Owner, rec.RunID)
	must(t, err)
	wantVerdict(t, again, run.Successful)
	out := rawData[entries](t, again)
	if len(out.Value) != 1 || out.Value[0]["id"] != ids[3] {
		t.Errorf("resumed %v", out.Value)
	}
}

func TestDetailsOfWhatDoesNotExist(t *testing.T) {
	b := newBench(t, stage{})
	b.vault(t, "vlt")
	for command, want := range map[string]string{
		"get-key-details":         "A key with (name/id) none was not found in this key vault.",
		"get-secret-details":      "A secret with (name/id) none was not found in this key vault.",
		"get-certificate-details": "A certificate with (name/id) none was not found in this key vault.",
	} {
		rec := b.do(t, command, in{"keyVaultName": "vlt", strings.Split(command, "-")[1] + "Name": "none"})
		wantFailure(t, rec, connector.NotFound, 404, want)
	}
	lines := good[ListVersionsOut](t, b, "list-vault-object-versions", in{"keyVaultName": "vlt", "objectType": "Keys", "objectName": "none"})
	if len(lines.Value) != 0 {
		t.Errorf("versions of nothing: %v", lines.Value)
	}
}

func TestDetailsOfKeysAndCertificates(t *testing.T) {
	b := newBench(t, stage{})
	b.vault(t, "vlt")
	_, err := b.sim.AddKey("vlt", azuresim.ObjectSpec{Name: "k", Disabled: true, Created: day(-2)}, "RSA", 2048, "")
	must(t, err)
	_, err = b.sim.AddKey("vlt", azuresim.ObjectSpec{Name: "k", Created: day(-1)}, "EC", 0, "P-384")
	must(t, err)
	_, err = b.sim.AddCertificate("vlt", azuresim.ObjectSpec{Name: "c", Expires: day(9)}, pkix.Name{CommonName: "c.test"}, "c.test")
	must(t, err)
	keys := good[KeyDetails](t, b, "get-key-details", in{"keyVaultName": "vlt", "keyName": "k"})
	if len(keys.Value) != 2 || keys.Value[0].Key.CRV != "P-384" || keys.Value[1].Key.KTY != "RSA" || keys.Value[1].Attributes.enabled() || keys.Value[1].Error != nil {
		t.Errorf("keys %+v", keys.Value)
	}
	certs := good[CertificateDetails](t, b, "get-certificate-details", in{"keyVaultName": "vlt", "certificateName": "c", "versionType": "Current"})
	if len(certs.Value) != 1 || certs.Value[0].X5T == "" || certs.Value[0].CER == "" || len(certs.Value[0].Policy) == 0 || certs.Summary[0].Expires == "" {
		t.Errorf("certificates %+v", certs.Value)
	}
	// The private key of a certificate is the value of its secret.
	rec := b.do(t, "get-secret-details", in{"keyVaultName": "vlt", "secretName": "c", "versionType": "Current"})
	wantVerdict(t, rec, run.Successful)
	out := rawData[entries](t, rec)
	if pem := b.reveal(t, out.Value[0]["value"]); !strings.Contains(pem, "PRIVATE KEY") {
		t.Error("the secret of a certificate holds no private key")
	}
}

// Several versions are read at the same time, and never too many.
func TestAtMostFourAtATime(t *testing.T) {
	b := newBench(t, stage{})
	b.vault(t, "vlt")
	for range 12 {
		b.secret(t, "vlt", "canary-many", azuresim.ObjectSpec{Name: "s"})
	}
	var most atomic.Int64
	now := make(chan struct{}, 100)
	b.sim.SetFault(func(r *http.Request) *azuresim.Fault {
		if strings.Count(r.URL.Path, "/") == 3 && !strings.HasSuffix(r.URL.Path, "/versions") {
			now <- struct{}{}
			for n := int64(len(now)); n > most.Load(); {
				most.Store(n)
			}
			time.AfterFunc(20*time.Millisecond, func() { <-now })
			return &azuresim.Fault{Delay: 25 * time.Millisecond}
		}
		return nil
	})
	good[secretsOut](t, b, "get-secret-details", in{"keyVaultName": "vlt", "secretName": "s"})
	b.sim.SetFault(nil)
	if n := most.Load(); n < 2 || n > 4 {
		t.Errorf("up to %d at the same time", n)
	}
}
