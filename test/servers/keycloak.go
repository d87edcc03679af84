package servers

import "os"

// Keycloak is a running Keycloak with the realm of keycloak/realm.json.
type Keycloak struct {
	Issuer string // the realm's address, which its tokens name
	// Secret is that of both clients: Worker's tokens live for seconds, Steady's
	// for as long as a test may take.
	Secret         string
	Worker, Steady string
	// Audience is what tokens are for that were asked for with Scope.
	Audience string
	Scope    string
	// Instance is the one that the script's stop and start are for.
	Instance string
}

// RunningKeycloak gives the Keycloak that runs. Its Issuer is empty, and the
// reason given, when none does.
func RunningKeycloak() (Keycloak, Missing) {
	k := keycloakFromEnv(os.Getenv)
	if k.Issuer == "" {
		return k, Missing{Name: "keycloak", Reason: reason("keycloak", os.Getenv)}
	}
	return k, Missing{}
}

func keycloakFromEnv(env func(string) string) Keycloak {
	const prefix = "FAIRLEAD_TEST_KEYCLOAK_"
	return Keycloak{
		Issuer: env(prefix + "ISSUER"), Secret: env(prefix + "SECRET"), Worker: env(prefix + "WORKER"), Steady: env(prefix + "STEADY"),
		Audience: env(prefix + "AUDIENCE"), Scope: env(prefix + "SCOPE"), Instance: env(prefix + "INSTANCE"),
	}
}
