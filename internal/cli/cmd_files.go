package cli

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fairlead-io/fairlead/connector"
)

func (p *program) filesCmd() *cobra.Command {
	return group("files", "Store files and get them back", p.filesListCmd(), p.filesAddCmd(), p.filesShowCmd(), p.filesGetCmd(), p.filesDeleteCmd())
}

type filePage struct {
	Files []connector.FileInfo `json:"files"`
	Next  *int64               `json:"next"`
}

func (p *program) filesListCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List files, newest first", Args: words()}
	f := &filter{cmd: cmd}
	f.text("source", "source", "only of this source: Playbook File, Incident Attachment File or Artifact File")
	f.text("name", "name", "only whose name has this in it")
	f.text("run", "runId", "only those that this run stored")
	f.number("limit", "limit", "how many at most (default 100)")
	f.text("after", "after", "only those older than the file of this ID")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return fetch(cmd.Context(), p, apiRequest{path: "/files", query: f.values()}, p.filesTable)
	}
	return cmd
}

func (p *program) filesTable(page filePage) error {
	t := newTable("ID", "Name", "Size", "Source", "Type", "Stored").numbers(0, 2)
	for _, f := range page.Files {
		t.add(strconv.FormatInt(f.ID, 10), f.Name, size(f.Size), f.Source, f.ContentType, moment(&f.CreatedAt))
	}
	next := ""
	if page.Next != nil {
		next = strconv.FormatInt(*page.Next, 10)
	}
	p.list(t, "No files. Add one: fairlead files add PATH", next, "--after")
	return nil
}

func (p *program) filesAddCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "add PATH|-", Short: "Store a file", Args: words("PATH"), Long: "Stores a file, or standard input, whatever its size, and prints what was stored."}
	f := &filter{cmd: cmd}
	f.text("source", "source", "Playbook File (default), Incident Attachment File or Artifact File")
	f.text("name", "name", "its name; that of PATH when left out")
	f.text("content-type", "contentType", "found from name and content when left out")
	f.text("expires-at", "expiresAt", "when it is deleted (RFC 3339)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		q := f.values()
		content, err := p.toStore(args[0], q)
		if err != nil {
			return err
		}
		defer content.Close()
		return fetch(cmd.Context(), p, apiRequest{method: http.MethodPost, path: "/files", query: q, stream: content}, p.filesLine)
	}
	return cmd
}

// toStore opens what is to be stored and names it.
func (p *program) toStore(path string, q url.Values) (io.ReadCloser, error) {
	if path == "-" {
		if q.Get("name") == "" {
			return nil, &usageError{message: "standard input has no name", hint: "Give --name."}
		}
		return io.NopCloser(p.in), nil
	}
	if q.Get("name") == "" {
		q.Set("name", filepath.Base(path))
	}
	return openLocal("files add", path)
}

func (p *program) filesLine(f connector.FileInfo) error {
	return p.filesTable(filePage{Files: []connector.FileInfo{f}})
}

func (p *program) filesShowCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "show ID", Short: "Describe a file", Args: words("ID")}
	f := &filter{cmd: cmd}
	f.text("source", "source", "only under this source")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return fetch(cmd.Context(), p, apiRequest{path: at("files", args[0]), query: f.values()}, p.fileFacts)
	}
	return cmd
}

func (p *program) fileFacts(f connector.FileInfo) error {
	p.facts("ID", strconv.FormatInt(f.ID, 10), "Name", f.Name, "Size", fmt.Sprintf("%s (%d bytes)", size(f.Size), f.Size), "Source", f.Source, "Type", f.ContentType,
		"Stored", moment(&f.CreatedAt), "Expires", moment(f.ExpiresAt), "Run", f.RunID, "MD5", f.MD5, "SHA-1", f.SHA1, "SHA-256", f.SHA256)
	return nil
}

func (p *program) filesDeleteCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "delete ID", Short: "Delete a file", Args: words("ID")}
	f := &filter{cmd: cmd}
	f.text("source", "source", "only under this source")
	yes := cmd.Flags().BoolP("yes", "y", false, "do not ask")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := p.confirm(*yes, fmt.Sprintf("This deletes the file %s.", args[0])); err != nil {
			return err
		}
		return p.remove(cmd.Context(), apiRequest{path: at("files", args[0]), query: f.values()}, "deleted", args[0])
	}
	return cmd
}

func (p *program) filesGetCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "get ID --output PATH|-", Short: "Write a file's content to a path or to standard output", Args: words("ID"),
		Long: "Writes the content, checks its SHA-256, and prints the file's description. PATH appears whole or not at all; a folder gets the file under its name.",
	}
	f := &filter{cmd: cmd}
	f.text("source", "source", "only under this source")
	output := cmd.Flags().String("output", "", "`PATH|-` to write to (required)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *output == "" {
			return &usageError{message: "--output is missing", hint: "Give --output PATH, or --output - for standard output."}
		}
		return p.getFile(cmd.Context(), at("files", args[0]), f.values(), *output)
	}
	return cmd
}

func (p *program) getFile(ctx context.Context, path string, q url.Values, output string) error {
	c, err := p.client(ctx)
	if err != nil {
		return err
	}
	raw, err := c.get(ctx, apiRequest{method: http.MethodGet, path: path, query: q})
	if err != nil {
		return err
	}
	info, err := decodeAs[connector.FileInfo](raw)
	if err != nil {
		return err
	}
	res, err := c.send(ctx, apiRequest{method: http.MethodGet, path: path + "/content", query: q})
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if output == "-" {
		w := bufio.NewWriterSize(p.out, 64<<10)
		return errors.Join(checked(w, res.Body, info), w.Flush())
	}
	if st, err := os.Stat(output); err == nil && st.IsDir() {
		output = filepath.Join(output, safeBase(info.Name))
	}
	if err := writeFile(output, func(w io.Writer) error { return checked(w, res.Body, info) }); err != nil {
		return err
	}
	return p.show(raw, func() error {
		fmt.Fprintf(p.out, "%s  %s\n", visible(output), size(info.Size))
		return nil
	})
}

// safeBase is a stored name as a name in a folder of this machine.
func safeBase(name string) string {
	base := filepath.Base(filepath.Clean("/" + strings.ReplaceAll(name, `\`, "/")))
	if base == "/" || base == "." || base == ".." {
		return "file"
	}
	return base
}

// checked copies content and compares it with what is known of it.
func checked(w io.Writer, r io.Reader, info connector.FileInfo) error {
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, sum), r)
	if err != nil {
		return &connector.Error{Kind: connector.Unavailable, Message: fmt.Sprintf("The content broke off after %s: %v.", size(n), err), Fix: "Try again.", Err: err}
	}
	if got := hex.EncodeToString(sum.Sum(nil)); n != info.Size || got != info.SHA256 {
		return &connector.Error{Kind: connector.Unavailable, Message: fmt.Sprintf("The content is not what was stored: %d bytes with SHA-256 %s arrived, %d with %s are stored.", n, got, info.Size, info.SHA256), Fix: "Try again."}
	}
	return nil
}

// writeFile writes beside the path and renames, so that no half file is seen.
func writeFile(path string, fill func(io.Writer) error) error {
	f, err := os.OpenFile(path+"."+strconv.Itoa(os.Getpid())+".part", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return localError("--output", err)
	}
	err = fill(f)
	if cerr := f.Close(); err == nil && cerr != nil {
		err = localError("--output", cerr)
	}
	if err == nil {
		if rerr := os.Rename(f.Name(), path); rerr != nil {
			err = localError("--output", rerr)
		}
	}
	if err != nil {
		_ = os.Remove(f.Name()) // what matters is why it failed
	}
	return err
}
