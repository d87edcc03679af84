package azconn

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// faultBody is an error as both planes write it.
type faultBody struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Inner   struct {
			Code string `json:"code"`
		} `json:"innererror"`
	} `json:"error"`
}

// faultOf reads a refusal. What does not look like Azure's is not repeated: a
// server that echoes requests must not bring a token back.
func faultOf(resp *http.Response, body []byte, call Call) *connector.Error {
	e := &connector.Error{
		Kind: connector.KindOfStatus(resp.StatusCode), Status: resp.StatusCode, Operation: call.Operation, Item: call.Item,
		RequestID: first(resp.Header.Get("X-Ms-Request-Id"), resp.Header.Get("X-Ms-Correlation-Request-Id")),
	}
	var b faultBody
	if json.Unmarshal(body, &b) != nil || b.Error.Message == "" {
		e.Message = resp.Request.URL.Host + " answered " + resp.Status + "."
		e.Fix = "Check the endpoints and the proxy in the connection; this is not an answer of Azure."
		return e
	}
	e.Code, e.Message = first(b.Error.Inner.Code, b.Error.Code), oneLine(b.Error.Message)
	if resp.StatusCode/100 == 3 {
		e.Kind = connector.Unavailable
	}
	e.Fix = hint(e.Code, e.Kind)
	return e
}

// oneLine joins the lines of Azure's longer messages.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// noAnswer says why there is no answer. Network errors have been explained by
// the client, faults of the token endpoint by the credential.
func noAnswer(ctx context.Context, err error, call Call, t *trip) *failure {
	f := &failure{sent: t.sent.Load()}
	if tf, ok := errors.AsType[*failure](err); ok {
		f.status, f.header = tf.status, tf.header
	}
	e := connector.Error{Kind: connector.Unavailable, Message: "The call to Azure failed: " + strings.TrimSuffix(err.Error(), ".") + ".", Fix: "Check the endpoints and the network."}
	if ce, ok := errors.AsType[*connector.Error](err); ok {
		e = *ce
	} else if ce, ok := errors.AsType[*connector.Error](context.Cause(ctx)); ok && ctx.Err() != nil {
		e = *ce
	} else if ctx.Err() != nil {
		e = *connector.AsError(ctx.Err())
	}
	e.Operation, e.Item = first(e.Operation, call.Operation), first(e.Item, call.Item)
	if e.Err == nil {
		e.Err = err
	}
	f.err = &e
	return f
}

// hint says what to do about a code.
func hint(code string, kind connector.Kind) string {
	for _, h := range hints() {
		if strings.EqualFold(h.code, code) {
			return h.fix
		}
	}
	switch kind {
	case connector.Denied:
		return "Give the connection's application the permission that this command's page names; a change takes up to 10 minutes to work."
	case connector.Limited:
		return "Run it again later, or spread the work over time."
	case connector.Unavailable:
		return "Try again later; see the status of Azure if it goes on."
	}
	return ""
}

func hints() []struct{ code, fix string } {
	return []struct{ code, fix string }{
		{"AuthorizationFailed", "Assign a role with this action, such as Key Vault Contributor, at the vault, its resource group or the subscription. A new assignment takes up to 10 minutes to work."},
		{"ForbiddenByPolicy", "Add the missing permission to the vault's access policies for this object id: Update Key Vault Access Policy does it."},
		{"ForbiddenByRbac", "The vault uses role assignments: assign the role that this command's page names, at the vault. Access policies have no effect here. A new assignment takes up to 10 minutes to work."},
		{"ForbiddenByFirewall", "Allow this machine's address in the vault's networking settings, or run the command through an agent in an allowed network."},
		{"ForbiddenByConnection", "The vault takes no calls from public networks: run the command through an agent in a network with a private endpoint."},
		{"SecretDisabled", "Enable the version with Update Secret Attributes, or ask for another one."},
		{"ObjectIsDeletedButRecoverable", "Recover the deleted object, or purge it to free the name."},
		{"ObjectIsBeingDeleted", "Wait until the deletion is through, then try again."},
		{"VaultAlreadyExists", "Choose another name. If the vault was deleted, see List Deleted Key Vaults: recover it with Create Mode Recover, or purge it."},
		{"ConflictError", "Bring the deleted vault back with Create Mode Recover, or purge it with Purge Key Vault to free the name."},
		{"SoftDeletedVaultDoesNotExist", "Recovery needs the same subscription, resource group and location as before the deletion; see List Deleted Key Vaults."},
		{"ResourceGroupNotFound", "See List Resource Groups for the names."},
		{"ResourceNotFound", "See List Key Vaults for the names; a vault that was deleted stands in List Deleted Key Vaults."},
		{"SubscriptionNotFound", "Check Subscription ID and Tenant ID in the connection: the application must belong to the subscription's tenant."},
		{"InvalidSubscriptionId", "Check Subscription ID in the connection."},
		{"NoRegisteredProviderFound", "Set API Version in the connection to a version that Azure lists here, such as 2026-02-01."},
		{"InvalidAuthenticationTokenTenant", "The subscription belongs to another tenant: check Tenant ID and Subscription ID in the connection."},
		{"KeyNotFound", "See List Keys for the names, or List Deleted Objects if it was deleted."},
		{"SecretNotFound", "See List Secrets for the names, or List Deleted Objects if it was deleted."},
		{"CertificateNotFound", "See List Certificates for the names, or List Deleted Objects if it was deleted."},
	}
}
