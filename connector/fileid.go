package connector

import (
	"encoding/json"
	"fmt"
)

// FileID is the ID of a stored file as callers write it: a JSON number or a
// string. That it is a whole number is checked when the file is looked up, so
// that one bad ID fails its own item only.
type FileID string

// JSONSchemaTypes are the JSON types an ID may be written in.
func (FileID) JSONSchemaTypes() []string { return []string{"integer", "string"} }

// UnmarshalJSON takes a number or a string.
func (f *FileID) UnmarshalJSON(b []byte) error {
	var n json.Number
	if json.Unmarshal(b, &n) == nil {
		*f = FileID(n.String())
		return nil
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("a file ID must be a number or a string")
	}
	*f = FileID(s)
	return nil
}
