package s3

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
	"github.com/fairlead-io/fairlead/internal/validate"
)

const roleName = "arn:aws:iam::123456789012:role/flows"

// tester is a sandbox with everything that Test Connection tells apart.
func tester(t *testing.T) (*s3sim.Server, func(settings map[string]any) *run.Record) {
	all := s3sim.AllowActions("s3:*", "sts:*")
	sim := startSim(t, func(o *s3sim.Options) {
		o.Identities = []s3sim.Identity{
			{Name: "lister", AccessKey: "AKIALISTER", SecretKey: "lister-secret-key", Allow: all},
			{Name: "nobody", AccessKey: "AKIANOBODY", SecretKey: "nobody-secret-key"},
		}
		o.Roles = []s3sim.Role{
			{ARN: roleName, Trusted: []string{"AKIALISTER"}, Allow: all},
			{ARN: roleName + "-external", Trusted: []string{"AKIALISTER"}, ExternalID: "deal-42", Allow: all},
			{ARN: roleName + "-narrow", Trusted: []string{"AKIALISTER"}},
		}
	})
	b := newBench(t, stage{})
	return sim, func(settings map[string]any) *run.Record {
		s := map[string]any{"accessKey": "AKIALISTER", "secretKey": "lister-secret-key", "endpointUrl": sim.Endpoint(), "requestTimeout": 5}
		for k, v := range settings {
			s[k] = v
		}
		raw := mustJSON(t, s)
		rec, err := b.Run(t.Context(), b.Owner, run.Request{Integration: "aws-s3", Command: "test-connection", Inline: raw, Origin: "test"})
		must(t, err)
		return rec
	}
}

const failed = "Test Connection failed. Failed to check the connector. Status Code: "

func TestConnectionToldApart(t *testing.T) {
	t.Parallel() // it waits more than it works
	_, try := tester(t)
	html := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("<html><body>console</body></html>"))
	}))
	defer html.Close()
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	skew := httptest.NewServer(xmlError(http.StatusForbidden, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."))
	defer skew.Close()
	for _, tc := range []struct {
		name     string
		settings map[string]any
		line     string // what the one line begins with; empty: Successful
		has, fix string
	}{
		{"fine", nil, "", "user/lister", ""},
		{"fine with a role", map[string]any{"defaultRoleArn": roleName}, "", "assumed-role/flows/fairlead-", ""},
		{"fine with an external ID", map[string]any{"defaultRoleArn": roleName + "-external", "externalId": "deal-42", "defaultRoleSessionName": "case_42+x"}, "", "assumed-role/flows-external/case_42+x", ""},
		{"wrong key", map[string]any{"accessKey": "AKIAUNKNOWN"}, failed + "403. Message: The AWS Access Key Id you provided does not exist in our records.", "", "Access Key"},
		{"wrong secret", map[string]any{"secretKey": "other-secret-key"}, failed + "403. Message: The request signature we calculated does not match", "", "Secret Key"},
		{"a token that does not belong", map[string]any{"sessionToken": "not-a-session-token"}, failed + "400. Message: The provided token is malformed", "", "Session Token"},
		{"clock", map[string]any{"endpointUrl": skew.URL}, failed + "403. Message: The difference between the request time", "", "clock"},
		{"name", map[string]any{"endpointUrl": "http://no-such-host.invalid"}, failed + "503. Message: ", "no-such-host.invalid", "DNS"},
		{"nobody listens", map[string]any{"endpointUrl": "http://" + closedPort(t)}, failed + "503. Message: ", "refused", "port"},
		{"TLS", map[string]any{"endpointUrl": secure.URL}, failed + "503. Message: ", "certificate", "CA"},
		{"not TLS", map[string]any{"endpointUrl": strings.Replace(html.URL, "http:", "https:", 1)}, failed + "503. Message: ", "TLS", "http://"},
		{"not S3", map[string]any{"endpointUrl": html.URL}, failed + "404. Message: ", "does not answer like an S3 service", "Endpoint URL"},
		{"no answer", map[string]any{"endpointUrl": silent(t), "requestTimeout": 1}, failed + "504. Message: The service sent or took nothing for 1s.", "", "Request Timeout"},
		{"may not list", map[string]any{"accessKey": "AKIANOBODY", "secretKey": "nobody-secret-key"}, failed + "403. Message: ", "user/nobody", "s3:ListAllMyBuckets"},
		{"the role may not list", map[string]any{"defaultRoleArn": roleName + "-narrow"}, failed + "403. Message: ", "assumed-role/flows-narrow", "s3:ListAllMyBuckets"},
		{"not trusted", map[string]any{"accessKey": "AKIANOBODY", "secretKey": "nobody-secret-key", "defaultRoleArn": roleName}, failed + "403. Message: ", "sts:AssumeRole", "user/nobody"},
		{"external ID missing", map[string]any{"defaultRoleArn": roleName + "-external"}, failed + "403. Message: ", "sts:AssumeRole", "External ID is empty"},
		{"external ID wrong", map[string]any{"defaultRoleArn": roleName + "-external", "externalId": "deal-43"}, failed + "403. Message: ", "sts:AssumeRole", "External ID is not the one"},
		{"duration", map[string]any{"defaultRoleArn": roleName, "defaultSessionDurationTime": 7200}, failed + "400. Message: ", "MaxSessionDuration", "Session Duration Time"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rec := try(tc.settings)
			if tc.line == "" {
				wantVerdict(t, rec, run.Successful)
				if got := rawData[connector.CheckResult](t, rec).Identity; !strings.Contains(got, tc.has) {
					t.Errorf("identity %q, want %q in it", got, tc.has)
				}
				return
			}
			wantVerdict(t, rec, run.Failed)
			if !strings.HasPrefix(line(rec), tc.line) || !strings.Contains(line(rec), tc.has) || strings.Contains(line(rec), "An error occurred") {
				t.Errorf("the run says %s", line(rec))
			}
			if it := rec.Error.Items; len(it) != 1 || !strings.Contains(it[0].Fix, tc.fix) {
				t.Errorf("fix %q, want %q in it", rec.Error.Fix, tc.fix)
			}
		})
	}
}

func xmlError(status int, code, message string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`<?xml version="1.0"?><Error><Code>` + code + `</Code><Message>` + message + `</Message></Error>`))
	})
}

func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}

func silent(t *testing.T) string {
	t.Helper()
	stop := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stop }))
	t.Cleanup(srv.Close)
	t.Cleanup(func() { close(stop) })
	return srv.URL
}

// The seed's sample and what the role's parameters override.
func TestRolesOfCommands(t *testing.T) {
	sim, _ := tester(t)
	b := newBench(t, stage{settings: map[string]any{
		"accessKey": "AKIALISTER", "secretKey": "lister-secret-key", "endpointUrl": sim.Endpoint(), "defaultRoleArn": roleName + "-narrow",
	}})
	rec, _ := do1[ListBucketsOut](t, b, "list-buckets", in{})
	wantVerdict(t, rec, run.Failed)
	for range 3 {
		rec, _ = do1[ListBucketsOut](t, b, "list-buckets", in{"roleArn": roleName, "roleSessionName": "mine", "sessionDurationTime": 1800})
		wantVerdict(t, rec, run.Successful)
	}
	assumed := 0
	for _, r := range sim.Requests() {
		if r.Operation == "AssumeRole" {
			assumed++
		}
	}
	if assumed != 2 {
		t.Errorf("AssumeRole was called %d times, want once for each role", assumed)
	}
}

func TestRegionsOfCommands(t *testing.T) {
	b := newBench(t, stage{settings: map[string]any{"defaultRegionName": "eu west nonsense:eu-west-2"}})
	for text, want := range map[string]string{"": "eu-west-2", "US WEST (oregon)": "us-west-2", "garage": "garage"} {
		b.sim.ResetRequests()
		rec, _ := do1[ListBucketsOut](t, b, "list-buckets", in{"regionName": text})
		wantVerdict(t, rec, run.Successful)
		if got := b.sim.Requests()[0].Region; got != want {
			t.Errorf("region %q was called for %q, want %q", got, text, want)
		}
	}
	rec, _ := do1[ListBucketsOut](t, b, "list-buckets", in{"regionName": "no region!"})
	wantVerdict(t, rec, run.Failed)
	if it := rec.Error.Items[0]; it.Field != "/regionName" || it.StatusCode != 400 || !strings.Contains(it.Message, `Unknown region "no region!"`) {
		t.Errorf("%+v", it)
	}
}

func TestSettingsValidate(t *testing.T) {
	conn := Integration().Connection
	for _, tc := range []struct {
		name     string
		settings map[string]any
		fields   []string
	}{
		{"the defaults and two keys", map[string]any{"accessKey": "AKIAX", "secretKey": "secret"}, nil},
		{"the chain needs no keys", map[string]any{"authenticationType": "default credentials chain"}, nil},
		{"keys are missing", map[string]any{}, []string{"/accessKey", "/secretKey"}},
		{"an unknown region", map[string]any{"authenticationType": defaultChain, "defaultRegionName": "us-east-9"}, []string{"/defaultRegionName"}},
		{"an unknown region of another maker", map[string]any{"authenticationType": defaultChain, "defaultRegionName": "garage", "endpointUrl": "http://localhost:3900"}, nil},
		{"an endpoint that is none", map[string]any{"authenticationType": defaultChain, "endpointUrl": "ftp://x.example"}, []string{"/endpointUrl"}},
		{"credentials in the proxy's address", map[string]any{"authenticationType": defaultChain, "proxy": "http://u:p@proxy.example:3128"}, []string{"/proxy"}},
		{"proxy credentials without proxy", map[string]any{"authenticationType": defaultChain, "proxyCredentials": "u:p"}, []string{"/proxyCredentials"}},
		{"no certificate", map[string]any{"authenticationType": defaultChain, "caBundle": "hello"}, []string{"/caBundle"}},
		{"role, session and duration", map[string]any{"authenticationType": defaultChain, "defaultRoleArn": "x", "defaultRoleSessionName": "a b", "defaultSessionDurationTime": 50000}, []string{"/defaultRoleArn", "/defaultRoleSessionName", "/defaultSessionDurationTime"}},
		{"concurrency and timeout", map[string]any{"authenticationType": defaultChain, "concurrency": 0, "requestTimeout": 0, "pathStyle": "Sometimes"}, []string{"/pathStyle", "/requestTimeout", "/concurrency"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v, errs := validate.New().Object(conn.Settings, tc.settings)
			if len(errs) == 0 {
				errs = conn.Validate(mustJSON(t, v))
			}
			var got []string
			for _, e := range errs {
				got = append(got, e.Field)
				if e.Fix == "" {
					t.Errorf("%s has no fix", e.Field)
				}
			}
			if diff := cmp.Diff(tc.fields, got); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPathStyle(t *testing.T) {
	for _, tc := range []struct {
		style, endpoint string
		want            bool
	}{
		{pathAutomatic, "", false},
		{pathAutomatic, "http://localhost:9000", true},
		{pathAutomatic, "https://bucket.vpce-1a2b.s3.eu-west-1.vpce.amazonaws.com", false},
		{pathOn, "", true},
		{"Off", "http://localhost:9000", false},
	} {
		s := &session{settings: Settings{PathStyle: tc.style, EndpointURL: tc.endpoint}}
		if got := s.pathStyle(); got != tc.want {
			t.Errorf("%s, %q: %v", tc.style, tc.endpoint, got)
		}
	}
}

func TestDefaultChain(t *testing.T) {
	sim := startSim(t, nil)
	instance := httptest.NewServer(instanceMetadata(sim.AccessKey(), sim.SecretKey()))
	defer instance.Close()
	dir := t.TempDir()
	keys := "[good]\naws_access_key_id = " + sim.AccessKey() + "\naws_secret_access_key = " + sim.SecretKey() + "\n"
	must(t, os.WriteFile(filepath.Join(dir, "credentials"), []byte(keys), 0o600))
	for _, tc := range []struct {
		name string
		env  map[string]string
		err  string
	}{
		{"nothing", nil, "found no usable credentials"},
		{"keys of the environment", map[string]string{"AWS_ACCESS_KEY_ID": sim.AccessKey(), "AWS_SECRET_ACCESS_KEY": sim.SecretKey()}, ""},
		{"a profile", map[string]string{"AWS_PROFILE": "good"}, ""},
		{"a profile that is not there", map[string]string{"AWS_PROFILE": "bad"}, "bad"},
		{"a container", map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": instance.URL + "/container"}, ""},
		{"an instance", map[string]string{"AWS_EC2_METADATA_SERVICE_ENDPOINT": instance.URL, "AWS_EC2_METADATA_DISABLED": ""}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			env := testEnv()
			env.LookupEnv = func(name string) (string, bool) {
				if v, ok := tc.env[name]; ok {
					return v, true
				}
				v, ok := map[string]string{
					"AWS_CONFIG_FILE": filepath.Join(dir, "config"), "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(dir, "credentials"), "AWS_EC2_METADATA_DISABLED": "true",
				}[name]
				return v, ok
			}
			s, err := open(env, &Settings{DefaultRegionName: "us-east-1", AuthenticationType: defaultChain, EndpointURL: sim.Endpoint(), PathStyle: pathAutomatic, RequestTimeout: 5, Concurrency: 1}, defaultLimits())
			must(t, err)
			defer func() { must(t, s.Close(t.Context())) }()
			_, err = check(t.Context(), nil, s)
			switch {
			case tc.err == "" && err != nil:
				t.Error(err)
			case tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err) || connector.AsError(err).Fix == ""):
				t.Errorf("%v, want %q", err, tc.err)
			}
		})
	}
}

// instanceMetadata is the metadata service of an instance or a container.
func instanceMetadata(key, secret string) http.Handler {
	mux := http.NewServeMux()
	text := func(s string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(s)) }
	}
	until := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	creds := `{"Code":"Success","AccessKeyId":"` + key + `","SecretAccessKey":"` + secret + `","Token":"","Expiration":"` + until + `"}`
	mux.HandleFunc("PUT /latest/api/token", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "600")
		_, _ = w.Write([]byte("token"))
	})
	mux.HandleFunc("/latest/meta-data/iam/security-credentials/", text("role"))
	mux.HandleFunc("/latest/meta-data/iam/security-credentials/role", text(creds))
	mux.HandleFunc("/container", text(creds))
	return mux
}

func TestSessionNameIsMadeUp(t *testing.T) {
	s, err := open(testEnv(), &Settings{DefaultRegionName: "us-east-1", DefaultRoleARN: roleName, DefaultSessionDurationTime: 3600, AuthenticationType: accessKeys}, defaultLimits())
	must(t, err)
	defer func() { must(t, s.Close(t.Context())) }()
	r := s.roleFor(Target{})
	f, _ := mustField(t, "defaultRoleSessionName")
	if !strings.HasPrefix(r.Session, "fairlead-") || len(r.Session) > *f.MaxLength || r.Duration != time.Hour {
		t.Errorf("role %+v", r)
	}
	if again := s.roleFor(Target{}); again != r {
		t.Errorf("another session each time: %v and %v", r, again)
	}
}

func mustField(t *testing.T, id string) (*schema.Field, bool) {
	t.Helper()
	f, ok := Integration().Connection.Settings.Field(id)
	if !ok {
		t.Fatalf("no setting %s", id)
	}
	return f, ok
}
