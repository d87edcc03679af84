package utilities

import (
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// File is a stored file as these commands show it.
type File struct {
	FileID      int64          `json:"FileID" key:"FileIDs" col:"File ID" doc:"Give it to commands that take a file."`
	FileName    string         `json:"FileName" key:"FileNames" col:"File name"`
	Size        int64          `json:"Size" col:"Size" doc:"Bytes."`
	FileSource  string         `json:"FileSource" col:"File source"`
	ContentType string         `json:"ContentType,omitempty" doc:"Found from the name and the first bytes."`
	MD5         string         `json:"MD5" doc:"Hash of the content, lower-case hex."`
	SHA1        string         `json:"SHA1" doc:"Hash of the content, lower-case hex."`
	SHA256      string         `json:"SHA256" doc:"Hash of the content, lower-case hex."`
	CreatedAt   string         `json:"CreatedAt" col:"Stored" doc:"ISO 8601, UTC."`
	ExpiresAt   string         `json:"ExpiresAt,omitempty" doc:"When it will be deleted; ISO 8601, UTC."`
	RunID       string         `json:"RunID,omitempty" doc:"The run that stored it."`
	Metadata    map[string]any `json:"Metadata,omitempty" doc:"What was stored beside the content."`
}

func fileOf(i connector.FileInfo) File {
	f := File{
		FileID: i.ID, FileName: i.Name, Size: i.Size, FileSource: i.Source, ContentType: i.ContentType,
		MD5: i.MD5, SHA1: i.SHA1, SHA256: i.SHA256, CreatedAt: iso(i.CreatedAt), RunID: i.RunID, Metadata: i.Metadata,
	}
	if i.ExpiresAt != nil {
		f.ExpiresAt = iso(*i.ExpiresAt)
	}
	return f
}

func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// prefixed puts words before an error's message.
func prefixed(err error, words string) error {
	if err == nil {
		return nil
	}
	e := *connector.AsError(err)
	if e.Kind == connector.Canceled {
		return &e
	}
	e.Message = words + e.Message
	return &e
}
