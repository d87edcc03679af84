package kms_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/keys"
	"github.com/fairlead-io/fairlead/internal/keys/kms"
	"github.com/fairlead-io/fairlead/internal/sandbox/azuresim"
)

// vault is a simulated vault with a key, and a client that reaches it by its names.
func vault(t *testing.T) (*azuresim.Server, kms.Deps, string) {
	t.Helper()
	sim, err := azuresim.Start(t.Context(), azuresim.Options{Clock: time.Now})
	must(t, err)
	t.Cleanup(func() { must(t, sim.Close()) })
	_, err = sim.AddVault(azuresim.VaultSpec{Name: "keep", Policies: []azuresim.AccessPolicy{{ObjectID: sim.ObjectID, Permissions: azuresim.AllPermissions()}}})
	must(t, err)
	_, err = sim.AddKey("keep", azuresim.ObjectSpec{Name: "fairlead"}, "RSA", 2048, "")
	must(t, err)
	t.Setenv("AZURE_TENANT_ID", sim.TenantID)
	t.Setenv("AZURE_CLIENT_ID", sim.ClientID)
	t.Setenv("AZURE_CLIENT_SECRET", sim.ClientSecret)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(sim.CAPEM())
	tr := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			to, ok := sim.Resolve(addr)
			if !ok {
				return nil, &net.DNSError{Err: "no such host", Name: addr, IsNotFound: true}
			}
			return new(net.Dialer).DialContext(ctx, network, to)
		},
	}
	t.Cleanup(tr.CloseIdleConnections)
	host := strings.TrimSuffix(strings.TrimPrefix(sim.VaultURL("keep"), "https://"), "/")
	setting := "azurekeyvault://" + host + "/keys/fairlead?authority=" + url.QueryEscape(sim.Authority())
	deps := kms.Deps{Now: time.Now, HTTP: func(connector.HTTPOptions) (*http.Client, error) { return &http.Client{Transport: tr}, nil }}
	return sim, deps, setting
}

func TestAzureKeyVault(t *testing.T) {
	sim, deps, setting := vault(t)
	kek, err := kms.Open(t.Context(), setting, deps)
	must(t, err)
	if strings.Contains(kek.ID(), "?") || !strings.HasSuffix(kek.ID(), "/keys/fairlead") {
		t.Errorf("id %s", kek.ID())
	}
	big := bytes.Repeat([]byte("keyset "), 2000) // more than RSA takes
	wrapped, err := kek.Wrap(t.Context(), big, []byte("place"))
	must(t, err)
	if bytes.Contains(wrapped, []byte("keyset ")) {
		t.Fatal("what is wrapped shows")
	}
	_, err = sim.AddKey("keep", azuresim.ObjectSpec{Name: "fairlead"}, "RSA", 2048, "") // the vault rotates its key
	must(t, err)
	again, err := kms.Open(t.Context(), setting, deps)
	must(t, err)
	if got, err := again.Unwrap(t.Context(), wrapped, []byte("place")); err != nil || !bytes.Equal(got, big) {
		t.Errorf("after the vault rotated its key: %v", err)
	}
	if _, err := kek.Unwrap(t.Context(), wrapped, []byte("another place")); err == nil {
		t.Error("unwrapped for another place")
	}
	for bit := 0; bit < len(wrapped)*8; bit += 97 {
		changed := bytes.Clone(wrapped)
		changed[bit/8] ^= 1 << (bit % 8)
		if _, err := kek.Unwrap(t.Context(), changed, []byte("place")); err == nil {
			t.Fatalf("bit %d was flipped and not noticed", bit)
		}
	}
	if sent := len(sim.Requests()); sent == 0 {
		t.Error("the vault was not asked")
	}
}

func TestAzureRefusals(t *testing.T) {
	sim, deps, setting := vault(t)
	_, err := sim.AddKey("keep", azuresim.ObjectSpec{Name: "off", Disabled: true}, "RSA", 2048, "")
	must(t, err)
	for _, c := range []struct {
		reason, from, to string
		secret           string
		want             keys.Kind
		says             string
	}{
		{"no such key", "keys/fairlead", "keys/nowhere", "", keys.LostKey, "enable or recover"},
		{"a disabled key", "keys/fairlead", "keys/off", "", keys.LostKey, "enable or recover"},
		{"no such vault", "keep.", "gone.", "", keys.Unavailable, "cannot be reached"},
		{"wrong credentials", "", "", "wrong", keys.Unavailable, "AZURE_CLIENT_SECRET"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			if c.secret != "" {
				t.Setenv("AZURE_CLIENT_SECRET", c.secret)
			}
			kek, err := kms.Open(t.Context(), strings.Replace(setting, c.from, c.to, 1), deps)
			must(t, err)
			_, err = kek.Wrap(t.Context(), []byte("x"), nil)
			if e, ok := errors.AsType[*keys.Error](err); !ok || e.Kind != c.want || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want kind %v that says %q", err, c.want, c.says)
			}
			if err != nil && strings.Contains(err.Error(), sim.ClientSecret) {
				t.Error("the error shows the client secret")
			}
		})
	}
}

func TestSettingsThatAreWrong(t *testing.T) {
	deps := kms.Deps{Now: time.Now, HTTP: func(connector.HTTPOptions) (*http.Client, error) { return &http.Client{}, nil }}
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	t.Setenv("AWS_CONFIG_FILE", "/nowhere")
	for _, setting := range []string{
		"gcpkms://x", "awskms://", "awskms://key", "azurekeyvault://v.vault.azure.net", "azurekeyvault://v/keys/", "azurekeyvault://v/secrets/a",
		"azurekeyvault://u:hunter2@v/keys/a", "awskms://key?region=r&ca=/nowhere.pem",
	} {
		_, err := kms.Open(t.Context(), setting, deps)
		if e, ok := errors.AsType[*keys.Error](err); !ok || e.Kind != keys.Invalid {
			t.Errorf("%s: got %v, want Invalid", setting, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error shows the password: %v", setting, err)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
