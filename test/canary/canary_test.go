package canary

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/connectors/all"
	"github.com/fairlead-io/fairlead/test/apptest"
)

func TestMain(m *testing.M) {
	apptest.Main(m, func() []*connector.Integration {
		return append(all.Integrations(), careless(), treacherous())
	})
}

// TestNoSecretLeaks covers every secret field of every integration: a field
// that is declared is covered.
func TestNoSecretLeaks(t *testing.T) {
	for _, i := range all.Integrations() {
		t.Run(i.ID, func(t *testing.T) {
			s, b := travel(t, i, true)
			report(t, s.leaks(b))
			covered := map[string]bool{}
			for _, x := range b.list {
				covered[strings.Join(strings.Fields(x.field)[:3], " ")] = true
			}
			for _, f := range secretFields(i) {
				if !covered[f] {
					t.Errorf("%s was given no value", f)
				}
			}
			fmt.Printf("| canary %-20s %2d secret fields, %3d values, %3d runs, %3d sinks, %d leaks\n", i.ID, len(secretFields(i)), len(b.list), len(s.runs), len(s.found), len(s.leaks(b)))
		})
	}
}

func report(t *testing.T, leaks []leak) {
	t.Helper()
	for n, l := range leaks {
		if n == 60 {
			t.Errorf("and %d more", len(leaks)-n)
			return
		}
		t.Errorf("%s is in %s: %q", l.field, l.sink, l.around)
	}
}

// travel takes an integration's secrets everywhere.
func travel(t *testing.T, i *connector.Integration, crash bool) (*sinks, *baits) {
	t.Helper()
	spans, env := startCollector(t)
	p := apptest.Start(t, env...)
	s, b := newSinks(t, p), &baits{}
	s.spans, s.crash = spans, crash
	g := given{file: p.AddFile(t, "file.txt", strings.NewReader("content")).ID}
	for n, v := range variants(i) {
		for _, g.whole = range []bool{true, false} {
			name := fmt.Sprintf("%s-%d-%v", i.ID, n, g.whole)
			cloud := startHostile(t) // one for each, which knows no other's secrets
			g.address = cloud.URL
			b.connect(s, i, v, name, cloud, g)
			b.commands(s, i, name, g)
		}
	}
	if i.Connection == nil {
		b.commands(s, i, "", g)
	}
	s.collect([]string{i.ID})
	if i.Connection != nil && hasAddress(i) && !strings.Contains(s.found["API: runs"].String(), connector.Redacted) {
		t.Error("the cloud's refusals did not reach anybody, so that nothing was shown")
	}
	return s, b
}

func hasAddress(i *connector.Integration) bool {
	return slices.ContainsFunc(i.Connection.Settings.Fields, func(f schema.Field) bool { return f.Format == "uri" })
}

// variants are the settings under which every secret applies at least once.
func variants(i *connector.Integration) []map[string]any {
	if i.Connection == nil {
		return nil
	}
	out := []map[string]any{{}}
	for k := range i.Connection.Settings.Fields {
		f := &i.Connection.Settings.Fields[k]
		if !f.HasSecrets() || f.When == nil {
			continue
		}
		on, _ := i.Connection.Settings.Field(f.When.Field)
		v := map[string]any{f.When.Field: f.When.Values[0]}
		if on.Default != f.When.Values[0] && !slices.ContainsFunc(out, func(o map[string]any) bool { return fmt.Sprint(o) == fmt.Sprint(v) }) {
			out = append(out, v)
		}
	}
	return out
}

// connect does what can be done with settings: refused ones, unsaved ones,
// saved, shown, changed, tested; towards the hostile cloud and towards nobody.
func (b *baits) connect(s *sinks, i *connector.Integration, v map[string]any, name string, cloud *hostile, g given) {
	s.Helper()
	known := len(b.list)
	settings := b.filled(s.T, i.ID+" connection", i.Connection.Settings, g)
	for k, x := range v {
		settings[k] = x
	}
	cloud.tell(b.said(known))
	add := func(name string, settings any) apptest.Reply {
		return s.call("API: adding a connection", http.MethodPost, "/connections", map[string]any{"integration": i.ID, "name": name, "settings": settings})
	}
	if r := add(name, settings); r.Status != http.StatusCreated {
		s.Fatalf("the connection was refused: %s", r.Body)
	}
	add(name, settings) // the name is taken
	b.spoiled(s, i, settings, add)
	unsaved := map[string]any{"settings": settings, "timeout": "5s"}
	s.call("API: testing unsaved settings", http.MethodPost, "/integrations/"+i.ID+"/test", unsaved)
	s.call("API: changing a connection", http.MethodPatch, "/connections/"+name, map[string]any{"description": "changed", "settings": settings})
	s.call("API: testing a connection", http.MethodPost, "/connections/"+name+"/test", map[string]any{"timeout": "5s"})
	nowhere := map[string]any{}
	for k, x := range settings {
		if x == cloud.URL {
			x = "http://127.0.0.1:1"
		}
		nowhere[k] = x
	}
	s.call("API: testing unsaved settings", http.MethodPost, "/integrations/"+i.ID+"/test", map[string]any{"settings": nowhere, "timeout": "5s"})
	for _, f := range i.Connection.Settings.Fields {
		if f.Format == "uri" { // where the secrets end up when somebody mixes the fields up
			nowhere[f.ID] = "http://" + strings.NewReplacer(`"`, "", "<", "", "&", "").Replace(fmt.Sprint(settings[firstSecret(i)])) + "@127.0.0.1:1"
		}
	}
	s.call("API: testing unsaved settings", http.MethodPost, "/integrations/"+i.ID+"/test", map[string]any{"settings": nowhere, "timeout": "5s"})
}

func firstSecret(i *connector.Integration) string {
	for _, f := range i.Connection.Settings.Fields {
		if f.HasSecrets() {
			return f.ID
		}
	}
	return ""
}

// spoiled sends settings that must be refused, secrets included, and secrets in
// shapes that they do not have.
func (b *baits) spoiled(s *sinks, i *connector.Integration, settings map[string]any, add func(string, any) apptest.Reply) {
	s.Helper()
	for k := range i.Connection.Settings.Fields {
		f := &i.Connection.Settings.Fields[k]
		for _, wrong := range []any{[]any{settings[f.ID]}, map[string]any{"x": settings[f.ID]}, 17, true} {
			bad := map[string]any{}
			for id, v := range settings {
				bad[id] = v
			}
			bad[f.ID] = wrong
			if r := add("spoiled", bad); r.Status < 400 {
				s.call("API: deleting a connection", http.MethodDelete, "/connections/spoiled", nil)
			}
		}
	}
	bad := map[string]any{"noSuchParameter": settings}
	add("spoiled", bad)
	add("spoiled", []any{settings})
	add("spoiled", fmt.Sprint(settings))
	s.call("API: adding a connection", http.MethodPost, "/connections", map[string]any{"integration": i.ID, "name": settings, "settings": bad})
	s.call("API: adding a connection", http.MethodPost, "/connections", strings.NewReader(`{"settings": {"x": "`+b.list[0].head+`"`), "Content-Type", "application/json")
}

// commands runs every command: in every way there is over the first connection
// of an integration, in the usual way over the others.
func (b *baits) commands(s *sinks, i *connector.Integration, connection string, g given) {
	s.Helper()
	for _, c := range i.Commands {
		input := b.filled(s.T, i.ID+" "+c.ID, c.In, g)
		path := "/integrations/" + i.ID + "/commands/" + c.ID + "/runs"
		order := func(more map[string]any) map[string]any {
			o := map[string]any{"input": input, "timeout": "2s"}
			if connection != "" {
				o["connection"] = connection
			}
			for k, v := range more {
				o[k] = v
			}
			return o
		}
		s.call("API: runs", http.MethodPost, path, order(nil))
		if connection != "" && (g.whole || !strings.HasPrefix(connection, i.ID+"-0-")) {
			continue
		}
		s.call("API: runs, dry", http.MethodPost, path, order(map[string]any{"dryRun": true}))
		s.call("API: runs, as events", http.MethodPost, path, order(nil), "Accept", "text/event-stream")
		s.call("API: runs, in the background", http.MethodPost, path, order(map[string]any{"async": true}))
		s.call("API: events of a run that goes on", http.MethodGet, "/runs/"+s.runs[len(s.runs)-1]+"/events", nil)
		s.call("API: runs, refused", http.MethodPost, path, order(map[string]any{"input": map[string]any{"noSuchParameter": input}}))
	}
}
