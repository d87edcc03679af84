package azuresim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// tokenSigner holds the one key that access tokens are signed with.
type tokenSigner struct {
	key *ecdsa.PrivateKey
	kid string
}

func newTokenSigner() (*tokenSigner, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("azuresim: key for access tokens: %w", err)
	}
	return &tokenSigner{key: key, kid: b64(randomBytes(20))}, nil
}

// accessClaims are the claims of a version 1.0 access token, the version that ARM and Key Vault take.
type accessClaims struct {
	jwt.RegisteredClaims
	AppID    string `json:"appid"`
	AppIDACR string `json:"appidacr"`
	IDP      string `json:"idp"`
	IDType   string `json:"idtyp"`
	ObjectID string `json:"oid"`
	TenantID string `json:"tid"`
	TokenID  string `json:"uti"`
	Version  string `json:"ver"`
}

func issuerOf(tenant string) string {
	return "https://sts.windows.net/" + strings.ToLower(tenant) + "/"
}

// issue signs an access token; proof is "1" for a secret and "2" for a certificate or federated token.
func (t *tokenSigner) issue(p *Principal, audience, proof string, now time.Time, life time.Duration) (string, error) {
	tok := jwt.NewWithClaims(jwt.SigningMethodES256, accessClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuerOf(p.TenantID), Subject: p.ObjectID, Audience: jwt.ClaimStrings{audience},
			IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now.Add(-5 * time.Minute)),
			ExpiresAt: jwt.NewNumericDate(now.Add(life)), ID: uuid.NewString(),
		},
		AppID: p.ClientID, AppIDACR: proof, IDP: issuerOf(p.TenantID), IDType: "app",
		ObjectID: p.ObjectID, TenantID: p.TenantID, TokenID: b64(randomBytes(16)), Version: "1.0",
	})
	tok.Header["kid"] = t.kid
	return tok.SignedString(t.key)
}

// tokenFault says in the simulator's words why a token is refused; each plane has its own texts for it.
type tokenFault int

const (
	tokenMissing tokenFault = iota + 1
	tokenMalformed
	tokenExpired
	tokenAudience
	tokenTenant
	tokenPrincipal
)

// verified is a token that this simulator signed and that has not expired.
type verified struct {
	claims   accessClaims
	audience string
}

func (t *tokenSigner) verify(header string, now time.Time) (verified, tokenFault) {
	scheme, raw, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") || strings.TrimSpace(raw) == "" {
		return verified{}, tokenMissing
	}
	var v verified
	_, err := jwt.ParseWithClaims(strings.TrimSpace(raw), &v.claims,
		func(*jwt.Token) (any, error) { return &t.key.PublicKey, nil },
		jwt.WithValidMethods([]string{"ES256"}), jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(func() time.Time { return now }))
	switch {
	case errors.Is(err, jwt.ErrTokenExpired) && !errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return v, tokenExpired
	case err != nil, len(v.claims.Audience) != 1:
		return verified{}, tokenMalformed
	}
	v.audience = v.claims.Audience[0]
	return v, 0
}

// principalOf checks what is the same on both planes: audience, tenant, and that the application still exists.
func (c *call) principalOf(audiences []string) (*Principal, verified, tokenFault) {
	v, fault := c.s.signer.verify(c.r.Header.Get("Authorization"), c.now)
	if fault != 0 {
		return nil, v, fault
	}
	if !slices.Contains(audiences, v.audience) {
		return nil, v, tokenAudience
	}
	if !strings.EqualFold(v.claims.TenantID, c.s.TenantID) {
		return nil, v, tokenTenant
	}
	p := c.s.state.principals[principalKey(v.claims.TenantID, v.claims.AppID)]
	if p == nil || p.Disabled || p.ObjectID != v.claims.ObjectID {
		return nil, v, tokenPrincipal
	}
	c.rec.ClientID = p.ClientID
	return p, v, 0
}

// MintToken issues an access token without the token endpoint, for example one of a foreign audience or one
// that has expired already.
func (s *Server) MintToken(clientID, audience string, issued time.Time, life time.Duration) (string, error) {
	s.mu.Lock()
	p := s.state.principals[principalKey(s.TenantID, clientID)]
	s.mu.Unlock()
	if p == nil {
		return "", fmt.Errorf("azuresim: no application %q in tenant %s", clientID, s.TenantID)
	}
	return s.signer.issue(p, audience, "1", issued, life)
}
