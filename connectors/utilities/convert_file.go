package utilities

import (
	"context"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// ConvertFileIn is the input of Convert File Format.
type ConvertFileIn struct {
	FileID          connector.FileID `json:"fileId" label:"File ID" alias:"d3FileId" doc:"ID of the file to convert, of 10 MiB at most. Find it with List Files, at $.Files[*].FileID." example:"1024"`
	FileSource      string           `json:"fileSource" label:"File Source" alias:"d3FileSource" doc:"Source of the file. The converted one is stored as Playbook File." enum:"Playbook File,Incident Attachment File,Artifact File" default:"Playbook File"`
	InputFormat     string           `json:"inputFormat" label:"Input Format" doc:"What the file is. Automatic goes by the end of its name, else by how it begins." enum:"Automatic,TXT,XML,JSON,CSV" default:"Automatic"`
	OutputFormat    string           `json:"outputFormat" label:"Output Format" doc:"What to make of it." enum:"TXT,XML,JSON,CSV" example:"JSON"`
	FileName        string           `json:"fileName,omitempty" label:"File Name" doc:"Name of the converted file. When left out, the old name with another end." maxLength:"255" example:"report.json"`
	Delimiter       string           `json:"delimiter" label:"Delimiter" doc:"What stands between the cells of a CSV file." enum:"Comma,Semicolon,Tab,Pipe" default:"Comma"`
	SpreadsheetSafe bool             `json:"spreadsheetSafe" label:"Spreadsheet Safe" doc:"Whether cells of a CSV file that a spreadsheet would take for a formula get an apostrophe in front. Turn it off only if no spreadsheet will open the file." default:"true"`
}

func (in *ConvertFileIn) comma() rune {
	return map[string]rune{"Semicolon": ';', "Tab": '\t', "Pipe": '|'}[in.Delimiter]
}

func convertFile() *connector.Command {
	return connector.NewCommand(connector.Meta{
		Name:    "Convert File Format",
		Summary: "Stores a file anew in another format: text, XML, JSON or CSV.",
		Description: "The first line of a CSV file names its columns. XML attributes become members with @ in front, text beside elements becomes #text, and elements that come more than once become a list. " +
			"A list becomes the rows of a CSV file or the lines of a text file; whatever has parts of its own is written there as JSON. " +
			"XML with a document type is refused, since it can name other files and grow without bound.",
		Effect: connector.Write,
	}, runConvertFile)
}

// maxConvert bounds what is held in memory.
const maxConvert = 10 << 20

func runConvertFile(ctx context.Context, call *connector.Call, _ connector.NoSession, in *ConvertFileIn) (*File, error) {
	f, err := in.convert(ctx, call.Files)
	if err != nil {
		return nil, prefixed(err, fmt.Sprintf("Convert file with ID %q failed: ", in.FileID))
	}
	return f, nil
}

func (in *ConvertFileIn) convert(ctx context.Context, files connector.Files) (*File, error) {
	b, err := files.Open(ctx, string(in.FileID), in.FileSource)
	if err != nil {
		return nil, err
	}
	info := b.Info()
	if info.Size > maxConvert {
		return nil, connector.InvalidField("/fileId", fmt.Sprintf("The file has %d bytes, more than %d.", info.Size, maxConvert), "Split it first.")
	}
	raw, err := readUpTo(ctx, b, maxConvert)
	if err != nil {
		return nil, err
	}
	text, _, err := decode(raw, automatic, false)
	if err != nil {
		return nil, err
	}
	v, err := readFormat(in.formatOf(info.Name, text), text, in.comma())
	if err != nil {
		return nil, err
	}
	return in.store(ctx, files, info.Name, v)
}

func (in *ConvertFileIn) store(ctx context.Context, files connector.Files, old string, v any) (*File, error) {
	name := in.FileName
	if name == "" {
		name = strings.TrimSuffix(old, path.Ext(old)) + "." + strings.ToLower(in.OutputFormat)
	}
	w, err := files.Create(ctx, connector.NewFile{Name: name})
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	if err := writeFormat(w, in.OutputFormat, v, csvStyle{in.comma(), in.SpreadsheetSafe}); err != nil {
		return nil, err
	}
	info, err := w.Commit(ctx)
	if err != nil {
		return nil, err
	}
	f := fileOf(info)
	return &f, nil
}

// formatOf goes by the name, else by the first character.
func (in *ConvertFileIn) formatOf(name, text string) string {
	if in.InputFormat != automatic {
		return in.InputFormat
	}
	switch ext := strings.ToUpper(strings.TrimPrefix(path.Ext(name), ".")); ext {
	case "XML", "JSON", "CSV", "TXT":
		return ext
	case "LOG", "MD":
		return "TXT"
	}
	switch head := strings.TrimSpace(text); {
	case strings.HasPrefix(head, "<"):
		return "XML"
	case strings.HasPrefix(head, "{"), strings.HasPrefix(head, "["):
		return "JSON"
	}
	return "TXT"
}

func writeFormat(w io.Writer, format string, v any, style csvStyle) error {
	switch format {
	case "JSON":
		return writeJSON(w, v)
	case "XML":
		return writeXML(w, v)
	case "CSV":
		return writeCSV(w, v, style)
	}
	return writeText(w, v)
}

func readFormat(format, text string, comma rune) (any, error) {
	switch format {
	case "JSON":
		return readJSON(text)
	case "XML":
		return readXML(text)
	case "CSV":
		return readCSV(text, comma)
	}
	return readText(text), nil
}

func badContent(format string, err error) error {
	return &connector.Error{Kind: connector.Invalid, Field: "/fileId", Message: fmt.Sprintf("The file is not %s: %v.", format, err), Fix: "Give the right Input Format, or mend the file.", Err: err}
}
