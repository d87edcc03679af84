package cli

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/connection"
)

// transferFile is the file of connections import and export.
type transferFile struct {
	Connections []transferEntry `yaml:"connections" json:"connections"`
}

// transferEntry is one connection of it. A secret stands there as a reference:
// {env: NAME} or {file: PATH}.
type transferEntry struct {
	Name        string                 `yaml:"name" json:"name"`
	Integration string                 `yaml:"integration" json:"integration"`
	Description string                 `yaml:"description,omitempty" json:"description,omitempty"`
	Active      *bool                  `yaml:"active,omitempty" json:"active,omitempty"`
	Settings    map[string]any         `yaml:"settings" json:"settings"`
	Guardrails  *connection.Guardrails `yaml:"guardrails,omitempty" json:"guardrails,omitempty"`
	source      string
}

type transferred struct {
	Name        string `json:"name"`
	Integration string `json:"integration"`
	Outcome     string `json:"outcome"`
	Source      string `json:"source,omitempty"`
}

const importText = `Adds connections from a YAML or JSON file, as "connections export" writes it:

  connections:
    - name: evidence
      integration: aws-s3
      settings:
        defaultRegionName: eu-west-1
        accessKey: {env: EVIDENCE_ACCESS_KEY}
        secretKey: {file: evidence.secret}

Secrets are references to the environment or to files, which are looked for beside the file. Or,
with --profiles, from the profiles of the AWS tools on this machine: one with keys brings them
along, one with a role or SSO is named and read again whenever it is used. Everything is checked
before anything is added; a name that is there already is refused unless --update is given.`

func (p *program) connectionsImportCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "import FILE|- | import --profiles", Short: "Add connections from a file, or from AWS profiles", Long: importText, Args: upTo(0, "FILE"), DisableFlagsInUseLine: true}
	profiles := cmd.Flags().Bool("profiles", false, "from the AWS profiles of this machine")
	only := cmd.Flags().StringSlice("profile", nil, "only these profiles `NAMES`; implies --profiles")
	update := cmd.Flags().Bool("update", false, "change connections that are there already")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		fromProfiles := *profiles || len(*only) > 0
		if fromProfiles == (len(args) == 1) {
			return &usageError{message: "one source is needed", hint: "Give a FILE, or --profiles."}
		}
		var entries []transferEntry
		var err error
		if fromProfiles {
			entries, err = p.profileEntries(cmd.Context(), *only)
		} else {
			entries, err = p.fileEntries(args[0])
		}
		if err != nil {
			return err
		}
		return p.importAll(cmd.Context(), entries, *update)
	}
	return cmd
}

func (p *program) fileEntries(path string) ([]transferEntry, error) {
	raw, err := p.read("FILE", path)
	if err != nil {
		return nil, err
	}
	var f transferFile
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil || len(f.Connections) == 0 {
		// The decoder's own words can show what it read.
		return nil, connector.InvalidField("/connections", "The file is not a list of connections.", `Write it as "fairlead connections export" does: a member "connections" with name, integration and settings of each.`)
	}
	for i := range f.Connections {
		e := &f.Connections[i]
		if err := p.resolveEntry(e, filepath.Dir(path), fmt.Sprintf("/connections/%d/settings", i)); err != nil {
			return nil, err
		}
	}
	return f.Connections, nil
}

// resolveEntry puts the values in place of references, which only secret
// parameters may be.
func (p *program) resolveEntry(e *transferEntry, dir, at string) error {
	i, err := knownIntegrations().Integration(e.Integration)
	if err != nil {
		return err
	}
	if i.Connection == nil {
		return connector.InvalidField(at, i.Name+" needs no connection.", "Leave it out.")
	}
	for name, v := range e.Settings {
		f, known := i.Connection.Settings.Named(name)
		if !known || !f.Secret {
			continue
		}
		value, err := p.secretOf(v, dir, schema.Pointer(at, name), f.Label)
		if err != nil {
			return err
		}
		e.Settings[name] = value
	}
	return nil
}

func (p *program) secretOf(v any, dir, at, label string) (string, error) {
	ref, _ := v.(map[string]any)
	env, isEnv := ref["env"].(string)
	file, isFile := ref["file"].(string)
	switch {
	case len(ref) == 1 && isEnv:
		if value := p.getenv(env); value != "" {
			return value, nil
		}
		return "", connector.InvalidField(at, fmt.Sprintf("%s is to come from the environment variable %s, which is not set.", label, env), "Set it and try again.")
	case len(ref) == 1 && isFile:
		if !filepath.IsAbs(file) {
			file = filepath.Join(dir, file)
		}
		raw, err := p.read(label, file)
		return strings.TrimRight(string(raw), "\r\n"), err
	}
	return "", connector.InvalidField(at, label+" is a secret and stands in the file itself.", "Write a reference: {env: NAME} or {file: PATH}.")
}

// profileEntries drafts connections from what the clouds' own tools have set up.
func (p *program) profileEntries(ctx context.Context, only []string) ([]transferEntry, error) {
	lookup := func(name string) (string, bool) { v := p.getenv(name); return v, v != "" }
	var out []transferEntry
	var names []string
	for _, i := range knownIntegrations().All() {
		if i.Found == nil {
			continue
		}
		drafts, err := i.Found(ctx, lookup)
		if err != nil {
			return nil, err
		}
		for _, d := range drafts {
			names = append(names, d.Name)
			if len(only) == 0 || slices.Contains(only, d.Name) {
				out = append(out, transferEntry{Name: d.Name, Integration: i.ID, Settings: d.Settings, source: d.Source})
			}
		}
	}
	for _, n := range only {
		if !slices.Contains(names, n) {
			return nil, &connector.Error{Kind: connector.NotFound, Message: fmt.Sprintf("There is no profile called %q.", n), Fix: "Known: " + strings.Join(names, ", ") + "."}
		}
	}
	if len(out) == 0 {
		return nil, &connector.Error{Kind: connector.NotFound, Message: "No profiles were found on this machine.", Fix: "Set AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE if they are not in the usual place."}
	}
	return out, nil
}

func (p *program) importAll(ctx context.Context, entries []transferEntry, update bool) error {
	c, err := p.client(ctx)
	if err != nil {
		return err
	}
	there, err := p.existing(ctx, c)
	if err != nil {
		return err
	}
	if err := checkNames(entries, there, update); err != nil {
		return err
	}
	var done []transferred
	for i := range entries {
		outcome, err := p.importOne(ctx, c, &entries[i], there[strings.ToLower(entries[i].Name)])
		if err != nil {
			return fmt.Errorf("%s (%d of %d connections were imported before it): %w", entries[i].Name, i, len(entries), err)
		}
		done = append(done, transferred{entries[i].Name, entries[i].Integration, outcome, entries[i].source})
	}
	return p.showValue(map[string]any{"connections": done}, func() error {
		t := newTable("Name", "Integration", "Outcome", "Source")
		for _, d := range done {
			t.add(d.Name, d.Integration, d.Outcome, d.Source)
		}
		p.table(t)
		return nil
	})
}

// checkNames finds what would be refused, before anything is added.
func checkNames(entries []transferEntry, there map[string]bool, update bool) error {
	seen := map[string]bool{}
	for i, e := range entries {
		at, key := fmt.Sprintf("/connections/%d/name", i), strings.ToLower(e.Name)
		switch {
		case key == "":
			return connector.InvalidField(at, "A connection has no name.", "Give each a name.")
		case seen[key]:
			return connector.InvalidField(at, fmt.Sprintf("The name %q stands there twice.", e.Name), "Give each a name of its own.")
		case there[key] && !update:
			return &connector.Error{Kind: connector.Conflict, Field: at, Message: fmt.Sprintf("A connection called %q exists already.", e.Name), Fix: "Give --update to change it, or another name."}
		}
		seen[key] = true
	}
	return nil
}

func (p *program) existing(ctx context.Context, c *client) (map[string]bool, error) {
	raw, err := c.get(ctx, apiRequest{method: http.MethodGet, path: "/connections", query: url.Values{}})
	if err != nil {
		return nil, err
	}
	page, err := decodeAs[connectionPage](raw)
	there := map[string]bool{}
	for _, v := range page.Connections {
		there[strings.ToLower(v.Name)] = true
	}
	return there, err
}

func (p *program) importOne(ctx context.Context, c *client, e *transferEntry, there bool) (string, error) {
	body := map[string]any{"settings": e.Settings, "description": e.Description}
	if e.Active != nil {
		body["active"] = *e.Active
	}
	if e.Guardrails != nil {
		body["guardrails"] = e.Guardrails
	}
	if there {
		_, err := c.get(ctx, apiRequest{method: http.MethodPatch, path: at("connections", e.Name), body: body})
		return "changed", err
	}
	body["name"], body["integration"] = e.Name, e.Integration
	_, err := c.get(ctx, apiRequest{method: http.MethodPost, path: "/connections", body: body})
	return "added", err
}

func (p *program) connectionsExportCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "export [NAME...]", Short: "Write connections without their secrets", ValidArgsFunction: p.completeConnections, DisableFlagsInUseLine: true,
		Long: "Writes connections as YAML (JSON with -o json) that \"connections import\" reads. In place of each secret stands a reference to an environment variable, to be set before the import.",
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := p.client(cmd.Context())
		if err != nil {
			return err
		}
		raw, err := c.get(cmd.Context(), apiRequest{method: http.MethodGet, path: "/connections", query: url.Values{}})
		if err != nil {
			return err
		}
		page, err := decodeAs[connectionPage](raw)
		if err != nil {
			return err
		}
		f, err := exportOf(page.Connections, args)
		if err != nil {
			return err
		}
		value, err := encode(f)
		if err != nil {
			return err
		}
		return p.show(value, func() error { return formatYAML.write(p.out, value) })
	}
	return cmd
}

func exportOf(all []connection.View, names []string) (*transferFile, error) {
	f := &transferFile{Connections: []transferEntry{}}
	for _, n := range names {
		if !slices.ContainsFunc(all, func(v connection.View) bool { return strings.EqualFold(v.Name, n) }) {
			return nil, &connector.Error{Kind: connector.NotFound, Message: fmt.Sprintf("There is no connection called %q.", n), Fix: "See them: fairlead connections list."}
		}
	}
	for i := range all {
		v := &all[i]
		if len(names) > 0 && !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(v.Name, n) }) {
			continue
		}
		e := transferEntry{Name: v.Name, Integration: v.Integration, Description: v.Description, Active: &v.Active, Settings: v.Settings, Guardrails: v.Guardrails}
		for _, s := range v.SecretsSet {
			e.Settings[s] = map[string]any{"env": exportedEnv(v.Name, s)}
		}
		f.Connections = append(f.Connections, e)
	}
	return f, nil
}

// exportedEnv is the variable that a secret is expected in: NAME_SECRET_KEY.
func exportedEnv(name, param string) string {
	text := schema.Kebab(name) + "-" + schema.Flag(param)
	return strings.ToUpper(strings.ReplaceAll(text, "-", "_"))
}
