package secrets

import (
	"context"
	"log/slog"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// DefaultPrefix is what the names of variables begin with that are secrets for
// jobs, in Camunda's connector runtime from 8.9 on.
const DefaultPrefix = "SECRET_"

// ownPrefix begins the names of Fairlead's own settings. They are no secrets
// for jobs, even where no prefix is asked for.
const ownPrefix = "FAIRLEAD_"

// What stands for a tenant that is not known, as in Camunda's runtime.
const (
	defaultTenant         = "<default>"
	defaultPhysicalTenant = "default"
)

// EnvironmentSettings say which variables of the environment are secrets.
type EnvironmentSettings struct {
	Enabled bool
	Prefix  string // empty: every variable is a secret for jobs, but Fairlead's own settings

	// The parts of a job's Scope that stand between the prefix and the name, each followed by an underscore, in this order.
	PhysicalTenantAware, TenantAware, ProcessDefinitionAware bool
}

// Environment finds secrets in the environment. A variable's value is taken as
// it stands: ${...} in it means nothing.
type Environment struct {
	EnvironmentSettings
	LookupEnv func(string) (string, bool)
	Log       *slog.Logger
}

// Lookup implements Resolver. Names are tried as Spring tries them: as they
// are, with dots, hyphens or both as underscores, then all that in upper case.
func (e *Environment) Lookup(ctx context.Context, name string, at Scope) (connector.Secret, bool, error) {
	full := e.variable(name, at)
	if v, ok := e.lookup(e.Prefix + full); ok {
		return connector.NewSecret(v), true, nil
	}
	if e.Prefix != "" {
		if _, ok := e.lookup(full); ok {
			e.Log.WarnContext(ctx, "Rejected connector secret: the environment has it without the prefix only", "secret", name, "prefix", e.Prefix)
		}
	}
	return connector.Secret{}, false, nil
}

func (e *Environment) variable(name string, at Scope) string {
	var parts []string
	if e.PhysicalTenantAware {
		parts = append(parts, orElse(at.PhysicalTenant, defaultPhysicalTenant))
	}
	if e.TenantAware {
		parts = append(parts, orElse(at.Tenant, defaultTenant))
	}
	if e.ProcessDefinitionAware {
		parts = append(parts, at.ProcessID)
	}
	return strings.Join(append(parts, name), "_")
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

var (
	noDots    = strings.NewReplacer(".", "_")
	noHyphens = strings.NewReplacer("-", "_")
	neither   = strings.NewReplacer(".", "_", "-", "_")
)

func (e *Environment) lookup(name string) (string, bool) {
	for _, cased := range []string{name, upper(name)} {
		for _, candidate := range []string{cased, noDots.Replace(cased), noHyphens.Replace(cased), neither.Replace(cased)} {
			if candidate == "" || strings.ContainsAny(candidate, "=\x00") || strings.HasPrefix(candidate, ownPrefix) {
				continue
			}
			if v, ok := e.LookupEnv(candidate); ok {
				return v, true
			}
		}
	}
	return "", false
}
