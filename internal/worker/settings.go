package worker

import (
	"time"

	"github.com/fairlead-io/fairlead/internal/worker/compat"
)

// Settings say how a worker takes jobs. A zero value takes the default.
type Settings struct {
	// Name is told to the cluster with every request. It must be one for a whole
	// fleet, or the gateway cannot pass a job on to another of its streams. The
	// default is the name of the function.
	Name    string
	Tenants []string // none: the default tenant
	// MaxJobs is how many jobs of all types are done at a time.
	MaxJobs int
	// Timeout is for how long an activation makes a job ours. It is extended
	// while the job is being done, so that a short one costs little and a job of
	// a worker that died comes back soon.
	Timeout time.Duration
	// Types are what holds for single job types.
	Types map[string]TypeSettings
	// Leases asks engines from 8.10 on for leases, so that a late end of an old
	// activation is refused. All workers of a job type must ask, or none.
	Leases bool
	// NoStream takes jobs by polling alone.
	NoStream bool
	// StreamFor is after what time a stream is closed and opened anew; 0: never.
	StreamFor time.Duration
	// PollEvery is between polls of an idle type whose stream is open.
	PollEvery time.Duration
	// LongPoll is how long a poll without a stream waits for a job.
	LongPoll time.Duration
	// Retry is the pause before trying again what failed for a moment.
	Retry Backoff
	// Drain is how long jobs may go on when the worker ends.
	Drain time.Duration
	// HealthEvery is between questions for the cluster's topology.
	HealthEvery time.Duration
	// Failures is how many of the last failures are kept for people.
	Failures int
}

// Defaults of the settings.
const (
	DefaultTimeout     = time.Minute
	DefaultPollEvery   = 10 * time.Second
	DefaultLongPoll    = 10 * time.Second
	DefaultDrain       = 30 * time.Second
	DefaultHealthEvery = 5 * time.Second
	DefaultFailures    = 50
)

// MaxJobs is how many jobs a runtime of a version does at a time.
func MaxJobs(v compat.Version) int {
	if v < compat.V89 {
		return 32
	}
	return 100
}

func (s Settings) orDefaults() Settings {
	if s.MaxJobs <= 0 {
		s.MaxJobs = MaxJobs(compat.Default)
	}
	if s.Failures <= 0 {
		s.Failures = DefaultFailures
	}
	def(&s.Timeout, DefaultTimeout)
	def(&s.PollEvery, DefaultPollEvery)
	def(&s.LongPoll, DefaultLongPoll)
	def(&s.Drain, DefaultDrain)
	def(&s.HealthEvery, DefaultHealthEvery)
	def(&s.Retry.First, 50*time.Millisecond)
	def(&s.Retry.Most, 5*time.Second)
	return s
}

// LeastPoll is the shortest time between polls beside a stream. The stream brings
// what is new, so that looking more often finds nothing.
const LeastPoll = time.Second

// TypeSettings are those of one job type. A zero value takes what holds for all.
type TypeSettings struct {
	Name    string
	Tenants []string
	// MaxJobs is how many of the jobs that are done at a time may be of this type.
	MaxJobs   int
	Timeout   time.Duration
	Stream    *bool
	StreamFor time.Duration
	PollEvery time.Duration
	LongPoll  time.Duration
}

// of gives the settings of a type, complete but for its name.
func (s Settings) of(typ string) TypeSettings {
	t := s.Types[typ]
	if t.Name == "" {
		t.Name = s.Name
	}
	if t.Tenants == nil {
		t.Tenants = s.Tenants
	}
	if t.MaxJobs <= 0 || t.MaxJobs > s.MaxJobs {
		t.MaxJobs = s.MaxJobs
	}
	if t.Stream == nil {
		t.Stream = new(!s.NoStream)
	}
	def(&t.Timeout, s.Timeout)
	def(&t.StreamFor, s.StreamFor)
	def(&t.PollEvery, s.PollEvery)
	def(&t.LongPoll, s.LongPoll)
	return t
}

func def(d *time.Duration, v time.Duration) {
	if *d <= 0 {
		*d = v
	}
}
