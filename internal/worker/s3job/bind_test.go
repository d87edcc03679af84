package s3job

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/worker/compat"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// bound is what a job comes to: the command and its input, or a fault.
type bound struct {
	command string
	input   map[string]any
	fault   *job.Fault
}

var errSeen = errors.New("seen")

// bind calls the function and looks at the run that it asks for.
func bind(t *testing.T, v compat.Version, o Options, env map[string]string, variables string) bound {
	t.Helper()
	var a bound
	lookup := func(name string) (string, bool) { x, ok := env[name]; return x, ok }
	_, err := New(o, lookup).Call(t.Context(), job.Invocation{
		Variables: json.RawMessage(variables), Compat: v, Documents: texts{"d": "hello"},
		Intrinsic: func(_ context.Context, node json.RawMessage) (json.RawMessage, error) {
			var f struct{ Params []json.RawMessage }
			if err := json.Unmarshal(node, &f); err != nil || len(f.Params) == 0 {
				return nil, errors.New("Parameter at index 0 is required but not provided")
			}
			return f.Params[0], nil // the identity
		},
		Run: func(_ context.Context, req run.Request) (*run.Record, error) {
			a.command = req.Command
			must(t, json.Unmarshal(req.Input, &a.input))
			return nil, errSeen
		},
	})
	if a.command == "" && !errors.As(err, &a.fault) {
		t.Fatalf("%T is no fault: %v", err, err)
	}
	return a
}

// texts is a store of documents.
type texts map[string]string

// Open implements connector.Documents.
func (s texts) Open(_ context.Context, d connector.Document) (*connector.DocumentContent, error) {
	text, ok := s[d.DocumentID]
	if !ok {
		return nil, &connector.Error{Kind: connector.NotFound, Message: "There is no document " + d.DocumentID + "."}
	}
	return &connector.DocumentContent{Body: io.NopCloser(strings.NewReader(text)), Size: int64(len(text))}, nil
}

// Create implements connector.Documents.
func (texts) Create(context.Context, connector.NewDocument, io.Reader) (connector.Document, error) {
	return connector.Document{}, errors.New("texts take nothing")
}

// Link implements connector.Documents.
func (texts) Link(context.Context, connector.Document, time.Duration) (string, error) {
	return "", errors.New("texts have no links")
}

// Delete implements connector.Documents.
func (texts) Delete(context.Context, connector.Document) error {
	return errors.New("texts stay")
}

const (
	keys   = `"authentication":{"type":"credentials","accessKey":"AK","secretKey":"SK"}`
	region = `"configuration":{"region":"eu-central-1"}`
	ref    = `{"camunda.document.type":"camunda","storeId":"in-memory","documentId":"d","contentHash":"h","metadata":{"contentType":"text/plain","size":5,"fileName":"d.txt"}}`
	stated = `"Json object contains an invalid field: `
)

func vars(parts ...string) string { return "{" + strings.Join(parts, ",") + "}" }

func deleteOf(bucket, key string) string {
	return vars(keys, region, `"actionDiscriminator":"deleteObject","action":{"bucket":`+bucket+`,"key":`+key+`}`)
}

func uploadOf(document string) string {
	return vars(keys, region, `"actionDiscriminator":"uploadObject","action":{"bucket":"b","key":"k","document":`+document+`}`)
}

func downloadOf(more string) string {
	return vars(keys, region, `"actionDiscriminator":"downloadObject","action":{"bucket":"b","key":"k"`+more+`}`)
}

// TestShapes binds the variables of every version of Camunda's template.
func TestShapes(t *testing.T) {
	base := map[string]any{"accessKey": "AK", "secretKey": "SK", "region": "eu-central-1", "pathStyle": "Off", "bucket": "b", "key": "k"}
	with := func(more map[string]any) map[string]any {
		out := map[string]any{}
		for _, m := range []map[string]any{base, more} {
			for k, v := range m {
				if out[k] = v; v == nil {
					delete(out, k)
				}
			}
		}
		return out
	}
	var document any
	must(t, json.Unmarshal([]byte(ref), &document))
	upload := map[string]any{"document": document, "sizeMismatch": "Cut", "fixKey": false}
	for _, tc := range []struct {
		reason    string
		compat    compat.Version
		variables string
		command   string
		want      map[string]any
	}{
		{"upload, versions 1 and 2", compat.V88, uploadOf(ref), "upload-object", with(upload)},
		{"upload, from version 3 on: helper keys are ignored", compat.V810, vars(keys, region, `"actionDiscriminator":"uploadObject","action":{"bucket":"b","key":"k","action_document_documentSource":"camunda","action_document_camundaReference":`+ref+`,"document":`+ref+`}`), "upload-object", with(upload)},
		{"upload without key", compat.V88, vars(keys, region, `"actionDiscriminator":"uploadObject","action":{"bucket":"b","document":`+ref+`}`), "upload-object", with(map[string]any{"key": nil, "document": document, "sizeMismatch": "Cut", "fixKey": false})},
		{"download, versions 1 to 4", compat.V88, downloadOf(`,"asFile":true`), "download-object", with(map[string]any{"asFile": true, "charsetAware": false})},
		{"download, from version 5 on", compat.V810, vars(keys, region, `"actionDiscriminator":"downloadObject","action":{"bucket":"b","key":"k"},"documentReturnFormat":{"choice":"TEXT","encoding":"UTF-16"}`), "download-object", with(map[string]any{"asFile": false, "charsetAware": false, "documentReturnFormat": "TEXT", "encoding": "UTF-16"})},
		{"the format means nothing before 8.10", compat.V89, vars(keys, region, `"actionDiscriminator":"downloadObject","action":{"bucket":"b","key":"k"},"documentReturnFormat":{"choice":"what?"}`), "download-object", with(map[string]any{"asFile": false, "charsetAware": false})},
		{"an encoding counts for text only", compat.V810, vars(keys, region, `"actionDiscriminator":"downloadObject","action":{"bucket":"b","key":"k"},"documentReturnFormat":{"choice":"JSON","encoding":"nope"}`), "download-object", with(map[string]any{"asFile": false, "charsetAware": false, "documentReturnFormat": "JSON"})},
		{"delete", compat.V87, deleteOf(`"b"`, `"k"`), "delete-object", base},
		{"the order of members does not matter", compat.V88, vars(`"action":{"key":"k","bucket":"b"}`, `"actionDiscriminator":"deleteObject"`, region, keys), "delete-object", base},
		{"a credential, version 6", compat.V810, vars(`"awsCredential":{`+keys+`,"region":"eu-central-1"}`, `"actionDiscriminator":"deleteObject","action":{"bucket":"b","key":"k"}`), "delete-object", base},
		{"a credential goes first, the endpoint stays", compat.V810, vars(`"awsCredential":{`+keys+`,"region":"eu-central-1"}`, `"authentication":{"accessKey":"x","secretKey":"y"},"configuration":{"region":"z","endpoint":"http://h:1"}`, `"actionDiscriminator":"deleteObject","action":{"bucket":"b","key":"k"}`), "delete-object", with(map[string]any{"endpoint": "http://h:1"})},
		{"a blank endpoint is none", compat.V810, vars(keys, `"configuration":{"region":"eu-central-1","endpoint":" "}`, `"actionDiscriminator":"deleteObject","action":{"bucket":"b","key":"k"}`), "delete-object", base},
		{"an endpoint means nothing before 8.10", compat.V89, vars(keys, `"configuration":{"region":"eu-central-1","endpoint":"what?"}`, `"actionDiscriminator":"deleteObject","action":{"bucket":"b","key":"k"}`), "delete-object", base},
		{"the chain", compat.V88, vars(`"authentication":{"type":"defaultCredentialsChain","accessKey":""}`, region, `"actionDiscriminator":"deleteObject","action":{"bucket":"b","key":"k"}`), "delete-object", with(map[string]any{"accessKey": nil, "secretKey": nil, "authenticationType": "Default Credentials Chain"})},
		{"no region, left to the machine", compat.V810, vars(keys, `"actionDiscriminator":"deleteObject","action":{"bucket":"b","key":"k"}`), "delete-object", with(map[string]any{"region": nil})},
		{"keys are trimmed", compat.V88, vars(`"authentication":{"accessKey":" AK\n","secretKey":"\tSK "}`, region, `"actionDiscriminator":"deleteObject","action":{"bucket":"b","key":"k"}`), "delete-object", base},
	} {
		a := bind(t, tc.compat, Options{}, nil, tc.variables)
		if a.fault != nil {
			t.Errorf("%s: %s: %s", tc.reason, a.fault.Type, a.fault.Message)
			continue
		}
		if diff := cmp.Diff(tc.want, a.input); diff != "" || a.command != tc.command {
			t.Errorf("%s: %s (-want +got):\n%s", tc.reason, a.command, diff)
		}
	}
}

// TestLeniency has a case for every way in which values of other kinds bind.
func TestLeniency(t *testing.T) {
	for _, tc := range []struct{ reason, variables, key string }{
		{"a number for a text", deleteOf(`"b"`, `12`), "12"},
		{"a boolean for a text", deleteOf(`"b"`, `true`), "true"},
		{"a decimal as it is written", deleteOf(`"b"`, `1.50`), "1.50"},
		{"a list of one text", deleteOf(`"b"`, `["k"]`), "k"},
		{"a document in a text", deleteOf(`"b"`, ref), "aGVsbG8="},
		{"a function in a text", deleteOf(`"b"`, `{"camunda.function.type":"id","params":["x"]}`), "x"},
		{"a list of one object", vars(keys, region, `"actionDiscriminator":"deleteObject","action":[{"bucket":"b","key":"k"}]`), "k"},
		{"a list of one authentication", vars(`"authentication":[{"accessKey":"AK","secretKey":"SK"}]`, region, `"actionDiscriminator":"deleteObject","action":{"bucket":"b","key":"k"}`), "k"},
		{"authentication of a type nobody knows", vars(`"authentication":{"type":"Credentials","accessKey":"AK","secretKey":"SK"}`, region, `"actionDiscriminator":"deleteObject","action":{"bucket":"b","key":"k"}`), "k"},
		{"authentication without a type", vars(`"authentication":{"type":null,"accessKey":"AK","secretKey":"SK"}`, region, `"actionDiscriminator":"deleteObject","action":{"bucket":"b","key":"k"}`), "k"},
		{"authentication with a number as type", vars(`"authentication":{"type":3,"accessKey":"AK","secretKey":"SK"}`, region, `"actionDiscriminator":"deleteObject","action":{"bucket":"b","key":"k"}`), "k"},
		{"members nobody knows", vars(keys, region, `"x":1,"actionDiscriminator":"deleteObject","action":{"bucket":"b","key":"k","document":{"a":1},"asFile":"yes","roleArn":5}`), "k"},
		{"the last of two members", deleteOf(`"b","bucket":"c"`, `"k"`), "k"},
		{"characters that need escapes", deleteOf(`"b"`, `"a\u00e9\"\\\u0000"`), "aé\"\\\x00"},
		{"a blank key of an upload is a key", vars(keys, region, `"actionDiscriminator":"uploadObject","action":{"bucket":"b","key":"  ","document":`+ref+`}`), "  "},
		{"a list of one document", uploadOf("[" + ref + "]"), "k"},
		{"a document of a function", uploadOf(`{"camunda.function.type":"id","params":[` + ref + `]}`), "k"},
		{"a size as text", uploadOf(strings.Replace(ref, `"size":5`, `"size":"5"`, 1)), "k"},
	} {
		if a := bind(t, compat.V88, Options{}, nil, tc.variables); a.fault != nil || a.input["key"] != tc.key {
			t.Errorf("%s: %v %v", tc.reason, a.input["key"], a.fault)
		}
	}
}

func TestAsFile(t *testing.T) {
	for value, want := range map[string]string{
		`true`: "true", `false`: "false", `null`: "false", `""`: "false", `" "`: "false", `"true"`: "true", `"True"`: "true", `"false"`: "false",
		`1`: "true", `0`: "false", `2`: "true", `-1`: "true", `[true]`: "true",
		`"yes"`:        stated + "asFile. It Must be `boolean`\"",
		`1.0`:          "\"Cannot deserialize value of type `boolean` from Floating-point value (token `JsonToken.VALUE_NUMBER_FLOAT`)\"",
		`{}`:           "\"Cannot deserialize value of type `boolean` from Object value (token `JsonToken.START_OBJECT`)\"",
		`[]`:           "\"Cannot deserialize value of type `boolean` from Array value (token `JsonToken.START_ARRAY`)\"",
		`[true,false]`: "\"Unexpected token (VALUE_STRING), expected END_ARRAY: Attempted to unwrap 'boolean' value from an array (with `DeserializationFeature.UNWRAP_SINGLE_VALUE_ARRAYS`) but it contains more than one value\"",
	} {
		a := bind(t, compat.V88, Options{}, nil, downloadOf(`,"asFile":`+value))
		got := "\"\""
		switch {
		case a.fault == nil:
			raw, err := json.Marshal(a.input["asFile"])
			must(t, err)
			got = string(raw)
		case a.fault.Input:
			got = `"` + a.fault.Message + `"`
		}
		if got != want {
			t.Errorf("%s: %s, want %s", value, got, want)
		}
	}
	if a := bind(t, compat.V88, Options{}, nil, downloadOf("")); a.input["asFile"] != false {
		t.Errorf("left out: %v", a.input)
	}
}
