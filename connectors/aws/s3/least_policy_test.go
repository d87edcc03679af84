package s3

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/leastpolicy"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
)

// TestLeastPolicy compares whole documents; UPDATE_GOLDEN=1 writes them anew.
func TestLeastPolicy(t *testing.T) {
	for name, c := range map[string]struct {
		commands  []string
		resources map[string][]string
		caller    string
	}{
		"download":          {[]string{"download-files"}, map[string][]string{"bucket": {"logs"}}, ""},
		"delete-two":        {[]string{"delete-bucket-objects", "delete-buckets"}, map[string][]string{"bucket": {"logs", "audit", "logs"}}, ""},
		"move-with-role":    {[]string{"move-files"}, map[string][]string{"bucket": {"in-*", "out"}, "role": {"arn:aws:iam::123456789012:role/mover"}, "externalId": {"case-42"}}, "arn:aws:iam::210987654321:user/fairlead"},
		"china":             {[]string{"list-buckets", "get-bucket-policy", "put-bucket-public-access-block"}, nil, "arn:aws-cn:iam::123456789012:role/soar"},
		"account-as-caller": {[]string{"test-connection"}, nil, "210987654321"},
		"service-as-caller": {[]string{"empty-bucket"}, map[string][]string{"bucket": {"scratch"}}, "ec2.amazonaws.com"},
		"everything":        {nil, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			docs, err := Integration().LeastPolicy(c.commands, c.resources, c.caller)
			must(t, err)
			var b strings.Builder
			for _, d := range docs {
				if d.Format != "json" || !json.Valid([]byte(d.Text)) || strings.Contains(d.Text, "null") {
					t.Errorf("%s: %s", d.Title, d.Text)
				}
				b.WriteString(d.Title + "\n" + d.Text)
			}
			golden(t, filepath.Join("testdata", "policy", name+".txt"), b.String())
		})
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLeastPolicyIsChecked(t *testing.T) {
	for why, c := range map[string]struct {
		commands  []string
		resources map[string][]string
		caller    string
		field     string
	}{
		"a kind nobody knows":          {nil, map[string][]string{"vault": {"x"}}, "", "/resources/vault"},
		"an ARN for a bucket":          {nil, map[string][]string{"bucket": {"arn:aws:s3:::logs"}}, "", "/resources/bucket"},
		"a name for a role":            {nil, map[string][]string{"role": {"mover"}}, "", "/resources/role"},
		"everyone as the caller":       {nil, nil, "*", "/caller"},
		"a wildcard in the caller":     {nil, nil, "arn:aws:iam::123456789012:user/*", "/caller"},
		"two external IDs":             {nil, map[string][]string{"externalId": {"a", "b"}}, "123456789012", "/resources/externalId"},
		"an external ID for nobody":    {nil, map[string][]string{"externalId": {"a"}}, "", "/resources/externalId"},
		"a command that is not there":  {[]string{"delete-everything"}, nil, "", ""},
		"a caller that is not of IAM":  {nil, nil, "arn:aws:s3:::logs", "/caller"},
		"a role of an unclear account": {nil, map[string][]string{"role": {"arn:aws:iam::*:role/x"}}, "", "/resources/role"},
	} {
		_, err := Integration().LeastPolicy(c.commands, c.resources, c.caller)
		e := connector.AsError(err)
		if e == nil || e.Field != c.field || e.Fix == "" {
			t.Errorf("%s: %+v", why, e)
		}
	}
}

// Every permission of every command is one of S3 or STS, and its level known.
func TestPermissionNames(t *testing.T) {
	for _, c := range Integration().Commands {
		for _, p := range c.Permissions {
			if !strings.HasPrefix(p.Name, "s3:") && p.Name != leastpolicy.AssumeRole {
				t.Errorf("%s: %s", c.ID, p.Name)
			}
		}
	}
}

// The policy of each command is enough for it on the sandbox, which asks for
// the same permissions as AWS.
func TestLeastPolicyIsEnough(t *testing.T) {
	i := Integration()
	b := newBench(t, stage{sim: func(o *s3sim.Options) {
		for n, c := range i.Commands {
			key := fmt.Sprintf("AKIALEAST%02d", n)
			o.Identities = append(o.Identities, s3sim.Identity{Name: c.ID, AccessKey: key, SecretKey: "secret-of-" + key, Allow: allowed(t, i, c.ID)})
		}
	}})
	b.bucket(t, "conformance")
	b.put(t, "conformance", "a/file.txt", "content")
	made := 0
	all := allInputs(b, b.files, func(prefix string) string { made++; return fmt.Sprintf("%s-%d", prefix, made) })
	for n, c := range i.Commands {
		t.Run(c.ID, func(t *testing.T) {
			key := fmt.Sprintf("AKIALEAST%02d", n)
			b.connectAs(t, c.ID, key, "secret-of-"+key)
			wantVerdict(t, b.as(t, c.ID, c.ID, all[c.ID](t)), run.Successful)
		})
	}
}

func allowed(t *testing.T, i *connector.Integration, command string) []s3sim.Allow {
	t.Helper()
	docs, err := i.LeastPolicy([]string{command}, nil, "")
	must(t, err)
	var doc struct {
		Statement []struct{ Action, Resource []string }
	}
	must(t, json.Unmarshal([]byte(docs[0].Text), &doc))
	var out []s3sim.Allow
	for _, st := range doc.Statement {
		out = append(out, s3sim.Allow{Actions: st.Action, Resources: st.Resource})
	}
	return out
}
