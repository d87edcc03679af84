package outbound

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/worker/gateway"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// FilterMode says which secrets a job may name.
type FilterMode string

// The modes. With Lax and Strict only the secrets that the input mappings of
// the job's element name, as they were deployed, are put in; any other name
// stays as text, so that process data cannot ask for a secret. They differ
// where the deployed model cannot be read: Lax puts in every secret then,
// Strict fails the job, which is retried.
const (
	FilterDisabled FilterMode = "DISABLED"
	FilterLax      FilterMode = "LAX"
	FilterStrict   FilterMode = "STRICT"
)

// ParseFilterMode reads a mode in any case; empty text is FilterDisabled.
func ParseFilterMode(text string) (FilterMode, error) {
	switch m := FilterMode(strings.ToUpper(strings.TrimSpace(text))); m {
	case "":
		return FilterDisabled, nil
	case FilterDisabled, FilterLax, FilterStrict:
		return m, nil
	}
	return "", &connector.Error{
		Kind: connector.Invalid, Message: "The mode of the secret filter is " + text + ", which is not known.",
		Fix: "Use DISABLED, LAX or STRICT.",
	}
}

// DefaultFilterModels is how many deployed models a filter remembers at least.
const DefaultFilterModels = 1000

// unreadFor is for how long a model that could not be read is not asked for
// again, so that a cluster without its REST API is not asked for every job.
const unreadFor = 10 * time.Second

// FilterOptions say how a SecretFilter works.
type FilterOptions struct {
	Mode        FilterMode
	Definitions gateway.Definitions // nil: no model can be read
	Models      int                 // remembered at least; 0 means DefaultFilterModels, less than 0 none
	Now         func() time.Time
}

// SecretFilter knows which secrets the elements of deployed models name.
type SecretFilter struct {
	FilterOptions
	models  *cache[int64, model]
	mu      sync.Mutex
	reading map[int64]*reading
}

// model holds the names of secrets by element.
type model map[string][]string

// reading is a model that is being read, or could not be a while ago.
type reading struct {
	done  chan struct{}
	model model
	err   error
	until time.Time // of an error
	told  atomic.Bool
}

// NewSecretFilter makes a filter.
func NewSecretFilter(o FilterOptions) *SecretFilter {
	f := &SecretFilter{FilterOptions: o, reading: map[int64]*reading{}}
	if f.Models == 0 {
		f.Models = DefaultFilterModels
	}
	if f.Models > 0 {
		f.models = newCache[int64, model](f.Models, math.MaxInt)
	}
	return f
}

// allowed gives those of the names that the job's element may name.
func (x *execution) allowed(ctx context.Context, names []string) ([]string, *failure) {
	f := x.Filter
	if f == nil || f.Mode == FilterDisabled || f.Mode == "" {
		return names, nil
	}
	m, first, err := f.model(ctx, x.job.ProcessDefinitionKey)
	switch {
	case err == nil:
		return intersect(names, m[x.job.ElementID]), nil
	case f.Mode == FilterLax && !first:
		return names, nil
	case f.Mode == FilterLax:
		x.Log.Warn("the deployed model cannot be read: every secret may be named", "job", x.job.Key, "definition", x.job.ProcessDefinitionKey, "error", err.Error())
		return names, nil
	}
	return nil, &failure{Fault: job.Fault{
		Type: job.ConnectorException, Err: err,
		Message: "The deployed model cannot be read, so it cannot be told which secrets the element may use: " + err.Error(),
	}}
}

func intersect(names, deployed []string) []string {
	var out []string
	for _, n := range names {
		for _, d := range deployed {
			if n == d {
				out = append(out, n)
				break
			}
		}
	}
	return out
}

// model reads a deployed model once for all who ask at the same time, and tells
// who is the first to hear of the outcome.
func (f *SecretFilter) model(ctx context.Context, key int64) (m model, first bool, err error) {
	if f.models != nil {
		if m, ok := f.models.get(key); ok {
			return m, false, nil
		}
	}
	r := f.join(ctx, key)
	select {
	case <-r.done:
		return r.model, r.told.CompareAndSwap(false, true), r.err
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
}

// join gives the reading that goes on, or begins one.
func (f *SecretFilter) join(ctx context.Context, key int64) *reading {
	f.mu.Lock()
	defer f.mu.Unlock()
	r, ok := f.reading[key]
	if ok && (r.until.IsZero() || f.Now().Before(r.until)) {
		return r
	}
	r = &reading{done: make(chan struct{})}
	f.reading[key] = r
	go f.read(context.WithoutCancel(ctx), key, r)
	return r
}

func (f *SecretFilter) read(ctx context.Context, key int64, r *reading) {
	m, err := f.fetch(ctx, key)
	if err == nil && f.models != nil {
		f.models.put(key, m, 1)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	r.model, r.err = m, err
	if err == nil {
		delete(f.reading, key)
	} else {
		r.until = f.Now().Add(unreadFor)
		f.forget()
	}
	close(r.done)
}

// forget drops what could not be read long ago. Its caller holds the lock.
func (f *SecretFilter) forget() {
	now := f.Now()
	for key, r := range f.reading {
		if !r.until.IsZero() && now.After(r.until) {
			delete(f.reading, key)
		}
	}
}

func (f *SecretFilter) fetch(ctx context.Context, key int64) (model, error) {
	if f.Definitions == nil {
		return nil, errors.New("this worker has no access to deployed models")
	}
	text, err := f.Definitions.ProcessXML(ctx, key)
	if err != nil {
		return nil, err
	}
	return readModel(text)
}

const (
	bpmnNamespace  = "http://www.omg.org/spec/BPMN/20100524/MODEL"
	zeebeNamespace = "http://camunda.org/schema/zeebe/1.0"
)

// readModel finds the names of secrets in the input mappings of each element.
func readModel(text []byte) (model, error) {
	m := model{}
	d := xml.NewDecoder(bytes.NewReader(text))
	var within []string // IDs of the open BPMN elements
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if t.Name.Space == bpmnNamespace {
				within = append(within, elementID(t, within))
			}
			if t.Name == (xml.Name{Space: zeebeNamespace, Local: "input"}) && len(within) > 0 {
				id := within[len(within)-1]
				m[id] = append(m[id], sourceNames(t)...)
			}
		case xml.EndElement:
			if t.Name.Space == bpmnNamespace && len(within) > 0 {
				within = within[:len(within)-1]
			}
		}
	}
}

// elementID is the ID of an element; one without, such as extensionElements,
// belongs to the one around it.
func elementID(t xml.StartElement, within []string) string {
	for _, a := range t.Attr {
		if a.Name.Space == "" && a.Name.Local == "id" {
			return a.Value
		}
	}
	if len(within) > 0 {
		return within[len(within)-1]
	}
	return ""
}

func sourceNames(t xml.StartElement) []string {
	var names []string
	for _, a := range t.Attr {
		if a.Name.Local == "source" {
			for _, ref := range references(a.Value) {
				names = append(names, ref.name)
			}
		}
	}
	return names
}
