package s3job

import (
	"context"
	"encoding/json"

	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// Call binds the variables of a job, runs the command and gives the response.
// Its errors are *job.Fault.
func (f *Function) Call(ctx context.Context, in job.Invocation) (json.RawMessage, error) {
	b := &binder{ctx: ctx, in: in}
	r, err := b.request()
	if err != nil {
		return nil, err
	}
	if err := f.validate(r, in.Compat); err != nil {
		return nil, err
	}
	o := f.opts
	if r.config != nil {
		o = o.with(&r.config.own)
	}
	command, raw, err := f.command(r, o, in)
	if err != nil {
		return nil, err
	}
	rec, err := in.Run(ctx, run.Request{Integration: integration, Command: command, Input: raw})
	if err != nil {
		return nil, ofRun(err)
	}
	if rec.Error != nil {
		return nil, f.failed(rec, r, o, in)
	}
	if raw, ok := rec.RawData.(json.RawMessage); ok {
		return raw, nil
	}
	return json.Marshal(rec.RawData)
}

// command says which command of the integration a request means, and its input.
func (f *Function) command(r *request, o Options, in job.Invocation) (string, json.RawMessage, error) {
	args := &input{raw: make([]byte, 0, 1024)}
	if err := f.target(args, r, o, in.Compat); err != nil {
		return "", nil, err
	}
	a := r.action
	if isARN(*a.bucket) && f.at(r, in.Compat).ip() {
		return "", nil, a.noHost(in.Compat)
	}
	args.text("bucket", *a.bucket)
	if a.key != nil {
		args.text("key", *a.key)
	}
	switch a.kind {
	case actionUpload:
		args.flag("fixKey", o.FixKey)
		err := a.upload(args, in.Compat)
		return "upload-object", args.end(), err
	case actionDownload:
		err := a.download(args, o, in)
		return "download-object", args.end(), err
	}
	return "delete-object", args.end(), nil
}

func (a *action) download(args *input, o Options, in job.Invocation) error {
	text := in.Job.Variables // secrets are not for this variable
	if len(text) == 0 {
		text = in.Variables
	}
	format, err := formatOf(text, in.Compat)
	if err != nil {
		return err
	}
	args.flag("asFile", a.asFile)
	args.flag("charsetAware", o.CharsetAware)
	if format.choice == "" {
		return nil
	}
	args.text("documentReturnFormat", format.choice)
	if format.choice == "TEXT" && format.encoding != "" {
		args.text("encoding", format.encoding)
	}
	return nil
}
