package view

// Words of a health.
const (
	Up   = "UP"
	Down = "DOWN"
)

// Health is the answer of an actuator, in the shape that Camunda's connector
// runtime has.
type Health struct {
	Status     string               `json:"status" enum:"UP,DOWN" doc:"The verdict."`
	Components map[string]Component `json:"components,omitempty" doc:"The parts that make it up."`
	Groups     []string             `json:"groups,omitempty" doc:"What else can be asked for."`
}

// Component is one part of a Health.
type Component struct {
	Status  string   `json:"status" enum:"UP,DOWN"`
	Details *Details `json:"details,omitempty"`
}

// Details are of the cluster.
type Details struct {
	NumBrokers          int  `json:"numBrokers"`
	AnyPartitionHealthy bool `json:"anyPartitionHealthy"`
}

// Groups that can be asked for.
const (
	Whole     = ""
	Readiness = "readiness"
	Liveness  = "liveness"
	Startup   = "startup"
)

// HealthOf is the health of a process with a worker, or without. Readiness, and
// the whole, follow the cluster and what the process itself needs; liveness
// does not: a restart brings no cluster back.
func HealthOf(s State, group string, own error) Health {
	if group == Liveness || group == Startup {
		return Health{Status: Up}
	}
	h := Health{Status: word(own == nil), Components: map[string]Component{"fairlead": {Status: word(own == nil)}}}
	if s.Enabled {
		c := s.Cluster
		ready := c.Ready() && s.State == "running"
		h.Components["zeebeClient"] = Component{word(ready), &Details{c.Brokers, c.Connected && c.Healthy}}
		if !ready {
			h.Status = Down
		}
	}
	if group == Whole {
		if s.Enabled {
			h.Components["camundaClient"] = Component{Status: h.Components["zeebeClient"].Status}
		}
		h.Groups = []string{Liveness, Readiness, Startup}
	}
	return h
}

func word(up bool) string {
	if up {
		return Up
	}
	return Down
}
