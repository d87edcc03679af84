package template

import (
	"encoding/json"
	"path"
	"strconv"
	"strings"

	"github.com/fairlead-io/fairlead/connector/schema"
)

// Export gives the files of a folder of element templates for an engine: of
// each template the newest version that the engine takes, and the older ones
// below versioned/; with hybrid the newest ones with an open job type too.
func Export(all []Version, engine Engine, hybrid bool) (map[string][]byte, error) {
	out := map[string][]byte{}
	for i := 0; i < len(all); {
		var fits []Version
		id := all[i].ID
		for ; i < len(all) && all[i].ID == id; i++ {
			if all[i].Engine <= engine {
				fits = append(fits, all[i])
			}
		}
		if err := exportOne(out, fits, hybrid); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func exportOne(out map[string][]byte, versions []Version, hybrid bool) error {
	for n, v := range versions {
		name := strings.TrimPrefix(v.ID, "io.")
		if n < len(versions)-1 {
			out[path.Join("versioned", name+"-"+strconv.Itoa(v.Version)+".json")] = v.JSON
			continue
		}
		out[name+".json"] = v.JSON
		if !hybrid {
			continue
		}
		raw, err := asHybrid(v.JSON)
		if err != nil {
			return err
		}
		out[path.Join("hybrid", name+"-hybrid.json")] = raw
	}
	return nil
}

// asHybrid opens the job type of a released version.
func asHybrid(raw []byte) ([]byte, error) {
	var t struct {
		ID, Name   string
		Groups     []json.RawMessage
		Properties []json.RawMessage
	}
	if err := json.Unmarshal(raw, &t); err != nil {
		return nil, err
	}
	open, err := openType(t.Properties[0])
	if err != nil {
		return nil, err
	}
	group := json.RawMessage(`{"id":"taskDefinitionType","label":"Task definition type"}`)
	doc, err := ordered(raw)
	if err != nil {
		return nil, err
	}
	for i := range doc {
		switch doc[i].Name {
		case "id":
			doc[i].Value = t.ID + "-hybrid"
		case "name":
			doc[i].Value = "Hybrid " + t.Name
		case "steps":
			if doc[i].Value, err = hybridSteps(raw); err != nil {
				return nil, err
			}
		case "groups":
			doc[i].Value = append([]json.RawMessage{group}, t.Groups...)
		case "properties":
			props, err := namedID(t.Properties[1:], t.ID)
			if err != nil {
				return nil, err
			}
			doc[i].Value = append([]json.RawMessage{open}, props...)
		}
	}
	out, err := json.MarshalIndent(doc, "", " ")
	return append(out, '\n'), err
}

// hybridSteps names the entries of menus, which are shown without the name of
// the template, as that is.
func hybridSteps(raw []byte) ([]obj, error) {
	var t struct {
		Steps []struct{ Name, Description, PresetID string }
	}
	if err := json.Unmarshal(raw, &t); err != nil {
		return nil, err
	}
	var out []obj
	for _, s := range t.Steps {
		out = append(out, step("Hybrid "+s.Name, s.Description, s.PresetID))
	}
	return out, nil
}

// openType makes the hidden job type a field.
func openType(hidden json.RawMessage) (json.RawMessage, error) {
	var p struct{ Value string }
	if err := json.Unmarshal(hidden, &p); err != nil {
		return nil, err
	}
	open := Property{
		ID: "taskDefinitionType", Label: "Job type", Description: "What the worker that does the task has subscribed to.", Type: "String",
		Group: "taskDefinitionType", Value: p.Value, NotEmpty: true, Binding: Binding{"zeebe:taskDefinition", "type"},
	}
	return json.Marshal(open.json(V810))
}

// namedID keeps the header with the template's id in step with it.
func namedID(props []json.RawMessage, id string) ([]json.RawMessage, error) {
	out := make([]json.RawMessage, len(props))
	for i, raw := range props {
		out[i] = raw
		var p struct {
			Binding struct{ Key string }
		}
		if err := json.Unmarshal(raw, &p); err != nil {
			return nil, err
		}
		if p.Binding.Key != "elementTemplateId" {
			continue
		}
		doc, err := ordered(raw)
		if err != nil {
			return nil, err
		}
		for n := range doc {
			if doc[n].Name == "value" {
				doc[n].Value = id + "-hybrid"
			}
		}
		if out[i], err = json.Marshal(doc); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ordered reads one level of an object, keeping the order of its members.
func ordered(raw []byte) (schema.Ordered, error) {
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	var out schema.Ordered
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		text, _ := name.(string) // a member's name is text
		out = append(out, schema.Member{Name: text, Value: value})
	}
	return out, nil
}
