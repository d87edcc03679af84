package utilities

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// UnzipFilesIn is the input of Unzip Files and Save.
type UnzipFilesIn struct {
	FileIDs       []connector.FileID `json:"fileIds" label:"File IDs" alias:"d3FileIds" doc:"IDs of the ZIP archives. Find them with List Files, at $.Files[*].FileID." minItems:"1" items:"true" example:"[\"1024\"]"`
	FileSource    string             `json:"fileSource" label:"File Source" alias:"d3FileSource" doc:"Source of the archives. What is in them is stored as Playbook File." enum:"Playbook File,Incident Attachment File,Artifact File" default:"Playbook File"`
	FilePasswords []connector.Secret `json:"filePasswords,omitempty" label:"File Passwords" doc:"Passwords of the archives, in the order of File IDs; an empty text for one that has none. A single password is tried on all. Both the traditional ZIP encryption and AES are read."`
	MaximumSize   int64              `json:"maximumSize" label:"Maximum Size" doc:"How many bytes one archive may hold when unpacked. An archive that holds more is refused whole." default:"1073741824" minimum:"1" maximum:"107374182400"`
	MaximumFiles  int                `json:"maximumFiles" label:"Maximum Files" doc:"How many files one archive may hold. An archive that holds more is refused whole." default:"1000" minimum:"1" maximum:"100000"`
}

// Validate refuses passwords that cannot be told to which archive they belong.
func (in *UnzipFilesIn) Validate() []*connector.Error {
	if n := len(in.FilePasswords); n > 1 && n != len(in.FileIDs) {
		return []*connector.Error{connector.InvalidField("/filePasswords", fmt.Sprintf("There are %d passwords for %d archives.", n, len(in.FileIDs)), "Give one for all, or one for each File ID in the same order, empty where none is needed.")}
	}
	return nil
}

// UnzippedFile is a file that was stored.
type UnzippedFile struct {
	File
	ArchiveID int64  `json:"ArchiveID" col:"Archive ID" doc:"The archive that it was in."`
	Path      string `json:"Path" col:"Path" doc:"Where it was in the archive."`
}

// SkippedEntry is an entry that was not stored.
type SkippedEntry struct {
	ArchiveID int64  `json:"ArchiveID" doc:"The archive that it is in."`
	Path      string `json:"Path" doc:"Its name, as the archive has it."`
	Reason    string `json:"Reason" doc:"Why it was left out."`
}

// UnzipFilesOut is the raw data.
type UnzipFilesOut struct {
	Files   []UnzippedFile `json:"Files" doc:"In the order of the archives, and within them."`
	Skipped []SkippedEntry `json:"Skipped" doc:"Entries that are no files, and those whose name leads out of the archive. Folders are not listed."`
}

func unzipFiles() *connector.Command {
	return connector.NewPlanned(connector.Meta{
		Name:    "Unzip Files and Save",
		Summary: "Stores what is in ZIP archives, each entry as a file of its own.",
		Description: "An archive is looked through before anything of it is stored: one that is damaged, too large or whose password is wrong leaves nothing behind. " +
			"The limits count the bytes that really come out, whatever the archive says of itself. " +
			"Files are named by the last part of their path; the whole path is in the raw data and in the file's metadata. " +
			"Links, and entries whose path is absolute or leads upwards, are skipped. Archives within archives are stored as they are.",
		Effect: connector.Write,
	}, runUnzipFiles, planUnzipFiles)
}

func runUnzipFiles(ctx context.Context, call *connector.Call, _ connector.NoSession, in *UnzipFilesIn) (*UnzipFilesOut, error) {
	call.Items.Total(len(in.FileIDs), 0)
	out := &UnzipFilesOut{Files: []UnzippedFile{}, Skipped: []SkippedEntry{}}
	for i, id := range in.FileIDs {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		it := call.Items.StartAt(i, string(id))
		stored, skipped, err := in.unzip(ctx, call.Files, i)
		if err != nil {
			it.Fail(prefixed(err, fmt.Sprintf("Unzip file with ID %q failed: ", id)))
			continue
		}
		for _, f := range stored {
			it.AddBytes(f.Size)
		}
		out.Files, out.Skipped = append(out.Files, stored...), append(out.Skipped, skipped...)
		it.Done(fmt.Sprintf("%d files stored, %d skipped", len(stored), len(skipped)))
	}
	return out, ctx.Err()
}

func (in *UnzipFilesIn) password(i int) string {
	switch len(in.FilePasswords) {
	case 0:
		return ""
	case 1:
		return in.FilePasswords[0].Reveal()
	}
	return in.FilePasswords[i].Reveal()
}

// unzip stores one archive, or nothing of it.
func (in *UnzipFilesIn) unzip(ctx context.Context, files connector.Files, i int) ([]UnzippedFile, []SkippedEntry, error) {
	a, err := in.open(ctx, files, i)
	if err != nil {
		return nil, nil, err
	}
	defer a.close()
	if err := a.check(ctx, in.MaximumSize); err != nil {
		return nil, nil, err
	}
	var stored []UnzippedFile
	for _, e := range a.entries {
		f, err := a.store(ctx, files, e)
		if err != nil {
			return nil, nil, errors.Join(err, dropStored(ctx, files, stored))
		}
		stored = append(stored, *f)
	}
	return stored, a.skipped, nil
}

// dropStored takes back what was stored of an archive that could not be stored whole.
func dropStored(ctx context.Context, files connector.Files, stored []UnzippedFile) error {
	var errs []error
	for _, f := range stored {
		errs = append(errs, files.Delete(context.WithoutCancel(ctx), fmt.Sprint(f.FileID), f.FileSource))
	}
	return errors.Join(errs...)
}

func planUnzipFiles(ctx context.Context, call *connector.Call, _ connector.NoSession, in *UnzipFilesIn) ([]connector.PlanStep, error) {
	var steps []connector.PlanStep
	for i, id := range in.FileIDs {
		a, err := in.open(ctx, call.Files, i)
		if err != nil {
			steps = append(steps, connector.PlanStep{Item: string(id), Action: connector.PlanNone, Note: connector.AsError(err).Message})
			continue
		}
		for _, e := range a.entries {
			steps = append(steps, connector.PlanStep{Item: e.path, Action: connector.PlanCreate, Size: int64(min(e.file.UncompressedSize64, 1<<62)), Note: fmt.Sprintf("from file %d", a.info.ID)})
		}
		a.close()
	}
	return steps, nil
}

// archive is an open ZIP archive.
type archive struct {
	info     connector.FileInfo
	source   *blobReader
	entries  []entry
	skipped  []SkippedEntry
	password string
}

type entry struct {
	file *zip.File
	path string
}

// maxDirectory bounds what an archive's table of contents may take.
const maxDirectory = 64 << 20

func (in *UnzipFilesIn) open(ctx context.Context, files connector.Files, i int) (*archive, error) {
	blob, err := files.Open(ctx, string(in.FileIDs[i]), in.FileSource)
	if err != nil {
		return nil, err
	}
	a := &archive{info: blob.Info(), source: newBlobReader(ctx, blob), password: in.password(i)}
	a.source.budget = maxDirectory
	z, err := zip.NewReader(a.source, a.info.Size)
	a.source.budget = -1
	if err == nil {
		err = a.list(z, in.MaximumFiles)
	}
	if err != nil {
		a.close()
		return nil, zipError(err)
	}
	return a, nil
}

func (a *archive) close() { a.source.close() }

func (a *archive) list(z *zip.Reader, most int) error {
	for _, f := range z.File {
		name := strings.ToValidUTF8(f.Name, "_")
		skip := func(why string) { a.skipped = append(a.skipped, SkippedEntry{a.info.ID, name, why}) }
		switch {
		case strings.HasSuffix(f.Name, "/"):
		case !f.Mode().IsRegular():
			skip("It is a link or a device.")
		case !inside(name):
			skip("Its path leads out of the archive.")
		default:
			a.entries = append(a.entries, entry{f, path.Clean(name)})
		}
		if len(a.entries)+len(a.skipped) > most {
			return connector.InvalidField("/maximumFiles", fmt.Sprintf("The archive holds more than %d files.", most), "Raise Maximum Files if the archive is trusted.")
		}
	}
	return nil
}

// inside tells whether a path stays where it is unpacked, on every system.
func inside(name string) bool {
	if name == "" || strings.ContainsAny(name, "\\:\x00") || strings.HasPrefix(name, "/") {
		return false
	}
	clean := path.Clean(name)
	return clean != "." && clean != ".." && !strings.HasPrefix(clean, "../")
}

// check unpacks everything to nowhere: so a bomb, a wrong password and damage
// show before a file is stored.
func (a *archive) check(ctx context.Context, most int64) error {
	left := most
	for _, e := range a.entries {
		n, err := a.copy(ctx, io.Discard, e, left)
		if err != nil {
			return err
		}
		left -= n
	}
	return nil
}

// copy unpacks an entry. More than limit bytes are an error; negative: no limit.
func (a *archive) copy(ctx context.Context, w io.Writer, e entry, limit int64) (int64, error) {
	r, err := openEntry(e.file, a.password)
	if err != nil {
		return 0, entryError(e, err)
	}
	defer r.Close()
	src := io.Reader(&contextReader{ctx, r})
	if limit >= 0 {
		src = io.LimitReader(src, limit+1)
	}
	n, err := io.Copy(w, src)
	if err != nil {
		return n, entryError(e, err)
	}
	if limit >= 0 && n > limit {
		return n, connector.InvalidField("/maximumSize", "The archive holds more than Maximum Size when unpacked.", "Raise Maximum Size if the archive is trusted.")
	}
	return n, nil
}

func (a *archive) store(ctx context.Context, files connector.Files, e entry) (*UnzippedFile, error) {
	w, err := files.Create(ctx, connector.NewFile{Name: path.Base(e.path), Metadata: map[string]any{"archiveId": a.info.ID, "path": e.path}})
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	if _, err := a.copy(ctx, w, e, -1); err != nil {
		return nil, err
	}
	info, err := w.Commit(ctx)
	if err != nil {
		return nil, err
	}
	return &UnzippedFile{fileOf(info), a.info.ID, e.path}, nil
}

func entryError(e entry, err error) error {
	if own, ok := errors.AsType[*connector.Error](err); ok {
		return own
	}
	return prefixed(zipError(err), fmt.Sprintf("%q: ", e.path))
}

func zipError(err error) error {
	if own, ok := errors.AsType[*connector.Error](err); ok {
		return own
	}
	e := &connector.Error{Kind: connector.Invalid, Field: "/fileIds", Message: "The file cannot be read as a ZIP archive.", Fix: "Check that it is one and whole.", Err: err}
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return connector.AsError(err)
	case errors.Is(err, zip.ErrChecksum), errors.Is(err, io.ErrUnexpectedEOF):
		e.Message = "It is damaged: what comes out is not what went in."
	case errors.Is(err, zip.ErrAlgorithm):
		e.Message, e.Fix = "It is packed in a way that is not supported.", "Pack it again with the methods store or deflate."
	}
	return e
}

// contextReader ends with its context.
type contextReader struct {
	ctx context.Context //nolint:containedctx // it is that of one copy, and ends with it
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
