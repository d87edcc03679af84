package s3

import (
	"time"

	"github.com/fairlead-io/fairlead/connectors/aws/internal/awsconn"
)

// Target are the parameters of every command that override the connection's.
type Target struct {
	RegionName          string `json:"regionName,omitempty" label:"Region Name" doc:"Region to call instead of the connection's. A code, a display name, or both." example:"US West (N. California)" maxLength:"128" group:"Connection overrides"`
	RoleARN             string `json:"roleArn,omitempty" label:"Role ARN" doc:"Role to assume instead of the connection's. Its trust policy must name the connection's identity." api:"RoleArn" minLength:"20" maxLength:"2048" example:"arn:aws:iam::123456789012:role/awsflows3" group:"Connection overrides"`
	RoleSessionName     string `json:"roleSessionName,omitempty" label:"Role Session Name" doc:"Name of the assumed session instead of the connection's." api:"RoleSessionName" minLength:"2" maxLength:"64" pattern:"^[\\w+=,.@-]*$" example:"awsflows3_Session1" group:"Connection overrides"`
	SessionDurationTime int    `json:"sessionDurationTime,omitempty" label:"Session Duration Time" doc:"Length of the assumed session in seconds instead of the connection's. The role's own maximum applies too." api:"DurationSeconds" minimum:"900" maximum:"43200" example:"1800" group:"Connection overrides"`
}

// at gives the client of one call: the connection's values, overridden by
// those of the command.
func (s *session) at(t Target) (*client, error) {
	region := s.region
	if t.RegionName != "" {
		r, err := awsconn.ResolveRegion(t.RegionName, s.settings.EndpointURL != "")
		if err != nil {
			return nil, at(err, "/regionName")
		}
		region = r
	}
	return &client{s: s, role: s.roleFor(t), region: region}, nil
}

func (s *session) roleFor(t Target) awsconn.Role {
	arn := first(t.RoleARN, s.settings.DefaultRoleARN)
	if arn == "" {
		return awsconn.Role{}
	}
	seconds := t.SessionDurationTime
	if seconds == 0 {
		seconds = s.settings.DefaultSessionDurationTime
	}
	return awsconn.Role{
		ARN:      arn,
		Session:  first(t.RoleSessionName, s.settings.DefaultRoleSessionName, s.roleName),
		Duration: time.Duration(seconds) * time.Second,
	}
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
