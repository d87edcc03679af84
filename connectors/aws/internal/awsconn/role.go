package awsconn

import (
	"context"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// explainRole says what to mend when a role cannot be assumed. AWS answers
// AccessDenied to four different mistakes; its text tells some of them apart,
// the caller's identity helps with the others.
func (c *Conn) explainRole(ctx context.Context, err error, r Role) error {
	e := connector.AsError(err)
	f := FaultOf(err)
	if f == nil {
		return e
	}
	out := *e
	switch {
	case f.Code == "AccessDenied":
		out.Fix = c.deniedRoleFix(f, c.CallerIdentity(ctx, c.own), r)
	case f.Code == "ValidationError" && strings.Contains(f.Message, "MaxSessionDuration"):
		out.Fix = "Lower Session Duration Time, or raise the role's maximum session duration in IAM (at most 12 hours; 1 hour when one role assumes another)."
	case f.Code == "NotImplemented" || f.Status == 405 || f.Status == 501:
		out.Fix = "This endpoint has no AssumeRole: leave Role ARN empty."
	case f.Code == "RegionDisabledException":
		out.Fix = "Enable STS for the region in IAM's account settings, or choose another region."
	}
	return &out
}

func (c *Conn) deniedRoleFix(f *Fault, caller string, r Role) string {
	if caller == "" {
		caller = "the connection's identity"
	}
	m := strings.ToLower(f.Message)
	switch {
	case strings.Contains(m, "externalid") || strings.Contains(m, "external id"):
		return "The external ID does not fit: set External ID to the value in the trust policy's sts:ExternalId condition of " + r.ARN + "."
	case strings.Contains(m, "no identity-based policy"):
		return "Allow sts:AssumeRole on " + r.ARN + " to " + caller + "."
	case strings.Contains(m, "resource-based policy") || strings.Contains(m, "trust"):
		return "Name " + caller + " as a principal in the trust policy of " + r.ARN + "."
	}
	external := "the trust policy asks for an sts:ExternalId but External ID is empty"
	if c.cfg.ExternalID != "" {
		external = "External ID is not the one in the trust policy"
	}
	return "One of these is missing: " + caller + " is allowed sts:AssumeRole on " + r.ARN +
		"; the role's trust policy names it as a principal; the role exists. Or " + external + "."
}
