package secrets

import (
	"context"
	"log/slog"
	"strings"
	"sync"

	"github.com/fairlead-io/fairlead/connector"
)

// Settings say where secrets for jobs are found besides the own store.
type Settings struct {
	Environment EnvironmentSettings
	Dir         string // folder with one file a secret; empty: none
}

// The names of the settings, in the environment.
const (
	envPrefix = "CAMUNDA_CONNECTOR_SECRETPROVIDER_ENVIRONMENT_"
	envDir    = "FAIRLEAD_SECRETS_DIR"
)

// SettingsFrom reads the settings from the environment, those of Camunda under
// Camunda's names. prefix is the one that counts where none is set: DefaultPrefix,
// or none for a worker that is compatible with 8.7 or 8.8. Errors: Invalid.
func SettingsFrom(lookupEnv func(string) (string, bool), prefix string) (Settings, error) {
	var errs []*connector.Error
	truth := func(name string, otherwise bool) bool {
		v, ok := lookupEnv(envPrefix + name)
		if !ok || v == "" {
			return otherwise
		}
		b, known := truths[strings.ToLower(strings.TrimSpace(v))]
		if !known {
			errs = append(errs, connector.InvalidField("/"+envPrefix+name, "The setting "+envPrefix+name+" is neither true nor false.", "Write true or false."))
		}
		return b
	}
	s := Settings{Environment: EnvironmentSettings{
		Enabled: truth("ENABLED", true), Prefix: prefix,
		PhysicalTenantAware: truth("PHYSICALTENANTAWARE", false), TenantAware: truth("TENANTAWARE", false), ProcessDefinitionAware: truth("PROCESSDEFINITIONAWARE", false),
	}}
	if v, ok := lookupEnv(envPrefix + "PREFIX"); ok {
		s.Environment.Prefix = strings.TrimSpace(v) // set and empty means none
	}
	s.Dir, _ = lookupEnv(envDir)
	if e := connector.Join(errs); e != nil {
		return Settings{}, e
	}
	return s, nil
}

// truths are the words that Spring takes for a truth value.
var truths = map[string]bool{"true": true, "on": true, "yes": true, "1": true, "false": false, "off": false, "no": false, "0": false}

// Config is what New makes a Resolver of.
type Config struct {
	Settings
	Own       Resolver                    // Manager.For; nil: no own store
	LookupEnv func(string) (string, bool) // os.LookupEnv outside of tests
	Log       *slog.Logger                // nil: none
	// Known is told every value that is handed out, once, so that no log shows
	// it: obs.Secrets.Add. It may be nil.
	Known func(values ...string)
}

// New makes the Resolver of a worker. It asks, in this order, the own store, the
// environment and the folder; the first that has the secret wins, and one that
// cannot tell ends the look-up, so that no other value is taken in its place.
//
//	settings, err := secrets.SettingsFrom(os.LookupEnv, secrets.DefaultPrefix) // "" for 8.7 and 8.8
//	manager := secrets.NewManager(secrets.Deps{Store: st, Sealer: sealer, Now: now})
//	resolver, err := secrets.New(ctx, secrets.Config{
//		Settings: settings, Own: manager.For(tenant), LookupEnv: os.LookupEnv, Log: log, Known: logged.Add,
//	})
//
// Errors: Invalid when the folder cannot be used.
func New(ctx context.Context, c Config) (Resolver, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	r := &chain{known: c.Known}
	if c.Own != nil {
		r.providers = append(r.providers, c.Own)
	}
	if c.Environment.Enabled {
		if c.Environment.Prefix == "" {
			c.Log.WarnContext(ctx, "every variable of the environment is a secret for jobs, because no prefix is set", "setting", envPrefix+"PREFIX", "recommended", DefaultPrefix)
		}
		r.providers = append(r.providers, &Environment{EnvironmentSettings: c.Environment, LookupEnv: c.LookupEnv, Log: c.Log})
	}
	if c.Dir != "" {
		f, err := OpenFolder(c.Dir)
		if err != nil {
			return nil, err
		}
		r.providers = append(r.providers, f)
	}
	return r, nil
}

type chain struct {
	providers []Resolver
	known     func(values ...string)
	told      sync.Map // values that known was told
}

// Lookup implements Resolver.
func (c *chain) Lookup(ctx context.Context, name string, at Scope) (connector.Secret, bool, error) {
	for _, p := range c.providers {
		v, ok, err := p.Lookup(ctx, name, at)
		if err != nil {
			return connector.Secret{}, false, err
		}
		if ok {
			c.tell(v)
			return v, true, nil
		}
	}
	return connector.Secret{}, false, nil
}

func (c *chain) tell(v connector.Secret) {
	if c.known == nil || v.Empty() {
		return
	}
	if _, before := c.told.Load(v.Reveal()); !before {
		c.known(v.Reveal())
		c.told.Store(v.Reveal(), true)
	}
}
