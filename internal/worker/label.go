package worker

import (
	"bytes"
	"encoding/json"

	"github.com/fairlead-io/fairlead/internal/obs"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// labelOf reads which element template a job's model was made with.
func labelOf(j job.Job) obs.WorkerJob {
	l := obs.WorkerJob{Type: j.Type, Template: "unknown", TemplateVersion: "unknown"}
	if !bytes.Contains(j.CustomHeaders, []byte("elementTemplate")) {
		return l
	}
	var h struct {
		ID      string `json:"elementTemplateId"`
		Version string `json:"elementTemplateVersion"`
	}
	_ = json.Unmarshal(j.CustomHeaders, &h) // headers of another shape have no template
	if h.ID != "" {
		l.Template = h.ID
	}
	if h.Version != "" {
		l.TemplateVersion = h.Version
	}
	return l
}

// action is the word for an end in Camunda's figures.
func action(k job.Kind) string {
	switch k {
	case job.Complete:
		return "completed"
	case job.Throw:
		return "bpmn-error"
	}
	return "failed"
}
