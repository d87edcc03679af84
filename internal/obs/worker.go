package obs

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// WorkerMetrics are the figures of a worker, under the names that Camunda's
// connector runtime has, for the dashboards that there are, and under our own
// for what it does not count. A nil *WorkerMetrics counts nothing.
type WorkerMetrics struct {
	invocations *prometheus.CounterVec
	execution   *prometheus.SummaryVec
	recentMax   *recentMax
	lastEnd     map[string]*prometheus.GaugeVec // by completed and failed
	maxEver     *prometheus.GaugeVec
	activated   *prometheus.CounterVec
	handled     *prometheus.CounterVec
	executor    map[string]*prometheus.GaugeVec

	delivered  *prometheus.CounterVec
	acks       *prometheus.CounterVec
	ackRetries prometheus.Counter
	extensions *prometheus.CounterVec
	polls      *prometheus.CounterVec
	reconnects *prometheus.CounterVec
	broker     prometheus.Gauge

	mu        sync.Mutex
	longest   map[string]time.Duration // by type
	templates map[[2]string]bool
}

// WorkerJob is a job in the words of labels. Template and TemplateVersion are
// what its model says; unknown where it says nothing.
type WorkerJob struct{ Type, Template, TemplateVersion string }

// mostTemplates bounds labels that process models choose.
const mostTemplates = 300

// executorNames are those that dashboards ask for.
var executorNames = []string{"camundaClientExecutor", "zeebe_client_thread_pool"}

// Worker makes the figures of a worker. active and waiting are read when
// figures are asked for. It is called once.
func (m *Metrics) Worker(now func() time.Time, active, waiting func() int) *WorkerMetrics {
	template := []string{"type", "elementTemplateId", "elementTemplateVersion"}
	w := &WorkerMetrics{
		invocations: foreign("camunda_connector_outbound_invocations_total", "Jobs by what became of them.", append([]string{"action"}, template...)...),
		execution:   prometheus.NewSummaryVec(prometheus.SummaryOpts{Name: "camunda_connector_outbound_execution_time_seconds", Help: "How long jobs took."}, template),
		recentMax:   &recentMax{desc: prometheus.NewDesc("camunda_connector_outbound_execution_time_seconds_max", "The longest job of the last minutes.", template, nil), now: now, seen: map[WorkerJob]*twoMinutes{}},
		lastEnd: map[string]*prometheus.GaugeVec{
			"completed": foreignGauge("camunda_connector_outbound_last_completed", "When a job was completed last, in milliseconds since 1970.", "type"),
			"failed":    foreignGauge("camunda_connector_outbound_last_failed", "When a job failed last, in milliseconds since 1970.", "type"),
		},
		maxEver:   foreignGauge("camunda_connector_outbound_max_execution_time", "The longest job since the start, in milliseconds.", "type"),
		activated: foreign("camunda_client_worker_job_activated_total", "Jobs that were handed over.", "type"),
		handled:   foreign("camunda_client_worker_job_handled_total", "Jobs that were done.", "type"),

		delivered:  counter("worker_deliveries_total", "Jobs that the cluster handed over, by what they were.", "what"),
		acks:       counter("worker_commands_total", "Ends of jobs that the cluster was told, by their fate.", "kind", "fate"),
		ackRetries: prometheus.NewCounter(prometheus.CounterOpts{Namespace: "fairlead", Name: "worker_command_retries_total", Help: "Times that an end had to be told again."}),
		extensions: counter("worker_extensions_total", "Extensions of jobs that took long, by their fate.", "fate"),
		polls:      counter("worker_polls_total", "Polls for jobs, by their fate.", "fate"),
		reconnects: counter("worker_reconnects_total", "Streams that were opened again.", "type"),
		broker:     gauge("worker_broker_ready", "1 while the cluster has a healthy partition.", nil),
		longest:    map[string]time.Duration{}, templates: map[[2]string]bool{},
	}
	w.executor = map[string]*prometheus.GaugeVec{"pool_size": foreignGauge("executor_pool_size_threads", "How many jobs may be in the works.", "name")}
	m.registry.MustRegister(
		w.invocations, w.execution, w.recentMax, w.lastEnd["completed"], w.lastEnd["failed"], w.maxEver, w.activated, w.handled, w.executor["pool_size"],
		w.delivered, w.acks, w.ackRetries, w.extensions, w.polls, w.reconnects, w.broker,
		asked("fairlead_worker_jobs_active", "Jobs that are in the works.", nil, active), asked("fairlead_worker_lanes_waiting", "Job types that wait for a place.", nil, waiting),
	)
	for _, name := range executorNames {
		l := prometheus.Labels{"name": name}
		m.registry.MustRegister(asked("executor_active_threads", "Jobs that are in the works.", l, active), asked("executor_queued_tasks", "Job types that wait for a place.", l, waiting))
	}
	return w
}

// foreign is a counter under another program's name.
func foreign(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func foreignGauge(name, help string, labels ...string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
}

func asked(name, help string, constant prometheus.Labels, f func() int) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: constant}, func() float64 { return float64(f()) })
}

// Capacity says how many jobs may be in the works.
func (w *WorkerMetrics) Capacity(n int) {
	if w == nil {
		return
	}
	for _, name := range executorNames {
		w.executor["pool_size"].WithLabelValues(name).Set(float64(n))
	}
}

// bounded keeps what models say from making series without end.
func (w *WorkerMetrics) bounded(j WorkerJob) WorkerJob {
	const longestLabel = 200
	w.mu.Lock()
	defer w.mu.Unlock()
	k := [2]string{j.Template, j.TemplateVersion}
	if !w.templates[k] {
		if len(w.templates) >= mostTemplates || len(j.Template) > longestLabel || len(j.TemplateVersion) > longestLabel {
			return WorkerJob{j.Type, "other", "other"}
		}
		w.templates[k] = true
	}
	return j
}

// Activated counts a job that is begun.
func (w *WorkerMetrics) Activated(j WorkerJob) {
	if w == nil {
		return
	}
	w.activated.WithLabelValues(j.Type).Inc()
	w.count("activated", j)
}

// Executed counts a job that was done, whatever came of it.
func (w *WorkerMetrics) Executed(j WorkerJob, took time.Duration) {
	if w == nil {
		return
	}
	j = w.bounded(j)
	w.handled.WithLabelValues(j.Type).Inc()
	w.execution.WithLabelValues(j.Type, j.Template, j.TemplateVersion).Observe(took.Seconds())
	w.recentMax.observe(j, took)
	w.mu.Lock()
	defer w.mu.Unlock()
	if took > w.longest[j.Type] {
		w.longest[j.Type] = took
		w.maxEver.WithLabelValues(j.Type).Set(float64(took.Milliseconds()))
	}
}

// Ended counts an end that the cluster has accepted. action is completed,
// failed or bpmn-error.
func (w *WorkerMetrics) Ended(action string, j WorkerJob, now time.Time) {
	if w == nil {
		return
	}
	w.count(action, j)
	if g := w.lastEnd[action]; g != nil {
		g.WithLabelValues(j.Type).Set(float64(now.UnixMilli()))
	}
}

func (w *WorkerMetrics) count(action string, j WorkerJob) {
	j = w.bounded(j)
	w.invocations.WithLabelValues(action, j.Type, j.Template, j.TemplateVersion).Inc()
}

// Delivered counts a job that was handed over, by what it is: fresh, duplicate
// or told again.
func (w *WorkerMetrics) Delivered(what string) {
	if w != nil {
		w.delivered.WithLabelValues(what).Inc()
	}
}

// Command counts an end that was told.
func (w *WorkerMetrics) Command(kind, fate string) {
	if w != nil {
		w.acks.WithLabelValues(kind, fate).Inc()
	}
}

// CommandRetried counts one more attempt to tell an end.
func (w *WorkerMetrics) CommandRetried() {
	if w != nil {
		w.ackRetries.Inc()
	}
}

// Extended counts an extension.
func (w *WorkerMetrics) Extended(fate string) {
	if w != nil {
		w.extensions.WithLabelValues(fate).Inc()
	}
}

// Polled counts a poll.
func (w *WorkerMetrics) Polled(fate string) {
	if w != nil {
		w.polls.WithLabelValues(fate).Inc()
	}
}

// Reconnected counts a stream that broke.
func (w *WorkerMetrics) Reconnected(typ string) {
	if w != nil {
		w.reconnects.WithLabelValues(typ).Inc()
	}
}

// Broker says whether the cluster can do anything.
func (w *WorkerMetrics) Broker(ready bool) {
	if w == nil {
		return
	}
	w.broker.Set(0)
	if ready {
		w.broker.Set(1)
	}
}

// recentMax is the maximum of a timer as Micrometer gives it: of the last
// minutes only.
type recentMax struct {
	desc *prometheus.Desc
	mu   sync.Mutex
	seen map[WorkerJob]*twoMinutes
	now  func() time.Time
}

// twoMinutes are the maxima of this minute and of the one before.
type twoMinutes struct {
	minute    int64
	this, old time.Duration
}

func (t *twoMinutes) at(minute int64) {
	switch minute - t.minute {
	case 0:
	case 1:
		t.minute, t.old, t.this = minute, t.this, 0
	default:
		*t = twoMinutes{minute: minute}
	}
}

func (r *recentMax) observe(j WorkerJob, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.seen[j]
	if t == nil {
		t = &twoMinutes{}
		r.seen[j] = t
	}
	t.at(r.now().Unix() / 60)
	t.this = max(t.this, took)
}

// Describe implements prometheus.Collector.
func (r *recentMax) Describe(c chan<- *prometheus.Desc) { c <- r.desc }

// Collect implements prometheus.Collector.
func (r *recentMax) Collect(c chan<- prometheus.Metric) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for j, t := range r.seen {
		t.at(r.now().Unix() / 60)
		c <- prometheus.MustNewConstMetric(r.desc, prometheus.GaugeValue, max(t.this, t.old).Seconds(), j.Type, j.Template, j.TemplateVersion)
	}
}
