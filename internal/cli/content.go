package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/derive"
)

// maxContent bounds what is read into a parameter; larger content is stored as
// a file and named by its ID.
const maxContent = 16 << 20

// read gives the content of a file, or of standard input for "-". flag is the
// flag that names it.
func (s *streams) read(flag, path string) ([]byte, error) {
	if path == "-" {
		if s.stdinFor != "" {
			return nil, usagef("%s and %s cannot both read standard input", s.stdinFor, flag)
		}
		s.stdinFor = flag
		return readLimited(flag, s.in)
	}
	f, err := openLocal(flag, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readLimited(flag, f)
}

func readLimited(flag string, r io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxContent+1))
	if err != nil {
		return nil, localError(flag, err)
	}
	if len(raw) > maxContent {
		return nil, &connector.Error{Kind: connector.Invalid, Message: fmt.Sprintf("The content for %s is larger than %s.", flag, size(maxContent)), Fix: "Store it with \"fairlead files add\" and give its ID to a command that takes files."}
	}
	return raw, nil
}

func openLocal(flag, path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, localError(flag, err)
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errors.Join(&connector.Error{Kind: connector.Invalid, Message: fmt.Sprintf("%s: %s is a folder.", flag, path), Fix: "Name a file."}, f.Close())
	}
	return f, nil
}

// localError is a file of this machine that cannot be used.
func localError(flag string, err error) error {
	e := &connector.Error{Kind: connector.Unavailable, Message: fmt.Sprintf("%s: %v.", flag, err), Err: err}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Kind, e.Fix = connector.NotFound, "Check the path."
	case errors.Is(err, fs.ErrPermission):
		e.Kind, e.Fix = connector.Denied, "Check who may read or write it."
	}
	return e
}

// content resolves what was given to a flag: "@FILE" and "-" stand for
// content, "@@x" for the text "@x".
func (s *streams) content(f derive.Flag, given []string) ([]string, error) {
	out := make([]string, 0, len(given))
	for _, v := range given {
		resolved, err := s.resolve(f, v)
		if err != nil {
			return nil, err
		}
		out = append(out, resolved...)
	}
	return out, nil
}

func (s *streams) resolve(f derive.Flag, v string) ([]string, error) {
	flag := "--" + f.Name
	if f.Secret {
		raw, err := s.read(flag, v)
		return []string{string(trimLine(raw))}, err
	}
	path, isFile := strings.CutPrefix(v, "@")
	switch {
	case v == "-":
		path = v
	case !isFile:
		return []string{v}, nil
	case strings.HasPrefix(path, "@"):
		return []string{path}, nil
	}
	raw, err := s.read(flag, path)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(raw) {
		return nil, connector.InvalidField("/"+f.ID, "The content for "+flag+" is not UTF-8 text.", "Store it with \"fairlead files add\" and give its ID to a command that takes files.")
	}
	switch f.Kind {
	case derive.FlagString:
		return []string{string(raw)}, nil
	case derive.FlagList:
		list, err := json.Marshal(lines(raw))
		return []string{string(list)}, err
	case derive.FlagMap:
		return lines(raw), nil
	}
	return []string{string(bytes.TrimSpace(raw))}, nil
}

// lines are the elements of a list, one a line; the line break at the end of
// the file is not the beginning of another.
func lines(raw []byte) []string {
	if len(raw) == 0 {
		return []string{}
	}
	out := strings.Split(string(trimLine(raw)), "\n")
	for i := range out {
		out[i] = strings.TrimSuffix(out[i], "\r")
	}
	return out
}

// trimLine drops one line break at the end, which editors and echo add.
func trimLine(raw []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(raw, []byte("\n")), []byte("\r"))
}
