package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/worker/gateway/pb"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// clusterThatWants is a gRPC gateway and a REST API that take one header only.
func clusterThatWants(t *testing.T, want func() string) (s Settings, grpcSide *server, restHeaders func() []string) {
	t.Helper()
	srv := &server{topology: &pb.TopologyResponse{GatewayVersion: "in"}, admit: func(h string) error {
		if h != want() {
			return status.Error(codes.Unauthenticated, "not with "+h)
		}
		return nil
	}}
	address, _ := srv.listen(t, "127.0.0.1:0")
	var mu sync.Mutex
	var seen []string
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := r.Header.Get("Authorization")
		mu.Lock()
		seen = append(seen, h)
		mu.Unlock()
		if h != want() {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `{"title":"Unauthorized","detail":"not with %s"}`, h)
			return
		}
		fmt.Fprint(w, `{"gatewayVersion":"in"}`)
	}))
	t.Cleanup(web.Close)
	return Settings{GRPC: address, REST: web.URL}, srv, func() []string { mu.Lock(); defer mu.Unlock(); return seen }
}

func TestARefusedTokenIsRenewedOnce(t *testing.T) {
	for name, rest := range map[string]bool{"gRPC": false, "REST": true} {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t)
			var want atomic.Value
			want.Store("Bearer token-1")
			s, srv, restHeaders := clusterThatWants(t, func() string { return want.Load().(string) })
			s.PreferREST, s.Auth = rest, p.auth()
			c := &clock{now: time.Unix(1e9, 0)}
			deps := testDeps()
			deps.Now = c.Now
			client, err := Open(t.Context(), s, deps)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = client.Close() })
			seen := srv.authorizations
			if rest {
				seen = restHeaders
			}
			complete := func() error { return client.Complete(t.Context(), job.Job{Key: 1}, []byte(`{"a":1}`)) }
			if err := complete(); err != nil {
				t.Fatal(err)
			}
			want.Store("Bearer token-2") // the cluster no longer takes the first
			c.add(time.Minute)
			if err := complete(); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff([]string{"Bearer token-1", "Bearer token-1", "Bearer token-2"}, seen()); d != "" {
				t.Error(d)
			}
			want.Store("Bearer nobody")
			err = complete()
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Code != CodeUnauthenticated || e.Retryable || p.n.Load() != 2 {
				t.Errorf("%v after %d tokens, want to be refused with the fresh one", err, p.n.Load())
			}
			if strings.Contains(err.Error(), "token-2") {
				t.Errorf("the token is in %v", err)
			}
		})
	}
}

func TestBasicOnBothTransports(t *testing.T) {
	s, _, _ := clusterThatWants(t, func() string { return "Basic ZGVtbzpjYW5hcnktcHc=" })
	for name, rest := range map[string]bool{"gRPC": false, "REST": true} {
		s.PreferREST = rest
		s.Auth = Auth{Strategy: Basic, Username: "demo", Password: connector.NewSecret("canary-pw")}
		if _, err := open(t, s).Topology(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		s.Auth.Password = connector.NewSecret("canary-other")
		_, err := open(t, s).Topology(t.Context())
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Code != CodeUnauthenticated || e.Retryable || !strings.Contains(e.Fix, "CAMUNDA_CLIENT_AUTH_PASSWORD") {
			t.Errorf("%s with a wrong password: %v", name, err)
		}
		if text := err.Error(); strings.Contains(text, "canary") || strings.Contains(text, "ZGVtbzp") {
			t.Errorf("%s: a secret is in %s", name, text)
		}
	}
}

func TestCredentialsGoToTheClusterAlone(t *testing.T) {
	s, _, _ := clusterThatWants(t, func() string { return "Basic ZGVtbzpjYW5hcnktcHc=" })
	s.Auth = Auth{Strategy: Basic, Username: "demo", Password: connector.NewSecret("canary-pw")}
	base, h := open(t, s).REST()
	if base != s.REST+"/v2" {
		t.Error("base is", base)
	}
	got := ""
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization") }))
	t.Cleanup(other.Close)
	for address, want := range map[string]int{base + "/documents/1": http.StatusOK, other.URL: http.StatusOK} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := h.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: %d", address, res.StatusCode)
		}
	}
	if got != "" {
		t.Error("another server was given", got)
	}
}

func TestNothingPrintsASecret(t *testing.T) {
	s := Settings{
		GRPC: "http://u:canary-0@z", REST: "http://z",
		Auth: Auth{ClientSecret: connector.NewSecret("canary-1"), Password: connector.NewSecret("canary-2")},
		TLS:  TLS{Key: connector.NewSecret("canary-3")},
	}
	for _, text := range []string{s.String(), fmt.Sprintf("%v %+v %s", s, s, s), fmt.Sprintf("%+v", s.Auth), fmt.Sprintf("%#v", s.Auth), fmt.Sprintf("%+v", s.TLS)} {
		if strings.Contains(text, "canary") {
			t.Errorf("a secret is in %s", text)
		}
	}
	_, err := Open(t.Context(), s, testDeps())
	if err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("got %v, want an error without the password", err)
	}
}
