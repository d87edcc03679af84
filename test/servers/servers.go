// Package servers tells tests which real servers are there to be tested against.
//
// The scripts beside this file start them; scripts/test-servers.sh starts them all,
// puts what they print into the environment and runs the tests that need them. A
// server that could not be had is not skipped in silence: see [Report].
package servers

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// Keys is one identity of a server.
type Keys struct {
	AccessKey string
	SecretKey string
}

// S3 is a running S3 server. A field that the server has no use for is empty.
type S3 struct {
	// Name is how matrices and messages call it, such as "versitygw-iam".
	Name     string
	Endpoint string
	Region   string
	// Owner may do everything.
	Owner Keys
	// Nobody has valid keys and no rights at all.
	Nobody Keys
	// Capped may own at most CappedBuckets buckets.
	Capped        Keys
	CappedBuckets string
	// STSEndpoint answers AssumeRole or GetCallerIdentity; it may differ from Endpoint.
	STSEndpoint string
	// RoleARN trusts Owner; UntrustingRoleARN exists and trusts nobody here.
	RoleARN           string
	UntrustingRoleARN string
}

// Missing is a server that does not run, and why.
type Missing struct {
	Name   string
	Reason string
}

// S3Names lists every S3 server that the tests know, in the order of matrices.
func S3Names() []string {
	return []string{"versitygw", "versitygw-iam", "ceph", "moto"}
}

// AllS3 returns the S3 servers that run and those that do not.
func AllS3() ([]S3, []Missing) {
	var running []S3
	var missing []Missing
	for _, name := range S3Names() {
		server := s3FromEnv(name, os.Getenv)
		if server.Endpoint == "" {
			missing = append(missing, Missing{Name: name, Reason: reason(name, os.Getenv)})
			continue
		}
		running = append(running, server)
	}
	return running, missing
}

// Report says which servers are missing. On a developer's machine that is a remark;
// with CI=true it fails the test, because nobody reads remarks there.
func Report(tb testing.TB, missing []Missing) {
	tb.Helper()
	for _, m := range missing {
		NotRun(tb, m.Name, m.Reason)
	}
}

// NotRun prints that what could not be tested, and fails the test with CI=true.
func NotRun(tb testing.TB, what, reason string) {
	tb.Helper()
	fmt.Printf("NOT RUN: %s: %s\n", what, reason)
	if os.Getenv("CI") == "true" {
		tb.Errorf("NOT RUN: %s: %s", what, reason)
	}
}

func s3FromEnv(name string, env func(string) string) S3 {
	get := func(key string) string { return env(prefix(name) + key) }
	keys := func(identity string) Keys {
		return Keys{AccessKey: get(identity + "ACCESS_KEY"), SecretKey: get(identity + "SECRET_KEY")}
	}
	return S3{
		Name:              name,
		Endpoint:          get("ENDPOINT"),
		Region:            get("REGION"),
		Owner:             keys(""),
		Nobody:            keys("NOBODY_"),
		Capped:            keys("CAPPED_"),
		CappedBuckets:     get("CAPPED_BUCKETS"),
		STSEndpoint:       get("STS_ENDPOINT"),
		RoleARN:           get("ROLE_ARN"),
		UntrustingRoleARN: get("UNTRUSTING_ROLE_ARN"),
	}
}

// reason is what the server's script said when it could not start. One script may
// start several servers: versitygw's starts versitygw-iam too.
func reason(name string, env func(string) string) string {
	script, _, _ := strings.Cut(name, "-")
	if said := env("FAIRLEAD_NOT_RUN_" + strings.ToUpper(script)); said != "" {
		return said
	}
	return "not started; scripts/test-servers.sh starts it"
}

func prefix(name string) string {
	return "FAIRLEAD_S3_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "_"
}
