package utilities

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// GetFileTextIn is the input of Get File Text.
type GetFileTextIn struct {
	FileID      connector.FileID `json:"fileId" label:"File ID" alias:"d3FileId" doc:"ID of the file to read. Find it with List Files, at $.Files[*].FileID." example:"1024"`
	FileSource  string           `json:"fileSource" label:"File Source" alias:"d3FileSource" doc:"Source of the file." enum:"Playbook File,Incident Attachment File,Artifact File" default:"Playbook File"`
	Encoding    string           `json:"encoding" label:"Encoding" doc:"How the text is encoded. Automatic goes by a byte order mark, else takes UTF-8 or UTF-16 where the bytes are that, else Windows-1252." enum:"Automatic,UTF-8,UTF-16LE,UTF-16BE,Windows-1252,ISO-8859-1" default:"Automatic"`
	MaximumSize int64            `json:"maximumSize" label:"Maximum Size" doc:"How many bytes of the file to read at most." default:"1048576" minimum:"1" maximum:"10485760"`
	IfLarger    string           `json:"ifLarger" label:"If Larger" doc:"What to do with a file above the maximum size. Truncate gives the beginning." enum:"Fail,Truncate" default:"Fail"`
}

// GetFileTextOut is the raw data.
type GetFileTextOut struct {
	FileID    int64    `json:"FileID" key:"FileIDs" col:"File ID"`
	FileName  string   `json:"FileName" key:"FileNames" col:"File name"`
	Size      int64    `json:"Size" col:"Size" doc:"Bytes of the whole file."`
	Encoding  string   `json:"Encoding" col:"Encoding" doc:"The encoding that was found or given."`
	Truncated bool     `json:"Truncated" col:"Truncated" doc:"Whether the text is only the beginning of the file."`
	Text      string   `json:"Text" doc:"The text, line breaks as in the file, without a byte order mark."`
	Lines     []string `json:"Lines" doc:"The same line by line, as Create a File from input Text Array takes it."`
}

func getFileText() *connector.Command {
	return connector.NewCommand(connector.Meta{
		Name:        "Get File Text",
		Summary:     "Gives the text of a stored file.",
		Description: "Files that are not text are refused, since their bytes would not survive. Use it for small files; commands that take file IDs handle content of any size and kind.",
		Effect:      connector.Read | connector.Idempotent,
	}, runGetFileText)
}

func runGetFileText(ctx context.Context, call *connector.Call, _ connector.NoSession, in *GetFileTextIn) (*GetFileTextOut, error) {
	out, err := in.read(ctx, call.Files)
	if err != nil {
		return nil, prefixed(err, fmt.Sprintf("Get text of file with ID %q failed: ", in.FileID))
	}
	return out, nil
}

func (in *GetFileTextIn) read(ctx context.Context, files connector.Files) (*GetFileTextOut, error) {
	b, err := files.Open(ctx, string(in.FileID), in.FileSource)
	if err != nil {
		return nil, err
	}
	info := b.Info()
	out := &GetFileTextOut{FileID: info.ID, FileName: info.Name, Size: info.Size, Truncated: info.Size > in.MaximumSize}
	if out.Truncated && in.IfLarger != "Truncate" {
		return nil, connector.InvalidField("/maximumSize",
			fmt.Sprintf("The file has %d bytes, more than the maximum size of %d.", info.Size, in.MaximumSize),
			"Raise Maximum Size (to 10485760 at most), or set If Larger to Truncate.")
	}
	raw, err := readUpTo(ctx, b, min(info.Size, in.MaximumSize))
	if err != nil {
		return nil, err
	}
	if out.Text, out.Encoding, err = decode(raw, in.Encoding, out.Truncated); err != nil {
		return nil, err
	}
	out.Lines = strings.Split(strings.ReplaceAll(out.Text, "\r\n", "\n"), "\n")
	return out, nil
}

func readUpTo(ctx context.Context, b connector.Blob, n int64) ([]byte, error) {
	r, err := b.Open(ctx, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	return io.ReadAll(io.LimitReader(r, n))
}
