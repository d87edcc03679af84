package kms_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/keys"
	"github.com/fairlead-io/fairlead/internal/keys/kms"
)

// What AWS KMS answers when a key cannot be used, which its simulator does not.
func TestAWSRefusals(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "canary-secret-key")
	for code, want := range map[string]keys.Kind{
		"DisabledException": keys.LostKey, "KMSInvalidStateException": keys.LostKey, "NotFoundException": keys.LostKey,
		"IncorrectKeyException": keys.WrongKey, "InvalidCiphertextException": keys.WrongKey,
		"AccessDeniedException": keys.Unavailable, "ThrottlingException": keys.Unavailable, "": keys.Unavailable,
	} {
		t.Run(code, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("X-Amz-Target") != "TrentService.Encrypt" || !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/") {
					t.Errorf("headers %v", r.Header)
				}
				w.WriteHeader(http.StatusBadRequest)
				if code != "" {
					_, _ = io.WriteString(w, `{"__type":"com.amazonaws.kms#`+code+`","message":"It says why."}`)
				}
			}))
			defer server.Close()
			kek, err := kms.Open(t.Context(), "awskms://arn:aws:kms:eu-west-1:1:key/k?endpoint="+url.QueryEscape(server.URL),
				kms.Deps{Now: time.Now, HTTP: func(connector.HTTPOptions) (*http.Client, error) { return server.Client(), nil }})
			must(t, err)
			_, err = kek.Wrap(t.Context(), []byte("x"), nil)
			if e, ok := errors.AsType[*keys.Error](err); !ok || e.Kind != want || code != "" && !strings.Contains(err.Error(), code) {
				t.Errorf("got %v, want kind %v", err, want)
			}
		})
	}
}
