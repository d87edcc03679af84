package azuresim

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// authenticateClient finds the application and checks its proof: "1" tells of a secret, "2" of an assertion.
func (c *call) authenticateClient(tenant string, form url.Values) (*Principal, string, *stsError) {
	switch grant := form.Get("grant_type"); grant {
	case "client_credentials":
	case "":
		return nil, "", missingParameter("grant_type")
	default:
		return nil, "", &stsError{
			http.StatusBadRequest, "unsupported_grant_type", 70003,
			"The app requested an unsupported grant type '" + grant + "'.",
		}
	}
	id := form.Get("client_id")
	if id == "" {
		return nil, "", missingParameter("client_id")
	}
	c.s.mu.Lock()
	p := c.s.state.principals[principalKey(tenant, id)]
	c.s.mu.Unlock()
	if p == nil {
		return nil, "", unknownApplication(id, tenant)
	}
	proof, e := c.checkProof(p, form)
	if e == nil && p.Disabled {
		e = &stsError{
			http.StatusUnauthorized, "unauthorized_client", 7000112,
			"Application '" + p.ClientID + "'(" + p.DisplayName + ") is disabled.",
		}
	}
	return p, proof, e
}

func (c *call) checkProof(p *Principal, form url.Values) (string, *stsError) {
	if form.Has("client_assertion") {
		if form.Get("client_assertion_type") != assertionType {
			return "", invalidClient(700020, "Client assertion type is not supported; expected '"+assertionType+"'.")
		}
		return "2", c.checkAssertion(p, form.Get("client_assertion"))
	}
	if secret := form.Get("client_secret"); secret != "" {
		return "1", checkSecret(p, secret, c.now)
	}
	return "", invalidClient(7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
}

func checkSecret(p *Principal, secret string, now time.Time) *stsError {
	for _, s := range p.Secrets {
		if subtle.ConstantTimeCompare([]byte(s.Value), []byte(secret)) != 1 {
			continue
		}
		if s.Expires.IsZero() || now.Before(s.Expires) {
			return nil
		}
		return invalidClient(7000222, "The provided client secret keys for app '"+p.ClientID+"' are expired. Visit the Azure portal to "+
			"create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added "+
			"security: https://aka.ms/certCreds.")
	}
	return invalidClient(7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "+
		"not the client secret ID, for a secret added to app '"+p.ClientID+"'.")
}

func unknownApplication(id, tenant string) *stsError {
	if !guidPattern.MatchString(id) && strings.ContainsAny(id, " /") {
		return &stsError{
			http.StatusBadRequest, "unauthorized_client", 700038,
			id + " is not a valid application identifier.",
		}
	}
	return &stsError{
		http.StatusBadRequest, "unauthorized_client", 700016,
		"Application with identifier '" + id + "' was not found in the directory '" + tenant + "'. This can happen if the application has " +
			"not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your " +
			"authentication request to the wrong tenant.",
	}
}

func invalidClient(number int, message string) *stsError {
	return &stsError{http.StatusUnauthorized, "invalid_client", number, message}
}
