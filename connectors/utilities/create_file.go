package utilities

import (
	"context"
	"io"

	"github.com/fairlead-io/fairlead/connector"
)

// CreateFileIn is the input of Create a File from input Text Array.
type CreateFileIn struct {
	FileName       string   `json:"fileName" label:"File Name" doc:"Name of the file, with its extension." default:"file.txt" minLength:"1" maxLength:"255" example:"report.txt"`
	InputTextArray []string `json:"inputTextArray" label:"Input Text Array" doc:"Lines of the file. Each element is one line; an empty last element ends the file with a line break." minItems:"1" example:"[\"first line\", \"second line\"]"`
	LineEnding     string   `json:"lineEnding" label:"Line Ending" doc:"What stands between the lines. LF is usual, CRLF is for programs on Windows that insist on it." enum:"LF,CRLF" default:"LF"`
}

func createFile() *connector.Command {
	return connector.NewPlanned(connector.Meta{
		Name:        "Create a File from input Text Array",
		Summary:     "Stores a text file made of the lines given, and tells its ID.",
		Description: "The file is UTF-8, its source is Playbook File. Every run makes another file, also from the same lines.",
		Effect:      connector.Write,
	}, runCreateFile, planCreateFile)
}

func runCreateFile(ctx context.Context, call *connector.Call, _ connector.NoSession, in *CreateFileIn) (*File, error) {
	w, err := call.Files.Create(ctx, connector.NewFile{Name: in.FileName})
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	if err := in.writeTo(ctx, w); err != nil {
		return nil, err
	}
	info, err := w.Commit(ctx)
	if err != nil {
		return nil, err
	}
	f := fileOf(info)
	return &f, nil
}

func (in *CreateFileIn) lineBreak() string {
	if in.LineEnding == "CRLF" {
		return "\r\n"
	}
	return "\n"
}

func (in *CreateFileIn) writeTo(ctx context.Context, w io.Writer) error {
	between := ""
	for _, line := range in.InputTextArray {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := io.WriteString(w, between+line); err != nil {
			return err
		}
		between = in.lineBreak()
	}
	return nil
}

func planCreateFile(_ context.Context, _ *connector.Call, _ connector.NoSession, in *CreateFileIn) ([]connector.PlanStep, error) {
	size := int64(len(in.lineBreak()) * (len(in.InputTextArray) - 1))
	for _, line := range in.InputTextArray {
		size += int64(len(line))
	}
	return []connector.PlanStep{{Item: in.FileName, Action: connector.PlanCreate, Size: size}}, nil
}
