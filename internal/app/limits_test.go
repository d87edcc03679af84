package app

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/config"
)

// A disk that is nearly full takes no file, and the server says that it is not
// ready; the rest goes on.
func TestDiskIsKeptFree(t *testing.T) {
	cfg := config.Config{Data: t.TempDir(), LogLevel: "error", LogFormat: "text", MaxUpload: 1 << 20, Limits: config.Limits{MinFree: 1 << 60}}
	a, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		if err := a.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	c := a.Client("tester", "api")
	for _, tc := range []struct {
		method, path, body, part string
		status                   int
	}{
		{http.MethodPost, "/api/v1/files?name=a", "content", "nearly full", http.StatusTooManyRequests},
		{http.MethodGet, "/readyz", "", "nearly full", http.StatusServiceUnavailable},
		{http.MethodGet, "/healthz", "", "ok", http.StatusOK},
		{http.MethodPost, "/api/v1/integrations/utilities/commands/create-a-file-from-input-text-array/runs", `{"input":{"inputTextArray":["a"]}}`, "min-free", http.StatusOK}, // a run that failed
		{http.MethodPost, "/api/v1/integrations/utilities/commands/list-files/runs", `{}`, `"Successful"`, http.StatusOK},
	} {
		req, err := http.NewRequestWithContext(t.Context(), tc.method, EmbeddedURL+tc.path, strings.NewReader(tc.body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		raw := new(strings.Builder)
		if err := res.Write(raw); err != nil {
			t.Error(err)
		}
		res.Body.Close()
		if res.StatusCode != tc.status || !strings.Contains(raw.String(), tc.part) {
			t.Errorf("%s: %s", tc.path, raw)
		}
	}
}
