package keycloak_test

import (
	"errors"
	"log/slog"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/worker/gateway"
	"github.com/fairlead-io/fairlead/test/apptest"
	"github.com/fairlead-io/fairlead/test/servers"
)

// client is a client in this process, over a clock that a test moves.
type client struct {
	*gateway.Client
	ahead atomic.Int64 // nanoseconds
	log   apptest.Buffer
}

func open(t *testing.T, s gateway.Settings, now func() time.Time) *client {
	t.Helper()
	guard := egress.New(egress.Policy{})
	c := new(client)
	if now == nil {
		now = func() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }
	}
	var err error
	c.Client, err = gateway.Open(t.Context(), s, gateway.Deps{Dial: guard.DialContext, HTTP: guard.Client, Now: now, Log: slog.New(slog.NewTextHandler(&c.log, nil))})
	apptest.Must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// settings are those of a client of the provider, as the environment would give them.
func settings(t *testing.T, c *cluster, k servers.Keycloak, rest bool, change map[string]string) gateway.Settings {
	t.Helper()
	env := map[string]string{
		"CAMUNDA_CLIENT_GRPCADDRESS": c.GRPC(), "CAMUNDA_CLIENT_RESTADDRESS": c.REST(),
		"CAMUNDA_CLIENT_AUTH_METHOD": "oidc", "CAMUNDA_CLIENT_AUTH_TOKENURL": tokenURL(k.Issuer), "CAMUNDA_CLIENT_AUTH_CLIENTID": k.Steady,
		"CAMUNDA_CLIENT_AUTH_CLIENTSECRET": k.Secret, "CAMUNDA_CLIENT_AUTH_AUDIENCE": k.Audience, "CAMUNDA_CLIENT_AUTH_SCOPE": k.Scope,
	}
	if rest {
		env["CAMUNDA_CLIENT_PREFERRESTOVERGRPC"] = "true"
	}
	maps.Copy(env, change)
	s, err := gateway.FromEnv(func(name string) (string, bool) { v, ok := env[name]; return v, ok })
	apptest.Must(t, err)
	return s
}

// onBoth runs a test over gRPC and over REST, where Keycloak runs.
func onBoth(t *testing.T, test func(t *testing.T, k servers.Keycloak, rest bool)) {
	t.Helper()
	k, ok := running(t)
	if !ok {
		return
	}
	for name, rest := range map[string]bool{"gRPC": false, "REST": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, k, rest)
		})
	}
}

// TestAnIssuerIsEnough reads the token endpoint from Keycloak's own description.
func TestAnIssuerIsEnough(t *testing.T) {
	onBoth(t, func(t *testing.T, k servers.Keycloak, rest bool) {
		p := newProvider(t, k)
		c := newCluster(t, p.Keycloak)
		cl := open(t, settings(t, c, p.Keycloak, rest, map[string]string{"CAMUNDA_CLIENT_AUTH_TOKENURL": "", "CAMUNDA_CLIENT_AUTH_ISSUERURL": p.Issuer}), nil)
		_, err := cl.Topology(t.Context())
		apptest.Must(t, err)
		if good, bad := c.admitted(); len(good) != 1 || len(bad) != 0 || len(p.asked()) != 1 {
			t.Errorf("%d tokens let in, %d refused, %d asked for; want 1, 0, 1", len(good), len(bad), len(p.asked()))
		}
	})
}

// TestARefusedTokenIsFetchedAnew has a cluster no longer take a token that is good by its
// own dates, as after a change of the issuer's keys.
func TestARefusedTokenIsFetchedAnew(t *testing.T) {
	onBoth(t, func(t *testing.T, k servers.Keycloak, rest bool) {
		p := newProvider(t, k)
		c := newCluster(t, p.Keycloak)
		cl := open(t, settings(t, c, p.Keycloak, rest, nil), nil)
		ask := func() error { _, err := cl.Topology(t.Context()); return err }
		for range 5 {
			apptest.Must(t, ask())
		}
		c.revoke()
		cl.ahead.Store(int64(time.Minute))
		for range 5 {
			apptest.Must(t, ask())
		}
		if good, bad := c.admitted(); len(good) != 2 || len(bad) != 1 || len(p.asked()) != 2 {
			t.Errorf("%d tokens let in, %d refused, %d asked for; want 2, 1, 2", len(good), len(bad), len(p.asked()))
		}
		// A second one that is refused at once is told: a third would fare no better.
		c.revoke()
		e, ok := errors.AsType[*gateway.Error](ask())
		if !ok || e.Code != gateway.CodeUnauthenticated || len(p.asked()) != 2 {
			t.Errorf("%v after %d tokens", e, len(p.asked()))
		}
	})
}

// TestAnExpiredTokenIsFetchedAnew has a client whose clock runs slow, so that it is the
// cluster that finds a token to have ended.
func TestAnExpiredTokenIsFetchedAnew(t *testing.T) {
	onBoth(t, func(t *testing.T, k servers.Keycloak, rest bool) {
		p := newProvider(t, k)
		c := newCluster(t, p.Keycloak)
		begun := time.Now()
		slow := func() time.Time { return begun.Add(time.Since(begun) * 6 / 10) }
		cl := open(t, settings(t, c, p.Keycloak, rest, map[string]string{"CAMUNDA_CLIENT_AUTH_CLIENTID": k.Worker}), slow)
		_, err := cl.Topology(t.Context())
		apptest.Must(t, err)
		time.Sleep(8500 * time.Millisecond) // 5.1 s for the client, and more than the 7 s that the token has
		_, err = cl.Topology(t.Context())
		apptest.Must(t, err)
		good, bad := c.admitted()
		if len(good) != 2 || len(bad) != 1 {
			t.Errorf("%d tokens let in, %d refused; want 2 and 1", len(good), len(bad))
		}
		for _, why := range bad {
			if !strings.Contains(why, "expired") {
				t.Errorf("refused because %s", why)
			}
		}
	})
}

// TestRefusalsNameWhatToSet asks Keycloak for what it does not give.
func TestRefusalsNameWhatToSet(t *testing.T) {
	k, ok := running(t)
	if !ok {
		return
	}
	c := newCluster(t, k)
	for _, tt := range []struct {
		why     string
		change  map[string]string
		message string
		names   string
	}{
		{"a wrong secret", map[string]string{"CAMUNDA_CLIENT_AUTH_CLIENTSECRET": wrongSecret}, "unauthorized_client", "CAMUNDA_CLIENT_AUTH_CLIENTSECRET"},
		{"a client that is not there", map[string]string{"CAMUNDA_CLIENT_AUTH_CLIENTID": "nobody"}, "invalid_client", "CAMUNDA_CLIENT_AUTH_CLIENTID"},
		{"a scope that the client may not have", map[string]string{"CAMUNDA_CLIENT_AUTH_SCOPE": "ships"}, "Invalid scopes: ships", "CAMUNDA_CLIENT_AUTH_SCOPE"},
		{"a realm that is not there", map[string]string{"CAMUNDA_CLIENT_AUTH_TOKENURL": tokenURL(k.Issuer + "s")}, "404", "CAMUNDA_CLIENT_AUTH_TOKENURL"},
		{"the issuer in place of its token endpoint", map[string]string{"CAMUNDA_CLIENT_AUTH_TOKENURL": k.Issuer}, "405", "CAMUNDA_CLIENT_AUTH_TOKENURL"},
		{"an issuer that is not there", map[string]string{"CAMUNDA_CLIENT_AUTH_TOKENURL": "", "CAMUNDA_CLIENT_AUTH_ISSUERURL": k.Issuer + "s"}, "404", "CAMUNDA_CLIENT_AUTH_ISSUERURL"},
		{"a token for nobody, since only the scope brings the audience", map[string]string{"CAMUNDA_CLIENT_AUTH_SCOPE": ""}, "UNAUTHENTICATED", "CAMUNDA_CLIENT_AUTH_SCOPE"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			for _, rest := range []bool{false, true} {
				cl := open(t, settings(t, c, k, rest, tt.change), nil)
				_, err := cl.Topology(t.Context())
				e, ok := errors.AsType[*gateway.Error](err)
				if !ok || e.Code != gateway.CodeUnauthenticated || e.Connector().Kind != connector.Denied {
					t.Fatalf("got %v", err)
				}
				if !strings.Contains(e.Error(), tt.message) || !strings.Contains(e.Fix, tt.names) {
					t.Errorf("%s: it should say %s and name %s", e, tt.message, tt.names)
				}
				for _, secret := range []string{wrongSecret, k.Secret} {
					if s := leaks(e.Error()+cl.log.String(), secret); s != "" {
						t.Errorf("%s is in %s", s, e)
					}
				}
			}
		})
	}
}
