package azuresim

import (
	"net/http"
	"sort"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
	"github.com/google/go-cmp/cmp"
)

func TestSecretsThroughMicrosoftsClient(t *testing.T) {
	r := startRig(t, nil)
	c := r.secrets(t, r.openVault(t, VaultSpec{Name: "kv-secrets", RetentionDays: 7}), r.credential(t))
	ctx := t.Context()

	first, err := c.SetSecret(ctx, "db", azsecrets.SetSecretParameters{Value: ptr("one"), ContentType: ptr("text/plain"), Tags: map[string]*string{"a": ptr("b")}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := c.SetSecret(ctx, "db", azsecrets.SetSecretParameters{Value: ptr("two")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if first.ID.Version() == second.ID.Version() || len(second.ID.Version()) != 32 {
		t.Errorf("versions %q and %q", first.ID.Version(), second.ID.Version())
	}
	if got := *second.Attributes.RecoveryLevel; got != "CustomizedRecoverable+Purgeable" {
		t.Errorf("recovery level %q", got)
	}
	for version, want := range map[string]string{"": "two", first.ID.Version(): "one"} {
		got, err := c.GetSecret(ctx, "db", version, nil)
		if err != nil {
			t.Fatal(err)
		}
		if *got.Value != want {
			t.Errorf("version %q is %q, want %q", version, *got.Value, want)
		}
	}
	up, err := c.UpdateSecretProperties(ctx, "db", first.ID.Version(), azsecrets.UpdateSecretPropertiesParameters{
		SecretAttributes: &azsecrets.SecretAttributes{Enabled: ptr(false)}, ContentType: ptr("x"),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if up.Value != nil || *up.Attributes.Enabled || *up.ContentType != "x" || *up.Tags["a"] != "b" {
		t.Errorf("after the update: %+v", up.Secret)
	}
	_, err = c.GetSecret(ctx, "db", first.ID.Version(), nil)
	wantError(t, err, http.StatusForbidden, "Forbidden", "SecretDisabled", "Operation get is not allowed on a disabled secret.")
	if got, want := secretVersions(t, c, "db"), sortedStrings(first.ID.Version(), second.ID.Version()); !cmp.Equal(got, want) {
		t.Errorf("versions: %s", cmp.Diff(want, got))
	}
	if got := secretVersions(t, c, "unknown"); got != nil {
		t.Errorf("versions of an unknown secret: %v", got)
	}
}

func secretVersions(t *testing.T, c *azsecrets.Client, name string) []string {
	t.Helper()
	var got []string
	for p := c.NewListSecretPropertiesVersionsPager(name, nil); p.More(); {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.Value {
			got = append(got, s.ID.Version())
		}
	}
	return got
}

func sortedStrings(s ...string) []string {
	sort.Strings(s)
	return s
}

func TestSecretLifeAfterDeletion(t *testing.T) {
	r := startRig(t, func(o *Options) { o.Behaviour.DeletionPolls = 1 })
	c := r.secrets(t, r.openVault(t, VaultSpec{Name: "kv-deleted"}), r.credential(t))
	ctx := t.Context()
	set := func(value string) error {
		_, err := c.SetSecret(ctx, "gone", azsecrets.SetSecretParameters{Value: &value}, nil)
		return err
	}
	if err := set("v"); err != nil {
		t.Fatal(err)
	}
	del, err := c.DeleteSecret(ctx, "gone", nil)
	if err != nil {
		t.Fatal(err)
	}
	if days := del.ScheduledPurgeDate.Sub(*del.DeletedDate).Hours() / 24; days != 90 || !strings.HasSuffix(string(*del.RecoveryID), "/deletedsecrets/gone") {
		t.Errorf("retention of %v days, recovery id %s", days, *del.RecoveryID)
	}
	wantError(t, set("x"), http.StatusConflict, "Conflict", "ObjectIsBeingDeleted", "Secret gone is currently being deleted and cannot be re-created; retry later.")
	wantError(t, set("x"), http.StatusConflict, "Conflict", "ObjectIsDeletedButRecoverable", "in this state, the secret can only be recovered or purged.")
	_, err = c.GetSecret(ctx, "gone", "", nil)
	wantError(t, err, http.StatusNotFound, "SecretNotFound", "", "A secret with (name/id) gone was not found in this key vault.")
	if _, err := c.GetDeletedSecret(ctx, "gone", nil); err != nil {
		t.Fatal(err)
	}
	page, err := c.NewListDeletedSecretPropertiesPager(nil).NextPage(ctx)
	if err != nil || len(page.Value) != 1 || page.Value[0].ID.Name() != "gone" {
		t.Fatalf("deleted secrets: %+v, %v", page.Value, err)
	}
	if _, err := c.RecoverDeletedSecret(ctx, "gone", nil); err != nil {
		t.Fatal(err)
	}
	_, err = c.GetSecret(ctx, "gone", "", nil)
	wantError(t, err, http.StatusNotFound, "SecretNotFound", "", "was not found")
	if got, err := c.GetSecret(ctx, "gone", "", nil); err != nil || *got.Value != "v" {
		t.Fatalf("after recovery: %v", err)
	}
	if _, err := c.DeleteSecret(ctx, "gone", nil); err != nil {
		t.Fatal(err)
	}
	_, err = c.GetDeletedSecret(ctx, "gone", nil)
	wantError(t, err, http.StatusNotFound, "SecretNotFound", "", "Deleted Secret not found: gone")
	if _, err := c.PurgeDeletedSecret(ctx, "gone", nil); err != nil {
		t.Fatal(err)
	}
	wantError(t, set("x"), http.StatusConflict, "Conflict", "ObjectIsBeingDeleted", "retry later")
	if err := set("fresh"); err != nil {
		t.Fatal(err)
	}
}
