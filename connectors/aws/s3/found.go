package s3

import (
	"context"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/awsconn"
)

// found drafts a connection of each AWS profile of this machine. One with keys
// of its own brings them along; one with a role, SSO or a program is named, and
// read again whenever credentials are needed.
func found(ctx context.Context, lookup func(string) (string, bool)) ([]connector.Draft, error) {
	profiles, err := awsconn.Profiles(ctx, lookup)
	if err != nil {
		return nil, err
	}
	var out []connector.Draft
	for _, p := range profiles {
		out = append(out, connector.Draft{Name: p.Name, Settings: draft(p), Source: "AWS profile " + p.Name})
	}
	return out, nil
}

func draft(p awsconn.Profile) map[string]any {
	s := map[string]any{}
	set := func(id, v string) {
		if v != "" {
			s[id] = v
		}
	}
	set("defaultRegionName", p.Region)
	set("endpointUrl", p.EndpointURL)
	if p.AccessKey == "" {
		s["authenticationType"], s["profile"] = defaultChain, p.Name
		return s
	}
	s["authenticationType"] = accessKeys
	set("accessKey", p.AccessKey)
	set("secretKey", p.SecretKey)
	set("sessionToken", p.SessionToken)
	return s
}
