package api_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/api"
	"github.com/fairlead-io/fairlead/internal/audit/trail"
	"github.com/fairlead-io/fairlead/internal/backup"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/keys/care"
	"github.com/fairlead-io/fairlead/internal/keys/kms"
	"github.com/fairlead-io/fairlead/internal/retention"
)

// A pair of age, for backups of these tests only.
const (
	recipient = "age1hl3xagk0dq7qcv6qlek3qf4srj2cuyl35hnwe9yp6gdqce2r8s4sx7534c"
	identity  = "AGE-SECRET-KEY-10D3UDACLU8SV4LMPJ2HADUNZL2MEQ7VCJKANE6NC2CYV4MRVA5NQYHG28E"
)

// care looks after the bench's records and keys.
func (b *bench) care(fs *files.Service) api.Care {
	quiet := slog.New(slog.DiscardHandler)
	return api.Care{
		Trail:     &trail.Trail{Store: b.Store, Keys: b.Keys, Now: time.Now, Log: quiet},
		Keys:      &care.Keeper{Place: care.Place{Data: b.Dir}, Store: b.Store, Sealer: b.Keys, KMS: kms.Deps{Now: time.Now}, Now: time.Now},
		Retention: &retention.Keeper{Store: b.Store, Files: fs, Now: time.Now, Log: quiet},
		Backup: func(withKey bool) (backup.Source, error) {
			src := backup.Source{Store: b.Store, Blobs: fs.Blobs, Version: "test", KEK: b.Keys.KEK(), Dir: b.Dir, Now: time.Now}
			if withKey {
				src.KeyFile = filepath.Join(b.Dir, "kek.json")
			}
			return src, nil
		},
	}
}

func TestExportedLinesAreTheWholeChain(t *testing.T) {
	b := open(t)
	b.token(t, "read") // makes an entry
	raw := b.call(t, b.owner, "GET", "/api/v1/audit/export", nil)
	lines := strings.Split(strings.TrimSpace(string(raw.body)), "\n")
	var last struct {
		Type  string
		Entry struct{ Seq int64 }
	}
	must(t, json.Unmarshal([]byte(lines[len(lines)-1]), &last))
	if raw.status != 200 || last.Type != "entry" || last.Entry.Seq != int64(len(lines)) {
		t.Errorf("%d lines, the last %+v", len(lines), last)
	}
	rest := b.call(t, b.owner, "GET", "/api/v1/audit/export?after=1", nil)
	if n := strings.Count(string(rest.body), "\n"); n != len(lines)-1 {
		t.Errorf("%d lines follow the first of %d", n, len(lines))
	}
	if r := b.call(t, b.owner, "GET", "/api/v1/audit/verify", nil).want(t, 200); r["ok"] != true || r["entries"] != float64(len(lines)) {
		t.Errorf("got %v", r)
	}
}

func TestABackupOverTheAPI(t *testing.T) {
	b := open(t)
	b.call(t, b.owner, "POST", "/api/v1/files?name=a.txt", "hello").want(t, 201)
	raw := b.call(t, b.owner, "POST", "/api/v1/backup", `{"recipients":["`+recipient+`"],"withKey":true}`)
	if raw.status != 200 {
		t.Fatalf("%d %s", raw.status, raw.body)
	}
	ids, err := backup.Identities(identity, "")
	must(t, err)
	c, err := backup.Verify(t.Context(), bytes.NewReader(raw.body), ids, t.TempDir())
	if err != nil || !c.HasKey || c.Content != 1 || c.Tenants != 1 {
		t.Errorf("got %+v, %v", c, err)
	}
	list := b.call(t, b.owner, "GET", "/api/v1/audit?kind=backup.taken", nil).want(t, 200)
	if entries, _ := list["entries"].([]any); len(entries) != 1 {
		t.Errorf("audited %d times", len(entries))
	}
	for _, body := range []string{`{}`, `{"recipients":["age1x"]}`, `{"recipients":["` + recipient + `"],"passphrase":"both-of-them"}`} {
		p := b.call(t, b.owner, "POST", "/api/v1/backup", body).problem(t, 400, "Invalid")
		if strings.Contains(text(p["detail"]), "both-of-them") {
			t.Error("the problem shows the passphrase")
		}
	}
}

func TestKeysOverTheAPI(t *testing.T) {
	b := open(t)
	before := b.secret(t)
	b.call(t, b.owner, "POST", "/api/v1/keys/rotate", `{"newKek":true}`).want(t, 200)
	if r := b.call(t, b.owner, "POST", "/api/v1/reveal", `{"ref":"`+before+`"}`).want(t, 200); text(r["value"]) != "canary-output-1" {
		t.Errorf("a secret sealed before: %v", r)
	}
	b.call(t, b.owner, "POST", "/api/v1/keys/rotate", `{"kek":"gcpkms://x"}`).problem(t, 400, "Invalid")
	raw := b.call(t, b.owner, "GET", "/api/v1/keys", nil)
	if raw.status != 200 || !strings.Contains(string(raw.body), `"purpose":"seal"`) {
		t.Errorf("%d %s", raw.status, raw.body)
	}
}
