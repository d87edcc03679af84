// Package awsconn holds what every AWS integration needs of a connection:
// region names, credentials, the HTTP client and the translation of AWS's
// errors. It sends nothing by itself except AssumeRole and GetCallerIdentity.
package awsconn

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
)

// Region is one AWS region.
type Region struct{ Code, Name string }

// String is the form people choose from: "US East (Ohio): us-east-2".
func (r Region) String() string { return r.Name + ": " + r.Code }

// Regions lists the regions with a published name, as AWS's partition file
// spells them.
func Regions() []Region {
	return []Region{
		{"us-east-1", "US East (N. Virginia)"},
		{"us-east-2", "US East (Ohio)"},
		{"us-west-1", "US West (N. California)"},
		{"us-west-2", "US West (Oregon)"},
		{"af-south-1", "Africa (Cape Town)"},
		{"ap-east-1", "Asia Pacific (Hong Kong)"},
		{"ap-east-2", "Asia Pacific (Taipei)"},
		{"ap-northeast-1", "Asia Pacific (Tokyo)"},
		{"ap-northeast-2", "Asia Pacific (Seoul)"},
		{"ap-northeast-3", "Asia Pacific (Osaka)"},
		{"ap-south-1", "Asia Pacific (Mumbai)"},
		{"ap-south-2", "Asia Pacific (Hyderabad)"},
		{"ap-southeast-1", "Asia Pacific (Singapore)"},
		{"ap-southeast-2", "Asia Pacific (Sydney)"},
		{"ap-southeast-3", "Asia Pacific (Jakarta)"},
		{"ap-southeast-4", "Asia Pacific (Melbourne)"},
		{"ap-southeast-5", "Asia Pacific (Malaysia)"},
		{"ap-southeast-6", "Asia Pacific (New Zealand)"},
		{"ap-southeast-7", "Asia Pacific (Thailand)"},
		{"ca-central-1", "Canada (Central)"},
		{"ca-west-1", "Canada West (Calgary)"},
		{"eu-central-1", "Europe (Frankfurt)"},
		{"eu-central-2", "Europe (Zurich)"},
		{"eu-north-1", "Europe (Stockholm)"},
		{"eu-south-1", "Europe (Milan)"},
		{"eu-south-2", "Europe (Spain)"},
		{"eu-west-1", "Europe (Ireland)"},
		{"eu-west-2", "Europe (London)"},
		{"eu-west-3", "Europe (Paris)"},
		{"il-central-1", "Israel (Tel Aviv)"},
		{"me-central-1", "Middle East (UAE)"},
		{"me-south-1", "Middle East (Bahrain)"},
		{"me-west-1", "Middle East (Saudi Arabia)"},
		{"mx-central-1", "Mexico (Central)"},
		{"sa-east-1", "South America (Sao Paulo)"},
		{"sa-west-1", "South America (Chile)"},
		{"us-gov-east-1", "AWS GovCloud (US-East)"},
		{"us-gov-west-1", "AWS GovCloud (US-West)"},
		{"cn-north-1", "China (Beijing)"},
		{"cn-northwest-1", "China (Ningxia)"},
		{"eusc-de-east-1", "AWS European Sovereign Cloud (Germany)"},
	}
}

var regionCode = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,62}$`)

// ResolveRegion gives the code of a region written as its code, its display
// name or "display: code", in any case. anyCode lets a code through that AWS
// does not have, for endpoints of other makers. The error carries no field.
func ResolveRegion(text string, anyCode bool) (string, *connector.Error) {
	text = strings.TrimSpace(text)
	name, code, both := strings.Cut(text, ":")
	want, wantCode := squeeze(name), squeeze(code)
	for _, r := range Regions() {
		byName := want == r.Code || want == squeeze(r.Name)
		if byName && (!both || wantCode == r.Code) {
			return r.Code, nil
		}
	}
	if anyCode {
		last := strings.TrimSpace(text[strings.LastIndex(text, ":")+1:])
		if regionCode.MatchString(last) {
			return last, nil
		}
	}
	return "", &connector.Error{Kind: connector.Invalid, Message: fmt.Sprintf("Unknown region %q.", text), Fix: nearestRegions(text)}
}

// squeeze makes spellings comparable: case, blanks and the old "EU (...)" names.
func squeeze(s string) string {
	s = strings.ToLower(strings.Join(strings.Fields(s), ""))
	if rest, ok := strings.CutPrefix(s, "eu("); ok {
		return "europe(" + rest
	}
	return s
}

func nearestRegions(text string) string {
	var near []string
	want := squeeze(text)
	var codes, names []string
	for _, r := range Regions() {
		codes, names = append(codes, r.Code), append(names, r.Name)
		part := len(want) > 3 && (strings.Contains(squeeze(r.Name), want) || strings.Contains(r.Code, want))
		if part && len(near) < 3 {
			near = append(near, r.String())
		}
	}
	guesses := []string{schema.Nearest(want, codes), schema.Nearest(text, names), schema.Nearest(afterColon(text), codes)}
	for _, r := range Regions() {
		for _, g := range guesses {
			if g != "" && (r.Code == g || r.Name == g) && !strings.Contains(strings.Join(near, "|"), r.Code) {
				near = append(near, r.String())
			}
		}
	}
	if len(near) == 0 {
		return "Use a region code such as us-east-1, or a name such as US East (N. Virginia)."
	}
	return "Did you mean " + strings.Join(near, ", or ") + "?"
}

func afterColon(s string) string {
	return strings.TrimSpace(s[strings.LastIndex(s, ":")+1:])
}
