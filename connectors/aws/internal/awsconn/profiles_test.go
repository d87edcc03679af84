package awsconn

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
)

// shared writes shared AWS files and gives an environment that names them and
// has keys of its own besides.
func shared(t *testing.T) func(string) (string, bool) {
	t.Helper()
	dir := t.TempDir()
	vars := map[string]string{
		"AWS_CONFIG_FILE": filepath.Join(dir, "config"), "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(dir, "credentials"),
		"AWS_ACCESS_KEY_ID": "AKIAENVIRONMENT", "AWS_SECRET_ACCESS_KEY": "environment-secret",
	}
	for file, text := range map[string]string{
		"AWS_CONFIG_FILE":             "[default]\nregion = eu-west-1\n[profile other]\nregion = us-west-2\nendpoint_url = http://s3.example:9000\n[profile assumed]\nrole_arn = " + flows + "\nsource_profile = default\n[sso-session corp]\nsso_region = us-east-1\n",
		"AWS_SHARED_CREDENTIALS_FILE": "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = default-secret\n[other]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = other-secret\naws_session_token = other-token\n",
	} {
		if err := os.WriteFile(vars[file], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
}

func TestProfiles(t *testing.T) {
	got, err := Profiles(t.Context(), shared(t))
	if err != nil {
		t.Fatal(err)
	}
	want := []Profile{
		{Name: "assumed"},
		{Name: "default", Region: "eu-west-1", AccessKey: "AKIADEFAULT", SecretKey: "default-secret"},
		{Name: "other", Region: "us-west-2", EndpointURL: "http://s3.example:9000", AccessKey: "AKIAOTHER", SecretKey: "other-secret", SessionToken: "other-token"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	none := func(name string) (string, bool) { return filepath.Join(t.TempDir(), "nothing"), name != "" }
	if got, err := Profiles(t.Context(), none); err != nil || len(got) != 0 {
		t.Errorf("files that are not there: %v %v", got, err)
	}
}

// A profile that is named is the only one meant, whatever else the machine offers.
func TestNamedProfile(t *testing.T) {
	for _, c := range []struct{ why, profile, key string }{
		{"none named: the environment comes first", "", "AKIAENVIRONMENT"},
		{"one named", "other", "AKIAOTHER"},
	} {
		e := env(time.Now)
		e.LookupEnv = shared(t)
		conn, err := Open(e, Config{Region: "us-east-1", Chain: true, Profile: c.profile, Timeout: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(conn.Close)
		cr, err := conn.Credentials(Role{}).Retrieve(t.Context())
		if err != nil || cr.AccessKeyID != c.key {
			t.Errorf("%s: %s, %v", c.why, cr.AccessKeyID, err)
		}
	}
	e := env(time.Now)
	e.LookupEnv = shared(t)
	conn, err := Open(e, Config{Region: "us-east-1", Chain: true, Profile: "missing", Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if _, err := conn.Credentials(Role{}).Retrieve(t.Context()); connector.AsError(err).Kind != connector.Denied {
		t.Errorf("a profile that is not there: %v", err)
	}
}
