package outbound_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/all"
	awss3 "github.com/fairlead-io/fairlead/connectors/aws/s3"
	"github.com/fairlead-io/fairlead/connectors/utilities"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/catalog"
	"github.com/fairlead-io/fairlead/internal/documents"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/worker/job"
	"github.com/fairlead-io/fairlead/internal/worker/outbound"
)

// floor is the life cycle over the whole run path, real files and documents.
type floor struct {
	*runtest.Bench
	*outbound.Runtime
	docs  *documents.Service
	files func(authz.Actor, string) connector.Files
}

func newFloor(t *testing.T, more ...*connector.Integration) *floor {
	t.Helper()
	f := &floor{}
	integrations := append([]*connector.Integration{utilities.Integration(), awss3.Integration()}, more...)
	f.Bench = runtest.New(t, runtest.Options{Integrations: integrations, Files: f.open(t)})
	c, err := catalog.New(integrations...)
	must(t, err)
	f.docs, err = documents.New(documents.Deps{
		Setting: documents.Setting{Kind: documents.KindMemory, Limit: 1 << 20}, Files: f.files(authz.Worker(), ""), Now: time.Now, Log: quiet(t),
	})
	must(t, err)
	t.Cleanup(func() { must(t, f.docs.Close()) })
	f.Runtime = outbound.New(outbound.Deps{
		Run: f.Bench, Functions: outbound.Commands(c, outbound.CommandDeps{Files: f.files, Now: time.Now}),
		Secrets: values{"PIECE": "very-secret-piece"}, Documents: f.docs, Now: time.Now, Log: quiet(t), NewID: store.NewID,
	})
	return f
}

func (f *floor) open(t *testing.T) func(*store.Store, string) func(authz.Actor, string) connector.Files {
	return func(st *store.Store, dir string) func(authz.Actor, string) connector.Files {
		blobs, err := files.OpenLocal(filepath.Join(dir, "files"))
		must(t, err)
		t.Cleanup(func() { must(t, blobs.Close()) })
		svc := files.New(files.Config{Blobs: blobs, Records: st, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
		f.files = func(a authz.Actor, runID string) connector.Files {
			return svc.For(files.Owner{Tenant: a.Tenant, Actor: a.ID, RunID: runID})
		}
		return f.files
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// do carries out a job of a command.
func (f *floor) do(t *testing.T, command, variables, headers string) job.Outcome {
	t.Helper()
	return f.Handle(t.Context(), job.Job{
		Key: 77, Type: "fairlead:" + command + ":1", Retries: 3, Variables: json.RawMessage(variables), CustomHeaders: json.RawMessage(headers),
	}, nil)
}

func result(t *testing.T, o job.Outcome) map[string]any {
	t.Helper()
	if o.Kind != job.Complete {
		t.Fatalf("the job ended with %s: %s", o.Kind, o.ErrorMessage)
	}
	var v struct{ Result map[string]any }
	must(t, json.Unmarshal(o.Variables, &v))
	return v.Result
}

const whole = `{"resultVariable":"result"}`

const made = `utilities:create-a-file-from-input-text-array`

func TestEveryCommandIsAJobType(t *testing.T) {
	c, err := catalog.New(all.Integrations()...)
	must(t, err)
	seen, commands := map[string]bool{}, 0
	for _, i := range c.All() {
		commands += len(i.Commands)
	}
	for _, f := range outbound.Commands(c, outbound.CommandDeps{}) {
		if seen[f.Type()] {
			t.Errorf("%s comes twice", f.Type())
		}
		seen[f.Type()] = true
		if diff := cmp.Diff([]string{"connection", "connectionConfiguration", "params"}, f.Fetch()); diff != "" {
			t.Errorf("%s asks for other variables: %s", f.Type(), diff)
		}
		if f.Name() == "" {
			t.Errorf("%s has no name", f.Type())
		}
	}
	if len(seen) != commands || commands == 0 {
		t.Errorf("%d job types for %d commands", len(seen), commands)
	}
	if !seen["fairlead:aws-s3:delete-bucket-objects:1"] {
		t.Error("the type of a command is not fairlead:<integration>:<command>:1")
	}
}

// TestSecretNames: what a failed job's input must not show, by every name that
// parameters take.
func TestSecretNames(t *testing.T) {
	type inner struct {
		Code connector.Secret `json:"code,omitempty" label:"Code" doc:"A code."`
		Name string           `json:"name,omitempty" label:"Name" doc:"A name."`
	}
	type input struct {
		PIN   connector.Secret   `json:"pin,omitempty" label:"PIN" doc:"A number." alias:"number"`
		Seals []connector.Secret `json:"seals,omitempty" label:"Seals" doc:"Some."`
		Inner []inner            `json:"inner,omitempty" label:"Inner" doc:"More."`
		Plain string             `json:"plain,omitempty" label:"Plain" doc:"No secret."`
	}
	c, err := catalog.New(&connector.Integration{
		ID: "vault", Name: "Vault", Category: "Test", Vendor: "Test", Summary: "A test.", Docs: "https://vault.example",
		Commands: []*connector.Command{connector.NewCommand(connector.Meta{Name: "Open Doors", Summary: "Opens doors.", Effect: connector.Read},
			func(context.Context, *connector.Call, *struct{}, *input) (*struct{}, error) { return &struct{}{}, nil })},
	})
	must(t, err)
	fs := outbound.Commands(c, outbound.CommandDeps{Now: time.Now})
	got := fs[0].(job.Discreet).SecretNames()
	if diff := cmp.Diff([]string{"pin", "number", "seals", "code"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestResponseIsTheRunsOutput(t *testing.T) {
	f := newFloor(t)
	got := result(t, f.do(t, made, `{"params":{"fileName":"a.txt","inputTextArray":["<one>","two"]}}`, whole))
	var names []string
	for name := range got {
		names = append(names, name)
	}
	slices.Sort(names)
	want := []string{"documents", "error", "items", "keyFields", "outputData", "parentRunId", "plan", "rawData", "result", "returnData", "runId", "state"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("members: %s", diff)
	}
	if got["returnData"] != "Successful" || got["state"] != "done" || got["error"] != nil {
		t.Errorf("verdict: %v", got)
	}
	rec, err := f.Get(t.Context(), f.Owner, got["runId"].(string))
	must(t, err)
	if rec.Origin != "worker" || rec.Actor != authz.Worker().ID {
		t.Errorf("the run has origin %s and actor %s", rec.Origin, rec.Actor)
	}
	if row, err := f.Store.Run(t.Context(), f.Owner.Tenant, rec.RunID); err != nil || row.ExternalRef == nil || *row.ExternalRef != "camunda:77" {
		t.Errorf("the run does not name its job: %+v %v", row, err)
	}
}

func TestFilesAreDocumentsBothWays(t *testing.T) {
	f := newFloor(t)
	mapped := `{"resultExpression":"={doc: documents[1], id: keyFields.FileIDs[1]}"}`
	o := f.do(t, made, `{"params":{"fileName":"a.txt","inputTextArray":["content"]}}`, mapped)
	if o.Kind != job.Complete {
		t.Fatal(o.ErrorMessage)
	}
	var v struct {
		Doc connector.Document
		ID  int64
	}
	must(t, json.Unmarshal(o.Variables, &v))
	if v.Doc.StoreID != documents.FilesStore || v.Doc.DocumentID != fmt.Sprint(v.ID) || v.Doc.Metadata.FileName != "a.txt" {
		t.Errorf("the file as document: %s", o.Variables)
	}
	own, err := json.Marshal(v.Doc)
	must(t, err)
	other, err := f.docs.Create(t.Context(), connector.NewDocument{Name: "b.txt", ContentType: "text/plain", Size: -1}, strings.NewReader("elsewhere"))
	must(t, err)
	elsewhere, err := json.Marshal(other)
	must(t, err)
	for _, c := range []struct{ why, id, want string }{
		{"a document that is a file", string(own), "content"},
		{"a document of another store", string(elsewhere), "elsewhere"},
		{"an inline document", `{"camunda.document.type":"inline","content":"inline text","name":"c.txt"}`, "inline text"},
		{"the ID as number", fmt.Sprint(v.ID), "content"},
		{"the ID as text", fmt.Sprintf("%q", fmt.Sprint(v.ID)), "content"},
	} {
		got := result(t, f.do(t, "utilities:get-file-text", `{"params":{"FileID":`+c.id+`}}`, whole))
		if text := got["rawData"].(map[string]any)["Text"]; text != c.want {
			t.Errorf("%s: got %q, want %q", c.why, text, c.want)
		}
		if docs := got["documents"].([]any); len(docs) != 0 {
			t.Errorf("%s: a file that was there before is given as made: %v", c.why, docs)
		}
	}
	stored, err := f.files(authz.Worker(), "").List(t.Context(), connector.FileQuery{NameContains: "b.txt"})
	must(t, err)
	if len(stored) != 1 || stored[0].ExpiresAt == nil || stored[0].Metadata["job"] != "camunda:77" {
		t.Errorf("the document was not stored as a file that passes: %+v", stored)
	}
	got := result(t, f.do(t, "utilities:get-file-text", `{"params":{"fileId":[`+string(own)+`,`+string(elsewhere)+`]}}`, whole))
	if raws := got["rawData"].([]any); len(raws) != 2 {
		t.Errorf("a list for one file makes a run each: %v", got)
	}
}

func TestCopiesInTheDocumentStore(t *testing.T) {
	f := newFloor(t)
	headers := `{"resultVariable":"result","createDocuments":"true"}`
	got := result(t, f.do(t, made, `{"params":{"fileName":["a.txt","b.txt"],"inputTextArray":["content"]}}`, headers))
	docs := got["documents"].([]any)
	if len(docs) != 2 {
		t.Fatalf("two children made %d documents", len(docs))
	}
	for i, d := range docs {
		raw, err := json.Marshal(d)
		must(t, err)
		var ref connector.Document
		must(t, json.Unmarshal(raw, &ref))
		c, err := f.docs.Open(t.Context(), ref)
		must(t, err)
		content, err := io.ReadAll(c.Body)
		must(t, err)
		if ref.StoreID != documents.MemoryStore || string(content) != "content" || c.Name != []string{"a.txt", "b.txt"}[i] {
			t.Errorf("document %d is %s: %q", i, raw, content)
		}
	}
}

func TestCommandVariables(t *testing.T) {
	f := newFloor(t)
	for _, c := range []struct{ why, variables, message string }{
		{"no object", `[]`, "The variables of the job are not a JSON object."},
		{"params is a text", `{"params":"x"}`, "The variable params is not an object."},
		{"connection is a number", `{"connection":1,"params":{}}`, "The variable connection is not a text."},
		{"connection is an object", `{"connection":{"name":"a"}}`, "The variable connection is not a text."},
		{"an unknown parameter", `{"params":{"nope":1,"inputTextArray":["a"]}}`, `Unknown parameter "nope".`},
		{"a missing parameter", `{}`, "Input Text Array"},
		{"null is not given", `{"params":null}`, "Input Text Array"},
		{"neither file nor document", `{"params":{"fileId":{"a":1}}}`, "neither the ID of a file nor a document"},
		{"an unknown function", `{"params":{"fileId":{"camunda.function.type":"nope","params":[]}}}`, "No intrinsic function found with name: nope"},
	} {
		command := made
		if strings.Contains(c.variables, "fileId") {
			command = "utilities:get-file-text"
		}
		o := f.do(t, command, c.variables, "")
		if !strings.Contains(o.ErrorMessage, c.message) || o.Kind == job.Complete {
			t.Errorf("%s: got %s %q, want %q", c.why, o.Kind, o.ErrorMessage, c.message)
		}
	}
}

func TestLenientParameters(t *testing.T) {
	f := newFloor(t)
	for why, params := range map[string]string{
		"one text for a list":       `{"inputTextArray":"only"}`,
		"ids in any case":           `{"INPUTTEXTARRAY":["only"],"FILENAME":"x.txt"}`,
		"null for what has a value": `{"inputTextArray":["only"],"fileName":null}`,
		"a function":                `{"inputTextArray":[{"camunda.function.type":"base64","params":["only"]}]}`,
	} {
		got := result(t, f.do(t, made, `{"params":`+params+`}`, whole))
		if got["returnData"] != "Successful" {
			t.Errorf("%s: %v", why, got["error"])
		}
	}
}

func TestSecretsStayOutOfRuns(t *testing.T) {
	f := newFloor(t)
	got := result(t, f.do(t, made, `{"params":{"fileName":"{{secrets.PIECE}}.txt","inputTextArray":["x"]}}`, whole))
	if name := got["rawData"].(map[string]any)["FileName"]; name != "very-secret-piece.txt" {
		t.Errorf("the command was given %v", name)
	}
	rec, err := f.Get(t.Context(), f.Owner, got["runId"].(string))
	must(t, err)
	shown, err := json.Marshal(rec)
	must(t, err)
	if strings.Contains(string(shown), "very-secret-piece") {
		t.Errorf("the record holds the secret: %s", shown)
	}
	o := f.do(t, "utilities:get-file-text", `{"params":{"fileId":"{{secrets.PIECE}}"}}`, "")
	if strings.Contains(o.ErrorMessage+string(o.Variables)+o.Failure, "very-secret-piece") {
		t.Errorf("the failure holds the secret: %+v", o)
	}
}

// broken has a command that fails with the kind it is told, and one that fails
// for some of its items.
func broken() *connector.Integration {
	type kindIn struct {
		Kind string `json:"kind" label:"Kind" doc:"Kind of the failure."`
	}
	type itemsIn struct {
		Names []string `json:"names" label:"Names" doc:"Items." items:"true"`
	}
	type none struct{}
	return &connector.Integration{ID: "broken", Name: "Broken", Summary: "Fails.", Commands: []*connector.Command{
		connector.NewCommand(connector.Meta{Name: "Fail", Summary: "Fails.", Effect: connector.Write},
			func(_ context.Context, _ *connector.Call, _ connector.NoSession, in *kindIn) (*none, error) {
				return nil, &connector.Error{Kind: connector.Kind(in.Kind), Item: "thing", Operation: "Do", Code: "Broken", Status: 418, Message: "It broke.", Fix: "Mend it."}
			}),
		connector.NewCommand(connector.Meta{Name: "Each", Summary: "Fails for x.", Effect: connector.Write},
			func(_ context.Context, call *connector.Call, _ connector.NoSession, in *itemsIn) (*none, error) {
				call.Items.Total(len(in.Names), 0)
				for _, n := range in.Names {
					it := call.Items.Start(n)
					if n == "x" {
						it.Fail(&connector.Error{Kind: connector.NotFound, Item: n, Message: "There is no x."})
						continue
					}
					it.Done("")
				}
				return &none{}, nil
			}),
	}}
}

// TestKindsDecide holds the outcome of a job against the table of kinds.
func TestKindsDecide(t *testing.T) {
	f := newFloor(t, broken())
	for _, kind := range connector.Kinds() {
		variables := fmt.Sprintf(`{"params":{"kind":%q}}`, kind)
		o := f.do(t, "broken:fail", variables, `{"retryBackoff":"PT7S"}`)
		switch {
		case kind.BPMNError():
			if o.Kind != job.Throw || o.ErrorCode != string(kind) {
				t.Errorf("%s: got %s %q, want a BPMN error with the kind as code", kind, o.Kind, o.ErrorCode)
			}
		case kind.Retryable():
			if o.Kind != job.Fail || o.Retries != 2 || o.RetryBackoff != 7*time.Second {
				t.Errorf("%s: got %s with %d retries, want one retry used up", kind, o.Kind, o.Retries)
			}
		default:
			if o.Kind != job.Fail || o.Retries != 0 {
				t.Errorf("%s: got %s with %d retries, want none left", kind, o.Kind, o.Retries)
			}
		}
		if !strings.HasPrefix(o.ErrorMessage, "It broke.") || !strings.Contains(o.ErrorMessage, "Mend it.") {
			t.Errorf("%s: the message is %q", kind, o.ErrorMessage)
		}
		o = f.do(t, "broken:fail", variables, `{"errorExpression":"=null"}`)
		want := int32(0)
		if kind.Retryable() {
			want = 2
		}
		if o.Kind != job.Fail || o.Retries != want {
			t.Errorf("%s with an error expression: got %s with %d retries, want fail with %d", kind, o.Kind, o.Retries, want)
		}
	}
}

func TestErrorExpressionsSeeTheFailure(t *testing.T) {
	f := newFloor(t, broken())
	o := f.do(t, "broken:fail", `{"params":{"kind":"NotFound"}}`,
		`{"errorExpression":"=if error.code = \"NotFound\" then bpmnError(\"MINE\", error.message, error.variables) else null"}`)
	if o.Kind != job.Throw || o.ErrorCode != "MINE" {
		t.Fatalf("got %+v", o)
	}
	var v struct {
		StatusCode int
		Kind       string
		RunID      string
		Items      []map[string]any
	}
	must(t, json.Unmarshal(o.Variables, &v))
	if v.StatusCode != 418 || v.Kind != "NotFound" || v.RunID == "" || len(v.Items) != 1 || v.Items[0]["item"] != "thing" || v.Items[0]["operation"] != "Do" {
		t.Errorf("error.variables: %s", o.Variables)
	}
}

func TestPartialSuccessCompletes(t *testing.T) {
	f := newFloor(t, broken())
	got := result(t, f.do(t, "broken:each", `{"params":{"names":["a","x"]}}`, whole))
	if got["returnData"] != "Partially Successful" || len(got["items"].([]any)) != 2 || got["error"].(map[string]any)["kind"] != "NotFound" {
		t.Errorf("got %v", got)
	}
	o := f.do(t, "broken:each", `{"params":{"names":["a","x"]}}`,
		`{"errorExpression":"=if returnData != \"Successful\" then bpmnError(\"PART\", error.message) else null"}`)
	if o.Kind != job.Throw || o.ErrorCode != "PART" {
		t.Errorf("the expression did not see the verdict: %+v", o)
	}
	if o := f.do(t, "broken:each", `{"params":{"names":["x"]}}`, ""); o.Kind != job.Throw || o.ErrorCode != "NotFound" {
		t.Errorf("nothing worked: %+v", o)
	}
}

func TestNoConnection(t *testing.T) {
	f := newFloor(t)
	o := f.do(t, "aws-s3:list-buckets", `{"connection":"nope"}`, "")
	if o.Kind != job.Throw || o.ErrorCode != string(connector.NotFound) || !strings.Contains(o.ErrorMessage, "nope") {
		t.Errorf("an unknown connection: %+v", o)
	}
	for variables, message := range map[string]string{
		`{"connectionConfiguration":{"connection":"shared"}}`:                    "shared",
		`{"connection":"own","connectionConfiguration":{"connection":"shared"}}`: "own",
		`{"connection":null,"connectionConfiguration":{"connection":"shared"}}`:  "shared",
		`{"connectionConfiguration":"shared"}`:                                   "The variable connectionConfiguration is not an object.",
		`{"connectionConfiguration":{"connection":1}}`:                           "The variable connection is not a text.",
	} {
		if o := f.do(t, "aws-s3:list-buckets", variables, ""); o.Kind == job.Complete || !strings.Contains(o.ErrorMessage, message) {
			t.Errorf("%s: %+v", variables, o)
		}
	}
	f.Connect(t, "aws-s3", "closed", map[string]any{"accessKey": "AKIAEXAMPLE", "secretKey": "example-secret", "defaultRegionName": "us-east-1", "endpointUrl": "http://127.0.0.1:9"})
	o = f.do(t, "aws-s3:list-buckets", `{"connection":"closed"}`, "")
	if o.Kind != job.Fail || o.Retries != 2 {
		t.Errorf("a service that cannot be reached: %+v", o)
	}
}
