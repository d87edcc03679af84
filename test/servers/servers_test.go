package servers

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestS3FromEnv(t *testing.T) {
	env := map[string]string{
		"FAIRLEAD_S3_VERSITYGW_ENDPOINT":                "http://127.0.0.1:1",
		"FAIRLEAD_S3_VERSITYGW_IAM_ENDPOINT":            "http://127.0.0.1:2",
		"FAIRLEAD_S3_VERSITYGW_IAM_REGION":              "us-east-1",
		"FAIRLEAD_S3_VERSITYGW_IAM_ACCESS_KEY":          "owner",
		"FAIRLEAD_S3_VERSITYGW_IAM_SECRET_KEY":          "owner's",
		"FAIRLEAD_S3_VERSITYGW_IAM_NOBODY_ACCESS_KEY":   "nobody",
		"FAIRLEAD_S3_VERSITYGW_IAM_NOBODY_SECRET_KEY":   "nobody's",
		"FAIRLEAD_S3_VERSITYGW_IAM_CAPPED_BUCKETS":      "2",
		"FAIRLEAD_S3_VERSITYGW_IAM_UNTRUSTING_ROLE_ARN": "arn:aws:iam:::role/distrustful",
	}
	got := s3FromEnv("versitygw-iam", func(key string) string { return env[key] })
	want := S3{
		Name: "versitygw-iam", Endpoint: "http://127.0.0.1:2", Region: "us-east-1",
		Owner:  Keys{AccessKey: "owner", SecretKey: "owner's"},
		Nobody: Keys{AccessKey: "nobody", SecretKey: "nobody's"}, CappedBuckets: "2",
		UntrustingRoleARN: "arn:aws:iam:::role/distrustful",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("one server's lines must not mix with another's (-want +got):\n%s", diff)
	}
}

func TestCamundaFromEnv(t *testing.T) {
	env := map[string]string{
		"FAIRLEAD_TEST_CAMUNDA_88_GRPC": "127.0.0.1:1", "FAIRLEAD_TEST_CAMUNDA_89_GRPC": "127.0.0.1:2",
		"FAIRLEAD_TEST_CAMUNDA_89_CONTROL": "http://127.0.0.1:3", "FAIRLEAD_TEST_CAMUNDA_89_VERSION": "8.9.0",
	}
	got := camundaFromEnv("89", func(key string) string { return env[key] })
	if diff := cmp.Diff(Camunda{Version: "8.9.0", GRPC: "127.0.0.1:2", Control: "http://127.0.0.1:3"}, got); diff != "" {
		t.Errorf("one engine's lines must not mix with another's (-want +got):\n%s", diff)
	}
}

func TestKeycloakFromEnv(t *testing.T) {
	const p = "FAIRLEAD_TEST_KEYCLOAK_"
	env := map[string]string{
		p + "ISSUER": "http://127.0.0.1:1/realms/r", p + "SECRET": "s", p + "WORKER": "w", p + "STEADY": "st", p + "AUDIENCE": "a", p + "SCOPE": "sc", p + "INSTANCE": "main",
	}
	got := keycloakFromEnv(func(key string) string { return env[key] })
	want := Keycloak{Issuer: "http://127.0.0.1:1/realms/r", Secret: "s", Worker: "w", Steady: "st", Audience: "a", Scope: "sc", Instance: "main"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("got another Keycloak than the script tells of (-want +got):\n%s", diff)
	}
}

func TestReason(t *testing.T) {
	cases := map[string]struct {
		name, key, said, want string
	}{
		"the script's own words":            {"ceph", "FAIRLEAD_NOT_RUN_CEPH", "needs root", "needs root"},
		"one script for two servers":        {"versitygw-iam", "FAIRLEAD_NOT_RUN_VERSITYGW", "no go", "no go"},
		"nobody tried: say how to try it":   {"moto", "", "", "not started; scripts/test-servers.sh starts it"},
		"another server's reason is no use": {"moto", "FAIRLEAD_NOT_RUN_CEPH", "needs root", "not started; scripts/test-servers.sh starts it"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := reason(c.name, func(key string) string {
				if key == c.key {
					return c.said
				}
				return ""
			})
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
