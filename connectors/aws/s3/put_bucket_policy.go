package s3

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/iampolicy"
)

// PutBucketPolicyIn is the input of Put Bucket Policy.
type PutBucketPolicyIn struct {
	BucketName        string          `json:"bucketName" label:"Bucket Name" doc:"Bucket that the policy is applied to. Find it with List Buckets, at $.Buckets[*].Name." example:"mybucketbbb" alias:"bucket" minLength:"1" resource:"bucket"`
	Policy            json.RawMessage `json:"policy" label:"Policy" doc:"The policy, as a JSON object or as its text. At most 20 KB; it replaces the present policy as a whole." example:"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"AuditRead\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::123456789012:role/audit\"},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::mybucketbbb/*\"}]}"`
	AllowPublicAccess bool            `json:"allowPublicAccess" label:"Allow Public Access" doc:"Whether a policy may be applied that makes the bucket public, as AWS defines it. Such a policy is refused otherwise." default:"false"`
	AllowSelfLockout  bool            `json:"allowSelfLockout" label:"Allow Self Lockout" doc:"Whether a policy may be applied that keeps, or may keep, the caller from changing the policy again. Such a policy is refused otherwise." default:"false"`
	Target
}

// text is the policy without superfluous white space.
func (in *PutBucketPolicyIn) text() (string, *connector.Error) {
	raw := bytes.TrimSpace(in.Policy)
	switch {
	case len(raw) > 0 && raw[0] == '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return "", connector.InvalidField("/policy", "The policy's text cannot be read: "+err.Error()+".", "Give the policy as a JSON object.")
		}
		raw = []byte(s)
	case len(raw) == 0 || raw[0] != '{':
		return "", connector.InvalidField("/policy", "The policy is neither a JSON object nor a text.", `Write it like {"Version": "2012-10-17", "Statement": [...]}.`)
	}
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		return string(raw), nil // the parser says where it is broken
	}
	return b.String(), nil
}

// Validate checks size and shape, with the place of each flaw.
func (in *PutBucketPolicyIn) Validate() []*connector.Error {
	text, bad := in.text()
	if bad != nil {
		return []*connector.Error{bad}
	}
	if len(text) > iampolicy.MaxSize {
		return []*connector.Error{connector.InvalidField("/policy", fmt.Sprintf("The policy has %d bytes; S3 takes at most %d.", len(text), iampolicy.MaxSize),
			"Join statements, shorten lists with wildcards, or use access points with policies of their own.")}
	}
	p, problems := iampolicy.Parse([]byte(in.original(text)))
	if p != nil {
		problems = p.CheckBucket(in.BucketName)
	}
	var errs []*connector.Error
	for _, x := range problems {
		errs = append(errs, connector.InvalidField("/policy"+x.Pointer, x.Message, x.Fix))
	}
	return errs
}

// original is the text with its own line breaks, for the places in messages.
func (in *PutBucketPolicyIn) original(compact string) string {
	var s string
	if json.Unmarshal(in.Policy, &s) == nil && s != "" {
		return s
	}
	return compact
}

// PutBucketPolicyOut is its raw data. The API itself answers nothing.
type PutBucketPolicyOut struct {
	BucketName     string          `json:"BucketName" key:"BucketName" col:"Bucket"`
	Change         string          `json:"Change" col:"Change" doc:"created, replaced or none."`
	IsPublic       bool            `json:"IsPublic" col:"Public" doc:"Whether the policy makes the bucket public, as AWS defines it."`
	Difference     string          `json:"Difference" col:"Difference" doc:"To the policy before, line by line."`
	Notes          []string        `json:"Notes,omitempty" doc:"What should be known about the policy that was applied."`
	PreviousPolicy json.RawMessage `json:"PreviousPolicy,omitempty" doc:"The policy before, as JSON."`
	BucketRegion   string          `json:"BucketRegion,omitempty" doc:"Where the bucket was found, when elsewhere than asked."`
}

func putBucketPolicy() *connector.Command {
	cmd := connector.NewPlanned(connector.Meta{
		Name:    "Put Bucket Policy",
		Summary: "Applies a bucket policy.",
		Description: "Size, grammar and resources are checked before anything is sent. The difference to the present policy is in the plan of a dry run and in the result. " +
			"A policy that would make the bucket public, or that would keep the caller from changing it again, is refused unless Allow Public Access or Allow Self Lockout is set. " +
			"The policy before is kept with the run, and `runs undo` puts it back.",
		Effect: connector.Write | connector.Idempotent,
		Permissions: []connector.Permission{
			{Name: "s3:PutBucketPolicy"},
			{Name: "s3:GetBucketPolicy", When: "to show the difference and to undo"},
			{Name: "s3:DeleteBucketPolicy", When: "to undo the first policy of a bucket"},
		},
		Corrections: []string{
			"A denial is answered in the service's words, with the code and the operation, before the documented sentence.",
			"The policy may be given as text as well as an object; S3 takes at most 20 KB.",
		},
	}, runPutBucketPolicy, planPutBucketPolicy)
	return connector.WithUndo(cmd, func(ctx context.Context, call *connector.Call, s *session, in *PutBucketPolicyIn, steps []connector.UndoStep) ([]connector.PlanStep, error) {
		return undoPolicy(ctx, call, s, in.Target, steps)
	})
}

// policyChange is a policy on its way to a bucket, after it passed the guard.
type policyChange struct {
	c      *client
	in     *PutBucketPolicyIn
	text   string
	now    policyState
	public bool
	notes  []string
}

func preparePolicy(ctx context.Context, s *session, in *PutBucketPolicyIn) (*policyChange, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	text, bad := in.text()
	if bad != nil {
		return nil, bad
	}
	p, problems := iampolicy.Parse([]byte(text))
	if len(problems) > 0 {
		return nil, connector.InvalidField("/policy"+problems[0].Pointer, problems[0].Message, problems[0].Fix)
	}
	ch := &policyChange{c: c, in: in, text: text}
	if err := ch.guardPublic(p); err != nil {
		return nil, err
	}
	if ch.now, err = c.readPolicy(ctx, in.BucketName); err != nil {
		return nil, err
	}
	if err := ch.guardLockout(ctx, p); err != nil {
		return nil, err
	}
	if n := ch.now.hiddenNote(); n != "" {
		ch.notes = append(ch.notes, n)
	}
	return ch, nil
}

func (ch *policyChange) guardPublic(p *iampolicy.Policy) error {
	v := p.Public()
	ch.public = v.Answer == iampolicy.Yes
	if !ch.public {
		return nil
	}
	words := "The policy makes the bucket public: " + strings.Join(v.Reasons, " ")
	if !ch.in.AllowPublicAccess {
		return &connector.Error{
			Kind: connector.Invalid, Field: "/policy", Item: ch.in.BucketName, Message: words,
			Fix: "Name the principals, or bind the statement to fixed values of a key such as aws:SourceIp, aws:SourceVpce or aws:PrincipalOrgID. If the bucket is meant to be public, set Allow Public Access.",
		}
	}
	ch.notes = append(ch.notes, words)
	return nil
}

// guardLockout asks who the caller is only where a denial may reach it.
func (ch *policyChange) guardLockout(ctx context.Context, p *iampolicy.Policy) error {
	caller := iampolicy.Caller{TLS: ch.c.encrypted(), RoleARN: ch.c.role.ARN}
	v := p.LocksOut(caller, ch.in.BucketName)
	if v.Answer != iampolicy.No {
		caller.ARN = ch.c.caller(ctx)
		v = p.LocksOut(caller, ch.in.BucketName)
	}
	if v.Answer == iampolicy.No {
		return nil
	}
	words := map[iampolicy.Answer]string{
		iampolicy.Yes:   "The policy locks its caller out: ",
		iampolicy.Maybe: "The policy may lock its caller out: ",
	}[v.Answer] + strings.Join(v.Reasons, " ")
	if !ch.in.AllowSelfLockout {
		return &connector.Error{
			Kind: connector.Invalid, Field: "/policy", Item: ch.in.BucketName, Message: words,
			Fix: "Except the caller from the denial (aws:PrincipalArn with ArnNotLike), or leave s3:PutBucketPolicy and s3:DeleteBucketPolicy out of it. Only the account's root user could mend it afterwards; to apply it all the same, set Allow Self Lockout.",
		}
	}
	ch.notes = append(ch.notes, words)
	return nil
}

// encrypted tells whether requests travel over TLS.
func (c *client) encrypted() bool {
	u := c.s.settings.EndpointURL
	return u == "" || strings.HasPrefix(strings.ToLower(u), "https:")
}

func (ch *policyChange) difference() string {
	if ch.now.hidden != nil {
		return ""
	}
	return iampolicy.Diff([]byte(ch.now.text), []byte(ch.text))
}

func (ch *policyChange) action() string {
	if ch.now.hidden != nil {
		return connector.PlanReplace
	}
	return policyAction(ch.now.text, ch.text)
}

func planPutBucketPolicy(ctx context.Context, _ *connector.Call, s *session, in *PutBucketPolicyIn) ([]connector.PlanStep, error) {
	ch, err := preparePolicy(ctx, s, in)
	if err != nil {
		return nil, err
	}
	note := strings.Join(append(ch.notes, ch.difference()), "\n")
	return []connector.PlanStep{{Item: in.BucketName, Action: ch.action(), Size: int64(len(ch.text)), Note: strings.TrimSpace(note)}}, nil
}

func runPutBucketPolicy(ctx context.Context, call *connector.Call, s *session, in *PutBucketPolicyIn) (*PutBucketPolicyOut, error) {
	ch, err := preparePolicy(ctx, s, in)
	if err != nil {
		return nil, err
	}
	out := &PutBucketPolicyOut{
		BucketName: in.BucketName, Change: pastOf(ch.action()), IsPublic: ch.public, Difference: ch.difference(), Notes: ch.notes,
		PreviousPolicy: jsonOrNil(ch.now.text), BucketRegion: ch.c.elsewhere(in.BucketName),
	}
	if ch.action() == connector.PlanNone {
		return out, nil
	}
	if err := ch.now.save(ctx, call, in.BucketName, ch.text); err != nil {
		return nil, err
	}
	if err := ch.c.putBucketPolicy(ctx, in.BucketName, ch.text, in.AllowSelfLockout); err != nil {
		return nil, explainPolicy(err)
	}
	return out, nil
}

// pastOf is an action as a result says it.
func pastOf(action string) string {
	if action == connector.PlanNone {
		return "none"
	}
	return action + "d"
}

// jsonOrNil is a text as JSON where it is some.
func jsonOrNil(text string) json.RawMessage {
	if !json.Valid([]byte(text)) {
		return nil
	}
	return json.RawMessage(text)
}
