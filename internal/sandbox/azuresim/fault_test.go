package azuresim

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// setRequests counts the versions that requests really made.
func (r *rig) versionsOf(vault, name string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.state.vaults[vault].secrets.live[name]
	if o == nil {
		return 0
	}
	return len(o.versions)
}

func TestFaults(t *testing.T) {
	r := startRig(t, nil)
	vault := r.openVault(t, VaultSpec{Name: "kv-fault"})
	onPut := func(f *Fault) func(*http.Request) *Fault {
		return func(q *http.Request) *Fault {
			if q.Method == http.MethodPut {
				return f
			}
			return nil
		}
	}
	for _, tc := range []struct {
		reason, name string
		fault        *Fault
		status       int
		code         string
		retryAfter   string
		versions     int
	}{
		{"throttled without Retry-After", "a", Throttled(""), 429, "Throttled", "", 0},
		{"throttled with Retry-After", "b", Throttled("7"), 429, "Throttled", "7", 0},
		{"an error before anything happened", "c", &Fault{Status: 500}, 500, "InternalServerError", "", 0},
		{"an error after the effect", "d", &Fault{Status: 503, AfterEffect: true}, 503, "ServiceUnavailable", "", 1},
		{"an error of one's own", "e", &Fault{Status: 504, Code: "GatewayTimeout", Message: "slow"}, 504, "GatewayTimeout", "", 0},
		{"nothing but a header", "f", &Fault{Header: http.Header{"Retry-After": {"1"}}}, 200, "", "1", 1},
		{"nothing at all", "g", nil, 200, "", "", 1},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			r.SetFault(onPut(tc.fault))
			defer r.SetFault(nil)
			status, header, body := r.call(t, http.MethodPut, vault+"secrets/"+tc.name+"?api-version=7.4", r.VaultAudience(), `{"value":"v"}`)
			if status != tc.status || header.Get("Retry-After") != tc.retryAfter {
				t.Errorf("%d, Retry-After %q", status, header.Get("Retry-After"))
			}
			if tc.code != "" {
				checkErrorBody(t, status, body, tc.status, tc.code, "", "")
			}
			if got := r.versionsOf("kv-fault", tc.name); got != tc.versions {
				t.Errorf("%d versions, want %d", got, tc.versions)
			}
		})
	}
}

// The connection breaks after the secret was stored: before the status line, and in the middle of the body.
func TestCutAnswer(t *testing.T) {
	r := startRig(t, nil)
	vault := r.openVault(t, VaultSpec{Name: "kv-cut"})
	for name, after := range map[string]int{"nothing": 0, "half": 20} {
		r.SetFault(func(*http.Request) *Fault { return &Fault{Cut: true, CutAfter: after} })
		token, err := r.MintToken(r.ClientID, r.VaultAudience(), r.clock.Now(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, vault+"secrets/"+name+"?api-version=7.4", strings.NewReader(`{"value":"v"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := r.http.Do(req)
		if after == 0 {
			if !errors.Is(err, io.EOF) {
				t.Errorf("%s: %v, want EOF", name, err)
			}
		} else {
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if len(b) != after || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%s: %q, %v", name, b, err)
			}
		}
		if got := r.versionsOf("kv-cut", name); got != 1 {
			t.Errorf("%s: %d versions, want the one that was stored", name, got)
		}
	}
	var cut int
	for _, q := range r.Requests() {
		if q.Faulted && q.Operation == "secrets.set" && q.Status == http.StatusOK {
			cut++
		}
	}
	if cut != 2 {
		t.Errorf("%d cut requests in the log, want 2", cut)
	}
}

// A client that gives up does not know that its secret was stored.
func TestDelayOutlivesItsClient(t *testing.T) {
	r := startRig(t, nil)
	vault := r.openVault(t, VaultSpec{Name: "kv-slow"})
	c := r.secrets(t, vault, r.credential(t))
	if _, err := c.SetSecret(t.Context(), "warm", azsecrets.SetSecretParameters{Value: ptr("v")}, nil); err != nil {
		t.Fatal(err)
	}
	arrived, stored := make(chan struct{}), make(chan struct{})
	r.SetFault(func(*http.Request) *Fault { close(arrived); return &Fault{Delay: time.Hour} })
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(stored)
		if _, err := c.SetSecret(ctx, "late", azsecrets.SetSecretParameters{Value: ptr("v")}, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want Canceled", err)
		}
	}()
	<-arrived
	cancel()
	<-stored
	r.SetFault(nil)
	deadline := time.Now().Add(10 * time.Second)
	for r.versionsOf("kv-slow", "late") != 1 {
		if time.Now().After(deadline) {
			t.Fatal("the secret was not stored")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// Close ends a delay at once.
func TestCloseEndsDelays(t *testing.T) {
	r := startRig(t, nil)
	arrived := make(chan struct{})
	r.SetFault(func(*http.Request) *Fault { close(arrived); return &Fault{Delay: time.Hour} })
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.Management()+"/subscriptions?api-version=2021-04-01", nil)
	if err != nil {
		t.Fatal(err)
	}
	failed := make(chan error, 1)
	go func() {
		resp, err := r.http.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		failed <- err
	}()
	<-arrived
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := <-failed; err == nil {
		t.Error("a request survived Close")
	}
}
