package obs

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are the figures of one installation, for Prometheus. Its labels are
// words of the catalogue and of this program only: nothing that a caller or a
// cloud says becomes a label, so that neither a secret nor a flood of series
// can get in. A nil *Metrics counts nothing.
type Metrics struct {
	registry *prometheus.Registry

	runs          *prometheus.CounterVec
	runErrors     *prometheus.CounterVec
	runSeconds    *prometheus.HistogramVec
	inFlight      prometheus.Gauge
	queued        prometheus.Gauge
	refused       *prometheus.CounterVec
	items         *prometheus.CounterVec
	bytes         *prometheus.CounterVec
	requests      *prometheus.CounterVec
	httpSeconds   *prometheus.HistogramVec
	commits       *prometheus.CounterVec
	commitTime    prometheus.Histogram
	egress        *prometheus.CounterVec
	egressSeconds prometheus.Histogram
}

// Build says what program this is.
type Build struct{ Version, Commit, Go string }

// NewMetrics makes the figures. free tells how many bytes the data folder's
// disk has left, and false where that cannot be known; it may be nil.
func NewMetrics(b Build, free func() (uint64, bool)) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.ofRuns()
	m.ofParts()
	info := gauge("build_info", "The program; its value is always 1.", prometheus.Labels{"version": b.Version, "commit": b.Commit, "go": b.Go})
	info.Set(1)
	m.registry.MustRegister(
		info, m.runs, m.runErrors, m.runSeconds, m.inFlight, m.queued, m.refused, m.items, m.bytes, m.requests, m.httpSeconds, m.commits, m.commitTime, m.egress, m.egressSeconds,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	if free != nil {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "fairlead", Name: "disk_free_bytes", Help: "What the data folder's disk has left; -1 where unknown."}, func() float64 {
			if n, ok := free(); ok {
				return float64(n)
			}
			return -1
		}))
	}
	return m
}

func (m *Metrics) ofRuns() {
	command := []string{"integration", "command"}
	m.runs = counter("runs_total", "Runs that ended.", append(command, "outcome")...)
	m.runErrors = counter("run_errors_total", "Runs that ended with an error, by its kind.", append(command, "kind")...)
	m.runSeconds = histogram("run_duration_seconds", "From the asking to the end of a run.", []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200}, command...)
	m.inFlight = gauge("runs_in_flight", "Runs that go on.", nil)
	m.queued = gauge("runs_queued", "Runs that wait for their turn.", nil)
	m.refused = counter("limited_total", "Requests that a limit refused.", "limit")
	m.items = counter("run_items_total", "Items of runs that ended.", append(command, "outcome")...)
	m.bytes = counter("run_bytes_total", "Bytes that items of runs moved.", command...)
}

func (m *Metrics) ofParts() {
	m.requests = counter("http_requests_total", "Requests to this server.", "method", "route", "status")
	m.httpSeconds = histogram("http_request_duration_seconds", "Requests to this server.", []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60}, "method", "route")
	m.commits = counter("store_commits_total", "Batches given to the store.", "outcome")
	buckets := []float64{.00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5}
	m.commitTime = prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "fairlead", Name: "store_commit_duration_seconds", Help: "From giving a batch to the store to its being durable.", Buckets: buckets})
	m.egress = counter("egress_requests_total", "Requests that connections sent.", "outcome")
	m.egressSeconds = prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "fairlead", Name: "egress_request_duration_seconds", Help: "From sending a request to the head of its answer.", Buckets: prometheus.DefBuckets})
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "fairlead", Name: name, Help: help}, labels)
}

func histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "fairlead", Name: name, Help: help, Buckets: buckets}, labels)
}

func gauge(name, help string, constant prometheus.Labels) prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "fairlead", Name: name, Help: help, ConstLabels: constant})
}

// Handler answers scrapes.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// Request counts a request to this server. route is the pattern, never the path.
func (m *Metrics) Request(method, route string, status int, took time.Duration) {
	if m == nil {
		return
	}
	method = knownMethod(method)
	if route == "" {
		route = "other"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.httpSeconds.WithLabelValues(method, route).Observe(took.Seconds())
}

// knownMethod bounds the label: a method may be any word.
func knownMethod(s string) string {
	switch s {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return s
	}
	return "other"
}

// Commit counts a batch given to the store.
func (m *Metrics) Commit(err error, took time.Duration) {
	if m == nil {
		return
	}
	m.commits.WithLabelValues(outcome(err)).Inc()
	m.commitTime.Observe(took.Seconds())
}

// Limited counts what a limit refused: rate, runs, body, depth, disk.
func (m *Metrics) Limited(limit string) {
	if m != nil {
		m.refused.WithLabelValues(limit).Inc()
	}
}

func outcome(err error) string {
	if err != nil {
		return "error"
	}
	return "ok"
}
