package s3job

import (
	"strings"

	"github.com/fairlead-io/fairlead/internal/worker/compat"
)

// saasVariable tells, by being there, that the runtime serves other people's
// processes: the machine's own credentials are then out of bounds.
const saasVariable = "CAMUNDA_CONNECTOR_RUNTIME_SAAS"

const (
	mustNotBeNull  = "must not be null"
	mustNotBeBlank = "must not be blank"
)

// violations collects what is wrong with a request.
type violations []string

func (v *violations) add(path, message string) {
	*v = append(*v, " - Property: "+path+": Validation failed. Original message: "+message)
}

func (v *violations) notBlank(path string, s *string) {
	if s == nil || blank(*s) {
		v.add(path, mustNotBeBlank)
	}
}

// blank follows Java's trim: everything up to the space is white.
func blank(s string) bool { return javaTrim(s) == "" }

func javaTrim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
}

// validate finds all violations of a request.
func (f *Function) validate(r *request, v compat.Version) error {
	var out violations
	out.action(r.action)
	out.authentication("authentication", r.auth)
	auth := r.effective()
	switch {
	case v < compat.V810 && r.auth == nil:
		out.add("authentication", mustNotBeNull)
	case v >= compat.V810 && auth == nil:
		out.add("authenticationPresent", "Authentication is required")
	}
	if c := r.credential; c != nil {
		out.notBlank("awsCredential.region", c.region)
		out.authentication("awsCredential.authentication", c.auth)
	}
	if _, saas := f.lookup(saasVariable); saas && auth != nil && auth.chain {
		out.add("defaultCredentialsChainUsedInSaaS", "must be false")
	}
	if len(out) == 0 {
		return nil
	}
	return inputFault("jakarta.validation.ValidationException: Found constraints violated while validating input: \n" + strings.Join(out, "\n"))
}

func (v *violations) action(a *action) {
	if a == nil {
		v.add("action", mustNotBeNull)
		return
	}
	v.notBlank("action.bucket", a.bucket)
	switch {
	case a.kind != actionUpload:
		v.notBlank("action.key", a.key)
	case a.document == nil:
		v.add("action.document", mustNotBeNull)
	}
}

func (v *violations) authentication(path string, a *authentication) {
	if a == nil || a.chain {
		return
	}
	v.notBlank(path+".accessKey", a.accessKey)
	v.notBlank(path+".secretKey", a.secretKey)
}

// effective is the authentication that counts: a credential goes before what
// stands in the job.
func (r *request) effective() *authentication {
	if r.credential != nil {
		return r.credential.auth
	}
	return r.auth
}
