package canary

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/cli"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/test/apptest"
)

// sinks are the places where the program writes, by name, with what it wrote.
type sinks struct {
	*testing.T
	p     *apptest.Process
	found map[string]*bytes.Buffer
	runs  []string
	spans *collector
	crash bool // ends the process by a crash
}

func newSinks(t *testing.T, p *apptest.Process) *sinks {
	return &sinks{T: t, p: p, found: map[string]*bytes.Buffer{}}
}

func (s *sinks) put(sink string, parts ...string) {
	b := s.found[sink]
	if b == nil {
		b = &bytes.Buffer{}
		s.found[sink] = b
	}
	for _, p := range parts {
		b.WriteString(p)
		b.WriteByte('\n')
	}
}

// call makes a request and keeps the answer; headers too, which may be logged
// by anybody on the way.
func (s *sinks) call(sink, method, path string, body any, headers ...string) apptest.Reply {
	s.Helper()
	r := s.p.Call(s.T, method, path, body, headers...)
	var head bytes.Buffer
	apptest.Must(s, r.Header.Write(&head))
	s.put(sink, head.String(), string(r.Body))
	var rec run.Record
	if json.Unmarshal(r.Body, &rec) == nil && rec.RunID != "" {
		s.runs = append(s.runs, rec.RunID)
	}
	return r
}

// collect gathers what can be read after everything has been done: every GET
// of the API, the command line, the log, and the folders of the process.
func (s *sinks) collect(integrations []string) {
	s.Helper()
	for _, path := range s.gets(integrations) {
		s.call("API: GET "+path.template, http.MethodGet, path.filled, nil)
	}
	for _, id := range s.runs {
		s.call("API: events of a run", http.MethodGet, "/runs/"+id+"/events", nil)
	}
	s.commandLine(integrations)
	s.telemetry()
	s.folders(" while it runs")
	s.end()
	s.folders(" at rest")
	s.put("log", s.p.Logs())
}

type get struct{ template, filled string }

// gets reads the API's own description, so that an operation that is added is
// looked at too.
func (s *sinks) gets(integrations []string) []get {
	s.Helper()
	resp, err := s.p.HTTP.Get(s.p.URL + "/openapi.json")
	apptest.Must(s, err)
	defer resp.Body.Close()
	var doc struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	apptest.Must(s, json.NewDecoder(resp.Body).Decode(&doc))
	var out []get
	for template, ops := range doc.Paths {
		short, ours := strings.CutPrefix(template, "/api/v1")
		if _, reads := ops["get"]; !reads || !ours || strings.HasSuffix(template, "/events") {
			continue // events are read from the list of runs
		}
		for _, filled := range s.fill(short, integrations) {
			out = append(out, get{short, filled})
		}
	}
	if len(out) < 10 {
		s.Errorf("only %d paths to read", len(out))
	}
	return out
}

// fill gives a path for each value that its parameters can have here.
func (s *sinks) fill(template string, integrations []string) []string {
	s.Helper()
	open := strings.Index(template, "{")
	if open < 0 {
		return []string{template}
	}
	end := open + strings.Index(template[open:], "}")
	var values []string
	switch name := template[open+1 : end]; name {
	case "integration":
		values = integrations
	case "command":
		values = []string{"test-connection"}
	case "run":
		values = s.runs
	case "document":
		values = []string{"none"} // only a signed link leads to one
	case "name":
		values = s.secretNames()
	case "connection":
		values = s.ids("/connections", "connections")
	case "file":
		values = s.ids("/files", "files")
	default:
		s.Errorf("this test does not know what to put for {%s} in %s", name, template)
	}
	var out []string
	for _, v := range values {
		out = append(out, s.fill(template[:open]+v+template[end+1:], integrations)...)
	}
	return out
}

func (s *sinks) ids(path, member string) []string {
	s.Helper()
	var page map[string]json.RawMessage
	s.p.Want(s.T, http.StatusOK, http.MethodGet, path, nil, &page)
	var list []struct {
		ID json.RawMessage `json:"id"`
	}
	apptest.Must(s, json.Unmarshal(page[member], &list))
	var out []string
	for _, x := range list {
		out = append(out, strings.Trim(string(x.ID), `"`))
	}
	return out
}

func (s *sinks) secretNames() []string {
	s.Helper()
	var page struct{ Secrets []struct{ Name string } }
	s.p.Want(s.T, http.StatusOK, http.MethodGet, "/secrets", nil, &page)
	var out []string
	for _, x := range page.Secrets {
		out = append(out, url.PathEscape(x.Name))
	}
	return out
}

// fairlead runs a command line against the process and keeps what it prints.
func (s *sinks) fairlead(args ...string) {
	s.Helper()
	s.fairleadWith("", args...)
}

// fairleadWith is fairlead with a standard input.
func (s *sinks) fairleadWith(in string, args ...string) {
	s.Helper()
	var out, errs bytes.Buffer
	cli.Run(s.Context(), cli.Process{
		Args: args, Env: []string{"FAIRLEAD_SERVER=" + s.p.URL, "FAIRLEAD_TOKEN=" + s.p.Token, "HOME=" + s.TempDir()}, Home: s.TempDir(),
		User: "tester", Version: "test", In: strings.NewReader(in), Out: &out, Err: &errs, Now: time.Now,
	})
	s.put("CLI: "+strings.Join(args[:min(2, len(args))], " "), out.String(), errs.String())
}

func (s *sinks) commandLine(integrations []string) {
	s.Helper()
	step := max(3, len(s.runs)/30) // a share of the runs in each format
	for n, format := range []string{"table", "json", "yaml"} {
		for _, line := range []string{"integrations list", "connections list", "runs list", "files list", "tokens list", "audit list"} {
			s.fairlead(append(strings.Fields(line), "-o", format)...)
		}
		for _, i := range integrations {
			s.fairlead("integrations", "show", i, "-o", format)
		}
		for _, c := range s.ids("/connections", "connections") {
			s.fairlead("connections", "show", c, "-o", format)
			s.fairlead("connections", "test", c, "-o", format)
		}
		for k := n; k < len(s.runs); k += step {
			s.fairlead("runs", "show", s.runs[k], "-o", format)
		}
	}
}

// folders reads every file of the process: the database with its journals,
// stored content, and what it left in the folder of temporary files.
func (s *sinks) folders(when string) {
	s.Helper()
	for name, dir := range map[string]string{"data folder": s.p.Dir, "temporary files": s.p.Temp} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			raw, err := os.ReadFile(path)
			if os.IsNotExist(err) { // a journal that was just removed
				return nil
			}
			rel, _ := filepath.Rel(dir, path)
			if strings.HasPrefix(rel, "files"+string(filepath.Separator)) {
				rel = "files"
			}
			s.put(name+": "+rel+when, path, string(raw))
			return err
		})
		apptest.Must(s, err)
	}
}

// leaks looks for the baits in everything that was gathered.
func (s *sinks) leaks(b *baits) []leak {
	var out []leak
	for sink, text := range s.found {
		out = append(out, b.find(sink, text.String())...)
	}
	return out
}
