package gateway

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
)

// compareSecrets compares what secrets hold, which cmp cannot see.
var compareSecrets = cmp.Comparer(func(a, b connector.Secret) bool { return a.Reveal() == b.Reveal() })

func fromEnv(env map[string]string) (Settings, error) {
	return FromEnv(func(n string) (string, bool) { v, ok := env[n]; return v, ok })
}

func ptr[T any](v T) *T { return &v }

func TestFromEnv(t *testing.T) {
	local := func(change func(*Settings)) Settings {
		s := Settings{GRPC: DefaultGRPC, REST: DefaultREST, Auth: Auth{Strategy: NoAuth}}
		if change != nil {
			change(&s)
		}
		return s
	}
	tests := []struct {
		why  string
		env  map[string]string
		want Settings
	}{
		{"nothing is said", nil, local(nil)},
		{"empty values, as charts leave them, say nothing", map[string]string{"CAMUNDA_CLIENT_GRPCADDRESS": " ", "CAMUNDA_CLIENT_AUTH_CLIENTID": ""}, local(nil)},
		{
			"the connector runtime's names",
			map[string]string{
				"CAMUNDA_CLIENT_MODE": "self-managed", "CAMUNDA_CLIENT_GRPCADDRESS": "http://zeebe:26500", "CAMUNDA_CLIENT_RESTADDRESS": "http://zeebe:8080",
				"CAMUNDA_CLIENT_PREFERRESTOVERGRPC": "true", "CAMUNDA_CLIENT_AUTH_METHOD": "oidc", "CAMUNDA_CLIENT_AUTH_CLIENTID": "connectors",
				"CAMUNDA_CLIENT_AUTH_CLIENTSECRET": "s3cret", "CAMUNDA_CLIENT_AUTH_TOKENURL": "http://keycloak/token", "CAMUNDA_CLIENT_AUTH_AUDIENCE": "aud",
				"CAMUNDA_CLIENT_AUTH_SCOPE": "scp", "CAMUNDA_CLIENT_CACERTIFICATEPATH": "/ca.pem", "CAMUNDA_CLIENT_TENANTID": "acme",
				"CAMUNDA_CLIENT_WORKER_DEFAULTS_MAXJOBSACTIVE": "64", "CAMUNDA_CLIENT_WORKER_DEFAULTS_STREAMENABLED": "false",
				"CAMUNDA_CLIENT_WORKER_DEFAULTS_TIMEOUT": "PT5M", "CAMUNDA_CLIENT_WORKER_DEFAULTS_POLLINTERVAL": "100", "CAMUNDA_CLIENT_WORKER_DEFAULTS_REQUESTTIMEOUT": "10s",
				"CAMUNDA_CLIENT_WORKER_DEFAULTS_TENANTIDS": "acme, <default>", "CAMUNDA_CLIENT_WORKER_DEFAULTS_ENABLED": "on", "CAMUNDA_CLIENT_WORKER_DEFAULTS_NAME": "w",
				"CAMUNDA_CLIENT_KEEPALIVE": "45000", "CAMUNDA_CLIENT_REQUESTTIMEOUT": "PT10S",
			},
			Settings{
				GRPC: "http://zeebe:26500", REST: "http://zeebe:8080", PreferREST: true, Given: true, Tenant: "acme", TLS: TLS{CAFile: "/ca.pem"},
				Auth: Auth{Strategy: OAuth, ClientID: "connectors", ClientSecret: connector.NewSecret("s3cret"), TokenURL: "http://keycloak/token", Audience: "aud", Scope: "scp"},
				Worker: WorkerDefaults{
					Name: "w", MaxJobs: 64, Stream: ptr(false), Enabled: ptr(true), Timeout: 5 * time.Minute, PollInterval: 100 * time.Millisecond,
					RequestTimeout: 10 * time.Second, Tenants: []string{"acme", "<default>"},
				},
				KeepAlive: 45 * time.Second, RequestTimeout: 10 * time.Second,
			},
		},
		{
			"underscores for dashes, and a list by index",
			map[string]string{
				"CAMUNDA_CLIENT_GRPC_ADDRESS": "grpcs://z", "CAMUNDA_CLIENT_REST_ADDRESS": "https://z/ctx", "CAMUNDA_CLIENT_PREFER_REST_OVER_GRPC": "no",
				"CAMUNDA_CLIENT_WORKER_DEFAULTS_MAX_JOBS_ACTIVE": "5", "CAMUNDA_CLIENT_WORKER_DEFAULTS_TENANT_IDS_0": "a", "CAMUNDA_CLIENT_WORKER_DEFAULTS_TENANT_IDS_1_": "b",
			},
			local(func(s *Settings) {
				s.GRPC, s.REST, s.Given = "grpcs://z", "https://z/ctx", true
				s.Worker = WorkerDefaults{MaxJobs: 5, Tenants: []string{"a", "b"}}
			}),
		},
		{
			"properties by their own names",
			map[string]string{"camunda.client.grpc-address": "http://z:1", "camunda.client.rest-address": "http://z:2"},
			local(func(s *Settings) { s.GRPC, s.REST, s.Given = "http://z:1", "http://z:2", true }),
		},
		{
			"the client libraries' names",
			map[string]string{
				"CAMUNDA_REST_ADDRESS": "https://z/v2", "CAMUNDA_GRPC_ADDRESS": "z:26500", "CAMUNDA_AUTH_STRATEGY": "OAUTH", "CAMUNDA_CLIENT_ID": "id",
				"CAMUNDA_CLIENT_SECRET": "sec", "CAMUNDA_OAUTH_URL": "https://idp/token", "CAMUNDA_TOKEN_AUDIENCE": "a", "CAMUNDA_TOKEN_SCOPE": "s",
				"CAMUNDA_MTLS_CERT_PATH": "/c", "CAMUNDA_MTLS_KEY_PATH": "/k", "CAMUNDA_MTLS_CA_PATH": "/ca", "CAMUNDA_WORKER_TIMEOUT": "60000",
				"CAMUNDA_WORKER_MAX_CONCURRENT_JOBS": "10", "CAMUNDA_DEFAULT_TENANT_ID": "t",
			},
			Settings{
				GRPC: "z:26500", REST: "https://z/v2", Given: true, Tenant: "t", TLS: TLS{CAFile: "/ca", CertFile: "/c", KeyFile: "/k"},
				Auth:   Auth{Strategy: OAuth, ClientID: "id", ClientSecret: connector.NewSecret("sec"), TokenURL: "https://idp/token", Audience: "a", Scope: "s"},
				Worker: WorkerDefaults{MaxJobs: 10, Timeout: time.Minute},
			},
		},
		{
			"Basic, without being named",
			map[string]string{"CAMUNDA_BASIC_AUTH_USERNAME": "demo", "CAMUNDA_BASIC_AUTH_PASSWORD": "demo"},
			local(func(s *Settings) {
				s.Auth = Auth{Strategy: Basic, Username: "demo", Password: connector.NewSecret("demo")}
			}),
		},
		{
			"a strategy of none beats credentials",
			map[string]string{"CAMUNDA_AUTH_STRATEGY": "NONE", "CAMUNDA_CLIENT_ID": "x"},
			local(func(s *Settings) { s.Auth.ClientID = "x" }),
		},
		{
			"OAuth, without being named, and discovered",
			map[string]string{"CAMUNDA_CLIENT_AUTH_CLIENTID": "i", "CAMUNDA_CLIENT_AUTH_CLIENTSECRET": "s", "CAMUNDA_CLIENT_AUTH_ISSUERURL": "http://kc/realms/c/"},
			local(func(s *Settings) {
				s.Auth = Auth{Strategy: OAuth, ClientID: "i", ClientSecret: connector.NewSecret("s"), Audience: "zeebe-api", DiscoveryURL: "http://kc/realms/c/.well-known/openid-configuration"}
			}),
		},
		{
			"the cloud",
			map[string]string{
				"CAMUNDA_CLIENT_MODE": "saas", "CAMUNDA_CLIENT_CLOUD_CLUSTERID": "4b1c-9", "CAMUNDA_CLIENT_CLOUD_REGION": "syd-1",
				"CAMUNDA_CLIENT_AUTH_CLIENTID": "i", "CAMUNDA_CLIENT_AUTH_CLIENTSECRET": "s",
			},
			Settings{
				GRPC: "https://4b1c-9.syd-1.zeebe.camunda.io:443", REST: "https://syd-1.zeebe.camunda.io:443/4b1c-9", Given: true,
				Auth: Auth{Strategy: OAuth, ClientID: "i", ClientSecret: connector.NewSecret("s"), TokenURL: "https://login.cloud.camunda.io/oauth/token", Audience: "zeebe.camunda.io"},
			},
		},
		{
			"the cloud, by a cluster ID alone, in the first region, with an address of one's own",
			map[string]string{
				"CAMUNDA_CLIENT_CLOUD_CLUSTER_ID": "c", "CAMUNDA_CLIENT_AUTH_CLIENT_ID": "i", "CAMUNDA_CLIENT_AUTH_CLIENT_SECRET": "s",
				"CAMUNDA_CLIENT_AUTH_METHOD": "none", "CAMUNDA_CLIENT_RESTADDRESS": "https://proxy/c",
			},
			Settings{
				GRPC: "https://c.bru-2.zeebe.camunda.io:443", REST: "https://proxy/c", Given: true,
				Auth: Auth{Strategy: OAuth, ClientID: "i", ClientSecret: connector.NewSecret("s"), TokenURL: "https://login.cloud.camunda.io/oauth/token", Audience: "zeebe.camunda.io"},
			},
		},
		{
			"names of 8.7",
			map[string]string{"CAMUNDA_CLIENT_ZEEBE_GRPCADDRESS": "http://z:26500", "CAMUNDA_CLIENT_ZEEBE_RESTADDRESS": "http://z:8080", "CAMUNDA_CLIENT_ZEEBE_DEFAULTS_MAXJOBSACTIVE": "7", "CAMUNDA_CLIENT_TENANTIDS": "t1,t2"},
			local(func(s *Settings) {
				s.GRPC, s.REST, s.Given = "http://z:26500", "http://z:8080", true
				s.Worker = WorkerDefaults{MaxJobs: 7, Tenants: []string{"t1", "t2"}}
			}),
		},
		{
			"names of 8.5",
			map[string]string{
				"ZEEBE_CLIENT_BROKER_GATEWAY-ADDRESS": "ignored: not a name that Spring takes", "ZEEBE_CLIENT_BROKER_GATEWAYADDRESS": "z:26500", "ZEEBE_CLIENT_SECURITY_PLAINTEXT": "true",
				"ZEEBE_CLIENT_WORKER_MAXJOBSACTIVE": "3", "ZEEBE_CLIENT_JOB_TIMEOUT": "30000",
			},
			local(func(s *Settings) {
				s.GRPC, s.REST, s.Given = "http://z:26500", "", true
				s.Worker = WorkerDefaults{MaxJobs: 3, Timeout: 30 * time.Second}
			}),
		},
		{
			"the old clients' names: TLS unless told otherwise",
			map[string]string{"ZEEBE_ADDRESS": "z:26500", "ZEEBE_CLIENT_ID": "i", "ZEEBE_CLIENT_SECRET": "s", "ZEEBE_AUTHORIZATION_SERVER_URL": "https://idp/t", "ZEEBE_TOKEN_AUDIENCE": "a"},
			local(func(s *Settings) {
				s.GRPC, s.REST, s.Given = "https://z:26500", "", true
				s.Auth = Auth{Strategy: OAuth, ClientID: "i", ClientSecret: connector.NewSecret("s"), TokenURL: "https://idp/t", Audience: "a"}
			}),
		},
		{
			"the runtime's names beat the libraries', and those the old ones",
			map[string]string{
				"CAMUNDA_CLIENT_GRPCADDRESS": "http://a", "CAMUNDA_CLIENT_GRPC_ADDRESS": "http://b", "CAMUNDA_GRPC_ADDRESS": "http://c", "ZEEBE_ADDRESS": "http://d",
				"CAMUNDA_REST_ADDRESS": "http://c", "ZEEBE_REST_ADDRESS": "http://d",
			},
			local(func(s *Settings) { s.GRPC, s.REST, s.Given = "http://a", "http://c", true }),
		},
		{
			"a REST address alone takes jobs over REST",
			map[string]string{"CAMUNDA_REST_ADDRESS": "http://z"},
			Settings{REST: "http://z", PreferREST: true, Given: true, Auth: Auth{Strategy: NoAuth}},
		},
		{
			"a gRPC address on this machine expects the REST API there",
			map[string]string{"CAMUNDA_CLIENT_GRPCADDRESS": "http://127.0.0.1:1"},
			local(func(s *Settings) { s.GRPC, s.Given = "http://127.0.0.1:1", true }),
		},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			got, err := fromEnv(tt.env)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got, compareSecrets); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestFromEnvSaysWhatIsWrong(t *testing.T) {
	oauth := map[string]string{"CAMUNDA_CLIENT_AUTH_CLIENTID": "i", "CAMUNDA_CLIENT_AUTH_CLIENTSECRET": "canary-1", "CAMUNDA_CLIENT_AUTH_TOKENURL": "https://idp/t"}
	plus := func(base map[string]string, more ...string) map[string]string {
		out := maps.Clone(base)
		if out == nil {
			out = map[string]string{}
		}
		for i := 0; i < len(more); i += 2 {
			out[more[i]] = more[i+1]
		}
		return out
	}
	tests := []struct {
		env   map[string]string
		names []string // of the variables at fault, in order
		text  string   // part of the message
	}{
		{plus(nil, "CAMUNDA_CLIENT_MODE", "hybrid"), []string{"CAMUNDA_CLIENT_MODE"}, "not a mode"},
		{plus(nil, "CAMUNDA_AUTH_STRATEGY", "KERBEROS"), []string{"CAMUNDA_AUTH_STRATEGY"}, "not a way to authenticate"},
		{plus(nil, "CAMUNDA_CLIENT_GRPCADDRESS", "ftp://z"), []string{"CAMUNDA_CLIENT_GRPCADDRESS"}, "scheme is ftp"},
		{plus(nil, "CAMUNDA_CLIENT_GRPCADDRESS", "http://z/path"), []string{"CAMUNDA_CLIENT_GRPCADDRESS"}, "no paths"},
		{plus(nil, "CAMUNDA_GRPC_ADDRESS", "http://user:canary-2@z"), []string{"CAMUNDA_GRPC_ADDRESS"}, "user name or a password"},
		{plus(nil, "CAMUNDA_REST_ADDRESS", "grpc://z"), []string{"CAMUNDA_REST_ADDRESS"}, "scheme is grpc"},
		{plus(nil, "CAMUNDA_REST_ADDRESS", "http://z?x=1"), []string{"CAMUNDA_REST_ADDRESS"}, "goes on after the path"},
		{plus(nil, "CAMUNDA_REST_ADDRESS", "http://:8080"), []string{"CAMUNDA_REST_ADDRESS"}, "names no host"},
		{plus(nil, "CAMUNDA_CLIENT_WORKER_DEFAULTS_MAXJOBSACTIVE", "many"), []string{"CAMUNDA_CLIENT_WORKER_DEFAULTS_MAXJOBSACTIVE"}, "not a number of jobs"},
		{plus(nil, "CAMUNDA_WORKER_MAX_CONCURRENT_JOBS", "0"), []string{"CAMUNDA_WORKER_MAX_CONCURRENT_JOBS"}, "not a number of jobs"},
		{plus(nil, "CAMUNDA_WORKER_TIMEOUT", "soon"), []string{"CAMUNDA_WORKER_TIMEOUT"}, "not a duration"},
		{plus(nil, "CAMUNDA_WORKER_TIMEOUT", "-1"), []string{"CAMUNDA_WORKER_TIMEOUT"}, "negative"},
		{plus(nil, "CAMUNDA_CLIENT_WORKER_DEFAULTS_STREAMENABLED", "perhaps"), []string{"CAMUNDA_CLIENT_WORKER_DEFAULTS_STREAMENABLED"}, "neither true nor false"},
		{plus(oauth, "CAMUNDA_CLIENT_AUTH_USERNAME", "u"), []string{"CAMUNDA_CLIENT_AUTH_USERNAME"}, "both set"},
		{plus(nil, "CAMUNDA_CLIENT_AUTH_METHOD", "basic"), []string{"CAMUNDA_CLIENT_AUTH_USERNAME", "CAMUNDA_CLIENT_AUTH_PASSWORD"}, "not set"},
		{plus(nil, "CAMUNDA_CLIENT_AUTH_METHOD", "oidc"), []string{"CAMUNDA_CLIENT_AUTH_CLIENTID", "CAMUNDA_CLIENT_AUTH_CLIENTSECRET", "CAMUNDA_CLIENT_AUTH_TOKENURL"}, "not set"},
		{plus(oauth, "CAMUNDA_CLIENT_AUTH_TOKENURL", "idp/token"), []string{"CAMUNDA_CLIENT_AUTH_TOKENURL"}, "not a web address"},
		{plus(oauth, "CAMUNDA_CLIENT_MODE", "saas"), []string{"CAMUNDA_CLIENT_CLOUD_CLUSTERID"}, "mode is saas"},
		{plus(oauth, "CAMUNDA_CLIENT_CLOUD_CLUSTERID", "a/b"), []string{"CAMUNDA_CLIENT_CLOUD_CLUSTERID"}, "no host name"},
		{plus(nil, "CAMUNDA_CLIENT_AUTH_TRUSTSTOREPATH", "/jks"), []string{"CAMUNDA_CLIENT_AUTH_TRUSTSTOREPATH"}, "not supported"},
		{plus(nil, "CAMUNDA_MTLS_KEY_PASSPHRASE", "canary-3"), []string{"CAMUNDA_MTLS_KEY_PASSPHRASE"}, "not supported"},
	}
	for _, tt := range tests {
		t.Run(strings.Join(slices.Sorted(maps.Keys(tt.env)), " "), func(t *testing.T) {
			_, err := fromEnv(tt.env)
			e := connector.AsError(err)
			if e == nil || e.Kind != connector.Invalid || e.Fix == "" || !strings.Contains(e.Message, tt.text) {
				t.Fatalf("got %+v, want an Invalid error with a fix and %q", e, tt.text)
			}
			causes := e.Causes
			if causes == nil {
				causes = []*connector.Error{e}
			}
			var names []string
			for _, c := range causes {
				names = append(names, strings.TrimPrefix(c.Field, "/"))
				if !strings.Contains(c.Message, strings.TrimPrefix(c.Field, "/")) || c.Fix == "" {
					t.Errorf("%+v does not name its variable and a fix", c)
				}
			}
			if d := cmp.Diff(tt.names, names); d != "" {
				t.Error(d)
			}
			if text := fmt.Sprintf("%+v %v", e, causes); strings.Contains(text, "canary") {
				t.Errorf("a secret is in %s", text)
			}
		})
	}
}

func TestParseDuration(t *testing.T) {
	tests := []struct {
		text string
		want time.Duration
		ok   bool
	}{
		{"100", 100 * time.Millisecond, true},
		{"+5", 5 * time.Millisecond, true},
		{"0", 0, true},
		{"30s", 30 * time.Second, true},
		{"5m", 5 * time.Minute, true},
		{"2h", 2 * time.Hour, true},
		{"1d", 24 * time.Hour, true},
		{"10ms", 10 * time.Millisecond, true},
		{"7us", 7 * time.Microsecond, true},
		{"9ns", 9, true},
		{"30S", 30 * time.Second, true},
		{"1.5s", 1500 * time.Millisecond, true},
		{"PT5M", 5 * time.Minute, true},
		{"pt30s", 30 * time.Second, true},
		{"P1DT2H3M4.5S", 26*time.Hour + 3*time.Minute + 4500*time.Millisecond, true},
		{"PT-5S", -5 * time.Second, true},
		{"-PT5S", -5 * time.Second, true},
		{"PT-0.5S", -500 * time.Millisecond, true},
		{"P2D", 48 * time.Hour, true},
		{"", 0, false},
		{"s", 0, false},
		{"5 s", 0, false},
		{"5x", 0, false},
		{"P", 0, false},
		{"PT", 0, false},
		{"P1DT", 0, false},
		{"P1M", 0, false},
		{"P1W", 0, false},
		{"PT5", 0, false},
		{"PTS", 0, false},
		{"PT1.5M", 0, false},
		{"PT1S2M", 0, false},
		{"PT1M1M", 0, false},
		{"99999999999999999999", 0, false},
		{"9223372036854775807d", 0, false},
	}
	for _, tt := range tests {
		got, err := parseDuration(tt.text)
		if (err == nil) != tt.ok || tt.ok && got != tt.want {
			t.Errorf("%q: got %v, %v, want %v, %v", tt.text, got, err, tt.want, tt.ok)
		}
	}
}

func TestAddresses(t *testing.T) {
	for text, want := range map[string]target{
		"http://z": {"z:26500", false}, "grpc://z:1": {"z:1", false}, "https://z": {"z:443", true}, "GRPCS://z:2": {"z:2", true},
		"z:26500": {"z:26500", false}, "z:443": {"z:443", true}, "http://[::1]:5/": {"[::1]:5", false}, " z ": {"z:26500", false},
	} {
		if got, err := parseGRPC(text); err != nil || got != want {
			t.Errorf("gRPC %q: got %+v, %v, want %+v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"http://z:8080": "http://z:8080/v2", "https://z/ctx/": "https://z/ctx/v2", "http://z/v2": "http://z/v2", "http://z/v2/": "http://z/v2",
		"z:8080": "http://z:8080/v2", "z:443/id": "https://z:443/id/v2",
	} {
		if got, err := parseREST(text); err != nil || got.String() != want {
			t.Errorf("REST %q: got %v, %v, want %s", text, got, err, want)
		}
	}
}
