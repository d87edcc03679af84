// Package keycloak_test has the worker get its tokens from a real Keycloak, and show them
// to a cluster that checks them as real ones do.
package keycloak_test

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/fairlead-io/fairlead/internal/worker/fakegateway"
	"github.com/fairlead-io/fairlead/test/apptest"
	"github.com/fairlead-io/fairlead/test/engines"
	"github.com/fairlead-io/fairlead/test/servers"
)

func TestMain(m *testing.M) { engines.Main(m) }

// running gives the Keycloak; without one the test is over.
func running(t *testing.T) (servers.Keycloak, bool) {
	t.Helper()
	k, missing := servers.RunningKeycloak()
	if k.Issuer == "" {
		servers.Report(t, []servers.Missing{missing})
	}
	return k, k.Issuer != ""
}

// cluster is a cluster that takes the tokens of one issuer for one audience.
type cluster struct {
	*fakegateway.Server
	engine *fakegateway.Engine
	keys   map[string]*rsa.PublicKey
	parser *jwt.Parser

	mu      sync.Mutex
	good    []string          // tokens that were let in, each once, in their order
	claims  []jwt.MapClaims   // theirs
	revoked map[string]bool   // tokens that are no longer taken
	bad     map[string]string // why others were not let in, by header
}

// newCluster starts a cluster. k.Issuer is the address that tokens must name.
func newCluster(t *testing.T, k servers.Keycloak) *cluster {
	t.Helper()
	c := &cluster{
		engine: fakegateway.New(fakegateway.Options{Now: time.Now}), keys: signingKeys(t, k.Issuer), revoked: map[string]bool{}, bad: map[string]string{},
		parser: jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer(k.Issuer), jwt.WithAudience(k.Audience), jwt.WithExpirationRequired()),
	}
	t.Cleanup(c.engine.Close)
	var err error
	c.Server, err = fakegateway.ListenBehind(c.admit, c.engine, "", "")
	apptest.Must(t, err)
	t.Cleanup(func() { apptest.Must(t, c.Server.Close()) })
	return c
}

// signingKeys reads the issuer's public keys, by their IDs.
func signingKeys(t *testing.T, issuer string) map[string]*rsa.PublicKey {
	t.Helper()
	var set struct {
		Keys []struct{ Kid, Kty, Use, N, E string }
	}
	apptest.Must(t, json.Unmarshal(get(t, issuer+"/protocol/openid-connect/certs"), &set))
	keys := map[string]*rsa.PublicKey{}
	for _, k := range set.Keys {
		if k.Kty != "RSA" || k.Use != "sig" {
			continue
		}
		n, err := base64.RawURLEncoding.DecodeString(k.N)
		apptest.Must(t, err)
		e, err := base64.RawURLEncoding.DecodeString(k.E)
		apptest.Must(t, err)
		keys[k.Kid] = &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	}
	return keys
}

func get(t *testing.T, address string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	apptest.Must(t, err)
	res, err := http.DefaultClient.Do(req)
	apptest.Must(t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	apptest.Must(t, err)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s", address, res.StatusCode, raw)
	}
	return raw
}

func (c *cluster) admit(header string) error {
	raw, bearer := strings.CutPrefix(header, "Bearer ")
	claims := jwt.MapClaims{}
	_, err := c.parser.ParseWithClaims(raw, claims, func(tok *jwt.Token) (any, error) {
		kid, _ := tok.Header["kid"].(string)
		if key := c.keys[kid]; key != nil {
			return key, nil
		}
		return nil, errors.New("no such key")
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.revoked[raw] {
		err = errors.New("token is revoked")
	} else if !bearer {
		err = errors.New("no bearer token")
	}
	if err != nil {
		c.bad[header] = err.Error()
		return err
	}
	if !slices.Contains(c.good, raw) {
		c.good, c.claims = append(c.good, raw), append(c.claims, claims)
	}
	return nil
}

// admitted gives the tokens that were let in, and why others were not.
func (c *cluster) admitted() (good []string, bad map[string]string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.good), maps.Clone(c.bad)
}

// revoke no longer takes what was taken until now.
func (c *cluster) revoke() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, g := range c.good {
		c.revoked[g] = true
	}
}
