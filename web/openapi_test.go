package web

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/internal/api"
	"github.com/fairlead-io/fairlead/internal/catalog"
)

// TestGoldenOpenAPI keeps the document that the console's client is made from.
// It has no integrations, whose operations the console learns at run time.
func TestGoldenOpenAPI(t *testing.T) {
	none, err := catalog.New()
	if err != nil {
		t.Fatal(err)
	}
	a := api.New(api.Deps{Catalog: none, Now: time.Now, Log: slog.New(slog.DiscardHandler), Version: api.Version{Version: "console", API: "v1"}})
	w := httptest.NewRecorder()
	a.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/openapi.json", nil))
	var got bytes.Buffer
	if err := json.Indent(&got, w.Body.Bytes(), "", " "); err != nil {
		t.Fatalf("%d: %v", w.Code, err)
	}
	got.WriteByte('\n')
	path := filepath.Join("src", "api", "openapi.json")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("the API is not the one that the console was built for; run make generate, then make web:\n%s", diff)
	}
}
