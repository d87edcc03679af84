package recorded

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/fairlead-io/fairlead/internal/worker/gateway/pb"
)

const (
	// answerWithin is how long a job may take; none where nothing came by then.
	answerWithin = 30 * time.Second
	// settle is for what follows a command that ended a job.
	settle = 12 * time.Millisecond
	// quiet is how long after a refused command no other one is expected any more.
	quiet = 2500 * time.Millisecond
)

// Play gives a case to the worker and tells what it did, in the recordings' form.
func (w *World) Play(ctx context.Context, c Case) (Observation, error) {
	if err := w.prepare(ctx, c); err != nil {
		return Observation{}, err
	}
	job, err := w.job(c)
	if err != nil {
		return Observation{}, fmt.Errorf("%s: %w", c.ID, err)
	}
	replies, err := replyCodes(c.CommandReplies)
	if err != nil {
		return Observation{}, fmt.Errorf("%s: %w", c.ID, err)
	}
	w.Gateway.Script(job.Key, replies)
	sent := make(chan Sent, 1000)
	w.Gateway.On(func(s Sent) { sent <- s }, nil)
	if !w.Gateway.Push(job) {
		return Observation{}, fmt.Errorf("%s: no worker streams %s", c.ID, c.JobType)
	}
	commands := collect(ctx, sent, job.Key)
	after, err := w.server.state(ctx)
	if err != nil {
		return Observation{}, fmt.Errorf("%s: the S3 server's state: %w", c.ID, err)
	}
	return w.observation(commands, after, len(replies) > 0), nil
}

// observation puts what was seen into the form of the recordings.
func (w *World) observation(commands []Command, after []BucketAfter, scripted bool) Observation {
	o := Observation{Outcome: Command{Kind: "none"}, S3: w.S3.Seen(), Documents: w.Documents.Calls(), S3After: after}
	if len(commands) > 0 {
		o.Outcome = commands[len(commands)-1]
	}
	if len(commands) > 1 || scripted {
		o.Commands = commands
	}
	return w.normalised(o)
}

// normalised works on the decoded strings: JSON would escape what is to be found.
func (w *World) normalised(o Observation) Observation {
	for _, text := range []**string{&o.Outcome.ErrorMessage, &o.Outcome.ErrorCode} {
		if *text != nil {
			*text = new(w.Normalise(**text))
		}
	}
	for i := range o.Documents {
		o.Documents[i].Metadata = w.normalisedJSON(o.Documents[i].Metadata)
	}
	o.Outcome.Variables = w.normalisedJSON(o.Outcome.Variables)
	return o
}

// normalisedJSON leaves what is no JSON as it is: the comparison tells.
func (w *World) normalisedJSON(raw json.RawMessage) json.RawMessage {
	v := decode(raw)
	if _, bad := v.(notJSON); bad {
		return raw
	}
	b, err := marshal(w.normaliseValue(v))
	if err != nil {
		return raw
	}
	return b
}

func (w *World) normaliseValue(v any) any {
	switch t := v.(type) {
	case map[string]any:
		for k, x := range t {
			t[k] = w.normaliseValue(x)
		}
	case []any:
		for i, x := range t {
			t[i] = w.normaliseValue(x)
		}
	case string:
		if len(t) > 1<<16 { // content, not a message
			return t
		}
		return w.Normalise(t)
	}
	return v
}

// collect gathers the commands for a job until it has ended.
func collect(ctx context.Context, sent <-chan Sent, jobKey int64) []Command {
	var all []Command
	end := time.After(answerWithin)
	for {
		select {
		case s := <-sent:
			if s.JobKey != jobKey {
				continue
			}
			all = append(all, s.Command)
			switch {
			case s.Kind == "updateTimeout":
			case s.Reply != "":
				end = time.After(quiet)
			default:
				end = time.After(settle)
			}
		case <-end:
			return all
		case <-ctx.Done():
			return all
		}
	}
}

func replyCodes(names []string) ([]codes.Code, error) {
	var out []codes.Code
	for _, n := range names {
		var c codes.Code
		if err := c.UnmarshalJSON([]byte(`"` + n + `"`)); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// job makes the job of a case, as an engine would hand it out.
func (w *World) job(c Case) (*pb.ActivatedJob, error) {
	w.key++
	j := &pb.ActivatedJob{
		Key: w.key, Type: c.JobType, ProcessInstanceKey: 7001, BpmnProcessId: "proc", ProcessDefinitionVersion: 1,
		ProcessDefinitionKey: 7002, ElementId: "task", ElementInstanceKey: 7003, Retries: c.Retries, TenantId: "<default>",
		CustomHeaders: []byte("{}"),
	}
	deadline := int64(300_000)
	if c.DeadlineMs != 0 {
		deadline = c.DeadlineMs
	}
	j.Deadline = time.Now().UnixMilli() + deadline
	var err error
	switch {
	case c.RawCustomHeaders != nil:
		j.CustomHeaders = []byte(*c.RawCustomHeaders)
	case c.CustomHeaders != nil:
		if j.CustomHeaders, err = marshal(c.CustomHeaders); err != nil {
			return nil, err
		}
	}
	j.Variables, err = w.variables(c)
	return j, err
}

func (w *World) variables(c Case) ([]byte, error) {
	switch {
	case c.RawVariables != nil:
		return []byte(*c.RawVariables), nil
	case c.Variables == nil: // recorded with an empty text
		return nil, nil
	}
	v, err := expand(decode([]byte(w.Insert(string(c.Variables)))))
	if err != nil {
		return nil, err
	}
	b, err := marshal(v)
	return w.Gateway.Visible(c.JobType, b), err
}

// marshal leaves <, > and & as they are.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return []byte(strings.TrimSuffix(b.String(), "\n")), err
}
