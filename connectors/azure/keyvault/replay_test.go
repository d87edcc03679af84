package keyvault

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/azure/internal/azconn"
	"github.com/fairlead-io/fairlead/internal/run"
)

// The modules whose recordings are replayed.
const (
	keysModule = "azkeys@v0.9.0"
	secsModule = "azsecrets@v0.12.0"
	crtsModule = "azcertificates@v0.9.0"
)

func firstOf(t testing.TB, entries []recorded, method, part string) recorded {
	t.Helper()
	for _, e := range entries {
		if e.Method == method && strings.Contains(e.URI, part) {
			return e
		}
	}
	t.Fatalf("no %s of %s is recorded", method, part)
	return recorded{}
}

// nameIn is the name in a recorded path.
func nameIn(t testing.TB, e recorded) string {
	t.Helper()
	return strings.Split(strings.Trim(e.url(t).Path, "/"), "/")[1]
}

func TestReplayKeys(t *testing.T) {
	for _, file := range []string{"TestCRUD/EC.json", "TestCRUD/RSA.json"} {
		t.Run(file, func(t *testing.T) {
			entries := readRecording(t, keysModule, file)
			create := firstOf(t, entries, http.MethodPost, "/create")
			name := nameIn(t, create)
			var sent struct {
				KTY, CRV string
				Size     int `json:"key_size"`
			}
			must(t, json.Unmarshal(create.Sent, &sent))
			b, p := playBack(t, entries)
			input := in{"keyVaultName": "fakevault", "keyName": name, "keyType": sent.KTY}
			if sent.CRV != "" {
				input["ellipticCurveName"] = sent.CRV
			}
			rec := b.do(t, "create-key", input)
			wantVerdict(t, rec, run.Successful)
			within(t, create.Answered, rec.RawData)
			var asked struct{ KTY, CRV string }
			must(t, json.Unmarshal(p.sent[0], &asked))
			if asked.KTY != sent.KTY || asked.CRV != sent.CRV {
				t.Errorf("asked for %+v, recorded %+v", asked, sent)
			}
			get := b.do(t, "get-key-details", in{"keyVaultName": "fakevault", "keyName": name, "versionType": "Current Version"})
			wantVerdict(t, get, run.Successful)
			within(t, json.RawMessage(`{"value":[`+string(p.played[1].Answered)+`]}`), get.RawData)
			// The deletion is not through at once: 404 first, then the deleted key.
			del := good[ObjectOut](t, b, "delete-key", in{"keyVaultName": "fakevault", "keyName": name})
			if del.ScheduledPurgeDate == 0 || p.played[len(p.played)-2].Status != 404 || p.played[len(p.played)-1].Status != 200 {
				t.Errorf("deleted %+v", del)
			}
			good[ObjectOut](t, b, "purge-deleted-key", in{"keyVaultName": "fakevault", "keyName": name})
		})
	}
}

func TestReplayRecovery(t *testing.T) {
	for _, r := range []struct{ module, file, kind string }{
		{keysModule, "TestRecoverDeletedKey/KV.json", "key"},
		{secsModule, "TestRecover.json", "secret"},
		{crtsModule, "TestDeleteRecover.json", "certificate"},
	} {
		t.Run(r.kind, func(t *testing.T) {
			entries := readRecording(t, r.module, r.file)
			name := nameIn(t, firstOf(t, entries, http.MethodDelete, "/"+r.kind+"s/"))
			b, p := playBack(t, entries)
			input := in{"keyVaultName": "fakevault", r.kind + "Name": name}
			good[ObjectOut](t, b, "delete-"+r.kind, input)
			rec := b.do(t, "recover-deleted-"+r.kind, input)
			wantVerdict(t, rec, run.Successful)
			if last := p.played[len(p.played)-1]; last.Status != 200 || last.Method != http.MethodGet {
				t.Errorf("ended with %s %s %d", last.Method, last.URI, last.Status)
			}
		})
	}
}

// listed are the items of all recorded pages of a list.
func listed(t testing.TB, entries []recorded, path string) (items []json.RawMessage, pages, empty int) {
	t.Helper()
	for _, e := range entries {
		if e.Method != http.MethodGet || strings.Trim(e.url(t).Path, "/") != path {
			continue
		}
		var p struct{ Value []json.RawMessage }
		must(t, json.Unmarshal(e.Answered, &p))
		items = append(items, p.Value...)
		pages++
		if len(p.Value) == 0 {
			empty++
		}
	}
	return items, pages, empty
}

func TestReplayLists(t *testing.T) {
	for _, r := range []struct {
		module, file, path, command string
		input                       in
		empty                       int // pages, at least
	}{
		{keysModule, "TestListKeys/KV.json", "keys", "list-keys", in{}, 6},
		{secsModule, "TestListSecrets.json", "secrets", "list-secrets", in{}, 1},
		{crtsModule, "TestListCertificates.json", "certificates", "list-certificates", in{"includePending": true}, 4},
		{crtsModule, "TestListCertificates.json", "deletedcertificates", "list-deleted-objects", in{"objectType": "Certificates"}, 1},
		{keysModule, "TestListDeletedKeys/KV.json", "deletedkeys", "list-deleted-objects", in{"objectType": "Keys"}, 0},
		{keysModule, "TestListKeyVersions/KV.json", "", "list-vault-object-versions", in{"objectType": "Keys"}, 0},
		{secsModule, "TestListSecretVersions.json", "", "list-vault-object-versions", in{"objectType": "Secrets"}, 0},
		{crtsModule, "TestListCertificateVersions.json", "", "list-vault-object-versions", in{"objectType": "Certificates"}, 0},
	} {
		t.Run(r.command+" "+r.file, func(t *testing.T) {
			entries := readRecording(t, r.module, r.file)
			if r.path == "" {
				e := firstOf(t, entries, http.MethodGet, "/versions")
				r.path, r.input["objectName"] = strings.Trim(e.url(t).Path, "/"), nameIn(t, e)
			}
			want, pages, empty := listed(t, entries, r.path)
			if empty < r.empty || len(want) == 0 {
				t.Fatalf("the recording has %d pages, %d empty", pages, empty)
			}
			links := 0
			for _, e := range entries {
				links += strings.Count(string(e.Answered), "https://fakevault.local:443/"+r.path)
			}
			if links == 0 && pages > 1 {
				t.Error("the recording has no link with the default port")
			}
			b, _ := playBack(t, entries)
			r.input["keyVaultName"] = "fakevault"
			rec := b.do(t, r.command, r.input)
			wantVerdict(t, rec, run.Successful)
			got := rawData[struct{ Value []json.RawMessage }](t, rec)
			if len(got.Value) != len(want) {
				t.Fatalf("%d items, recorded %d on %d pages", len(got.Value), len(want), pages)
			}
			seen := map[string]json.RawMessage{}
			for _, g := range got.Value {
				seen[identOf(t, g)] = g
			}
			for _, w := range want {
				within(t, w, seen[identOf(t, w)])
			}
		})
	}
}

func identOf(t testing.TB, raw json.RawMessage) string {
	t.Helper()
	var l Line
	must(t, json.Unmarshal(raw, &l))
	return l.ident()
}

func TestReplaySecrets(t *testing.T) {
	entries := readRecording(t, secsModule, "TestCRUD.json")
	set := firstOf(t, entries, http.MethodPut, "/secrets/")
	name := nameIn(t, set)
	var sent struct {
		Value, ContentType string
		Tags               map[string]string
	}
	must(t, json.Unmarshal(set.Sent, &sent))
	b, p := playBack(t, entries)
	rec := b.do(t, "create-secret", in{"keyVaultName": "fakevault", "secretName": name, "secretValue": sent.Value, "contentType": sent.ContentType, "tags": sent.Tags})
	wantVerdict(t, rec, run.Successful)
	within(t, set.Answered, rec.RawData)
	if got := b.reveal(t, rawData[in](t, rec)["value"]); got != sent.Value {
		t.Errorf("the value is %q", got)
	}
	var asked in
	must(t, json.Unmarshal(p.sent[0], &asked))
	if asked["value"] != sent.Value || asked["contentType"] != sent.ContentType {
		t.Errorf("sent %v", asked)
	}
	get := b.do(t, "get-secret-details", in{"keyVaultName": "fakevault", "secretName": name, "versionType": "Current"})
	wantVerdict(t, get, run.Successful)
	id := rawData[struct{ ID string }](t, rec).ID
	good[in](t, b, "update-secret-attributes", in{"keyVaultName": "fakevault", "secretName": name, "version": id, "expires": "2039-12-31T23:01:01Z"})
	good[ObjectOut](t, b, "delete-secret", in{"keyVaultName": "fakevault", "secretName": name})
	noTrace(t, b, sent.Value)
}

func TestReplayImport(t *testing.T) {
	entries := readRecording(t, crtsModule, "TestImportCertificate.json")
	imp := firstOf(t, entries, http.MethodPost, "/import")
	var sent struct {
		Value string
		Pwd   string
	}
	must(t, json.Unmarshal(imp.Sent, &sent))
	b, p := playBack(t, entries)
	b.at(time.Date(2023, 3, 24, 0, 0, 0, 0, time.UTC)) // the certificate was valid then
	rec := b.do(t, "import-certificate", in{"keyVaultName": "fakevault", "certificateName": nameIn(t, imp), "certificateFormat": "PFX", "pfx": sent.Value, "passphrase": sent.Pwd})
	wantVerdict(t, rec, run.Successful)
	within(t, imp.Answered, rec.RawData)
	var asked upload
	must(t, json.Unmarshal(p.sent[0], &asked))
	if asked.Value != sent.Value || asked.Policy.Secret.ContentType != typePFX {
		t.Errorf("sent another file, as %s", asked.Policy.Secret.ContentType)
	}
}

// Every recorded refusal keeps its status, code and words.
func TestReplayRefusals(t *testing.T) {
	seen := map[int]int{}
	for module, files := range map[string][]string{
		keysModule: {"TestCRUD/EC.json", "TestRecoverDeletedKey/KV.json", "TestBackupRestore/KV.json"},
		secsModule: {"TestCRUD.json", "TestRecover.json", "TestBackupRestore.json"},
		crtsModule: {"TestCRUD.json", "TestDeleteRecover.json", "TestBackupRestore.json"},
	} {
		for _, file := range files {
			for _, e := range readRecording(t, module, file) {
				if e.Status < 400 {
					continue
				}
				seen[e.Status]++
				b, _ := playBack(t, []recorded{e})
				_, err := b.raw(t).Do(t.Context(), azconn.Call{Method: e.Method, URL: e.URI, Plane: azconn.Vault, Body: e.Sent, Operation: "replay"})
				var want struct {
					Error struct{ Code, Message string }
				}
				must(t, json.Unmarshal(e.Answered, &want))
				got := connector.AsError(err)
				if got == nil || got.Status != e.Status || got.Code != want.Error.Code || got.Message != strings.Join(strings.Fields(want.Error.Message), " ") || got.Fix == "" && e.Status == 404 {
					t.Errorf("%s %s: %+v, recorded %s", module, file, got, e.Answered)
				}
			}
		}
	}
	if seen[404] < 3 || seen[409] < 1 {
		t.Errorf("recorded refusals by status: %v", seen)
	}
}
