package documents

import (
	"crypto/rand"
	"fmt"
	"io"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

const octetStream = "application/octet-stream"

// randomUUID is of version 4.
func randomUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// openInline gives the text of an inline document as UTF-8.
func openInline(d connector.Document) (*connector.DocumentContent, error) {
	if d.Content == nil {
		return nil, connector.InvalidField("/content", "Inline document content must not be null", "Give the content as text.")
	}
	c := &connector.DocumentContent{
		Body: io.NopCloser(strings.NewReader(*d.Content)), Size: int64(len(*d.Content)), ContentType: d.ContentType, Name: d.Name,
	}
	if strings.TrimSpace(c.Name) == "" {
		c.Name = randomUUID()
	}
	if strings.TrimSpace(c.ContentType) == "" {
		c.ContentType = TypeOfName(c.Name)
	}
	return c, nil
}
