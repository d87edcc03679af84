package outbound

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/secrets"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// unresolvedMember is read by the runtime itself, which does not take secrets
// there.
const unresolvedMember = "documentReturnFormat"

// reveal gives the variables of the job with its secrets in place. It works on
// the strings of the parsed text, so a value can end up nowhere else, and what
// it holds is not looked at again. A text that is no JSON is left to the
// function to refuse.
func (x *execution) reveal(ctx context.Context) (json.RawMessage, *failure) {
	text := x.job.Variables
	if !bytes.Contains(text, []byte(secretPrefix)) || !json.Valid(text) {
		return text, nil
	}
	names := namesIn(text)
	if len(names) == 0 {
		return text, nil
	}
	allowed, failed := x.allowed(ctx, names)
	if failed != nil {
		return nil, failed
	}
	known := make(map[string]string, len(allowed))
	for _, name := range allowed {
		value, failed := x.lookUp(ctx, name)
		if failed != nil {
			return nil, failed
		}
		known[name] = value.Reveal()
		x.secrets = append(x.secrets, value)
	}
	r := rewriter{src: text, skip: unresolvedMember, touch: hasPrefixText, change: func(s string) string {
		return substitute(s, func(name string) (string, bool) { v, ok := known[name]; return v, ok })
	}}
	return r.run(), nil
}

func hasPrefixText(escaped []byte) bool { return bytes.Contains(escaped, []byte(secretPrefix)) }

// namesIn gives the names of secrets in a JSON text, each once, in order.
func namesIn(text []byte) []string {
	var names []string
	r := rewriter{src: text, skip: unresolvedMember, touch: hasPrefixText, change: func(s string) string {
		for _, ref := range references(s) {
			if !slices.Contains(names, ref.name) {
				names = append(names, ref.name)
			}
		}
		return s
	}}
	r.run()
	return names
}

func (x *execution) lookUp(ctx context.Context, name string) (connector.Secret, *failure) {
	if x.Secrets == nil {
		return connector.Secret{}, missingSecret(name)
	}
	at := secrets.Scope{Tenant: x.job.TenantID, ProcessID: x.job.BPMNProcessID, PhysicalTenant: x.PhysicalTenant}
	v, ok, err := x.Secrets.Lookup(ctx, name, at)
	switch {
	case err != nil:
		return connector.Secret{}, &failure{Fault: job.Fault{
			Type: job.ConnectorException, Err: err,
			Message: "Fetching secrets failed, original error can't be displayed as the error message might contain secrets: " + err.Error(),
		}}
	case !ok:
		return connector.Secret{}, missingSecret(name)
	}
	return v, nil
}

func missingSecret(name string) *failure {
	shown := appendText(nil, name) // a quote in it must not end it
	return inputFailure("Secret with name '" + string(shown[1:len(shown)-1]) + "' is not available")
}
