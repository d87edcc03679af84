package utilities

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/fairlead-io/fairlead/connector"
)

// DeleteFilesIn is the input of Delete Files.
type DeleteFilesIn struct {
	FileIDs    []connector.FileID `json:"fileIds" label:"File IDs" alias:"d3FileIds" doc:"IDs of the files to delete. Find them with List Files, at $.Files[*].FileID." minItems:"1" items:"true" example:"[\"1024\"]"`
	FileSource string             `json:"fileSource" label:"File Source" alias:"d3FileSource" doc:"Source of the files." enum:"Playbook File,Incident Attachment File,Artifact File" default:"Playbook File"`
}

// DeletedFile is a file that was deleted.
type DeletedFile struct {
	FileID   int64  `json:"FileID" key:"FileIDs" col:"File ID"`
	FileName string `json:"FileName" key:"FileNames" col:"File name"`
	Size     int64  `json:"Size" col:"Size" doc:"Bytes."`
}

// DeleteFilesOut is the raw data.
type DeleteFilesOut struct {
	Deleted []DeletedFile `json:"Deleted"`
}

func deleteFiles() *connector.Command {
	return connector.NewPlanned(connector.Meta{
		Name:        "Delete Files",
		Summary:     "Deletes stored files.",
		Description: "Each file is reported; a file that cannot be deleted leaves the others alone. Content that another file has too stays with that file.",
		Effect:      connector.Delete,
	}, runDeleteFiles, planDeleteFiles)
}

// deletesAtOnce share the store's commits.
const deletesAtOnce = 8

func runDeleteFiles(ctx context.Context, call *connector.Call, _ connector.NoSession, in *DeleteFilesIn) (*DeleteFilesOut, error) {
	call.Items.Total(len(in.FileIDs), 0)
	again := repeats(in.FileIDs)
	done := make([]*DeletedFile, len(in.FileIDs))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(deletesAtOnce, len(in.FileIDs)) {
		wg.Go(func() {
			for i := range next {
				done[i] = in.deleteItem(ctx, call, i, again[i])
			}
		})
	}
	for i := 0; i < len(in.FileIDs) && ctx.Err() == nil; i++ {
		next <- i
	}
	close(next)
	wg.Wait()
	out := &DeleteFilesOut{Deleted: []DeletedFile{}}
	for _, d := range done {
		if d != nil {
			out.Deleted = append(out.Deleted, *d)
		}
	}
	return out, ctx.Err()
}

func (in *DeleteFilesIn) deleteItem(ctx context.Context, call *connector.Call, i int, again bool) *DeletedFile {
	id := string(in.FileIDs[i])
	it := call.Items.StartAt(i, id)
	if again {
		it.Skip("Named twice; see the first.")
		return nil
	}
	info, err := in.deleteOne(ctx, call.Files, id)
	if err != nil {
		it.Fail(prefixed(err, fmt.Sprintf("Delete file with ID %q failed: ", id)))
		return nil
	}
	it.Done("")
	return &DeletedFile{FileID: info.ID, FileName: info.Name, Size: info.Size}
}

func (in *DeleteFilesIn) deleteOne(ctx context.Context, files connector.Files, id string) (connector.FileInfo, error) {
	b, err := files.Open(ctx, id, in.FileSource)
	if err != nil {
		return connector.FileInfo{}, err
	}
	return b.Info(), files.Delete(ctx, id, in.FileSource)
}

// repeats marks IDs that came before in the list.
func repeats(ids []connector.FileID) []bool {
	out, seen := make([]bool, len(ids)), map[string]bool{}
	for i, id := range ids {
		key := strings.TrimSpace(string(id))
		out[i] = seen[key]
		seen[key] = true
	}
	return out
}

// planDeleteFiles plans nothing for what cannot be found: the run will say why.
func planDeleteFiles(ctx context.Context, call *connector.Call, _ connector.NoSession, in *DeleteFilesIn) ([]connector.PlanStep, error) {
	steps := make([]connector.PlanStep, 0, len(in.FileIDs))
	again := repeats(in.FileIDs)
	for i, id := range in.FileIDs {
		step := connector.PlanStep{Item: string(id), Action: connector.PlanNone}
		b, err := call.Files.Open(ctx, string(id), in.FileSource)
		switch e, _ := errors.AsType[*connector.Error](err); {
		case err == nil && !again[i]:
			step.Action, step.Size = connector.PlanDelete, b.Info().Size
		case e != nil && e.Kind != connector.NotFound && e.Kind != connector.Invalid, err != nil && e == nil:
			return nil, err
		}
		steps = append(steps, step)
	}
	return steps, nil
}
