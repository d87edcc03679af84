// Package schema reads the declaration of a struct from its tags and gives it
// as a value from which JSON Schema 2020-12, flags, forms and pages are derived.
// It holds the only reflection in the tree.
//
// Tags of a field:
//
//	json      the id; ",omitempty" makes the field optional
//	label     the name people see ("Bucket Names"); the id follows from it
//	doc       meaning; the first sentence is the short help
//	default   value when the field is left out; makes it optional
//	enum      comma-separated choices, matched in any case
//	minLength maxLength minimum maximum pattern format minItems maxItems
//	group     section of the form and the help
//	when      "field=value" or "field=a|b": the field applies only then
//	deprecated, since, example
//	alias     comma-separated further ids accepted on input
//	api       the name the cloud's API gives the parameter, for its messages
//	items     "true": the elements of this list are the items of the run, in order
//	resource  the value names a resource of this kind ("bucket"), for guardrails
//	key       (output) the value is a key field of this name
//	col       (output) the value is a column of the result table
package schema

// Kind is the JSON type of a value.
type Kind string

// The kinds.
const (
	String  Kind = "string"
	Integer Kind = "integer"
	Number  Kind = "number"
	Boolean Kind = "boolean"
	Array   Kind = "array"
	Object  Kind = "object"
	Map     Kind = "map" // object with free keys
	Any     Kind = "any"
)

// Type is what a value must look like.
type Type struct {
	Kind      Kind
	Alt       []string // JSON types when more than one is taken, as for file IDs
	Elem      *Type    // of Array and Map
	Fields    []Field  // of Object
	Secret    bool
	Nullable  bool // a pointer
	Enum      []string
	MinLength *int
	MaxLength *int
	Minimum   *float64
	Maximum   *float64
	MinItems  *int
	MaxItems  *int
	Pattern   string
	Format    string
}

// Field is one field of an object.
type Field struct {
	Type
	ID         string
	Label      string
	Doc        string
	Default    any // nil when there is none
	Required   bool
	Group      string
	When       *When
	Deprecated string
	Since      string
	Example    string
	Aliases    []string
	API        string
	Resource   string
	Key        string
	Col        string
	Items      bool // its elements are the items of the run
	index      []int
}

// When is a condition on another field.
type When struct {
	Field  string
	Values []string
}

// Scalar tells whether the field takes one value, so that an array given to it
// means one run per element.
func (t *Type) Scalar() bool {
	switch t.Kind {
	case String, Integer, Number, Boolean:
		return true
	}
	return false
}

// Field finds a field by id.
func (t *Type) Field(id string) (*Field, bool) {
	for i := range t.Fields {
		if t.Fields[i].ID == id {
			return &t.Fields[i], true
		}
	}
	return nil, false
}

// ItemsField finds the list whose elements are the items of a run.
func (t *Type) ItemsField() (*Field, bool) {
	for i := range t.Fields {
		if t.Fields[i].Items {
			return &t.Fields[i], true
		}
	}
	return nil, false
}

// Name is how the API calls the field, else its label.
func (f *Field) Name() string {
	if f.API != "" {
		return f.API
	}
	return f.Label
}
