package s3job

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/internal/worker/compat"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

const (
	actionOfB = `"action":{"bucket":"b","key":"k"}`
	deletes   = `"actionDiscriminator":"deleteObject"`
)

// TestRefusedValues has a case for every value that does not bind.
func TestRefusedValues(t *testing.T) {
	const construct = "Cannot construct instance of `io.camunda.connector.aws.s3.model.request.DeleteObject` (although at least one Creator exists): no "
	for _, tc := range []struct{ reason, variables, want string }{
		{"nothing", "", "No content to map due to end-of-input"},
		{"white space", " \n", "No content to map due to end-of-input"},
		{"no JSON", "{oops", "This is not a JSON object"},
		{"half of it", `{"action":`, "This is not a JSON object"},
		{"a list", "[]", "Cannot deserialize value of type `io.camunda.connector.aws.s3.model.request.S3Request` from Array value (token `JsonToken.START_ARRAY`)"},
		{"an empty text", `""`, unknownPlace},
		{"an action nobody knows", vars(keys, region, `"actionDiscriminator":"copyObject"`, actionOfB), unknownPlace},
		{"an action in another case", vars(keys, region, `"actionDiscriminator":"DeleteObject"`, actionOfB), unknownPlace},
		{"an empty action's name", vars(keys, region, `"actionDiscriminator":""`, actionOfB), unknownPlace},
		{"a number for its name", vars(keys, region, `"actionDiscriminator":1`, actionOfB), unknownPlace},
		{"null for its name", vars(keys, region, `"actionDiscriminator":null`, actionOfB), "Internal error in external Type Id handling: `null` type id passed"},
		{"an object for its name", vars(keys, region, `"actionDiscriminator":{"a":1}`, actionOfB), "Internal error in external Type Id handling: `null` type id passed"},
		{"a list for its name", vars(keys, region, `"actionDiscriminator":["deleteObject"]`, actionOfB), "Internal error in external Type Id handling: `null` type id passed"},
		{"no name", vars(keys, region, actionOfB), "Missing external type id property 'actionDiscriminator' (and no 'defaultImpl' specified)"},
		{"no name for null", vars(keys, region, `"action":null`), "Missing external type id property 'actionDiscriminator' (and no 'defaultImpl' specified)"},
		{"no action", vars(keys, region, deletes), "Missing property 'action' for external type id 'actionDiscriminator'"},
		{"a text for the action", vars(keys, region, deletes, `"action":"x"`), construct + "String-argument constructor/factory method to deserialize from String value ('x')"},
		{"a number for the action", vars(keys, region, deletes, `"action":1`), construct + "int/Int-argument constructor/factory method to deserialize from Number value (1)"},
		{"a decimal for the action", vars(keys, region, deletes, `"action":1.5`), construct + "double/Double-argument constructor/factory method to deserialize from Number value (1.5)"},
		{"a boolean for the action", vars(keys, region, deletes, `"action":true`), construct + "boolean/Boolean-argument constructor/factory method to deserialize from boolean value (true)"},
		{"an empty text for the action", vars(keys, region, deletes, `"action":""`), unknownPlace},
		{"an empty list for the action", vars(keys, region, deletes, `"action":[]`), "Cannot deserialize value of type `io.camunda.connector.aws.s3.model.request.DeleteObject` from Array value (token `JsonToken.START_ARRAY`)"},
		{"two texts for one", deleteOf(`["b","c"]`, `"k"`), "Unexpected token (VALUE_STRING), expected END_ARRAY: Attempted to unwrap 'java.lang.String' value from an array (with `DeserializationFeature.UNWRAP_SINGLE_VALUE_ARRAYS`) but it contains more than one value"},
		{"no text for one", deleteOf(`[]`, `"k"`), "Cannot deserialize value of type `java.lang.String` from Array value (token `JsonToken.START_ARRAY`)"},
		{"a list in a list", deleteOf(`[["b"]]`, `"k"`), "Cannot deserialize instance of `java.lang.String` out of START_ARRAY token: nested Arrays not allowed with `DeserializationFeature.UNWRAP_SINGLE_VALUE_ARRAYS`"},
		{"an object for a text", deleteOf(`{"a":1}`, `"k"`), "Cannot deserialize value of type `java.lang.String` from Object value (token `JsonToken.START_OBJECT`)"},
		{"a function that gives an object", deleteOf(`{"camunda.function.type":"id","params":[{"a":[1,"x"],"b":null}]}`, `"k"`), "Unsupported operation result, expected a string, got: {a=[1, x], b=null}"},
		{"a function that fails", deleteOf(`{"camunda.function.type":"id","params":[]}`, `"k"`), "Parameter at index 0 is required but not provided"},
		{"a text for a document", uploadOf(`"just text"`), `Unsupported node format, expected either a document reference or an operation, got: "just text"`},
		{"a number for a document", uploadOf(`5`), `Unsupported node format, expected either a document reference or an operation, got: 5`},
		{"a plain object for a document", uploadOf(`{"a": 1, "b": [ ]}`), `Unsupported node format, expected either a document reference or an operation, got: {"a":1,"b":[]}`},
		{"no document for one", uploadOf(`[]`), "Cant bind a multi element document array to a single document."},
		{"two documents for one", uploadOf("[" + ref + "," + ref + "]"), "Cant bind a multi element document array to a single document."},
		{"a document of a type nobody knows", uploadOf(`{"camunda.document.type":"other"}`), "Json object contains an invalid field: document"},
		{"a document's type in another case", uploadOf(`{"camunda.document.type":"Camunda"}`), "Json object contains an invalid field: document"},
		{"an inline document before 8.10", uploadOf(`{"camunda.document.type":"inline","content":"x"}`), "Json object contains an invalid field: document"},
		{"a size that is none", uploadOf(strings.Replace(ref, `"size":5`, `"size":"many"`, 1)), "Json object contains an invalid field: document, metadata, size. It Must be `Long`"},
	} {
		a := bind(t, compat.V88, Options{}, nil, tc.variables)
		if a.fault == nil || !a.fault.Input || a.fault.Type != job.InputException || a.fault.Message != tc.want {
			t.Errorf("%s: %+v", tc.reason, a.fault)
		}
	}
}

// TestViolations has a case for every rule, in the versions that have it.
func TestViolations(t *testing.T) {
	blankKeys := `"authentication":{"accessKey":" ","secretKey":""}`
	saas := map[string]string{saasVariable: ""}
	chain := `"authentication":{"type":"defaultCredentialsChain"}`
	for _, tc := range []struct {
		reason, variables string
		compat            compat.Version
		env               map[string]string
		want              []string
	}{
		{"an empty job before 8.10", "{}", compat.V89, nil, []string{"action: must not be null", "authentication: must not be null"}},
		{"an empty job", "{}", compat.V810, nil, []string{"action: must not be null", "authenticationPresent: Authentication is required"}},
		{"action is null", vars(keys, region, deletes, `"action":null`), compat.V88, nil, []string{"action: must not be null"}},
		{"delete without anything", vars(keys, region, deletes, `"action":{}`), compat.V87, nil, []string{"action.bucket: must not be blank", "action.key: must not be blank"}},
		{"delete with blanks", deleteOf(`" \t"`, `null`), compat.V810, nil, []string{"action.bucket: must not be blank", "action.key: must not be blank"}},
		{"names in another case", vars(keys, region, deletes, `"action":{"Bucket":"b","KEY":"k"}`), compat.V88, nil, []string{"action.bucket: must not be blank", "action.key: must not be blank"}},
		{"download without anything", vars(keys, region, `"actionDiscriminator":"downloadObject","action":{}`), compat.V88, nil, []string{"action.bucket: must not be blank", "action.key: must not be blank"}},
		{"upload without anything: a key is not needed", vars(keys, region, `"actionDiscriminator":"uploadObject","action":{}`), compat.V88, nil, []string{"action.bucket: must not be blank", "action.document: must not be null"}},
		{"blank keys", vars(blankKeys, region, deletes, actionOfB), compat.V88, nil, []string{"authentication.accessKey: must not be blank", "authentication.secretKey: must not be blank"}},
		{"authentication is null, 8.9", vars(`"authentication":null`, region, deletes, actionOfB), compat.V89, nil, []string{"authentication: must not be null"}},
		{"authentication is null, 8.10", vars(`"authentication":null`, region, deletes, actionOfB), compat.V810, nil, []string{"authenticationPresent: Authentication is required"}},
		{"a credential without anything", vars(keys, region, deletes, actionOfB, `"awsCredential":{}`), compat.V810, nil, []string{"authenticationPresent: Authentication is required", "awsCredential.region: must not be blank"}},
		{"a credential with blanks", vars(region, deletes, actionOfB, `"awsCredential":{"region":" ",`+blankKeys+`}`), compat.V810, nil, []string{"awsCredential.authentication.accessKey: must not be blank", "awsCredential.authentication.secretKey: must not be blank", "awsCredential.region: must not be blank"}},
		{"a valid credential without an action", vars(`"awsCredential":{"region":"eu-central-1",` + keys + `}`), compat.V810, nil, []string{"action: must not be null"}},
		{"the chain, for other people", vars(chain, region, deletes, actionOfB), compat.V88, saas, []string{"defaultCredentialsChainUsedInSaaS: must be false"}},
		{"the chain in a credential, for other people", vars(region, deletes, actionOfB, `"awsCredential":{"region":"eu-central-1",`+chain+`}`), compat.V810, saas, []string{"defaultCredentialsChainUsedInSaaS: must be false"}},
		{"keys, for other people", vars(keys, region, deletes, actionOfB), compat.V88, saas, nil},
		{"the chain", vars(chain, region, deletes, actionOfB), compat.V88, nil, nil},
		{"a credential means nothing before 8.10", vars(keys, region, deletes, actionOfB, `"awsCredential":{}`), compat.V89, nil, nil},
	} {
		a := bind(t, tc.compat, Options{}, tc.env, tc.variables)
		if tc.want == nil {
			if a.fault != nil {
				t.Errorf("%s: %s", tc.reason, a.fault.Message)
			}
			continue
		}
		if a.fault == nil || !a.fault.Input || a.fault.Type != job.InputException {
			t.Errorf("%s: %+v", tc.reason, a.fault)
			continue
		}
		lines := strings.Split(a.fault.Message, "\n")
		if lines[0] != "jakarta.validation.ValidationException: Found constraints violated while validating input: " {
			t.Errorf("%s: %s", tc.reason, lines[0])
		}
		var got []string
		for _, l := range lines[1:] {
			got = append(got, strings.Replace(strings.TrimPrefix(l, " - Property: "), "Validation failed. Original message: ", "", 1))
		}
		slices.Sort(got)
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
		}
	}
}

// TestRefusedByTheSDK has what binds and is valid, and cannot be sent. The
// engine repeats such jobs.
func TestRefusedByTheSDK(t *testing.T) {
	config := func(c string) string { return vars(keys, `"configuration":`+c, deletes, actionOfB) }
	noMetadata := strings.Replace(ref, `"metadata":{"contentType":"text/plain","size":5,"fileName":"d.txt"}`, `"metadata":null`, 1)
	keyless := func(document string) string {
		return vars(keys, region, `"actionDiscriminator":"uploadObject","action":{"bucket":"b","document":`+document+`}`)
	}
	for _, tc := range []struct {
		reason, variables string
		compat            compat.Version
		class, message    string
	}{
		{"null for everything", "null", compat.V88, classIllegal, "HV000116: The object to be validated must not be null."},
		{"no configuration", vars(keys, deletes, actionOfB), compat.V89, classNull, configIsNull},
		{"no region", config(`{}`), compat.V88, classNull, regionIsNull},
		{"an empty region", config(`{"region":""}`), compat.V810, classIllegal, regionIsBlank},
		{"a padded region", config(`{"region":" us-east-1"}`), compat.V88, classSDKClient, regionIsNoDNS},
		{"a region of words", config(`{"region":"eu central 1"}`), compat.V88, classSDKClient, regionIsNoDNS},
		{"a region with an umlaut", config(`{"region":"ü"}`), compat.V810, classSDKClient, regionIsNoDNS},
		{"no address", config(`{"region":"r","endpoint":"not a url"}`), compat.V810, classIllegal, "Illegal character in path at index 3: not a url"},
		{"an address without scheme", config(`{"region":"r","endpoint":"127.0.0.1:9000"}`), compat.V810, classIllegal, "Illegal character in scheme name at index 0: 127.0.0.1:9000"},
		{"a name without scheme", config(`{"region":"r","endpoint":"s3.example.com"}`), compat.V810, classNull, schemeIsNull},
		{"a name that looks like a scheme", config(`{"region":"r","endpoint":"localhost:9000"}`), compat.V810, classNull, messageNullHost},
		{"an access point at an IP address", strings.Replace(config(`{"region":"r","endpoint":"http://10.0.0.1:9000"}`), `"bucket":"b"`, `"bucket":"arn:aws:s3:r:123456789012:accesspoint/ap"`, 1), compat.V810, classNull, messageNullHost},
		{"an empty key of an upload", strings.Replace(uploadOf(ref), `"key":"k"`, `"key":""`, 1), compat.V88, classSDKClient, marshalling + "Key cannot be empty."},
		{"neither key nor file name", keyless(strings.Replace(ref, `,"fileName":"d.txt"`, "", 1)), compat.V88, classSDKClient, marshalling + "Parameter 'Key' must not be null"},
		{"no size", uploadOf(strings.Replace(ref, `"size":5,`, "", 1)), compat.V810, classNull, sizeIsNull},
		{"a negative size", uploadOf(strings.Replace(ref, `"size":5`, `"size":-5`, 1)), compat.V810, classIllegal, sizeIsNegative},
		{"no metadata", uploadOf(noMetadata), compat.V88, classNull, `Cannot invoke "` + documentMetadata + `.getSize()" ` + metadataIsNull},
		{"no metadata and no key", keyless(noMetadata), compat.V88, classNull, `Cannot invoke "` + documentMetadata + `.getFileName()" ` + metadataIsNull},
		{"no document's ID", uploadOf(strings.Replace(ref, `"documentId":"d"`, `"documentId":null`, 1)), compat.V88, classIllegal, "documentId must not be null"},
		{"an external document at no address", uploadOf(`{"camunda.document.type":"external","url":"not a url"}`), compat.V810, classIllegal, "Illegal character in path at index 3: not a url"},
		{"the same before 8.9", uploadOf(`{"camunda.document.type":"external","url":"not a url"}`), compat.V88, classConnector, classIllegal + ": Illegal character in path at index 3: not a url"},
		{"a document that is not there, in a text", deleteOf(`"b"`, strings.Replace(ref, `"documentId":"d"`, `"documentId":"none"`, 1)), compat.V88, classClient, "There is no document none."},
	} {
		a := bind(t, tc.compat, Options{}, nil, tc.variables)
		if a.fault == nil || a.fault.Input || a.fault.Type != tc.class || a.fault.Message != tc.message {
			t.Errorf("%s: %+v", tc.reason, a.fault)
		}
	}
	for variables, want := range map[string]string{
		uploadOf(`{"camunda.document.type":"inline","content":null}`):                                                       "Inline document content must not be null",
		vars(keys, region, `"actionDiscriminator":"downloadObject"`, actionOfB, `"documentReturnFormat":{"choice":"text"}`): "documentReturnFormat.choice must be one of DOCUMENT, TEXT, JSON. Got: text",
	} {
		if a := bind(t, compat.V810, Options{}, nil, variables); a.fault == nil || !a.fault.Input || a.fault.Message != want {
			t.Errorf("%+v, want %s", a.fault, want)
		}
	}
}

func TestBadURI(t *testing.T) {
	for s, want := range map[string]string{
		"http://h:1/a?b#c": "", "http://[::1]:9000": "", "a/b": "", "": "", "mailto:x": "",
		"http://a b/":    "Illegal character in authority at index 7: http://a b/",
		"http://h/a b":   "Illegal character in path at index 10: http://h/a b",
		"http://h/a?b c": "Illegal character in query at index 12: http://h/a?b c",
		"http://h/#a b":  "Illegal character in fragment at index 11: http://h/#a b",
		"http://":        "Expected authority at index 7: http://",
		"http:":          "Expected scheme-specific part at index 5: http:",
		":x":             "Expected scheme name at index 0: :x",
		"h_t:x":          "Illegal character in scheme name at index 1: h_t:x",
	} {
		if got := badURI(s); got != want {
			t.Errorf("%s: %q", s, got)
		}
	}
}

// TestExtras binds what Camunda's connector does not have.
func TestExtras(t *testing.T) {
	config := func(own string) string {
		return vars(keys, `"configuration":{"region":"eu-central-1","fairlead":`+own+`}`, `"actionDiscriminator":"uploadObject"`, `"action":{"bucket":"b","document":`+ref+`}`)
	}
	a := bind(t, compat.V88, Options{PathStyle: "On"}, nil, config(`{"sessionToken":"T","roleArn":"R","externalId":"E","pathStyle":"automatic","fixKey":"true"}`))
	for name, want := range map[string]any{"sessionToken": "T", "roleArn": "R", "externalId": "E", "pathStyle": "Automatic", "fixKey": true} {
		if a.input[name] != want {
			t.Errorf("%s: %v", name, a.input[name])
		}
	}
	if a := bind(t, compat.V88, Options{PathStyle: "On", FixKey: true}, nil, config(`{"pathStyle":" ","fixKey":false}`)); a.input["pathStyle"] != "On" || a.input["fixKey"] != false {
		t.Errorf("%v", a.input)
	}
	for own, want := range map[string]string{
		`{"pathstyle":"On"}`:   "Unknown switch configuration.fairlead.pathstyle. Known: charsetAware, errorCodes, externalId, failFast, fixKey, pathStyle, roleArn, sessionToken.",
		`{"pathStyle":"yes"}`:  "configuration.fairlead.pathStyle is 'yes'. Use Automatic, On or Off.",
		`{"fixKey":"perhaps"}`: "Json object contains an invalid field: configuration, fairlead, fixKey. It Must be `boolean`",
	} {
		if a := bind(t, compat.V88, Options{}, nil, config(own)); a.fault == nil || !a.fault.Input || a.fault.Message != want {
			t.Errorf("%s: %+v", own, a.fault)
		}
	}
}

func TestFetch(t *testing.T) {
	four := []string{"authentication", "configuration", "actionDiscriminator", "action"}
	six := append(four[:4:4], "documentReturnFormat", "awsCredential")
	for v, want := range map[compat.Version][]string{compat.V87: four, compat.V89: four, compat.V810: six, 0: six} {
		if diff := cmp.Diff(want, New(Options{Compat: v}, nil).Fetch()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", v, diff)
		}
	}
	if f := New(Options{}, nil); f.Type() != "io.camunda:aws-s3:1" || f.Name() != "AWS S3" {
		t.Errorf("%s, %s", f.Type(), f.Name())
	}
}

func BenchmarkBind(b *testing.B) {
	f := New(Options{}, func(string) (string, bool) { return "", false })
	in := job.Invocation{Variables: []byte(uploadOf(ref)), Compat: compat.V810}
	in.Job.Variables = in.Variables
	b.ReportAllocs()
	for b.Loop() {
		bd := &binder{ctx: b.Context(), in: in}
		r, err := bd.request()
		if err != nil {
			b.Fatal(err)
		}
		if err := f.validate(r, in.Compat); err != nil {
			b.Fatal(err)
		}
		if _, _, err := f.command(r, f.opts, in); err != nil {
			b.Fatal(err)
		}
	}
}
