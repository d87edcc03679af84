package gateway

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// The docs page names every setting by the connector runtime's name and by each
// of the client libraries'.
func TestDocsNameEverySetting(t *testing.T) {
	page, err := os.ReadFile("../../../docs/camunda/connect.md")
	if err != nil {
		t.Fatal(err)
	}
	// Two of them stand in the text under another of their names.
	elsewhere := map[string]bool{"ZEEBE_CLIENT_SECURITY_PLAINTEXT": true, "CAMUNDA_CLIENT_AUTH_CLIENTASSERTION_KEYSTOREPATH": true}
	v := reflect.ValueOf(clusterVariables())
	for i := range v.NumField() {
		f := v.Field(i)
		one := variable{property: f.FieldByName("property").String()}
		var names []string
		if one.property != "" {
			names = one.names()[:1]
		}
		for sdk, j := f.FieldByName("sdk"), 0; j < sdk.Len(); j++ {
			names = append(names, sdk.Index(j).String())
		}
		if len(names) == 0 {
			t.Errorf("%s has no name", v.Type().Field(i).Name)
		}
		for _, n := range names {
			if !elsewhere[n] && !strings.Contains(string(page), "`"+n+"`") {
				t.Errorf("docs/camunda/connect.md does not name %s", n)
			}
		}
	}
}
