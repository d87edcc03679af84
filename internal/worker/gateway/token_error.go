package gateway

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

func (t *tokens) unreachable(err error) *Error {
	if e := t.life.Err(); e != nil {
		return fromContext("GetToken", e)
	}
	what := connector.AsError(err)
	e := tokenError(CodeUnavailable, "The identity provider cannot be asked for a token: "+t.scrubbed(what.Message), what.Fix)
	e.Err = err
	return e
}

// denied explains an answer other than 200 with what OAuth says of errors.
func (t *tokens) denied(method string, status int, body []byte) *Error {
	var problem struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	_ = json.Unmarshal(body, &problem) // what is not JSON says nothing
	message := "The identity provider answered " + strconv.Itoa(status)
	for _, s := range []string{problem.Error, problem.Description} {
		if s != "" {
			message += ": " + s
		}
	}
	code, fix := CodeUnauthenticated, deniedFix(method, status, problem.Error)
	if status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout {
		code, fix = CodeUnavailable, ""
	}
	e := tokenError(code, t.scrubbed(strings.TrimSuffix(message, "."))+".", fix)
	e.Status = status
	return e
}

// What to do about refusals. The names are those of the first column of the docs page.
const (
	checkTokenURL = "Check that CAMUNDA_CLIENT_AUTH_TOKENURL is the token endpoint of the identity provider."
	checkIssuer   = "Check CAMUNDA_CLIENT_AUTH_ISSUERURL or CAMUNDA_CLIENT_AUTH_WELLKNOWNCONFIGURATIONURL, or set CAMUNDA_CLIENT_AUTH_TOKENURL."
	checkClient   = "Check CAMUNDA_CLIENT_AUTH_CLIENTID and CAMUNDA_CLIENT_AUTH_CLIENTSECRET, and that the client may get tokens for itself (client credentials)."
	checkAudience = "Check that CAMUNDA_CLIENT_AUTH_AUDIENCE names the cluster and that the client may get tokens for it."
)

// fix is for a token that the provider gave and the cluster does not take. With
// Keycloak a client gets an audience by a mapper alone, its own or that of a scope.
func (*tokens) fix() string {
	return "The identity provider gave this token: check that CAMUNDA_CLIENT_AUTH_AUDIENCE and CAMUNDA_CLIENT_AUTH_SCOPE bring the audience that the cluster expects, and that the cluster trusts this provider."
}

// addressFix is what to do where something else than the provider answers.
func addressFix(method string) string {
	if method == http.MethodGet { // of the provider's description
		return checkIssuer
	}
	return checkTokenURL
}

// deniedFix goes by the error codes of OAuth, and by the status where the answer
// has none of them.
func deniedFix(method string, status int, code string) string {
	switch code {
	case "invalid_client", "unauthorized_client":
		return checkClient
	case "invalid_scope":
		return "Check that CAMUNDA_CLIENT_AUTH_SCOPE names scopes that the client may have."
	case "invalid_target", "invalid_resource":
		return "Check CAMUNDA_CLIENT_AUTH_AUDIENCE and CAMUNDA_CLIENT_AUTH_RESOURCE."
	case "access_denied":
		return checkClient + " " + checkAudience
	case "invalid_request", "unsupported_grant_type", "invalid_grant":
		return checkTokenURL + " " + checkClient + " " + checkAudience
	}
	if status == http.StatusUnauthorized || status == http.StatusForbidden {
		return checkClient
	}
	return addressFix(method)
}

func (t *tokens) scrubbed(text string) string {
	return without(text, t.auth.ClientSecret.Reveal(), url.QueryEscape(t.auth.ClientSecret.Reveal()))
}

func tokenError(code, message, fix string) *Error {
	e := newError("GetToken", code, message)
	e.Fix = fix
	return e
}
