package azuresim

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// dataCall is a call of one vault's data plane.
type dataCall struct {
	*call
	vault     *vault
	principal *Principal
	op        *dataRoute
	name      string
	// versionID is the version in the path, "" for the newest.
	versionID string
	version   string
	conf      Behaviour
}

// dataRoute is one operation of the data plane.
type dataRoute struct {
	method, pattern string
	kind            *kind
	// verb completes the name in the request log; permission and action are what an access policy and a
	// role must grant.
	verb, permission, action string
	handle                   func(*dataCall) answer
}

var objectName = regexp.MustCompile(`^[0-9a-zA-Z-]{1,127}$`)

func dataVersions() []string {
	return []string{"2015-06-01", "2016-10-01", "7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "2025-07-01", "2026-04-01"}
}

func (c *call) serveVault(name string) answer {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.state.purgeExpired(c.now)
	v := c.s.state.vaults[name]
	if v == nil || v.polls > 0 {
		return errorAnswer(&apiError{
			Status: http.StatusNotFound, Code: "VaultNotFound",
			Message: "The sandbox has no vault '" + name + "'; in Azure its host name would not resolve.",
		})
	}
	d := &dataCall{call: c, vault: v, version: c.r.URL.Query().Get("api-version"), conf: c.s.conf.withDefaults()}
	if e := d.authenticate(); e != nil {
		return errorAnswer(e)
	}
	if e := d.findRoute(); e != nil {
		return errorAnswer(e)
	}
	c.rec.Operation = d.op.kind.plural + "." + d.op.verb
	if e := d.admit(); e != nil {
		return errorAnswer(e)
	}
	return d.op.handle(d)
}

// authenticate answers a missing or wrong token with the challenge that tells where to get a right one.
func (d *dataCall) authenticate() *apiError {
	p, v, fault := d.principalOf(d.s.vaultAudiences())
	if fault == 0 {
		d.principal = p
		return nil
	}
	return &apiError{
		Status: http.StatusUnauthorized, Code: "Unauthorized", Message: d.tokenText(fault, v),
		Header: http.Header{"WWW-Authenticate": {
			`Bearer authorization="` + d.s.Authority() + d.s.TenantID + `", resource="` + d.s.VaultAudience() + `"`,
		}},
	}
}

func (d *dataCall) tokenText(f tokenFault, v verified) string {
	switch f {
	case tokenMissing:
		return "AKV10000: Request is missing a Bearer or PoP token."
	case tokenAudience:
		return "AKV10022: Invalid audience. Expected " + d.s.VaultAudience() + ", found: " + v.audience + "."
	case tokenTenant:
		return "AKV10032: Invalid issuer. Expected one of " + issuerOf(d.s.TenantID) + ", found " + v.claims.Issuer + "."
	case tokenExpired:
		return "[TokenExpired] Error validating token: 'IDX10223'."
	}
	return "AKV10046: Unable to resolve the key used for signature validation."
}

func (d *dataCall) findRoute() *apiError {
	for i := range d.s.dataRoutes {
		r := &d.s.dataRoutes[i]
		params, ok := matchPattern(r.pattern, d.segs)
		if ok && r.method == d.r.Method {
			d.op, d.name, d.versionID = r, params["name"], params["version"]
			return nil
		}
	}
	switch root := strings.TrimPrefix(d.seg(0), "deleted"); root {
	case "keys", "secrets", "certificates", "storage", "rng":
		return notSimulated(d.r.Method + " " + d.r.URL.Path)
	}
	return &apiError{Status: http.StatusNotFound, Code: "NotFound", Message: "The requested resource was not found."}
}

// admit checks version, name, firewall and permission, in this order.
func (d *dataCall) admit() *apiError {
	if !slices.Contains(dataVersions(), d.version) {
		return badParameter("The specified version (%s) is not recognized. Consider using the latest supported version (%s).",
			d.version, dataVersions()[len(dataVersions())-1])
	}
	if strings.Contains(d.op.pattern, "{name}") && !objectName.MatchString(d.name) {
		return badParameter("The request URI contains an invalid name: %s", d.name)
	}
	if e := d.checkFirewall(); e != nil {
		return e
	}
	return d.checkPermission()
}

func (d *dataCall) caller() string {
	return "appid=" + d.principal.ClientID + ";oid=" + d.principal.ObjectID + ";iss=" + issuerOf(d.principal.TenantID)
}

func (d *dataCall) place() string {
	return strings.ToLower(d.vault.name) + ";location=" + d.vault.Location
}

func forbidden(inner, message string) *apiError {
	return &apiError{Status: http.StatusForbidden, Code: "Forbidden", Inner: inner, Message: message}
}

func (d *dataCall) checkFirewall() *apiError {
	if strings.EqualFold(d.vault.Properties.PublicNetworkAccess, "Disabled") {
		return forbidden("ForbiddenByConnection", "Public network access is disabled and request is not from a trusted service nor via an "+
			"approved private link.\r\nCaller: "+d.caller()+"\r\nVault: "+d.place())
	}
	client := hostName(d.r.RemoteAddr)
	if !d.vault.firewallRefuses(client) {
		return nil
	}
	return forbidden("ForbiddenByFirewall", "Client address is not authorized and caller is not a trusted service.\r\nClient address: "+
		client+"\r\nCaller: "+d.caller()+"\r\nVault: "+d.place())
}

// checkPermission asks the one model that the vault uses; the other has no say.
func (d *dataCall) checkPermission() *apiError {
	if !d.vault.rbac() {
		if d.vault.policyAllows(d.principal, d.op.kind.plural, d.op.permission) {
			return nil
		}
		return forbidden("ForbiddenByPolicy", "The user, group or application '"+d.caller()+"' does not have "+d.op.kind.plural+" "+
			d.op.permission+" permission on key vault '"+d.place()+"'. For help resolving this issue, please see "+
			"https://go.microsoft.com/fwlink/?linkid=2125287")
	}
	resource := d.vault.id()
	if d.name != "" {
		resource += "/" + d.op.kind.plural + "/" + d.name
	}
	if d.principal.allows(d.op.action, resource, true) {
		return nil
	}
	return forbidden("ForbiddenByRbac", "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or "+
		"role definitions were changed recently, please observe propagation time.\r\nCaller: "+d.caller()+"\r\nAction: '"+d.op.action+
		"'\r\nResource: '"+strings.ToLower(resource)+"'\r\nAssignment: (not found)\r\nDenyAssignmentId: null\r\nDecisionReason: null \r\n"+
		"Vault: "+d.place()+"\r\n")
}
