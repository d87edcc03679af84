package s3wire

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairlead-io/fairlead/connector"
)

// A clock that is wrong is corrected by the service's, for all later requests.
func TestClockSkew(t *testing.T) {
	var sent atomic.Int64
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		sent.Add(1)
		at, err := time.Parse(longTime, r.Header.Get("X-Amz-Date"))
		if err != nil || time.Since(at).Abs() > time.Minute {
			if r.Method == http.MethodHead {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			xmlError(w, 403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")
		}
	})
	for _, off := range []time.Duration{-3 * time.Hour, 40 * time.Minute} {
		for name, call := range map[string]func(*Client) error{
			"DELETE": func(c *Client) error {
				_, err := c.Delete(t.Context(), &DeleteInput{Ref: Ref{Bucket: "b", Key: "k"}})
				return err
			},
			"HEAD": func(c *Client) error {
				_, err := c.Head(t.Context(), &GetInput{Ref: Ref{Bucket: "b", Key: "k"}})
				return err
			},
		} {
			sent.Store(0)
			c := clientOf(t, url, func(c *Config) { c.Now = func() time.Time { return time.Now().Add(off) } })
			if err := call(c); err != nil || sent.Load() != 2 {
				t.Errorf("%s, %s: %v after %d requests", name, off, err, sent.Load())
			}
			if err := call(c); err != nil || sent.Load() != 3 {
				t.Errorf("%s, %s, again: %v after %d requests", name, off, err, sent.Load())
			}
		}
	}
	// A service that says so of a right clock is believed, not asked again.
	c := clientOf(t, serve(t, func(w http.ResponseWriter, _ *http.Request) { xmlError(w, 403, "RequestTimeTooSkewed", "") }))
	_, err := c.Delete(t.Context(), &DeleteInput{Ref: Ref{Bucket: "b", Key: "k"}})
	if e := wantError(t, err); e.Attempts != 1 {
		t.Errorf("%+v", e)
	}
}

func TestCredentials(t *testing.T) {
	var got http.Header
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Clone() })
	n := 0
	c := clientOf(t, url, func(c *Config) {
		c.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			if n++; n == 3 {
				return aws.Credentials{}, &connector.Error{Kind: connector.Denied, Operation: "AssumeRole", Message: "No role."}
			}
			return aws.Credentials{AccessKeyID: fmt.Sprintf("ASIA%d", n), SecretAccessKey: "s", SessionToken: fmt.Sprintf("token%d", n)}, nil
		})
	})
	for i := range 2 { // keys change while the client lives
		_, err := c.Delete(t.Context(), &DeleteInput{Ref: Ref{Bucket: "b", Key: "k"}})
		must(t, err)
		if !strings.Contains(got.Get("Authorization"), fmt.Sprintf("Credential=ASIA%d/", i+1)) || got.Get("X-Amz-Security-Token") != fmt.Sprintf("token%d", i+1) || !strings.Contains(got.Get("Authorization"), "x-amz-security-token") {
			t.Errorf("%v", got)
		}
	}
	_, err := c.Delete(t.Context(), &DeleteInput{Ref: Ref{Bucket: "b", Key: "k"}})
	if x := wantError(t, err).Explain(""); n != 3 || x.Kind != connector.Denied || x.Operation != "AssumeRole" || x.Message != "No role." {
		t.Errorf("after %d: %+v", n, x)
	}
}

// Nothing is sent that would mean something else.
func TestRefusedInputs(t *testing.T) {
	c := clientOf(t, serve(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("sent %s %s", r.Method, r.URL) }))
	for name, call := range map[string]func(Ref) error{
		"Put":    func(r Ref) error { _, err := c.Put(t.Context(), &PutInput{Ref: r}); return err },
		"Get":    func(r Ref) error { _, _, err := c.Get(t.Context(), &GetInput{Ref: r}); return err },
		"Head":   func(r Ref) error { _, err := c.Head(t.Context(), &GetInput{Ref: r}); return err },
		"Delete": func(r Ref) error { _, err := c.Delete(t.Context(), &DeleteInput{Ref: r}); return err },
		"Copy": func(r Ref) error {
			_, err := c.Copy(t.Context(), &CopyInput{From: Ref{Bucket: "b", Key: "k"}, To: r})
			return err
		},
		"Begin": func(r Ref) error { _, err := c.Begin(t.Context(), r, &Headers{}); return err },
		"Abort": func(r Ref) error { return c.Abort(t.Context(), r, "u") },
	} {
		for _, r := range []Ref{{Key: "k"}, {Bucket: "b"}} {
			if e := wantError(t, call(r)); e.Attempts != 0 || e.Explain("").Kind != connector.Invalid || e.Explain("").Fix == "" {
				t.Errorf("%s %+v: %+v", name, r, e)
			}
		}
	}
	if _, err := c.List(t.Context(), &ListInput{}); wantError(t, err).Explain("").Kind != connector.Invalid {
		t.Error(err)
	}
	if _, err := c.ListVersions(t.Context(), &VersionsInput{}); wantError(t, err).Explain("").Kind != connector.Invalid {
		t.Error(err)
	}
	if _, err := c.DeleteMany(t.Context(), "", nil); wantError(t, err).Explain("").Kind != connector.Invalid {
		t.Error(err)
	}
}
