package config

import "time"

// Worker are the settings of the worker of a Camunda 8 cluster. The cluster
// itself is named by Camunda's own environment variables.
type Worker struct {
	// Mode of serve: auto takes jobs when the environment names a cluster, on
	// always, off never.
	Mode         string
	Compat       string        // version of Camunda's connector runtime that is followed; empty: the default
	MaxJobs      int           // jobs at a time; 0: as that version
	JobTimeout   time.Duration // of an activation; 0: the environment's, else the built-in one
	Leases       bool          // ask engines from 8.10 on for leases: all workers of a type, or none
	Name         string        // told to the cluster; empty: the environment's, else the connector's
	Documents    string        // where new documents are kept; see internal/documents
	SecretsDir   string        // folder with one file a secret for jobs
	SecretFilter string        // disabled, lax, strict; empty: the environment's, else lax
	PublicURL    string        // how others reach this server, for links
}

// Modes of Worker.
const (
	WorkerAuto = "auto"
	WorkerOn   = "on"
	WorkerOff  = "off"
)

func workerNames() []string {
	return []string{"compat", "documents", "public-url", "secret-filter", "secrets-dir", "worker", "worker-job-timeout", "worker-leases", "worker-max-jobs", "worker-name"}
}

func (r *reader) worker() Worker {
	return Worker{
		Mode:         r.choice("worker", WorkerAuto, WorkerAuto, WorkerOn, WorkerOff),
		Compat:       r.choice("compat", "", "", "8.7", "8.8", "8.9", "8.10"),
		MaxJobs:      r.number("worker-max-jobs", 0, 1, 100_000),
		JobTimeout:   r.duration("worker-job-timeout", 0),
		Leases:       r.flag("worker-leases"),
		Name:         r.text("worker-name", ""),
		Documents:    r.text("documents", ""),
		SecretsDir:   r.text("secrets-dir", ""),
		SecretFilter: r.choice("secret-filter", "", "", "disabled", "lax", "strict"),
		PublicURL:    r.address("public-url"),
	}
}
