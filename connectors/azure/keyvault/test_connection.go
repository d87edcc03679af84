package keyvault

import (
	"context"
	"net/http"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/azure/internal/azconn"
)

func testConnection() *connector.Command {
	return connector.NewTestConnection(manages(vaultContributor, readVault), []string{
		"The test lists the vaults of the subscription, so that it needs the read permission there; it says nothing about the content of vaults, whose permissions each vault keeps for itself.",
		"Status code 401 means that the login was refused; a missing permission is 403.",
	}, check)
}

// check asks for one vault of the subscription.
func check(ctx context.Context, _ *connector.Call, s *session) (*connector.CheckResult, error) {
	u, err := s.armURL(ctx, s.settings.APIVersion, "providers", provider, "vaults")
	if err != nil {
		return nil, err
	}
	call := azconn.Call{Method: http.MethodGet, URL: u + "&$top=1", Plane: azconn.Management, Operation: "vaults.listBySubscription"}
	if _, err := s.conn.Do(ctx, call); err != nil {
		return nil, explainCheck(err)
	}
	out := &connector.CheckResult{Message: "Passed: subscription " + s.settings.SubscriptionID + " answers and lists its vaults."}
	if s.settings.retires() {
		out.Message += " API Version " + s.settings.APIVersion + " retires on 2027-02-27: change it to " + retiring + " before then."
	}
	if id, err := s.conn.Identity(ctx); err == nil {
		out.Identity = "application " + id.ClientID + ", object id " + id.ObjectID + ", tenant " + id.TenantID
	}
	return out, nil
}

// explainCheck adds that the login itself is good.
func explainCheck(err error) error {
	e := *connector.AsError(err)
	if e.Code == "AuthorizationFailed" {
		e.Fix = "The login works. Assign Key Vault Contributor, or Reader, to the application at the subscription. Commands that name a resource group work with a role there alone."
	}
	return &e
}
