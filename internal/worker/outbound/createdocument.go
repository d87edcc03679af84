package outbound

import (
	"encoding/base64"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/feel"
)

// readDocument reads what createDocument was called with: base64, or an object
// with content or data, name or fileName, and contentType.
func readDocument(v feel.Value) (connector.NewDocument, []byte, *failure) {
	d := connector.NewDocument{}
	encoded, ok := v.Text()
	if v.Kind() == feel.KindContext {
		encoded, ok = firstText(v, "content", "data")
		d.Name, _ = firstText(v, "name", "fileName")
		d.ContentType, _ = firstText(v, "contentType")
	}
	if v.IsNull() {
		return d, nil, inputFailure("createDocument() was called without a value to convert into a document")
	}
	if !ok {
		return d, nil, inputFailure("createDocument() takes base64 text, or an object with content (base64), name and contentType; it was called with a " + v.Kind().String() + ".")
	}
	body, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return d, nil, inputFailure("createDocument() was called with content that is not base64.")
	}
	d.Size = int64(len(body))
	return d, body, nil
}

func firstText(v feel.Value, names ...string) (string, bool) {
	for _, name := range names {
		if member, ok := v.Get(name); ok {
			if s, isText := member.Text(); isText {
				return s, true
			}
		}
	}
	return "", false
}
