package outbound

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"sync"

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

// SecretFilter knows which secrets the elements of deployed models name.
type SecretFilter struct {
	mode        FilterMode
	definitions gateway.Definitions
	models      *cache[int64, model]
	mu          sync.Mutex
	reading     map[int64]*reading
}

// model holds the names of secrets by element.
type model map[string][]string

type reading struct {
	done  chan struct{}
	model model
	err   error
}

// NewSecretFilter makes a filter that remembers at least so many models; 0
// means DefaultFilterModels, less than 0 none.
func NewSecretFilter(mode FilterMode, definitions gateway.Definitions, models int) *SecretFilter {
	f := &SecretFilter{mode: mode, definitions: definitions, reading: map[int64]*reading{}}
	if models == 0 {
		models = DefaultFilterModels
	}
	if models > 0 {
		f.models = newCache[int64, model](models, 1<<62)
	}
	return f
}

// allowed gives those of the names that the job's element may name.
func (x *execution) allowed(ctx context.Context, names []string) ([]string, *failure) {
	f := x.Filter
	if f == nil || f.mode == FilterDisabled || f.mode == "" {
		return names, nil
	}
	m, err := f.model(ctx, x.job.ProcessDefinitionKey)
	switch {
	case err == nil:
		return intersect(names, m[x.job.ElementID]), nil
	case f.mode == FilterLax:
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

// model reads a deployed model once for all who ask at the same time.
func (f *SecretFilter) model(ctx context.Context, key int64) (model, error) {
	if f.models != nil {
		if m, ok := f.models.get(key); ok {
			return m, nil
		}
	}
	f.mu.Lock()
	r, ok := f.reading[key]
	if !ok {
		r = &reading{done: make(chan struct{})}
		f.reading[key] = r
		go f.read(context.WithoutCancel(ctx), key, r)
	}
	f.mu.Unlock()
	select {
	case <-r.done:
		return r.model, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (f *SecretFilter) read(ctx context.Context, key int64, r *reading) {
	defer func() {
		f.mu.Lock()
		delete(f.reading, key)
		f.mu.Unlock()
		close(r.done)
	}()
	if f.definitions == nil {
		r.err = errors.New("this worker has no access to deployed models")
		return
	}
	text, err := f.definitions.ProcessXML(ctx, key)
	if err != nil {
		r.err = err
		return
	}
	if r.model, r.err = readModel(text); r.err == nil && f.models != nil {
		f.models.put(key, r.model, 1)
	}
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
