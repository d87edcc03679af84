package s3

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector/schema"
)

// param is one parameter as the documentation that this integration follows
// lists it. A required parameter may have a default here, which satisfies it.
type param struct {
	label    string
	required bool
	def      string
	choices  []string
	min      float64
}

// overrides end the list of every command but Test Connection.
var overrides = []param{
	{label: "Region Name"},
	{label: "Role ARN"},
	{label: "Role Session Name"},
	{label: "Session Duration Time", min: 900},
}

var sources = []string{"Playbook File", "Incident Attachment File", "Artifact File"}

// seedTable is typed by hand from the documentation.
var seedTable = map[string][]param{
	"connection": {
		{label: "Default Region Name", required: true, def: "US East (N. Virginia): us-east-1"},
		{label: "Access Key", required: true},
		{label: "Secret Key", required: true},
		{label: "Default Role ARN"},
		{label: "Default Role Session Name"},
		{label: "Default Session Duration Time", def: "3600", min: 900},
	},
	"Create Buckets": {
		{label: "Bucket Names", required: true},
	},
	"Delete Bucket Objects": {
		{label: "Bucket Name", required: true},
		{label: "File Paths", required: true},
		{label: "Enable All Versions Deletion", choices: []string{"True", "False"}},
	},
	"Delete Buckets": {
		{label: "Bucket Names", required: true},
	},
	"Download Files": {
		{label: "Bucket Name", required: true},
		{label: "File Paths", required: true},
	},
	"List Bucket Objects": {
		{label: "Bucket Name", required: true},
		{label: "Maximum Objects"},
	},
	"List Buckets": {},
	"Move Files": {
		{label: "Source Bucket Name", required: true},
		{label: "Source File Paths", required: true},
		{label: "Destination Bucket Name", required: true},
		{label: "Destination Path"},
	},
	"Upload Files": {
		{label: "D3 File IDs", required: true},
		{label: "D3 File Source", required: true, choices: sources},
		{label: "Bucket Name", required: true},
		{label: "Bucket Folder"},
	},
	"Get Bucket Policy": {
		{label: "Bucket Name", required: true},
	},
	"Get Bucket Public Access Block": {
		{label: "Bucket Name", required: true},
	},
	"Put Bucket Policy": {
		{label: "Bucket Name", required: true},
		{label: "Policy", required: true},
	},
	"Put Bucket Public Access Block": {
		{label: "Bucket Name", required: true},
		{label: "Block Public ACLs", required: true, choices: []string{"True", "False"}},
		{label: "Ignore Public ACLs", required: true, choices: []string{"True", "False"}},
		{label: "Block Public Policy", required: true, choices: []string{"True", "False"}},
		{label: "Restrict Public Buckets", required: true, choices: []string{"True", "False"}},
	},
	"Test Connection": nil,
}

// beyond are the commands that the documentation does not have.
var beyond = []string{
	"Copy Files", "Delete Bucket Policy", "Delete Public Access Block", "Empty Bucket", "Generate Presigned URL", "Get Bucket Versioning",
	"Get Object Details", "List Object Versions", "Put Bucket Versioning", "Restore Object Version",
}

func TestSeedParameters(t *testing.T) {
	i := Integration()
	if got, want := len(i.Commands)+1, len(seedTable)+len(beyond); got != want {
		t.Errorf("%d declarations, %d in the table", got, want)
	}
	for name, params := range seedTable {
		t.Run(name, func(t *testing.T) {
			if name == "connection" {
				compareParams(t, i.Connection.Settings, params)
				return
			}
			c, ok := i.Command(schema.Kebab(name))
			if !ok {
				t.Fatal("no such command")
			}
			if params != nil {
				params = slices.Concat(params, overrides)
			}
			compareParams(t, c.In, params)
			if c.Indicator != indicatorOf(name) {
				t.Errorf("indicator %q", c.Indicator)
			}
		})
	}
}

func indicatorOf(name string) string {
	if name == "Test Connection" {
		return "Test Connection failed. Failed to check the connector."
	}
	return name + " failed."
}

func compareParams(t *testing.T, typ *schema.Type, params []param) {
	t.Helper()
	last := -1
	for _, p := range params {
		at := slices.IndexFunc(typ.Fields, func(f schema.Field) bool { return f.Label == p.label })
		if at < 0 {
			t.Errorf("no parameter %q", p.label)
			continue
		}
		if at < last {
			t.Errorf("%q stands before its predecessor", p.label)
		}
		last = at
		compareParam(t, &typ.Fields[at], p)
	}
	if len(params) == 0 && len(typ.Fields) != 0 {
		t.Errorf("parameters where there should be none: %d", len(typ.Fields))
	}
}

func compareParam(t *testing.T, f *schema.Field, p param) {
	t.Helper()
	if p.required != f.Required && (!p.required || f.Default == nil) {
		t.Errorf("%s: required %v with default %v, want required %v", p.label, f.Required, f.Default, p.required)
	}
	if p.def != "" && toText(f.Default) != p.def {
		t.Errorf("%s: default %v, want %s", p.label, f.Default, p.def)
	}
	if p.min != 0 && (f.Minimum == nil || *f.Minimum != p.min) {
		t.Errorf("%s: minimum %v, want %v", p.label, f.Minimum, p.min)
	}
	choices := f.Enum
	if f.Kind == schema.Boolean {
		choices = []string{"True", "False"}
	}
	if p.choices != nil {
		if diff := cmp.Diff(p.choices, choices); diff != "" {
			t.Errorf("%s: choices (-want +got):\n%s", p.label, diff)
		}
	}
}

func toText(v any) string {
	if s, ok := v.(interface{ String() string }); ok {
		return s.String()
	}
	s, _ := v.(string)
	return s
}

// Ids follow from labels, and both spellings of a file parameter are taken.
func TestIDs(t *testing.T) {
	up, _ := Integration().Command("upload-files")
	in, probs := up.In.Prepare(map[string]any{"d3FileIds": []any{"1"}, "D3FILESOURCE": "artifact file", "BUCKETNAME": "b"})
	if len(probs) > 0 || in["fileSource"] != "Artifact File" || in["fileIds"] == nil || in["bucketName"] != "b" {
		t.Errorf("prepared %v, %v", in, probs)
	}
	in, _ = up.In.Prepare(map[string]any{})
	if in["fileSource"] != "Playbook File" {
		t.Errorf("without a source: %v", in["fileSource"])
	}
}

// What a guardrail needs to know: every bucket that a command names.
func TestResources(t *testing.T) {
	for _, c := range Integration().Commands {
		for _, f := range c.In.Fields {
			named := strings.Contains(f.Label, "Bucket Name")
			if named != (f.Resource == "bucket") {
				t.Errorf("%s %s: resource %q", c.Name, f.Label, f.Resource)
			}
		}
	}
}

func TestPermissions(t *testing.T) {
	want := map[string][]string{
		"create-buckets":        {"s3:CreateBucket"},
		"delete-buckets":        {"s3:DeleteBucket"},
		"delete-bucket-objects": {"s3:ListBucket", "s3:DeleteObject"},
		"download-files":        {"s3:GetObject"},
		"list-bucket-objects":   {"s3:ListBucket"},
		"list-buckets":          {"s3:ListAllMyBuckets"},
		"upload-files":          {"s3:PutObject"},
		"test-connection":       {"s3:ListAllMyBuckets"},

		"get-bucket-policy":              {"s3:GetBucketPolicy"},
		"put-bucket-policy":              {"s3:PutBucketPolicy"},
		"delete-bucket-policy":           {"s3:DeleteBucketPolicy"},
		"get-bucket-public-access-block": {"s3:GetBucketPublicAccessBlock"},
		"put-bucket-public-access-block": {"s3:PutBucketPublicAccessBlock"},
		"delete-public-access-block":     {"s3:PutBucketPublicAccessBlock"},
		"get-bucket-versioning":          {"s3:GetBucketVersioning"},
		"put-bucket-versioning":          {"s3:PutBucketVersioning", "s3:GetBucketVersioning"},
		"list-object-versions":           {"s3:ListBucketVersions"},
		"restore-object-version":         {"s3:GetObjectVersion", "s3:PutObject"},
		"empty-bucket":                   {"s3:ListBucketVersions", "s3:DeleteObject", "s3:DeleteObjectVersion"},
		"get-object-details":             {"s3:GetObject"},
	}
	for id, names := range want {
		c, _ := Integration().Command(id)
		var always []string
		for _, p := range c.Permissions {
			if p.When == "" {
				always = append(always, p.Name)
			}
		}
		if diff := cmp.Diff(names, always); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
}
