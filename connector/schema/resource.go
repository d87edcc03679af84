package schema

// ResourceAt is a resource that an input names.
type ResourceAt struct {
	Kind    string // "bucket", "vault"
	Name    string
	Pointer string
}

// Resources finds the resources named by the fields tagged resource, so that
// guardrails are enforced in one place.
func (t *Type) Resources(in map[string]any) []ResourceAt {
	var out []ResourceAt
	for i := range t.Fields {
		f := &t.Fields[i]
		if f.Resource == "" {
			continue
		}
		switch v := in[f.ID].(type) {
		case string:
			out = append(out, ResourceAt{f.Resource, v, Pointer("", f.ID)})
		case []any:
			for _, e := range v {
				if s, ok := e.(string); ok {
					out = append(out, ResourceAt{f.Resource, s, Pointer("", f.ID)})
				}
			}
		}
	}
	return out
}
