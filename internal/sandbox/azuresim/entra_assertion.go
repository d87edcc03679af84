package azuresim

import (
	"crypto"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const exchangeAudience = "api://AzureADTokenExchange"

// assertionMethods are the signatures that Entra takes from a client.
var assertionMethods = []string{"RS256", "PS256", "ES256"}

// checkAssertion verifies a client assertion: one the application signed with its certificate, or a token of
// an issuer that the application trusts.
func (c *call) checkAssertion(p *Principal, raw string) *stsError {
	var claims jwt.RegisteredClaims
	tok, _, err := jwt.NewParser().ParseUnverified(raw, &claims)
	if err != nil {
		return invalidClient(50027, "JWT token is invalid or malformed.")
	}
	if !strings.EqualFold(claims.Issuer, p.ClientID) {
		return c.checkFederated(p, raw, claims)
	}
	if !strings.EqualFold(claims.Subject, p.ClientID) {
		return invalidClient(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
	}
	cert := findCertificate(p.Certificates, tok.Header)
	if cert == nil {
		return invalidClient(700027, fmt.Sprintf("Client assertion failed signature validation. [Reason - The key was not found., Thumbprint "+
			"of key used by client: '%s', Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for "+
			"app Id '%s'.]", headerThumbprint(tok.Header), p.ClientID))
	}
	if c.now.After(cert.NotAfter) {
		return invalidClient(700027, "Client assertion failed signature validation. [Reason - The key used is expired.]")
	}
	return c.checkJWT(raw, claims, []crypto.PublicKey{cert.PublicKey}, c.tokenEndpoints(p))
}

// tokenEndpoints are the audiences that an assertion may be made for.
func (c *call) tokenEndpoints(p *Principal) []string {
	base := "https://" + c.r.Host + "/" + p.TenantID
	return []string{base + "/oauth2/v2.0/token", base + "/v2.0", base + "/oauth2/token", base}
}

func (c *call) checkFederated(p *Principal, raw string, claims jwt.RegisteredClaims) *stsError {
	var sameIssuer, sameSubject bool
	for _, f := range p.Federated {
		if f.Issuer != claims.Issuer {
			continue
		}
		sameIssuer = true
		if f.Subject != claims.Subject {
			continue
		}
		sameSubject = true
		if audience := or(f.Audience, exchangeAudience); containsFold(claims.Audience, audience) {
			return c.checkJWT(raw, claims, f.Keys, []string{audience})
		}
	}
	switch {
	case !sameIssuer:
		return invalidClient(700211, "No matching federated identity record found for presented assertion issuer '"+claims.Issuer+"'.")
	case !sameSubject:
		return invalidClient(700213, "No matching federated identity record found for presented assertion subject '"+claims.Subject+"'.")
	}
	return invalidClient(700212, "No matching federated identity record found for presented assertion audience '"+strings.Join(claims.Audience, ",")+"'.")
}

// checkJWT verifies signature, times and audience, with the error that Entra has for each.
func (c *call) checkJWT(raw string, claims jwt.RegisteredClaims, keys []crypto.PublicKey, audiences []string) *stsError {
	err := errors.New("no key")
	for _, key := range keys {
		_, err = jwt.Parse(raw, func(*jwt.Token) (any, error) { return key, nil },
			jwt.WithValidMethods(assertionMethods), jwt.WithExpirationRequired(),
			jwt.WithTimeFunc(func() time.Time { return c.now }), jwt.WithLeeway(5*time.Minute))
		if err == nil || errors.Is(err, jwt.ErrTokenInvalidClaims) {
			break
		}
	}
	switch {
	case errors.Is(err, jwt.ErrTokenInvalidClaims):
		return invalidClient(700024, "Client assertion is not within its valid time range. Current time: "+c.now.UTC().Format(time.RFC3339)+
			", assertion valid from "+stamp(claims.NotBefore)+", expiry time of assertion "+stamp(claims.ExpiresAt)+".")
	case err != nil:
		return invalidClient(700027, "Client assertion failed signature validation. [Reason - The provided signature value did not match the expected signature value.]")
	}
	for _, a := range audiences {
		if containsFold(claims.Audience, a) {
			return nil
		}
	}
	return invalidClient(700023, "Client assertion audience claim does not match Realm issuer.")
}

func stamp(t *jwt.NumericDate) string {
	if t == nil {
		return "(none)"
	}
	return t.UTC().Format(time.RFC3339)
}

func containsFold(list []string, v string) bool {
	for _, s := range list {
		if strings.EqualFold(s, v) {
			return true
		}
	}
	return false
}

func headerThumbprint(h map[string]any) string {
	for _, name := range []string{"x5t#S256", "x5t"} {
		if v, ok := h[name].(string); ok {
			return v
		}
	}
	return ""
}

// findCertificate looks a registered certificate up by the thumbprint in the assertion's header, which some
// clients write in the other alphabet of base64.
func findCertificate(certs []*x509.Certificate, h map[string]any) *x509.Certificate {
	want := strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(headerThumbprint(h)), "=")
	for _, cert := range certs {
		long, short := sha256.Sum256(cert.Raw), sha1.Sum(cert.Raw)
		if want == b64(long[:]) || want == b64(short[:]) {
			return cert
		}
	}
	return nil
}
