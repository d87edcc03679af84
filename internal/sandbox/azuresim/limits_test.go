package azuresim

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

func TestSecretLimits(t *testing.T) {
	r := startRig(t, nil)
	c := r.secrets(t, r.openVault(t, VaultSpec{Name: "kv-limit"}), r.credential(t))
	for _, tc := range []struct {
		reason, name string
		p            azsecrets.SetSecretParameters
		message      string
	}{
		{"just fits", "fits", azsecrets.SetSecretParameters{Value: ptr(strings.Repeat("x", 25<<10)), ContentType: ptr(strings.Repeat("y", 255))}, ""},
		{"the longest name", strings.Repeat("n", 127), azsecrets.SetSecretParameters{Value: ptr("")}, ""},
		{"a byte too long", "s", azsecrets.SetSecretParameters{Value: ptr(strings.Repeat("x", 25<<10+1))}, "Secret value is too long"},
		{"a content type too long", "s", azsecrets.SetSecretParameters{Value: ptr("v"), ContentType: ptr(strings.Repeat("y", 256))}, "Secret contentType is too long"},
		{"no value", "s", azsecrets.SetSecretParameters{}, "Required parameter value is missing."},
		{"a name too long", strings.Repeat("n", 128), azsecrets.SetSecretParameters{Value: ptr("v")}, "The request URI contains an invalid name: " + strings.Repeat("n", 128)},
		{"an underscore", "secret_name", azsecrets.SetSecretParameters{Value: ptr("v")}, "The request URI contains an invalid name: secret_name"},
	} {
		_, err := c.SetSecret(t.Context(), tc.name, tc.p, nil)
		if tc.message == "" {
			if err != nil {
				t.Errorf("%s: %v", tc.reason, err)
			}
			continue
		}
		wantError(t, err, http.StatusBadRequest, "BadParameter", "", tc.message)
	}
	_, err := c.UpdateSecretProperties(t.Context(), "fits", "", azsecrets.UpdateSecretPropertiesParameters{ContentType: ptr(strings.Repeat("y", 256))}, nil)
	wantError(t, err, http.StatusBadRequest, "BadParameter", "", "Secret contentType is too long")
	_, err = c.BackupSecret(t.Context(), "fits", nil)
	wantError(t, err, http.StatusNotImplemented, "NotSimulated", "", "The sandbox does not simulate POST /secrets/fits/backup.")
}

func TestBodiesThatAreNoJSON(t *testing.T) {
	r := startRig(t, nil)
	uri := r.openVault(t, VaultSpec{Name: "kv-json"})
	if _, err := r.AddSecret("kv-json", ObjectSpec{Name: "s"}, "v", ""); err != nil {
		t.Fatal(err)
	}
	vaultURL := r.Management() + "/subscriptions/" + r.SubscriptionID + "/resourceGroups/" + r.ResourceGroup + "/providers/Microsoft.KeyVault/vaults/kv-json"
	for _, tc := range []struct{ method, url, audience, body, code string }{
		{http.MethodPut, uri + "secrets/s?api-version=7.4", r.VaultAudience(), "{", "BadParameter"},
		{http.MethodPatch, uri + "secrets/s?api-version=7.4", r.VaultAudience(), "", "BadParameter"},
		{http.MethodPost, uri + "keys/k/create?api-version=7.4", r.VaultAudience(), "[]", "BadParameter"},
		{http.MethodPost, uri + "certificates/c/import?api-version=7.4", r.VaultAudience(), "null", "BadParameter"},
		{http.MethodPut, vaultURL + "?api-version=2026-02-01", r.Management(), "nonsense", "InvalidRequestContent"},
		{http.MethodPatch, vaultURL + "?api-version=2026-02-01", r.Management(), "", "InvalidRequestContent"},
		{http.MethodPut, vaultURL + "/accessPolicies/add?api-version=2026-02-01", r.Management(), `{"properties":{"accessPolicies":7}}`, "InvalidRequestContent"},
		{http.MethodPut, vaultURL + "/accessPolicies/swap?api-version=2026-02-01", r.Management(), `{}`, "BadRequest"},
	} {
		status, _, body := r.call(t, tc.method, tc.url, tc.audience, tc.body)
		checkErrorBody(t, status, body, http.StatusBadRequest, tc.code, "", "")
	}
	status, _, body := r.call(t, http.MethodPut, uri+"secrets/s?api-version=7.4", r.VaultAudience(), strings.Repeat("x", maxBody+1))
	checkErrorBody(t, status, body, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "", "too large")
}

func TestKeyUseRefusals(t *testing.T) {
	r := startRig(t, nil)
	c := r.keys(t, r.openVault(t, VaultSpec{Name: "kv-use"}), r.credential(t))
	now := r.clock.Now()
	for name, spec := range map[string]ObjectSpec{
		"good": {}, "expired": {Expires: now.Add(-time.Hour)}, "future": {NotBefore: now.Add(time.Hour)}, "off": {Disabled: true},
	} {
		spec.Name = name
		if _, err := r.AddKey("kv-use", spec, "EC", 0, "P-256K"); err != nil {
			t.Fatal(err)
		}
	}
	digest := make([]byte, 32)
	for _, tc := range []struct {
		reason, key string
		alg         azkeys.SignatureAlgorithm
		digest      []byte
		status      int
		code, inner string
	}{
		{"expired", "expired", "ES256K", digest, 403, "Forbidden", "KeyExpired"},
		{"not yet valid", "future", "ES256K", digest, 403, "Forbidden", "KeyNotYetValid"},
		{"disabled", "off", "ES256K", digest, 403, "Forbidden", "KeyDisabled"},
		{"the algorithm of another curve", "good", "ES256", digest, 400, "BadParameter", ""},
		{"the algorithm of another type", "good", "RS256", digest, 400, "BadParameter", ""},
		{"no digest", "good", "ES256K", nil, 400, "BadParameter", ""},
		{"a short digest", "good", "ES256K", digest[:20], 400, "BadParameter", ""},
		{"no such key", "none", "ES256K", digest, 404, "KeyNotFound", ""},
	} {
		_, err := c.Sign(t.Context(), tc.key, "", azkeys.SignParameters{Algorithm: &tc.alg, Value: tc.digest}, nil)
		t.Log(tc.reason)
		wantError(t, err, tc.status, tc.code, tc.inner, "")
	}
	_, err := c.Encrypt(t.Context(), "good", "", azkeys.KeyOperationParameters{Algorithm: ptr(azkeys.EncryptionAlgorithmRSAOAEP), Value: digest}, nil)
	wantError(t, err, http.StatusForbidden, "Forbidden", "KeyOperationForbidden", "not permitted")
	v, err := c.Verify(t.Context(), "expired", "", azkeys.VerifyParameters{Algorithm: ptr(azkeys.SignatureAlgorithmES256K), Digest: digest, Signature: digest}, nil)
	if err != nil || *v.Value {
		t.Errorf("verify with an expired key is allowed, and this is no signature: %v, %v", v.Value, err)
	}
}

func TestPurgeProtectionAndRetention(t *testing.T) {
	r := startRig(t, nil)
	uri := r.openVault(t, VaultSpec{Name: "kv-protected", PurgeProtection: true, RetentionDays: 7})
	if _, err := r.AddSecret("kv-protected", ObjectSpec{Name: "s"}, "v", ""); err != nil {
		t.Fatal(err)
	}
	c := r.secrets(t, uri, r.credential(t))
	del, err := c.DeleteSecret(t.Context(), "s", nil)
	if err != nil || *del.Attributes.RecoveryLevel != "CustomizedRecoverable" {
		t.Fatalf("%+v, %v", del.Attributes, err)
	}
	_, err = c.PurgeDeletedSecret(t.Context(), "s", nil)
	wantError(t, err, http.StatusForbidden, "Forbidden", "", `Operation "purge" is not allowed because purge protection is enabled for this vault.`)
	r.clock.Advance(8 * 24 * time.Hour)
	status, _, body := r.call(t, http.MethodGet, uri+"deletedsecrets/s?api-version=7.4", r.VaultAudience(), "")
	checkErrorBody(t, status, body, http.StatusNotFound, "SecretNotFound", "", "Deleted Secret not found: s")
}

func TestSubscriptions(t *testing.T) {
	r := startRig(t, nil)
	r.AddSubscription(unknownObject)
	status, _, body := r.call(t, http.MethodGet, r.Management()+"/subscriptions?api-version=2021-04-01", r.Management(), "")
	var got struct {
		Value []struct{ SubscriptionID, TenantID string }
	}
	if err := json.Unmarshal(body, &got); err != nil || status != 200 || len(got.Value) != 1 || got.Value[0].SubscriptionID != r.SubscriptionID || got.Value[0].TenantID != r.TenantID {
		t.Errorf("only the subscription with a role is listed: %d %s", status, body)
	}
	if status, _, body := r.call(t, http.MethodGet, r.Management()+"/subscriptions/"+r.SubscriptionID+"?api-version=2021-04-01", r.Management(), ""); status != 200 {
		t.Errorf("%d %s", status, body)
	}
	status, _, body = r.call(t, http.MethodGet, r.Management()+"/subscriptions/"+unknownObject+"?api-version=2021-04-01", r.Management(), "")
	checkErrorBody(t, status, body, http.StatusForbidden, "AuthorizationFailed", "", "over scope '/subscriptions/"+unknownObject+"'")
}

func TestBehaviourCanChange(t *testing.T) {
	r := startRig(t, nil)
	r.SetBehaviour(Behaviour{TokenLifetime: 5 * time.Minute})
	tok, err := r.credential(t).GetToken(t.Context(), tokenRequest(r.VaultAudience()))
	if err != nil {
		t.Fatal(err)
	}
	if left := time.Until(tok.ExpiresOn); left > 5*time.Minute || left < 4*time.Minute {
		t.Errorf("the token is valid for %v", left)
	}
	status, _, body := r.call(t, http.MethodGet, r.Authority()+r.TenantID+"/discovery/v2.0/keys", "", "")
	if status != 200 || !strings.Contains(string(body), r.signer.kid) {
		t.Errorf("%d %s", status, body)
	}
	if want := "https://" + r.VaultSuffix() + ":"; !strings.HasPrefix(r.VaultAudience(), want) {
		t.Errorf("audience %s, want %s", r.VaultAudience(), want)
	}
}
