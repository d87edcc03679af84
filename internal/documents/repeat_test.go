package documents_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/documents"
	"github.com/fairlead-io/fairlead/internal/documents/documentstest"
)

// refuse answers when all of the body has come.
func refuse(status int, retryAfter string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.WriteHeader(status)
	}
}

func TestRefusedForNowIsAskedAgain(t *testing.T) {
	for _, tc := range []struct {
		reason     string
		status     int
		retryAfter string
		size       int
		stored     bool
	}{
		{"a cluster that is about to be back", 503, "", 1000, true},
		{"one that has too much to do", 429, "", 1000, true},
		{"one that says when", 503, "0", 1000, true},
		{"no content", 503, "", 0, true},
		{"all that is kept", 503, "", 256 << 10, true},
		{"more than is kept: it cannot be sent again", 503, "", 8 << 20, false},
		{"what is no matter of time", 500, "", 1000, false},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			c := documentstest.NewCluster(t)
			d := cluster(t, c)
			c.Script(refuse(tc.status, tc.retryAfter))
			content := bytes.Repeat([]byte("x"), tc.size)
			ref, err := d.Create(t.Context(), connector.NewDocument{Name: "a.txt", ContentType: "text/plain", Size: int64(tc.size)}, bytes.NewReader(content))
			if !tc.stored {
				if p, ok := errors.AsType[*documents.Problem](err); !ok || p.Code != tc.status {
					t.Fatalf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			c.Script(refuse(tc.status, tc.retryAfter)) // the download as well
			out, err := d.Open(t.Context(), ref)
			if err != nil {
				t.Fatal(err)
			}
			defer out.Body.Close()
			got, err := io.ReadAll(out.Body)
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("%d bytes came back of %d, %v", len(got), len(content), err)
			}
		})
	}
}
