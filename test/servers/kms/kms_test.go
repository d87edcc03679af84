// Package kms_test shows a key-encryption key in AWS KMS, as moto simulates it, over the whole program.
package kms_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/app"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/config"
	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/keys"
	"github.com/fairlead-io/fairlead/internal/keys/care"
	"github.com/fairlead-io/fairlead/internal/keys/kms"
	"github.com/fairlead-io/fairlead/test/servers"
)

// moto gives the endpoint of the simulated KMS, empty where there is none.
func moto(t *testing.T) string {
	t.Helper()
	running, missing := servers.AllS3()
	for _, s := range running {
		if s.Name == "moto" {
			t.Setenv("AWS_ACCESS_KEY_ID", s.Owner.AccessKey)
			t.Setenv("AWS_SECRET_ACCESS_KEY", s.Owner.SecretKey)
			return s.Endpoint
		}
	}
	for _, m := range missing {
		if m.Name == "moto" {
			servers.NotRun(t, "AWS KMS", m.Reason)
		}
	}
	return ""
}

// admin calls an operation of KMS that the product does not need. moto checks no signature.
func admin(t *testing.T, endpoint, operation string, in any) map[string]any {
	t.Helper()
	body, err := json.Marshal(in)
	must(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, bytes.NewReader(body))
	must(t, err)
	req.Header.Set("X-Amz-Target", "TrentService."+operation)
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/kms/aws4_request, SignedHeaders=host, Signature=0")
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	must(t, err)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s", operation, res.StatusCode, raw)
	}
	out := map[string]any{}
	if len(raw) > 0 {
		must(t, json.Unmarshal(raw, &out))
	}
	return out
}

func newKey(t *testing.T, endpoint string) string {
	t.Helper()
	meta, _ := admin(t, endpoint, "CreateKey", map[string]any{})["KeyMetadata"].(map[string]any)
	id, _ := meta["KeyId"].(string)
	return id
}

func setting(key, endpoint string) string {
	return "awskms://" + key + "?region=us-east-1&endpoint=" + url.QueryEscape(endpoint)
}

func start(t *testing.T, dir, kek string) (*app.App, error) {
	t.Helper()
	return app.Open(t.Context(), config.Config{Data: dir, KEK: kek, LogLevel: "error", LogFormat: "text", MaxUpload: 1 << 20}, app.WithLog(slog.New(slog.DiscardHandler)))
}

func stop(t *testing.T, a *app.App) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
	defer cancel()
	must(t, a.Close(ctx))
}

// An installation moves its keysets from the key file into KMS while it runs, starts again with the new setting, and
// does not start with the old one, nor with another key.
func TestMoveIntoKMS(t *testing.T) {
	endpoint := moto(t)
	if endpoint == "" {
		return
	}
	dir, key := t.TempDir(), newKey(t, endpoint)
	a, err := start(t, dir, "")
	must(t, err)
	at := keys.AD{Tenant: "default", Kind: "connection", Owner: "o", Field: "f", SchemaVersion: 1}
	sealed, err := a.Keys.Sealer.Seal(t.Context(), "default", at, []byte("value"))
	must(t, err)
	res, err := a.Keys.Rotate(t.Context(), authz.Local("ann"), care.Order{KEK: setting(key, endpoint)})
	must(t, err)
	if res.KEK != "awskms://"+key {
		t.Errorf("the keysets are wrapped by %s", res.KEK)
	}
	stop(t, a)

	_, err = start(t, dir, "")
	if e := connector.AsError(err); e == nil || e.Kind != connector.Invalid || !strings.Contains(e.Message, key) {
		t.Errorf("with the setting before: got %v, want an error that names the key", err)
	}
	a, err = start(t, dir, setting(key, endpoint))
	must(t, err)
	got, err := a.Keys.Sealer.Open(t.Context(), "default", at, sealed)
	if err != nil || string(got) != "value" {
		t.Errorf("got %q, %v", got, err)
	}
	stop(t, a)

	_, err = start(t, dir, setting("00000000-0000-0000-0000-000000000000", endpoint))
	if e := connector.AsError(err); e == nil || !strings.Contains(e.Message, key) || e.Fix == "" {
		t.Errorf("with another key: got %v, want an error that names the right one", err)
	}
}

func TestRefusals(t *testing.T) {
	endpoint := moto(t)
	if endpoint == "" {
		return
	}
	key, other := newKey(t, endpoint), newKey(t, endpoint)
	deps := kms.Deps{HTTP: egress.New(egress.Policy{}).Client, Now: time.Now}
	open := func(s string) keys.KEK {
		k, err := kms.Open(t.Context(), s, deps)
		must(t, err)
		return k
	}
	wrapped, err := open(setting(key, endpoint)).Wrap(t.Context(), []byte("keyset"), []byte("place"))
	must(t, err)
	for _, c := range []struct {
		reason, setting string
		want            keys.Kind
	}{
		{"another key", setting(other, endpoint), keys.Unavailable}, // AWS says IncorrectKeyException, moto AccessDeniedException
		{"no such key", setting("00000000-0000-0000-0000-000000000000", endpoint), keys.LostKey},
		{"nobody answers", setting(key, "http://127.0.0.1:1"), keys.Unavailable},
	} {
		_, err := open(c.setting).Unwrap(t.Context(), wrapped, []byte("place"))
		if e, ok := errors.AsType[*keys.Error](err); !ok || e.Kind != c.want {
			t.Errorf("%s: got %v, want kind %v", c.reason, err, c.want)
		}
	}
	if _, err := open(setting(key, endpoint)).Unwrap(t.Context(), wrapped, []byte("another place")); err == nil {
		t.Error("unwrapped for another place")
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
