package awsconn

import (
	"strings"
	"testing"
)

func TestResolveRegion(t *testing.T) {
	for _, tc := range []struct {
		text    string
		anyCode bool
		want    string // a code; else the error's fix has it
	}{
		{"us-east-1", false, "us-east-1"},
		{"US-EAST-1", false, "us-east-1"},
		{"  us-west-2 ", false, "us-west-2"},
		{"US East (N. Virginia)", false, "us-east-1"},
		{"us east (n. virginia)", false, "us-east-1"},
		{"US East (N.Virginia): us-east-1", false, "us-east-1"},
		{"US East (N. Virginia): us-east-1", false, "us-east-1"},
		{"us-east-1: us-east-1", false, "us-east-1"},
		{"EU (Frankfurt)", false, "eu-central-1"},
		{"Europe (Frankfurt)", false, "eu-central-1"},
		{"US West (N. California)", false, "us-west-1"},
		{"AWS GovCloud (US-East): us-gov-east-1", false, "us-gov-east-1"},
		{"China (Beijing)", false, "cn-north-1"},
		{"garage", true, "garage"},
		{"Our cloud: dc-1", true, "dc-1"},
		{"us east (ohio)", true, "us-east-2"},
	} {
		got, err := ResolveRegion(tc.text, tc.anyCode)
		if err != nil || got != tc.want {
			t.Errorf("%q: %q, %v; want %q", tc.text, got, err, tc.want)
		}
	}
	for text, near := range map[string]string{
		"us-east-9":                        "us-east-1",
		"eu-cental-1":                      "Europe (Frankfurt): eu-central-1",
		"frankfurt":                        "Europe (Frankfurt): eu-central-1",
		"US East (N. Virginia): us-west-2": "us-west-2",
		"mars":                             "such as us-east-1",
		"":                                 "such as us-east-1",
	} {
		got, err := ResolveRegion(text, false)
		if err == nil || !strings.Contains(err.Fix, near) || !strings.Contains(err.Message, "Unknown region") {
			t.Errorf("%q: %q, %+v; want %q in the fix", text, got, err, near)
		}
	}
	if got, err := ResolveRegion("no good!", true); err == nil {
		t.Errorf("a region that cannot be signed: %q", got)
	}
}

func TestEveryRegionResolvesInEverySpelling(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Regions() {
		if seen[r.Code] || seen[r.Name] {
			t.Errorf("%s is there twice", r)
		}
		seen[r.Code], seen[r.Name] = true, true
		for _, text := range []string{r.Code, r.Name, r.String(), strings.ToUpper(r.String())} {
			if got, err := ResolveRegion(text, false); err != nil || got != r.Code {
				t.Errorf("%q: %q, %v", text, got, err)
			}
		}
	}
}
