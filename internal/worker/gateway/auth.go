package gateway

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// credentials make the Authorization header of a call.
type credentials interface {
	// header gives the header's value; empty: none. Its errors are *Error.
	header(ctx context.Context) (connector.Secret, error)
	// refused hears that the cluster did not accept a header. It tells whether a
	// new attempt with another is worth it.
	refused(used connector.Secret) bool
	// scrub takes the secrets out of a text from elsewhere.
	scrub(text string) string
	// fix is what to do when the cluster says that it does not know who calls.
	fix() string
}

type noCredentials struct{}

func (noCredentials) header(context.Context) (connector.Secret, error) {
	return connector.Secret{}, nil
}

func (noCredentials) refused(connector.Secret) bool { return false }

func (noCredentials) scrub(text string) string { return text }

func (noCredentials) fix() string {
	return "The cluster wants to know who calls: set CAMUNDA_CLIENT_AUTH_METHOD to basic or oidc, and what that needs."
}

// basicCredentials are a name and a password, which are the same in every call.
type basicCredentials struct {
	value    connector.Secret // the whole header
	password connector.Secret
}

func newBasic(user string, password connector.Secret) basicCredentials {
	pair := base64.StdEncoding.EncodeToString([]byte(user + ":" + password.Reveal()))
	return basicCredentials{value: connector.NewSecret("Basic " + pair), password: password}
}

func (b basicCredentials) header(context.Context) (connector.Secret, error) { return b.value, nil }

func (basicCredentials) refused(connector.Secret) bool { return false }

func (b basicCredentials) scrub(text string) string {
	return without(text, strings.TrimPrefix(b.value.Reveal(), "Basic "), b.password.Reveal())
}

func (basicCredentials) fix() string {
	return "Check CAMUNDA_CLIENT_AUTH_USERNAME and CAMUNDA_CLIENT_AUTH_PASSWORD, and that the cluster takes passwords."
}

// without replaces secrets that an answer might repeat.
func without(text string, secrets ...string) string {
	for _, s := range secrets {
		if len(s) >= minScrubbed {
			text = strings.ReplaceAll(text, s, connector.Redacted)
		}
	}
	return text
}

// Shorter secrets would take words apart; answers that repeat one are unheard of.
const minScrubbed = 4
