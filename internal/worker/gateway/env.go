package gateway

import (
	"net"
	"regexp"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// Facts of Camunda's cloud.
const (
	cloudDomain = "camunda.io"
	cloudRegion = "bru-2"
	// The audience that self-managed clusters know themselves by unless told
	// otherwise.
	selfManagedAudience = "zeebe-api"
)

// FromEnv reads the settings from environment variables: those of Camunda's
// connector runtime first, then those of its client libraries, then the names
// that both had before. What a cloud's region and cluster ID say is overridden
// by addresses. Every problem is found, not the first alone: the error is
// Invalid and names the variables.
func FromEnv(lookup func(string) (string, bool)) (Settings, error) {
	r, _ := newReader(lookup)
	v := clusterVariables()
	s := Settings{
		Auth: r.auth(v), TLS: r.certificates(v), Worker: r.worker(v),
		Authority: r.string(v.authority), Tenant: r.string(v.tenant),
		KeepAlive: r.duration(v.keepAlive), RequestTimeout: r.duration(v.requestTimeout),
	}
	if r.saas(v) {
		r.cloud(v, &s)
	}
	r.addresses(v, &s)
	r.complete(v, &s)
	r.refuse(v)
	if err := connector.Join(r.errs); err != nil {
		return Settings{}, err
	}
	return s, nil
}

// saas tells whether the cluster is in Camunda's cloud. A cluster ID alone says
// so, as in the connector runtime.
func (r *reader) saas(v variables) bool {
	s, name := r.text(v.mode)
	switch squash(s) {
	case "":
		return r.string(v.clusterID) != ""
	case "saas", "cloud":
		return true
	case "selfmanaged", "oidc", "simple", "basic", "address":
		return false
	}
	r.problem(name, "is not a mode", "Set it to saas or self-managed.")
	return false
}

// squash takes away what Spring does not look at in the value of a choice.
func squash(s string) string {
	return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(s))
}

func (r *reader) auth(v variables) Auth {
	a := Auth{
		ClientID: r.string(v.clientID), ClientSecret: r.secret(v.clientSecret),
		TokenURL: r.url(v.tokenURL), DiscoveryURL: r.discovery(v),
		Audience: r.string(v.audience), Scope: r.string(v.scope), Resource: r.string(v.resource),
		Username: r.string(v.username), Password: r.secret(v.password),
	}
	s, name := r.text(v.method)
	switch squash(s) {
	case "":
		a.Strategy = r.implied(v, a)
	case "none":
		a.Strategy = NoAuth
	case "basic":
		a.Strategy = Basic
	case "oidc", "oauth":
		a.Strategy = OAuth
	default:
		r.problem(name, "is not a way to authenticate", "Set it to none, basic or oidc.")
	}
	return a
}

// implied is the strategy that the credentials themselves stand for.
func (r *reader) implied(v variables, a Auth) Strategy {
	oauth, basic := a.ClientID != "" || !a.ClientSecret.Empty(), a.Username != "" || !a.Password.Empty()
	switch {
	case oauth && basic:
		_, name := r.text(v.username)
		if name == "" {
			_, name = r.text(v.password)
		}
		r.problem(name, "and a client ID or secret are both set", "Choose one with CAMUNDA_CLIENT_AUTH_METHOD: basic or oidc.")
	case oauth:
		return OAuth
	case basic:
		return Basic
	}
	return NoAuth
}

func (r *reader) url(v variable) string {
	s, name := r.text(v)
	if s == "" {
		return ""
	}
	u, err := parseAddress(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !strings.Contains(s, "://") {
		r.problem(name, "is not a web address", "Write it in full, like https://host/path.")
	}
	return s
}

func (r *reader) discovery(v variables) string {
	if s := r.url(v.wellKnown); s != "" {
		return s
	}
	if s := r.url(v.issuerURL); s != "" {
		return strings.TrimRight(s, "/") + "/.well-known/openid-configuration"
	}
	return ""
}

func (r *reader) certificates(v variables) TLS {
	return TLS{
		CAFile: r.string(v.caFile), CA: r.string(v.ca), CertFile: r.string(v.certFile), Cert: r.string(v.cert),
		KeyFile: r.string(v.keyFile), Key: r.secret(v.key),
	}
}

func (r *reader) worker(v variables) WorkerDefaults {
	return WorkerDefaults{
		Name: r.string(v.workerName), MaxJobs: r.count(v.workerJobs), Stream: r.bool(v.workerStream), Enabled: r.bool(v.workerEnabled),
		Timeout: r.duration(v.workerTimeout), StreamTimeout: r.duration(v.workerStreamFor), PollInterval: r.duration(v.workerPoll), RequestTimeout: r.duration(v.workerFetch),
		Tenants: r.list(v.workerTenants),
	}
}

var cloudName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`)

// cloud derives from region and cluster ID what is always the same in the cloud.
func (r *reader) cloud(v variables, s *Settings) {
	part := func(v variable, def string) string {
		text, name := r.text(v)
		if text == "" {
			return def
		}
		if !cloudName.MatchString(text) {
			r.problem(name, "holds something that no host name has", "Copy it from the console of Camunda's cloud.")
		}
		return text
	}
	domain, region, id, port := part(v.domain, cloudDomain), part(v.region, cloudRegion), part(v.clusterID, ""), part(v.port, tlsPort)
	if id == "" && (r.string(v.grpc) == "" || r.string(v.rest) == "") {
		r.problem("CAMUNDA_CLIENT_CLOUD_CLUSTERID", "is not set, but the mode is saas", "Set it, and CAMUNDA_CLIENT_CLOUD_REGION, to what the cloud's console shows for the cluster.")
	}
	s.GRPC = "https://" + id + "." + region + ".zeebe." + domain + ":" + port
	s.REST = "https://" + region + ".zeebe." + domain + ":" + port + "/" + id
	s.Given = true
	// The cloud knows no other way.
	s.Auth.Strategy = OAuth
	if s.Auth.TokenURL == "" {
		s.Auth.TokenURL = "https://login.cloud." + domain + "/oauth/token"
	}
	if s.Auth.Audience == "" {
		s.Auth.Audience = "zeebe." + domain
	}
}

// addresses reads those that are given, and fills in the others.
func (r *reader) addresses(v variables, s *Settings) {
	grpc, grpcName := r.text(v.grpc)
	rest, restName := r.text(v.rest)
	if grpc != "" {
		s.GRPC = r.scheme(v, grpc, grpcName)
		if _, err := parseGRPC(s.GRPC); err != nil {
			r.badAddress(grpcName, err)
		}
	}
	if rest != "" {
		s.REST = rest
		if _, err := parseREST(rest); err != nil {
			r.badAddress(restName, err)
		}
	}
	s.Given = s.Given || grpc != "" || rest != ""
	prefer := r.bool(v.preferREST)
	s.PreferREST = prefer != nil && *prefer
	switch {
	case s.GRPC == "" && s.REST == "":
		s.GRPC, s.REST = DefaultGRPC, DefaultREST
	case s.GRPC == "" && (prefer == nil || *prefer):
		// Client libraries need no gRPC address.
		s.PreferREST = true
	case s.GRPC == "":
		s.GRPC = DefaultGRPC
	case s.REST == "" && (s.PreferREST || isLocal(s.GRPC)):
		s.REST = DefaultREST
	}
}

// isLocal tells whether a gateway is on this machine, where the REST API is
// then expected too.
func isLocal(address string) bool {
	to, err := parseGRPC(address)
	host := hostOf(to.address)
	return err == nil && (host == "localhost" || net.ParseIP(host).IsLoopback())
}

// scheme completes a bare host:port. Old clients took TLS for granted unless
// they were told otherwise.
func (r *reader) scheme(v variables, address, name string) string {
	if strings.Contains(address, "://") {
		return address
	}
	plain := r.bool(v.plaintext)
	switch {
	case plain != nil && *plain:
		return "http://" + address
	case plain != nil || name == "ZEEBE_ADDRESS":
		return "https://" + address
	}
	return address
}

func (r *reader) badAddress(name string, err error) {
	e := connector.AsError(err)
	r.errs = append(r.errs, connector.InvalidField("/"+name, r.called(name)+" is not right. "+e.Message, e.Fix))
}

// complete checks that nothing is missing from the credentials.
func (r *reader) complete(v variables, s *Settings) {
	missing := func(v variable, why string) {
		r.problem(v.names()[0], "is not set, but "+why, "Set it, or CAMUNDA_CLIENT_AUTH_METHOD to the way that the cluster wants.")
	}
	a := &s.Auth
	switch a.Strategy {
	case Basic:
		if a.Username == "" {
			missing(v.username, "Basic authentication needs it")
		}
		if a.Password.Empty() {
			missing(v.password, "Basic authentication needs it")
		}
	case OAuth:
		if a.ClientID == "" {
			missing(v.clientID, "OAuth needs it")
		}
		if a.ClientSecret.Empty() {
			missing(v.clientSecret, "OAuth needs it")
		}
		if a.TokenURL == "" && a.DiscoveryURL == "" {
			missing(v.tokenURL, "OAuth needs it")
		}
		if a.Audience == "" {
			a.Audience = selfManagedAudience
		}
	case NoAuth, "":
	}
}

// refuse says what is set and would have no effect.
func (r *reader) refuse(v variables) {
	const pem = "Give certificates in PEM: CAMUNDA_CLIENT_CACERTIFICATEPATH for the authority, CAMUNDA_MTLS_CERT_PATH and CAMUNDA_MTLS_KEY_PATH for the client."
	r.unsupported(v.keystore, pem)
	r.unsupported(v.truststore, pem)
	r.unsupported(v.keyPassphrase, "Give a key that is not encrypted, in a file that only this process may read.")
	r.unsupported(v.assertion, "Authenticate with a client secret: CAMUNDA_CLIENT_AUTH_CLIENTSECRET.")
}
