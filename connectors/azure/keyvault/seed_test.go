package keyvault

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
	boolean  bool
	list     bool
	secret   bool
}

var (
	pVault = param{label: "Key Vault Name", required: true}
	pGroup = param{label: "Resource Group Name"}
	pTags  = param{label: "Tags"}
	pType  = param{label: "Version Type", def: "All Versions", choices: []string{"All Versions", "Current Version", "Specific Versions", "All", "Current", "Specific"}}
	pVers  = param{label: "Versions", list: true}

	keyNames = strings.Fields("Get List Update Create Import Delete Recover Backup Restore GetRotationPolicy SetRotationPolicy Rotate Encrypt Decrypt WrapKey UnwrapKey Sign Verify Purge Release")
	secNames = strings.Fields("Get List Set Delete Recover Backup Restore Purge")
	// Purge is the one that the documentation leaves out.
	crtNames = strings.Fields("Get List Update Create Import Delete Recover Backup Restore ManageContacts ManageIssuers GetIssuers ListIssuers SetIssuers DeleteIssuers Purge")

	pObject = param{label: "Object ID"}
	pKeys   = param{label: "Permission Of Keys", list: true, choices: keyNames}
	pSecs   = param{label: "Permission Of Secrets", list: true, choices: secNames}
	pCerts  = param{label: "Permission Of Certificates", list: true, choices: crtNames}
)

// seedTable is typed by hand from the documentation, in its order.
var seedTable = map[string][]param{
	"connection": {
		{label: "Tenant ID", required: true},
		{label: "Client ID", required: true},
		{label: "Client Secret", required: true, secret: true},
		{label: "Subscription ID", required: true},
		{label: "Resource Group Name"},
		{label: "API Version", required: true, def: "2026-02-01"},
	},
	"Create Key": {
		pVault, pGroup,
		{label: "Key Name", required: true},
		{label: "Key Type", required: true, choices: []string{"EC", "EC-HSM", "RSA", "RSA-HSM"}},
		{label: "RSA Key Size", def: "2048", choices: []string{"2048", "3072", "4096"}},
		{label: "Elliptic Curve Name", def: "P-256", choices: []string{"P-256", "P-384", "P-521", "P-256K"}},
		pTags,
	},
	"Create Key Vault": {
		pGroup, pVault,
		{label: "Location", required: true},
		{label: "SKU", required: true, choices: []string{"Standard", "Premium"}},
		{label: "Create Mode", def: "Default", choices: []string{"Default", "Recover"}},
		pObject, pKeys, pSecs, pCerts,
	},
	"Create Secret": {
		pVault, pGroup,
		{label: "Secret Name", required: true},
		{label: "Secret Value", required: true, secret: true},
		{label: "Content Type"},
		pTags,
	},
	"Delete Key Vault":        {pGroup, pVault},
	"Get Certificate Details": {pVault, pGroup, {label: "Certificate Name", required: true}, pType, pVers},
	"Get Key Details":         {pVault, pGroup, {label: "Key Name", required: true}, pType, pVers},
	"Get Key Vault":           {pGroup, pVault},
	"Get Secret Details":      {pVault, pGroup, {label: "Secret Name", required: true}, pType, pVers},
	"Import Certificate": {
		pVault, pGroup,
		{label: "Certificate Name", required: true},
		{label: "Private Key", required: true, secret: true},
		{label: "Certificate", required: true},
		{label: "Passphrase", secret: true},
		pTags,
	},
	"List Certificates":    {pVault, pGroup, {label: "Include Pending", boolean: true}},
	"List Keys":            {pVault, pGroup},
	"List Key Vaults":      {pGroup},
	"List Resource Groups": nil,
	"List Secrets":         {pVault, pGroup},
	"List Vault Object Versions": {
		pVault, pGroup,
		{label: "Object Type", required: true, choices: []string{"Keys", "Secrets", "Certificates"}},
		{label: "Object Name", required: true},
	},
	"Update Key Vault Access Policy": {
		pGroup, pVault,
		{label: "Operation Kind", required: true, choices: []string{"Add", "Replace", "Remove"}},
		pObject, pKeys, pSecs, pCerts,
	},
	"Test Connection": nil,
}

func TestSeedParameters(t *testing.T) {
	i := Integration()
	if len(seedTable) != 18 || i.ID != "azure-key-vault" || i.Category != "Identity Access Management" {
		t.Errorf("%d declarations in the table; id %q, category %q", len(seedTable), i.ID, i.Category)
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
	if def, _ := f.Default.(string); p.def != def {
		t.Errorf("%s: default %v, want %q", p.label, f.Default, p.def)
	}
	choices := f.Enum
	if p.list {
		choices = f.Elem.Enum
	}
	if diff := cmp.Diff(p.choices, choices); diff != "" {
		t.Errorf("%s: choices (-want +got):\n%s", p.label, diff)
	}
	if p.secret != f.Secret || p.boolean != (f.Kind == schema.Boolean) || p.list != (f.Kind == schema.Array) {
		t.Errorf("%s: secret %v, kind %s", p.label, f.Secret, f.Kind)
	}
}

// What a guardrail needs to know: every vault that a command names.
func TestResources(t *testing.T) {
	for _, c := range Integration().Commands {
		for _, f := range c.In.Fields {
			if (f.Label == "Key Vault Name") != (f.Resource == "vault") {
				t.Errorf("%s %s: resource %q", c.Name, f.Label, f.Resource)
			}
			if f.Items != (f.Label == "Versions") {
				t.Errorf("%s %s: items %v", c.Name, f.Label, f.Items)
			}
		}
	}
}

// Every secret that goes in or comes out is one by its type.
func TestSecretsAreSecret(t *testing.T) {
	for _, c := range Integration().Commands {
		for _, f := range c.In.Fields {
			want := slices.Contains([]string{"Secret Value", "Private Key", "Passphrase", "PFX"}, f.Label)
			if f.Secret != want {
				t.Errorf("%s %s: secret %v", c.Name, f.Label, f.Secret)
			}
		}
		out := slices.Contains([]string{"get-secret-details", "create-secret", "list-secrets", "update-secret-attributes"}, c.ID)
		if c.Out.HasSecrets() != out {
			t.Errorf("%s: secrets in its output %v, want %v", c.Name, c.Out.HasSecrets(), out)
		}
	}
	for _, f := range Integration().Connection.Settings.Fields {
		want := strings.Contains(f.Label, "Secret") || strings.Contains(f.Label, "Password") || f.Label == "Client Certificate" || f.Label == "Proxy Credentials"
		if f.Secret != want {
			t.Errorf("connection %s: secret %v", f.Label, f.Secret)
		}
	}
}

// The permissions of the documentation's table, in the model that it knows.
func TestPermissions(t *testing.T) {
	want := map[string][]string{
		"create-key":                     {"keys/create"},
		"create-key-vault":               nil,
		"create-secret":                  {"secrets/set"},
		"delete-key-vault":               nil,
		"get-certificate-details":        {"certificates/get", "certificates/list"},
		"get-key-details":                {"keys/get", "keys/list"},
		"get-key-vault":                  nil,
		"get-secret-details":             {"secrets/get", "secrets/list"},
		"import-certificate":             {"certificates/import"},
		"list-certificates":              {"certificates/list"},
		"list-keys":                      {"keys/list"},
		"list-key-vaults":                nil,
		"list-resource-groups":           nil,
		"list-secrets":                   {"secrets/list"},
		"list-vault-object-versions":     {"keys/list", "secrets/list", "certificates/list"},
		"update-key-vault-access-policy": nil,
		"test-connection":                nil,
	}
	for id, names := range want {
		c, _ := Integration().Command(id)
		var policy []string
		models := map[string]int{}
		for _, p := range c.Permissions {
			models[p.Model]++
			if p.Model == modelPolicy {
				policy = append(policy, p.Name)
			}
		}
		if diff := cmp.Diff(names, policy); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
		if models[modelARM] == 0 || models[modelRole] == 0 || len(names) > 0 && models[modelRBAC] == 0 {
			t.Errorf("%s: models %v", id, models)
		}
	}
}
