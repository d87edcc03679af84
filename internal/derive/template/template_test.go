package template_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/all"
	"github.com/fairlead-io/fairlead/internal/derive/template"
)

const root = "../../.."

func TestEveryTemplateIsReleased(t *testing.T) {
	stale, err := template.Stale(root, all.Integrations(), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stale {
		t.Errorf("%s is not current; run: go generate ./internal/derive", s)
	}
}

// A version that was given out is never changed.
func TestReleasedVersionsAreAsTheyWere(t *testing.T) {
	dir := filepath.Join(root, filepath.FromSlash(template.Dir))
	sums, err := os.ReadFile(filepath.Join(dir, template.Sums))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(sums)), "\n")
	for _, line := range lines {
		sum, name, _ := strings.Cut(line, "  ")
		raw, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if got := sha256.Sum256(raw); err != nil || hex.EncodeToString(got[:]) != sum {
			t.Errorf("%s was changed (%v): a version is final, the next one takes changes", name, err)
		}
	}
	if all, err := template.Released(); err != nil || len(all) != len(lines) {
		t.Errorf("%d versions, %d checksums, %v", len(all), len(lines), err)
	}
}

// A change makes a new version and leaves the old one.
func TestAChangeMakesANewVersion(t *testing.T) {
	old := template.S3(template.V87)
	old.Description = "As it was."
	raw, err := old.JSON(1, template.V87)
	if err != nil {
		t.Fatal(err)
	}
	files, err := template.Files(nil, []template.Version{{ID: old.ID, Version: 1, Engine: template.V87, JSON: raw}})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(files[template.S3ID+"/1.json"], raw) {
		t.Error("the old version was changed")
	}
	for name, engine := range map[string]string{template.S3ID + "/2.json": "^8.7", template.S3ID + "/3.json": "^8.10"} {
		if !bytes.Contains(files[name], []byte(engine)) || bytes.Contains(files[name], []byte("As it was.")) {
			t.Errorf("%s is not the new version for %s", name, engine)
		}
	}
}

type property struct {
	ID      string
	Type    string
	Group   string
	Feel    string
	Value   any
	Binding struct{ Type, Name, Key, Property string }
}

func (p property) at() string {
	return p.Binding.Type + " " + p.Binding.Name + p.Binding.Key + p.Binding.Property
}

func read(t *testing.T, raw []byte) (list []property) {
	t.Helper()
	var doc struct{ Properties []property }
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Properties
}

// The ids and bindings of Camunda's template are what diagrams and the job
// type's variables rest on.
func TestS3HasTheIdsAndBindings(t *testing.T) {
	common := []string{
		"actionDiscriminator zeebe:input actionDiscriminator", "authentication.type zeebe:input authentication.type",
		"authentication.accessKey zeebe:input authentication.accessKey", "authentication.secretKey zeebe:input authentication.secretKey",
		"configuration.region zeebe:input configuration.region", "configuration.endpoint zeebe:input configuration.endpoint",
		"deleteActionBucket zeebe:input action.bucket", "deleteActionKey zeebe:input action.key",
		"uploadActionBucket zeebe:input action.bucket", "uploadActionKey zeebe:input action.key", "uploadActionDocument zeebe:input action.document",
		"downloadActionBucket zeebe:input action.bucket", "downloadActionKey zeebe:input action.key",
		"version zeebe:taskHeader elementTemplateVersion", "id zeebe:taskHeader elementTemplateId",
		"resultVariable zeebe:taskHeader resultVariable", "resultExpression zeebe:taskHeader resultExpression",
		"errorExpression zeebe:taskHeader errorExpression", "retryCount zeebe:taskDefinition retries", "retryBackoff zeebe:taskHeader retryBackoff",
	}
	for engine, more := range map[template.Engine][]string{
		template.V87: {"downloadActionAsFile zeebe:input action.asFile"},
		template.V810: {
			"awsCredential zeebe:input awsCredential", "action_document_documentSource zeebe:input action.action_document_documentSource",
			"action_document_camundaReference zeebe:input action.action_document_camundaReference",
			"action_document_inline_content zeebe:input action.action_document_inline_content",
			"action_document_inline_fileName zeebe:input action.action_document_inline_fileName",
			"action_document_inline_contentType zeebe:input action.action_document_inline_contentType",
			"action_document_external_url zeebe:input action.action_document_external_url",
			"action_document_external_fileName zeebe:input action.action_document_external_fileName",
			"documentReturnFormat zeebe:input documentReturnFormat.choice", "documentReturnFormatEncoding zeebe:input documentReturnFormat.encoding",
			"jobTimeout zeebe:taskHeader jobTimeout",
		},
	} {
		raw, err := template.S3(engine).JSON(1, engine)
		if err != nil {
			t.Fatal(err)
		}
		var have []string
		for _, p := range read(t, raw) {
			have = append(have, p.ID+" "+p.at())
		}
		for _, want := range append(slices.Clone(common), more...) {
			if !slices.Contains(have, want) {
				t.Errorf("%s: %s is missing", engine, want)
			}
		}
		if have[0] != " zeebe:taskDefinition type" {
			t.Errorf("%s: the job type comes as %q", engine, have[0])
		}
	}
}

// Every parameter of every command is a property whose mapping the job type
// takes, and nothing else is.
func TestEveryParameterIsAProperty(t *testing.T) {
	for _, i := range all.Integrations() {
		for _, c := range i.Commands {
			raw, err := template.Command(i, c).JSON(3, template.V810)
			if err != nil {
				t.Fatal(err)
			}
			checkParameters(t, c, read(t, raw))
		}
	}
}

func checkParameters(t *testing.T, c *connector.Command, props []property) {
	t.Helper()
	want := map[string]bool{}
	for _, f := range c.In.Fields {
		want["params."+f.ID] = true
	}
	got, ids := map[string]bool{}, map[string]bool{}
	for _, p := range props {
		if strings.HasPrefix(p.Binding.Name, "params.") {
			got[p.Binding.Name] = true
		}
		if p.ID != "" && ids[p.ID] {
			t.Errorf("%s: the id %s is there twice", c.ID, p.ID)
		}
		ids[p.ID] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s", c.ID, diff)
	}
}

func TestExport(t *testing.T) {
	versions := []template.Version{
		version("io.a", 1, template.V87), version("io.a", 2, template.V810), version("io.a", 3, template.V87), version("io.a", 4, template.V810),
	}
	for engine, want := range map[template.Engine][]string{
		template.V89:  {"a.json 3", "versioned/a-1.json 1"},
		template.V810: {"a.json 4", "versioned/a-1.json 1", "versioned/a-2.json 2", "versioned/a-3.json 3"},
	} {
		files, err := template.Export(versions, engine, false)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for name, raw := range files {
			got = append(got, name+" "+string(raw))
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", engine, diff)
		}
	}
}

func version(id string, n int, e template.Engine) template.Version {
	return template.Version{ID: id, Version: n, Engine: e, JSON: fmt.Append(nil, n)}
}

func TestParseEngine(t *testing.T) {
	for text, want := range map[string]template.Engine{"": template.V810, "8.7": template.V87, "8.10": template.V810} {
		if got, err := template.ParseEngine(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	if _, err := template.ParseEngine("8.11"); connector.AsError(err).Kind != connector.Invalid {
		t.Errorf("8.11: %v", err)
	}
}
