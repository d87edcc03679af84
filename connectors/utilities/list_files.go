package utilities

import (
	"context"
	"strconv"

	"github.com/fairlead-io/fairlead/connector"
)

// ListFilesIn is the input of List Files.
type ListFilesIn struct {
	FileSource   string           `json:"fileSource,omitempty" label:"File Source" doc:"Only files of this source. All when left out." enum:"Playbook File,Incident Attachment File,Artifact File"`
	NameContains string           `json:"nameContains,omitempty" label:"Name Contains" doc:"Only files whose name has this in it, in upper or lower case." maxLength:"255" example:"report"`
	RunID        string           `json:"runId,omitempty" label:"Run ID" doc:"Only files that this run stored." maxLength:"64"`
	Limit        int              `json:"limit" label:"Limit" doc:"How many files to give at most." default:"100" minimum:"1" maximum:"10000"`
	After        connector.FileID `json:"after,omitempty" label:"After" doc:"Go on after this file: what Next of the page before says." example:"1024"`
}

// Validate refuses an After that is no ID.
func (in *ListFilesIn) Validate() []*connector.Error {
	if in.After == "" {
		return nil
	}
	if n, err := strconv.ParseInt(string(in.After), 10, 64); err == nil && n > 0 {
		return nil
	}
	return []*connector.Error{connector.InvalidField("/after", "After is not a file ID.", "Give the number that Next of the page before says, or leave it out for the first page.")}
}

// ListFilesOut is the raw data.
type ListFilesOut struct {
	Files []File `json:"Files" doc:"Newest first."`
	Next  *int64 `json:"Next" doc:"What to give as After for the following page; null on the last."`
}

func listFiles() *connector.Command {
	return connector.NewCommand(connector.Meta{
		Name:        "List Files",
		Summary:     "Lists stored files, the newest first.",
		Description: "Files that have expired are not listed. Other commands take the IDs from the raw data at `$.Files[*].FileID`.",
		Effect:      connector.Read | connector.Idempotent,
	}, runListFiles)
}

// listPage is how many files are asked for at once.
const listPage = 500

func runListFiles(ctx context.Context, call *connector.Call, _ connector.NoSession, in *ListFilesIn) (*ListFilesOut, error) {
	q := connector.FileQuery{Source: in.FileSource, NameContains: in.NameContains, RunID: in.RunID}
	if in.After != "" {
		q.After, _ = strconv.ParseInt(string(in.After), 10, 64) // validated
	}
	out := &ListFilesOut{Files: []File{}}
	for {
		// One more than wanted tells whether the list goes on.
		q.Limit = min(listPage, in.Limit+1-len(out.Files))
		page, err := call.Files.List(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, i := range page {
			out.Files = append(out.Files, fileOf(i))
		}
		if len(out.Files) > in.Limit {
			out.Files = out.Files[:in.Limit]
			out.Next = &out.Files[in.Limit-1].FileID
			return out, nil
		}
		if len(page) < q.Limit {
			return out, nil
		}
		q.After = page[len(page)-1].ID
	}
}
