package azuresim

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// armCall is a call of Azure Resource Manager whose caller is known and allowed.
type armCall struct {
	*call
	principal *Principal
	params    map[string]string
	sub       *subscription
	group     *resourceGroup
	version   string
	conf      Behaviour
}

// armRoute is one operation of ARM.
type armRoute struct {
	method, pattern string
	// op is the name in the request log.
	op string
	// action is what a role must allow on the first scope segments of the path; "" needs a token only.
	action string
	scope  int
	api    apiFamily
	handle func(*armCall) answer
}

// apiFamily are the operations that share their api-version values.
type apiFamily struct {
	versions []string
	// refuse makes the error for a version that is not among them.
	refuse func(version, list string) *apiError
}

func (c *call) serveARM() answer {
	if c.seg(0) == "metadata" && c.seg(1) == "endpoints" {
		c.rec.Operation = "metadata.endpoints"
		return c.metadataEndpoints()
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.state.purgeExpired(c.now)
	p, v, fault := c.principalOf(c.s.armAudiences())
	if fault != 0 {
		return errorAnswer(c.armTokenError(fault, v))
	}
	route, params, pathKnown := c.s.matchARM(c.r.Method, c.segs)
	if route == nil {
		return errorAnswer(c.noARMRoute(pathKnown))
	}
	c.rec.Operation = route.op
	a := &armCall{call: c, principal: p, params: params, version: c.r.URL.Query().Get("api-version"), conf: c.s.conf.withDefaults()}
	if e := a.admit(route); e != nil {
		return errorAnswer(e)
	}
	return route.handle(a)
}

// admit checks, in ARM's order: version given, subscription, permission, group, version supported.
func (a *armCall) admit(route *armRoute) *apiError {
	if a.version == "" {
		return &apiError{
			Status: http.StatusBadRequest, Code: "MissingApiVersionParameter",
			Message: "The api-version query parameter (?api-version=) is required for all requests.",
		}
	}
	if id, ok := a.params["sub"]; ok {
		if e := a.findSubscription(id); e != nil {
			return e
		}
	}
	scope := "/" + strings.Join(a.segs[:route.scope], "/")
	if route.action != "" && !a.principal.allows(route.action, scope, false) {
		return authorizationFailed(a.principal, route.action, scope)
	}
	if name, ok := a.params["group"]; ok && route.op != "resourceGroups.put" {
		if a.group = a.sub.groups[strings.ToLower(name)]; a.group == nil {
			return &apiError{
				Status: http.StatusNotFound, Code: "ResourceGroupNotFound",
				Message: "Resource group '" + name + "' could not be found.",
			}
		}
	}
	if !slices.Contains(route.api.versions, a.version) {
		return route.api.refuse(a.version, strings.Join(route.api.versions, ", "))
	}
	return nil
}

func (a *armCall) findSubscription(id string) *apiError {
	if !guidPattern.MatchString(id) {
		return &apiError{
			Status: http.StatusBadRequest, Code: "InvalidSubscriptionId",
			Message: "The provided subscription identifier '" + id + "' is malformed or invalid.",
		}
	}
	a.sub = a.s.state.subscriptions[strings.ToLower(id)]
	if a.sub == nil {
		return &apiError{
			Status: http.StatusNotFound, Code: "SubscriptionNotFound",
			Message: "The subscription '" + id + "' could not be found.",
		}
	}
	return nil
}

func authorizationFailed(p *Principal, action, scope string) *apiError {
	return &apiError{
		Status: http.StatusForbidden, Code: "AuthorizationFailed",
		Message: "The client '" + p.ClientID + "' with object id '" + p.ObjectID + "' does not have authorization to perform action '" +
			action + "' over scope '" + scope + "' or the scope is invalid. If access was recently granted, please refresh your credentials.",
		Header: http.Header{"X-Ms-Failure-Cause": {"gateway"}},
	}
}

func (c *call) noARMRoute(pathKnown bool) *apiError {
	if pathKnown {
		return &apiError{
			Status: http.StatusMethodNotAllowed, Code: "MethodNotAllowed",
			Message: "The HTTP method '" + c.r.Method + "' is not supported at scope '" + c.r.URL.Path + "'.",
		}
	}
	return &apiError{
		Status: http.StatusNotFound, Code: "InvalidResourceType",
		Message: "The resource type could not be found in the namespace 'Microsoft.KeyVault' for api version '" +
			c.r.URL.Query().Get("api-version") + "'.",
	}
}

// matchARM finds the route; pathKnown tells that only the method is wrong.
func (s *Server) matchARM(method string, segs []string) (route *armRoute, params map[string]string, pathKnown bool) {
	for i := range s.routes {
		p, ok := matchPattern(s.routes[i].pattern, segs)
		if !ok {
			continue
		}
		pathKnown = true
		if s.routes[i].method == method {
			return &s.routes[i], p, true
		}
	}
	return nil, nil, pathKnown
}

// matchPattern compares literals without regard to case, as ARM does.
func matchPattern(pattern string, segs []string) (map[string]string, bool) {
	want := strings.Split(strings.Trim(pattern, "/"), "/")
	if len(want) != len(segs) {
		return nil, false
	}
	params := map[string]string{}
	for i, w := range want {
		if name, ok := strings.CutPrefix(w, "{"); ok {
			params[strings.TrimSuffix(name, "}")] = segs[i]
		} else if !strings.EqualFold(w, segs[i]) {
			return nil, false
		}
	}
	return params, true
}

func (c *call) armTokenError(f tokenFault, v verified) *apiError {
	e := &apiError{Status: http.StatusUnauthorized, Header: http.Header{}}
	e.Header.Set("WWW-Authenticate", `Bearer authorization_uri="`+c.s.Authority()+c.s.TenantID+`", error="invalid_token", error_description="The authentication failed."`)
	switch f {
	case tokenMissing:
		e.Code, e.Message = "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing."
	case tokenExpired:
		e.Code = "ExpiredAuthenticationToken"
		e.Message = "The access token expiry UTC time '" + armTime(v.claims.ExpiresAt.Time) + "' is earlier than current UTC time '" + armTime(c.now) + "'."
	case tokenAudience:
		e.Code = "InvalidAuthenticationTokenAudience"
		e.Message = "The access token has been obtained for wrong audience or resource '" + v.audience +
			"'. It should exactly match with one of the allowed audiences '" + strings.Join(c.s.armAudiences(), "','") + "'."
	case tokenTenant:
		e.Code = "InvalidAuthenticationTokenTenant"
		e.Message = "The access token is from the wrong issuer '" + v.claims.Issuer + "'. It must match the tenant '" + issuerOf(c.s.TenantID) +
			"' associated with this subscription. Please use the authority (URL) '" + c.s.Authority() + c.s.TenantID + "' to get the token."
	default:
		e.Code, e.Message = "InvalidAuthenticationToken", "The access token is invalid."
	}
	return e
}

func armTime(t time.Time) string { return t.UTC().Format("1/2/2006 3:04:05 PM") }

// metadataEndpoints describes this cloud as ARM describes itself; it needs no token.
func (c *call) metadataEndpoints() answer {
	if c.r.Method != http.MethodGet {
		return errorAnswer(c.noARMRoute(true))
	}
	vaultDNS, _ := url.Parse(c.s.VaultAudience())
	return jsonAnswer(http.StatusOK, []map[string]any{{
		"name":            "FairleadSandbox",
		"resourceManager": c.s.Management() + "/",
		"authentication": map[string]any{
			"loginEndpoint": strings.TrimSuffix(c.s.Authority(), "/"), "audiences": c.s.armAudiences(), "tenant": "common", "identityProvider": "AAD",
		},
		"suffixes": map[string]string{"keyVaultDns": vaultDNS.Host},
	}})
}
