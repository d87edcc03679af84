package s3sim

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestOptionsThatCannotWork(t *testing.T) {
	dir := t.TempDir()
	id := Identity{AccessKey: "AKIAONE", SecretKey: "x"}
	damaged := t.TempDir()
	if err := os.WriteFile(filepath.Join(damaged, "buckets.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		o    Options
		want string
	}{
		{"no folder", Options{}, "Dir is empty"},
		{"beyond loopback", Options{Dir: dir, Listen: "0.0.0.0:0"}, `Listen "0.0.0.0:0" is not a loopback address`},
		{"no port", Options{Dir: dir, Listen: "127.0.0.1"}, `Listen "127.0.0.1": address 127.0.0.1: missing port`},
		{"key with a slash", Options{Dir: dir, AccessKey: "a/b"}, `AccessKey "a/b" is not`},
		{"identity without secret", Options{Dir: dir, Identities: []Identity{{AccessKey: "AKIAONE"}}}, "Identities[0].SecretKey is empty"},
		{"identity twice", Options{Dir: dir, Identities: []Identity{id, id}}, `Identities[1].AccessKey "AKIAONE" is given twice`},
		{"identity with a temporary key", Options{Dir: dir, Identities: []Identity{{AccessKey: "ASIAONE", SecretKey: "x"}}}, "begins with ASIA"},
		{"role of another account", Options{Dir: dir, Roles: []Role{{ARN: "arn:aws:iam::111122223333:role/x"}}}, "Roles[0].ARN"},
		{"role with a session of a day", Options{Dir: dir, Roles: []Role{{ARN: opsRole, MaxSessionDuration: 24 * time.Hour}}}, "Roles[0].MaxSessionDuration 24h0m0s"},
		{"damaged state", Options{Dir: damaged}, "is damaged"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, err := Start(t.Context(), tc.o)
			if err == nil {
				_ = s.Close()
				t.Fatal("started")
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %q, want it to contain %q", err, tc.want)
			}
		})
	}
}

func TestGeneratedKeysDiffer(t *testing.T) {
	a, b := sandbox(t), sandbox(t)
	if a.AccessKey() == b.AccessKey() || a.SecretKey() == b.SecretKey() {
		t.Error("two sandboxes share a key")
	}
	if !strings.HasPrefix(a.AccessKey(), "AKIA") || len(a.AccessKey()) != 20 || len(a.SecretKey()) != 40 {
		t.Errorf("keys do not look like AWS's: %q, %d characters", a.AccessKey(), len(a.SecretKey()))
	}
}

func TestGlob(t *testing.T) {
	for _, tc := range []struct {
		pattern, s string
		want       bool
	}{
		{"*", "", true},
		{"s3:get*", "s3:getobject", true},
		{"s3:get*", "s3:putobject", false},
		{"arn:aws:s3:::b/*", "arn:aws:s3:::b/x/y", true},
		{"arn:aws:s3:::b/*", "arn:aws:s3:::b", false},
		{"a*b*c", "a--b--b--c", true},
		{"a*b*c", "a--b--b--", false},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"", "a", false},
	} {
		if got := glob(tc.pattern, tc.s); got != tc.want {
			t.Errorf("glob(%q, %q) = %v", tc.pattern, tc.s, got)
		}
	}
}
