package s3

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/iampolicy"
)

// GetBucketPolicyIn is the input of Get Bucket Policy.
type GetBucketPolicyIn struct {
	BucketName string `json:"bucketName" label:"Bucket Name" doc:"Bucket whose policy is read. Find it with List Buckets, at $.Buckets[*].Name." example:"mybucketbbb" alias:"bucket" minLength:"1" resource:"bucket"`
	Target
}

// GetBucketPolicyOut is its raw data: the API's own member, and what it holds.
type GetBucketPolicyOut struct {
	Policy        string            `json:"Policy" doc:"The policy as one text, as the API gives it."`
	Document      json.RawMessage   `json:"PolicyDocument,omitempty" doc:"The policy as JSON."`
	PolicyVersion string            `json:"PolicyVersion,omitempty" key:"PolicyVersion"`
	Statements    []PolicyStatement `json:"Statements" doc:"The statements in short."`
	IsPublic      bool              `json:"IsPublic" doc:"Whether the policy makes the bucket public, as AWS defines it."`
	PublicReasons []string          `json:"PublicReasons,omitempty" doc:"Why it does."`
	BucketRegion  string            `json:"BucketRegion,omitempty" doc:"Where the bucket was found, when elsewhere than asked."`
}

// PolicyStatement is a statement in short. "not" before a list turns it round.
type PolicyStatement struct {
	Sid        string   `json:"Sid,omitempty" key:"Sids" col:"Sid"`
	Effect     string   `json:"Effect" col:"Effect"`
	Principals []string `json:"Principals" col:"Principals"`
	Actions    []string `json:"Actions" key:"Actions" col:"Actions"`
	Resources  []string `json:"Resources" col:"Resources"`
	Conditions []string `json:"Conditions,omitempty" col:"Conditions"`
}

func getBucketPolicy() *connector.Command {
	return connector.NewCommand(connector.Meta{
		Name:        "Get Bucket Policy",
		Summary:     "Retrieves the policy of a bucket.",
		Description: "A bucket without a policy is an error with status code 404; Put Bucket Policy adds one. Whether the policy makes the bucket public is said by AWS's definition; an access block or an organization's policy may still keep the public out.",
		Effect:      connector.Read | connector.Idempotent,
		Permissions: []connector.Permission{{Name: "s3:GetBucketPolicy"}},
		Corrections: []string{
			`A bucket without a policy is answered with the code NoSuchBucketPolicy and status code 404 ("The bucket policy does not exist").`,
			"The documented message of a denial has the quotes of two texts in it; here they are two sentences.",
		},
	}, runGetBucketPolicy)
}

func runGetBucketPolicy(ctx context.Context, _ *connector.Call, s *session, in *GetBucketPolicyIn) (*GetBucketPolicyOut, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	text, err := c.bucketPolicy(ctx, in.BucketName)
	if err != nil {
		return nil, explainPolicy(err)
	}
	out := &GetBucketPolicyOut{Policy: text, Document: jsonOrNil(text), Statements: []PolicyStatement{}, BucketRegion: c.elsewhere(in.BucketName)}
	p, _ := iampolicy.Parse([]byte(text))
	if p == nil {
		return out, nil // another service's grammar; the text says what there is
	}
	v := p.Public()
	out.PolicyVersion, out.IsPublic, out.PublicReasons = p.Version, v.Answer == iampolicy.Yes, v.Reasons
	for i := range p.Statements {
		out.Statements = append(out.Statements, shortStatement(&p.Statements[i]))
	}
	return out, nil
}

func shortStatement(s *iampolicy.Statement) PolicyStatement {
	out := PolicyStatement{
		Sid: s.Sid, Effect: string(s.Effect), Actions: negate(s.NotAction, s.Actions), Resources: negate(s.NotResource, s.Resources),
	}
	var who []string
	for _, p := range s.Principals {
		who = append(who, p.String())
	}
	out.Principals = negate(s.NotPrincipal, who)
	for _, c := range s.Conditions {
		out.Conditions = append(out.Conditions, c.String())
	}
	return out
}

func negate(not bool, list []string) []string {
	if !not {
		return list
	}
	return []string{"not " + strings.Join(list, ", ")}
}
