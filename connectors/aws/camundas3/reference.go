package camundas3

import (
	"bytes"
	"encoding/json"

	"github.com/fairlead-io/fairlead/connector"
)

// filesStore is the storeId of documents that are stored files of Fairlead.
const filesStore = "fairlead"

const octetStream = "application/octet-stream"

// reference is a document as it stands in an input.
type reference struct {
	connector.Document
	Content json.RawMessage `json:"content"` // a text, or any JSON that becomes one
}

const referenceFix = `Give an object such as {"camunda.document.type": "inline", "content": "Hello", "name": "hello.txt"}.`

// readReference reads a document's reference.
func readReference(raw json.RawMessage) (connector.Document, *connector.Error) {
	var text string
	if json.Unmarshal(raw, &text) == nil { // a flag, or a form that knows only texts
		raw = json.RawMessage(text)
	}
	var r reference
	if err := json.Unmarshal(raw, &r); err != nil {
		return connector.Document{}, connector.InvalidField("/document", "The document is not a reference that can be read.", referenceFix)
	}
	d := r.Document
	switch d.Type {
	case connector.InlineDocument:
		d.Content = inlineText(r.Content)
		if d.Content == nil {
			return d, connector.InvalidField("/document/content", "The inline document has no content.", "Give its content as text.")
		}
	case connector.ExternalDocument:
		if d.URL == "" {
			return d, connector.InvalidField("/document/url", "The external document has no address.", "Give its url.")
		}
	case connector.ClusterDocument:
		if d.DocumentID == "" {
			return d, connector.InvalidField("/document/documentId", "The document's reference has no documentId.", "Pass the reference on as the store gave it.")
		}
	default:
		return d, connector.InvalidField("/document/camunda.document.type", "The document's type is not known.", "Use camunda, external or inline in camunda.document.type.")
	}
	return d, nil
}

// inlineText is a text as it is, and any other JSON as compact text.
func inlineText(raw json.RawMessage) *string {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return &s
	}
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return nil
	}
	s = b.String()
	return &s
}
