package schemathesis

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/all"
	"github.com/fairlead-io/fairlead/test/apptest"
)

func TestMain(m *testing.M) {
	apptest.Main(m, func() []*connector.Integration { return all.Integrations() })
}

// ask runs the program against an address and gives what it said.
func ask(t *testing.T, st, address, token string, limit time.Duration, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	line := append([]string{
		st, "run", address + "/openapi.json", "--url", address, "--header", "Authorization: Bearer " + token, "--checks", "not_a_server_error",
		"--continue-on-failure", "--no-color", "--request-timeout", "20", "--no-shrink", "--suppress-health-check", "all", "--warnings", "off",
	}, args...)
	cmd := command(ctx, line...)
	cmd.Dir = t.TempDir() // it leaves files behind
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestNothingMakesTheServerFail first makes a server fail, to see that it is told.
func TestNothingMakesTheServerFail(t *testing.T) {
	st, err := install(t)
	if err != nil {
		fmt.Printf("NOT RUN: schemathesis: %v\n", err)
		if os.Getenv("CI") == "true" {
			t.Fail()
		}
		return
	}
	p := apptest.Start(t)
	p.Connect(t, "aws-s3", "main", map[string]any{"accessKey": "AKIAEXAMPLE", "secretKey": "example-secret", "defaultRegionName": "us-east-1", "endpointUrl": "http://127.0.0.1:1"})
	p.Connect(t, "aws-s3", "second", map[string]any{"accessKey": "AKIAEXAMPLE", "secretKey": "example-secret", "defaultRegionName": "us-east-1", "endpointUrl": "http://127.0.0.1:1"})
	planted(t, st, p)
	phases, examples, limit, least := "fuzzing", "10", 4*time.Minute, 500
	if os.Getenv("FAIRLEAD_SOAK") != "" {
		phases, examples, limit, least = "examples,coverage,fuzzing", "150", 40*time.Minute, 5000
	}
	out, err := ask(t, st, p.URL, p.Token, limit, "--phases", phases, "-n", examples, "--seed", "1")
	cases, failed := counted(t, p)
	if err != nil || failed > 0 {
		t.Errorf("%v\n%s", err, tail(out))
	}
	if cases < least {
		t.Errorf("only %d cases\n%s", cases, tail(out))
	}
	fmt.Printf("FIGURE: schemathesis: %d cases over our own OpenAPI, %d answered with 500 or above\n", cases, failed)
}

// planted stands a proxy before the server that fails on what the document allows.
func planted(t *testing.T, st string, p *apptest.Process) {
	t.Helper()
	target, err := url.Parse(p.URL)
	apptest.Must(t, err)
	proxy := httputil.NewSingleHostReverseProxy(target)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n, _ := strconv.Atoi(r.URL.Query().Get("limit")); r.URL.Path == "/api/v1/files" && n > 500 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	defer s.Close()
	out, err := ask(t, st, s.URL, p.Token, 2*time.Minute, "--include-operation-id", "list-files", "--phases", "coverage,fuzzing", "-n", "50", "--seed", "1")
	if err == nil || !strings.Contains(out, "Server error") {
		t.Errorf("planted: a failing server was not noticed: %v\n%s", err, tail(out))
	}
}

func tail(s string) string { return s[max(0, len(s)-6000):] }

var requests = regexp.MustCompile(`(?m)^fairlead_http_requests_total\{.*status="(\d+)"\} (\d+)$`)

// counted asks the server itself, which counts every request.
func counted(t *testing.T, p *apptest.Process) (cases, failed int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+"/metrics", nil)
	apptest.Must(t, err)
	req.Header.Set("Authorization", "Bearer "+p.Token)
	res, err := p.HTTP.Do(req)
	apptest.Must(t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	apptest.Must(t, err)
	for _, m := range requests.FindAllStringSubmatch(string(raw), -1) {
		n, _ := strconv.Atoi(m[2])
		cases += n
		if m[1] >= "500" {
			failed += n
			fmt.Printf("answered %s: %s\n", m[1], m[0])
		}
	}
	return cases, failed
}
