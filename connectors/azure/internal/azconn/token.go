package azconn

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/fairlead-io/fairlead/connector"
)

// Identity is who the connection is, from its token for Resource Manager.
type Identity struct {
	TenantID string `json:"tid"`
	ObjectID string `json:"oid"` // the service principal's
	ClientID string `json:"appid"`
}

// Identity asks for a token, or takes the one there is, and reads its claims.
// Resource Manager checks the token; here it only tells what to write down.
func (c *Conn) Identity(ctx context.Context) (Identity, error) {
	p, err := c.planes(ctx)
	if err != nil {
		return Identity{}, connector.AsError(err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.cfg.Timeout, c.tooSlow())
	defer cancel()
	tok, err := p.cred.GetToken(ctx, policy.TokenRequestOptions{Scopes: managementScope(p.cloud), EnableCAE: true})
	if err != nil {
		return Identity{}, noAnswer(ctx, err, Call{Operation: "token"}, &trip{}).err
	}
	return claims(tok.Token)
}

func claims(token string) (Identity, error) {
	var id Identity
	parts := strings.Split(token, ".")
	if len(parts) == 3 {
		raw, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err == nil && json.Unmarshal(raw, &id) == nil && id.ObjectID != "" {
			return id, nil
		}
	}
	return Identity{}, &connector.Error{
		Kind: connector.Unavailable, Message: "The token does not say which principal the connection is.", Fix: "Give the Object ID yourself.",
	}
}

// netFailure takes along the network error of a token request, of which the SDK
// keeps only words.
type netFailure struct{ err atomic.Pointer[error] }

type netKey struct{}

// explained is a credential whose errors say what is wrong with the settings.
type explained struct {
	next  azcore.TokenCredential
	cloud Cloud
}

// GetToken implements azcore.TokenCredential.
func (e explained) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	n := &netFailure{}
	tok, err := e.next.GetToken(context.WithValue(ctx, netKey{}, n), o)
	if err == nil {
		return tok, nil
	}
	if f, ok := errors.AsType[*azidentity.AuthenticationFailedError](err); ok && f.RawResponse != nil {
		return tok, e.refused(f.RawResponse)
	}
	if ctx.Err() != nil {
		return tok, err
	}
	if ne := n.err.Load(); ne != nil {
		return tok, *ne
	}
	return tok, &connector.Error{
		Kind: connector.Denied, Status: http.StatusUnauthorized, Code: "NoCredential", Operation: "token",
		Message: "No credential of the connection gave a token.",
		Fix:     "Check Authentication Type: the chosen source (environment, workload token, managed identity or the az tool) must be available on this machine.", Err: err,
	}
}

// tokenFault is an error of the token endpoint.
type tokenFault struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
	Codes       []int  `json:"error_codes"`
	TraceID     string `json:"trace_id"`
}

// refused explains an answer of the token endpoint. The request is never echoed:
// it holds the secret.
func (e explained) refused(resp *http.Response) error {
	var t tokenFault
	if raw, err := io.ReadAll(resp.Body); err == nil {
		_ = json.Unmarshal(raw, &t) // what cannot be read stays empty and is said below
	}
	out := &connector.Error{Kind: connector.KindOfStatus(resp.StatusCode), Status: resp.StatusCode, Operation: "token", RequestID: t.TraceID}
	if t.Description == "" || !strings.HasPrefix(t.Description, "AADSTS") {
		out.Message = e.cloud.Authority + " answered " + resp.Status + " to the request for a token."
		out.Fix = "Check the cloud and, for a custom one, Authority Host in the connection."
		return &failure{err: out, status: resp.StatusCode, header: resp.Header}
	}
	out.Message, _, _ = strings.Cut(oneLine(t.Description), " Trace ID:")
	out.Code, _, _ = strings.Cut(out.Message, ":")
	out.Fix = "See the code " + out.Code + " in Microsoft's list of authentication errors."
	for _, k := range tokenFaults() {
		if k.code == out.Code {
			out.Kind, out.Field, out.Fix = k.kind, k.field, k.fix
		}
	}
	return &failure{err: out, status: resp.StatusCode, header: resp.Header}
}

type knownFault struct {
	code  string
	kind  connector.Kind
	field string
	fix   string
}

func tokenFaults() []knownFault {
	return []knownFault{
		{"AADSTS7000215", connector.Denied, "/clientSecret", "Client Secret is wrong: give the secret's Value, which is shown only when it is made, and not its Secret ID."},
		{"AADSTS7000222", connector.Denied, "/clientSecret", "Client Secret has expired: make a new one under Certificates & secrets of the app registration and put it into the connection."},
		{"AADSTS700016", connector.Invalid, "/clientId", "Client ID names no application of this tenant: compare Application (client) ID and Directory (tenant) ID of the app registration."},
		{"AADSTS90002", connector.Invalid, "/tenantId", "Tenant ID is wrong, or the tenant lives in another cloud: compare Directory (tenant) ID of the app registration, and Cloud."},
		{"AADSTS900023", connector.Invalid, "/tenantId", "Tenant ID must be a GUID or a domain such as contoso.onmicrosoft.com."},
		{"AADSTS7000112", connector.Denied, "/clientId", "The application is disabled: enable it under Enterprise applications."},
		{"AADSTS700027", connector.Denied, "/clientCertificate", "The certificate is not registered: upload it under Certificates & secrets of the app registration."},
		{"AADSTS700024", connector.Denied, "/authenticationType", "The assertion is not valid at this time: set this machine's clock, or renew the token file."},
		{"AADSTS70021", connector.Denied, "/authenticationType", "No federated credential of the app registration matches this token's issuer and subject."},
		{"AADSTS700213", connector.Denied, "/authenticationType", "No federated credential of the app registration matches this token's subject."},
		{"AADSTS500011", connector.Invalid, "/cloud", "This tenant does not know the service: check Cloud and, for a custom one, its endpoints."},
		{"AADSTS53003", connector.Denied, "/clientId", "Conditional access forbids the application to sign in from here."},
	}
}
