package gateway

import "strings"

// variable is one setting and the names it goes by, in falling precedence.
type variable struct {
	// property is the name that the connector runtime knows it by.
	property string
	// sdk are the names of Camunda's client libraries.
	sdk []string
	// older are properties that earlier runtimes knew it by.
	older []string
	// old are names of the clients before Camunda 8.8.
	old []string
}

func (v variable) names() []string {
	out := spellings(v.property)
	out = append(out, v.sdk...)
	for _, p := range v.older {
		out = append(out, spellings(p)...)
	}
	return append(out, v.old...)
}

// spellings are the ways in which Spring lets an environment variable name a
// property: upper case with the dashes left out, upper case with underscores
// for them, and the property itself.
func spellings(property string) []string {
	if property == "" {
		return nil
	}
	upper := strings.ToUpper(strings.ReplaceAll(property, ".", "_"))
	out := []string{strings.ReplaceAll(upper, "-", "")}
	if strings.Contains(upper, "-") {
		out = append(out, strings.ReplaceAll(upper, "-", "_"))
	}
	return append(out, property)
}

// variables are all settings of a cluster. The order is that of the docs page.
type variables struct {
	mode, grpc, rest, preferREST                          variable
	region, clusterID, domain, port                       variable
	method, clientID, clientSecret                        variable
	tokenURL, issuerURL, wellKnown                        variable
	audience, scope, resource                             variable
	username, password                                    variable
	caFile, certFile, keyFile, ca, cert, key              variable
	authority, plaintext, keepAlive, requestTimeout       variable
	tenant, workerName, workerJobs, workerStream          variable
	workerEnabled, workerTimeout, workerPoll, workerFetch variable
	workerTenants, workerStreamFor                        variable
	keyPassphrase, keystore, truststore, assertion        variable
}

func clusterVariables() variables {
	v := variables{
		mode: variable{property: "camunda.client.mode", older: []string{"zeebe.client.connection-mode"}},
		grpc: variable{
			property: "camunda.client.grpc-address", sdk: []string{"CAMUNDA_GRPC_ADDRESS"},
			older: []string{"camunda.client.zeebe.grpc-address", "zeebe.client.broker.grpc-address", "zeebe.grpc.address", "zeebe.client.broker.gateway-address"},
			old:   []string{"ZEEBE_ADDRESS"},
		},
		rest: variable{
			property: "camunda.client.rest-address", sdk: []string{"CAMUNDA_REST_ADDRESS"},
			older: []string{"camunda.client.zeebe.rest-address", "zeebe.client.broker.rest-address", "zeebe.rest.address", "camunda.client.zeebe.base-url"},
		},
		preferREST: variable{property: "camunda.client.prefer-rest-over-grpc", sdk: []string{"CAMUNDA_PREFER_REST", "CAMUNDA_FORCE_REST"}, older: []string{"camunda.client.zeebe.prefer-rest-over-grpc"}, old: []string{"ZEEBE_PREFER_REST"}},
		region:     variable{property: "camunda.client.cloud.region", older: []string{"camunda.client.region", "zeebe.client.cloud.region"}},
		clusterID:  variable{property: "camunda.client.cloud.cluster-id", older: []string{"camunda.client.cluster-id", "zeebe.client.cloud.cluster-id"}},
		domain:     variable{property: "camunda.client.cloud.domain", older: []string{"camunda.client.cloud.base-url", "zeebe.client.cloud.base-url"}},
		port:       variable{property: "camunda.client.cloud.port", older: []string{"zeebe.client.cloud.port"}},
		tenant:     variable{property: "camunda.client.tenant-id", sdk: []string{"CAMUNDA_DEFAULT_TENANT_ID", "CAMUNDA_TENANT_ID"}, older: []string{"zeebe.client.default-tenant-id"}, old: []string{"ZEEBE_DEFAULT_TENANT_ID"}},
		keepAlive:  variable{property: "camunda.client.keep-alive", sdk: []string{"CAMUNDA_KEEP_ALIVE"}, older: []string{"camunda.client.zeebe.keep-alive", "zeebe.client.broker.keep-alive"}, old: []string{"ZEEBE_KEEP_ALIVE"}},
		authority:  variable{property: "camunda.client.override-authority", sdk: []string{"CAMUNDA_OVERRIDE_AUTHORITY"}, older: []string{"camunda.client.zeebe.override-authority", "zeebe.client.security.override-authority"}, old: []string{"ZEEBE_OVERRIDE_AUTHORITY"}},
		plaintext:  variable{property: "zeebe.client.security.plaintext", old: []string{"ZEEBE_INSECURE_CONNECTION"}},
		requestTimeout: variable{
			property: "camunda.client.request-timeout", older: []string{"camunda.client.zeebe.request-timeout", "zeebe.client.request-timeout"},
		},
	}
	v.setAuth()
	v.setTLS()
	v.setWorker()
	return v
}

func (v *variables) setAuth() {
	v.method = variable{property: "camunda.client.auth.method", sdk: []string{"CAMUNDA_AUTH_STRATEGY"}}
	v.clientID = variable{property: "camunda.client.auth.client-id", sdk: []string{"CAMUNDA_CLIENT_ID"}, older: []string{"zeebe.client.cloud.client-id", "zeebe.client.id"}}
	v.clientSecret = variable{property: "camunda.client.auth.client-secret", sdk: []string{"CAMUNDA_CLIENT_SECRET"}, older: []string{"zeebe.client.cloud.client-secret", "zeebe.client.secret", "zeebe.client.cloud.secret"}}
	v.tokenURL = variable{
		property: "camunda.client.auth.token-url", sdk: []string{"CAMUNDA_OAUTH_URL", "CAMUNDA_AUTHORIZATION_SERVER_URL"},
		older: []string{"camunda.client.auth.issuer", "zeebe.client.cloud.auth-url", "zeebe.authorization.server.url"},
	}
	v.issuerURL = variable{property: "camunda.client.auth.issuer-url"}
	v.wellKnown = variable{property: "camunda.client.auth.well-known-configuration-url"}
	v.audience = variable{property: "camunda.client.auth.audience", sdk: []string{"CAMUNDA_TOKEN_AUDIENCE"}, older: []string{"camunda.client.zeebe.audience", "zeebe.client.cloud.audience", "zeebe.token.audience"}}
	v.scope = variable{property: "camunda.client.auth.scope", sdk: []string{"CAMUNDA_TOKEN_SCOPE"}, older: []string{"camunda.client.zeebe.scope", "zeebe.client.cloud.scope", "zeebe.token.scope"}}
	v.resource = variable{property: "camunda.client.auth.resource", sdk: []string{"CAMUNDA_TOKEN_RESOURCE"}, older: []string{"zeebe.token.resource"}}
	v.username = variable{property: "camunda.client.auth.username", sdk: []string{"CAMUNDA_BASIC_AUTH_USERNAME"}}
	v.password = variable{property: "camunda.client.auth.password", sdk: []string{"CAMUNDA_BASIC_AUTH_PASSWORD"}}
	// What cannot be done is said, rather than passed over.
	v.keystore = variable{property: "camunda.client.auth.keystore-path", old: []string{"OAUTH_SSL_CLIENT_KEYSTORE_PATH"}}
	v.truststore = variable{property: "camunda.client.auth.truststore-path", old: []string{"OAUTH_SSL_CLIENT_TRUSTSTORE_PATH"}}
	v.assertion = variable{property: "camunda.client.auth.client-assertion.keystore-path"}
}

func (v *variables) setTLS() {
	v.caFile = variable{
		property: "camunda.client.ca-certificate-path", sdk: []string{"CAMUNDA_MTLS_CA_PATH", "CAMUNDA_CA_CERTIFICATE_PATH"},
		older: []string{"camunda.client.zeebe.ca-certificate-path", "zeebe.client.security.cert-path"}, old: []string{"ZEEBE_CA_CERTIFICATE_PATH"},
	}
	v.certFile = variable{sdk: []string{"CAMUNDA_MTLS_CERT_PATH"}}
	v.keyFile = variable{sdk: []string{"CAMUNDA_MTLS_KEY_PATH"}}
	v.ca = variable{sdk: []string{"CAMUNDA_MTLS_CA"}}
	v.cert = variable{sdk: []string{"CAMUNDA_MTLS_CERT"}}
	v.key = variable{sdk: []string{"CAMUNDA_MTLS_KEY"}}
	v.keyPassphrase = variable{sdk: []string{"CAMUNDA_MTLS_KEY_PASSPHRASE"}}
}

func (v *variables) setWorker() {
	defaults := func(name string, sdk []string, older ...string) variable {
		return variable{property: "camunda.client.worker.defaults." + name, sdk: sdk, older: append([]string{"camunda.client.zeebe.defaults." + name}, older...)}
	}
	v.workerName = defaults("name", []string{"CAMUNDA_WORKER_NAME"}, "zeebe.client.worker.default-name", "zeebe.client.worker.name")
	v.workerJobs = defaults("max-jobs-active", []string{"CAMUNDA_WORKER_MAX_CONCURRENT_JOBS", "CAMUNDA_WORKER_MAX_JOBS_ACTIVE"}, "zeebe.client.worker.max-jobs-active")
	v.workerStream = defaults("stream-enabled", []string{"CAMUNDA_DEFAULT_JOB_WORKER_STREAM_ENABLED"}, "zeebe.client.default-job-worker-stream-enabled")
	v.workerEnabled = defaults("enabled", nil)
	v.workerTimeout = defaults("timeout", []string{"CAMUNDA_WORKER_TIMEOUT"}, "zeebe.client.job.timeout")
	v.workerPoll = defaults("poll-interval", nil, "zeebe.client.job.poll-interval")
	v.workerStreamFor = defaults("stream-timeout", nil)
	v.workerFetch = defaults("request-timeout", []string{"CAMUNDA_WORKER_REQUEST_TIMEOUT"})
	v.workerTenants = defaults("tenant-ids", []string{"CAMUNDA_DEFAULT_JOB_WORKER_TENANT_IDS"}, "camunda.client.tenant-ids", "zeebe.client.default-job-worker-tenant-ids")
	v.workerTenants.old = []string{"ZEEBE_DEFAULT_JOB_WORKER_TENANT_IDS"}
}
