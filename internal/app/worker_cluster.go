package app

import "github.com/fairlead-io/fairlead/internal/worker/view"

// describe adds to what is known of the cluster how it is reached.
func (j *jobs) describe(c view.Cluster) view.Cluster {
	s := j.cluster
	c.GRPC, c.REST, c.Transport, c.Auth = s.GRPC, s.REST, "grpc", string(s.Auth.Strategy)
	if s.PreferREST {
		c.Transport = "rest"
	}
	return c
}
