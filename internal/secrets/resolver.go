// Package secrets keeps named secrets for jobs and finds them: in Fairlead's
// own store, in the environment and in a folder with one file a secret.
package secrets

import (
	"context"

	"github.com/fairlead-io/fairlead/connector"
)

// Resolver finds the value of a named secret.
//
// The second result tells whether there is such a secret at all; an existing
// one may be empty. An error means that it could not be told (a store or a
// folder that cannot be read, a sealed value that does not open) and is a
// *connector.Error; it never holds a value. Who uses a value adds it to the
// redaction of what it is used for.
type Resolver interface {
	Lookup(ctx context.Context, name string, at Scope) (connector.Secret, bool, error)
}

// Scope tells for whom a secret is looked up, as far as it is known. Tenant is
// Camunda's tenant ID of the job, ProcessID its BPMN process ID and
// PhysicalTenant the cluster's physical tenant (8.10).
type Scope struct{ Tenant, ProcessID, PhysicalTenant string }
