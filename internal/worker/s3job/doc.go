// Package s3job does the jobs of Camunda's Amazon S3 connector: it binds the
// variables as Camunda's runtime does, runs a command of camunda-aws-s3, and
// gives the response, or the failure, in the shape that processes know.
//
// What a version of the runtime does is followed where a process can see it.
// Where that runtime hangs, loses data or gives up needlessly, this package
// does the right thing; docs/camunda/differences.md lists each difference.
package s3job

import (
	"os"

	"github.com/fairlead-io/fairlead/internal/worker/compat"
)

const (
	jobType     = "io.camunda:aws-s3:1"
	name        = "AWS S3"
	integration = "camunda-aws-s3"
)

// Options are the switches of all jobs; the zero value behaves as Camunda's
// runtime does. A job's configuration.fairlead overrides them.
type Options struct {
	// Compat is the version whose variables are asked for; zero is the default.
	// What a call does depends on the call's own.
	Compat compat.Version
	// FixKey answers an upload that fell back to the file's name with that name
	// and a link to it, instead of null.
	FixKey bool
	// CharsetAware reads content types with parameters (text/plain; charset=...)
	// like those without.
	CharsetAware bool
	// ErrorCodes gives S3's code as error.code.
	ErrorCodes bool
	// FailFast leaves no retries when S3 answered 403 or 404.
	FailFast bool
	// PathStyle is On, Off or Automatic; empty is Camunda's rule: in the path
	// for endpoints that are IP addresses.
	PathStyle string
}

// Function is the job.Function.
type Function struct {
	opts   Options
	lookup func(string) (string, bool)
}

// New makes the function. lookupEnv reads the process environment; nil is the
// process's own.
func New(o Options, lookupEnv func(string) (string, bool)) *Function {
	if lookupEnv == nil {
		lookupEnv = os.LookupEnv
	}
	return &Function{opts: o, lookup: lookupEnv}
}

// Type is the job type of Camunda's connector.
func (f *Function) Type() string { return jobType }

// Name is the name from which settings are called (CONNECTOR_AWS_S3_TIMEOUT).
func (f *Function) Name() string { return name }

// Fetch lists the variables that the engine is asked for.
func (f *Function) Fetch() []string {
	if f.opts.Compat == 0 {
		return FetchFor(compat.Default)
	}
	return FetchFor(f.opts.Compat)
}

// FetchFor lists the variables that a version of the runtime asks for.
func FetchFor(v compat.Version) []string {
	names := []string{"authentication", "configuration", "actionDiscriminator", "action"}
	if v >= compat.V810 {
		names = append(names, "documentReturnFormat", "awsCredential")
	}
	return names
}
