package azuresim

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// stsError is an error body of the token endpoint.
type stsError struct {
	Status int
	// Code is the OAuth error, Number the AADSTS number.
	Code    string
	Number  int
	Message string
}

var (
	guidPattern = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	domainLike  = regexp.MustCompile(`^[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)+$`)
)

func (c *call) serveEntra() answer {
	if c.seg(0) == "common" && c.seg(1) == "discovery" && c.seg(2) == "instance" {
		c.rec.Operation = "discovery.instance"
		return c.instanceDiscovery()
	}
	tenant := ""
	if len(c.segs) > 0 {
		tenant = c.segs[0]
	}
	switch strings.ToLower(strings.Join(c.segs[min(1, len(c.segs)):], "/")) {
	case "v2.0/.well-known/openid-configuration":
		c.rec.Operation = "discovery.openid"
		return c.openIDConfiguration(tenant)
	case "discovery/v2.0/keys":
		c.rec.Operation = "discovery.keys"
		return c.signingKeys()
	case "oauth2/v2.0/token":
		c.rec.Operation = "token"
		return c.token(tenant)
	}
	return jsonAnswer(http.StatusNotFound, map[string]string{"error": "not_found"})
}

// instanceDiscovery tells a credential that has not turned it off that this authority is a valid one.
func (c *call) instanceDiscovery() answer {
	u, err := url.Parse(c.r.URL.Query().Get("authorization_endpoint"))
	if err != nil || u.Host == "" {
		return c.stsAnswer(&stsError{http.StatusBadRequest, "invalid_instance", 50049, "Unknown or invalid instance."})
	}
	tenant, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	host := c.s.urlHost(loginHost)
	return jsonAnswer(http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": "https://" + host + "/" + tenant + "/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata": []map[string]any{{
			"preferred_network": host, "preferred_cache": host, "aliases": []string{host, c.r.Host},
		}},
	})
}

func (c *call) openIDConfiguration(tenant string) answer {
	if e := c.checkTenant(tenant); e != nil {
		return c.stsAnswer(e)
	}
	// The host that was asked, so that an authority given as 127.0.0.1 matches its own issuer.
	base := "https://" + c.r.Host + "/" + tenant
	return jsonAnswer(http.StatusOK, map[string]any{
		"token_endpoint":                        base + "/oauth2/v2.0/token",
		"authorization_endpoint":                base + "/oauth2/v2.0/authorize",
		"jwks_uri":                              base + "/discovery/v2.0/keys",
		"issuer":                                base + "/v2.0",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt"},
		"response_types_supported":              []string{"code"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"ES256"},
		"tenant_region_scope":                   "NA",
	})
}

func (c *call) signingKeys() answer {
	pub := &c.s.signer.key.PublicKey
	x, y := ecCoordinates(pub)
	return jsonAnswer(http.StatusOK, map[string]any{"keys": []map[string]string{{
		"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": c.s.signer.kid, "x": b64(x), "y": b64(y),
	}}})
}

func (c *call) checkTenant(tenant string) *stsError {
	if !guidPattern.MatchString(tenant) && !domainLike.MatchString(tenant) {
		return &stsError{
			http.StatusBadRequest, "invalid_request", 900023,
			"Specified tenant identifier '" + tenant + "' is neither a valid DNS name, nor a valid external domain.",
		}
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if c.s.state.tenants[strings.ToLower(tenant)] {
		return nil
	}
	return &stsError{
		http.StatusBadRequest, "invalid_request", 90002,
		"Tenant '" + tenant + "' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. " +
			"Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.",
	}
}

func (c *call) token(tenant string) answer {
	if c.r.Method != http.MethodPost {
		return c.stsAnswer(&stsError{http.StatusBadRequest, "invalid_request", 900561, "The endpoint only accepts POST requests. Received a " + c.r.Method + " request."})
	}
	if e := c.checkTenant(tenant); e != nil {
		return c.stsAnswer(e)
	}
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return c.stsAnswer(missingParameter("grant_type"))
	}
	p, proof, e := c.authenticateClient(tenant, form)
	if e != nil {
		return c.stsAnswer(e)
	}
	audience, e := c.audienceOf(form, tenant)
	if e != nil {
		return c.stsAnswer(e)
	}
	life := c.s.behaviour().TokenLifetime
	token, err := c.s.signer.issue(p, audience, proof, c.now, life)
	if err != nil {
		return c.stsAnswer(&stsError{http.StatusInternalServerError, "server_error", 90033, "A transient error has occurred. Please try again."})
	}
	c.rec.ClientID = p.ClientID
	seconds := int(life.Seconds())
	return jsonAnswer(http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token,
	})
}

func missingParameter(name string) *stsError {
	return &stsError{
		http.StatusBadRequest, "invalid_request", 900144,
		"The request body must contain the following parameter: '" + name + "'.",
	}
}

// audienceOf turns the scope into the audience of the token, as Entra does: a slash before /.default is kept.
func (c *call) audienceOf(form url.Values, tenant string) (string, *stsError) {
	scope := mainScope(form.Get("scope"))
	if scope == "" {
		return "", missingParameter("scope")
	}
	resource, ok := strings.CutSuffix(scope, "/.default")
	if !ok {
		return "", &stsError{
			http.StatusBadRequest, "invalid_scope", 1002012,
			"The provided value for scope " + scope + " is not valid. Client credential flows must have a scope value with /.default " +
				"suffixed to the resource identifier (application ID URI).",
		}
	}
	known := append(c.s.vaultAudiences(), c.s.armAudiences()...)
	for _, k := range known {
		if strings.EqualFold(strings.TrimSuffix(resource, "/"), strings.TrimSuffix(k, "/")) {
			return resource, nil
		}
	}
	return "", &stsError{
		http.StatusBadRequest, "invalid_resource", 500011,
		"The resource principal named " + resource + " was not found in the tenant named " + tenant + ". This can happen if the application " +
			"has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent " +
			"your authentication request to the wrong tenant.",
	}
}

// mainScope leaves out the OpenID scopes that some clients add.
func mainScope(scope string) string {
	for _, s := range strings.Fields(scope) {
		switch s {
		case "openid", "profile", "offline_access":
		default:
			return s
		}
	}
	return ""
}

func (s *Server) vaultAudiences() []string {
	return []string{s.VaultAudience(), "https://vault.azure.net"}
}

func (s *Server) armAudiences() []string {
	var out []string
	for _, a := range []string{s.Management(), "https://management.azure.com", "https://management.core.windows.net"} {
		out = append(out, a, a+"/")
	}
	return out
}

func (c *call) stsAnswer(e *stsError) answer {
	trace, correlation := uuid.NewString(), or(c.r.Header.Get("client-request-id"), uuid.NewString())
	stamp := c.now.UTC().Format("2006-01-02 15:04:05Z")
	number := strconv.Itoa(e.Number)
	return jsonAnswer(e.Status, map[string]any{
		"error": e.Code,
		"error_description": "AADSTS" + number + ": " + e.Message + " Trace ID: " + trace + " Correlation ID: " + correlation +
			" Timestamp: " + stamp,
		"error_codes": []int{e.Number}, "timestamp": stamp, "trace_id": trace, "correlation_id": correlation,
		"error_uri": "https://login.microsoftonline.com/error?code=" + number,
	})
}
