package camundas3

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/camundas3/jackson"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/s3wire"
)

// maxFormatted is how many bytes TEXT and JSON take: what an engine keeps as a
// variable. maxContent is the limit where the content type decides; whoever
// reduces the answer by an expression may have more than a variable holds.
const (
	maxFormatted = 1536 << 10
	maxContent   = 32 << 20
)

const (
	typeText = "text/plain"
	typeJSON = "application/json"
)

// content reads an object and gives it as a JSON value.
func (in *DownloadObjectIn) content(obj *s3wire.Object, r io.Reader) ([]byte, error) {
	format, charset, limit := in.DocumentReturnFormat, in.Encoding, int64(maxFormatted)
	if format == "" {
		format, charset = in.byType(obj.ContentType)
		limit = maxContent
	}
	decode, err := decoder(charset, format == formatText)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) > limit {
		return nil, tooLarge(limit)
	}
	switch format {
	case formatText:
		return jackson.AppendText(make([]byte, 0, len(raw)+2), decode(raw)), nil
	case formatJSON:
		return in.json(raw)
	}
	out := make([]byte, 0, base64.StdEncoding.EncodedLen(len(raw))+2)
	return append(base64.StdEncoding.AppendEncode(append(out, '"'), raw), '"'), nil
}

// byType tells how content of a type is answered; empty is as Base64.
func (in *DownloadObjectIn) byType(contentType string) (format, charset string) {
	base, params := contentType, map[string]string(nil)
	if in.CharsetAware {
		if b, p, err := mime.ParseMediaType(contentType); err == nil {
			base, params = b, p
		}
	}
	switch base {
	case typeText:
		if _, err := decoder(params["charset"], true); err != nil {
			return "", "" // nobody here can read it
		}
		return formatText, params["charset"]
	case typeJSON:
		return formatJSON, ""
	}
	return "", ""
}

func tooLarge(limit int64) error {
	return (&Failure{Reason: TooLarge, Want: limit}).with(connector.Error{
		Kind: connector.Limited, Message: fmt.Sprintf("The object has more than %.1f MiB, which is too much for an answer.", float64(limit)/(1<<20)),
		Fix: "Set As File, or Document Return Format to DOCUMENT: the content is then stored as a document.",
	})
}

func (in *DownloadObjectIn) json(raw []byte) ([]byte, error) {
	if in.DocumentReturnFormat == formatJSON {
		return formattedJSON(raw)
	}
	v, err := jackson.First(raw)
	switch {
	case errors.Is(err, jackson.ErrEmpty):
		return []byte("null"), nil
	case err != nil:
		return nil, notJSON(err)
	}
	return v.Append(make([]byte, 0, len(raw))), nil
}

// formattedJSON is asked for by name: that there is nothing is a failure.
func formattedJSON(raw []byte) ([]byte, error) {
	v, err := jackson.First(raw)
	switch {
	case errors.Is(err, jackson.ErrEmpty):
		return nil, (&Failure{Reason: EmptyJSON}).with(connector.Error{Kind: connector.Conflict, Message: "The object is empty, which is no JSON.", Fix: "Set Document Return Format to TEXT or DOCUMENT."})
	case err != nil:
		return nil, notJSON(err)
	}
	return v.Append(make([]byte, 0, len(raw))), nil
}

func notJSON(err error) error {
	return (&Failure{Reason: NotJSON, Err: err}).with(connector.Error{
		Kind: connector.Conflict, Message: "The object is not valid JSON: " + strings.TrimSuffix(err.Error(), ".") + ".",
		Fix: "Set As File, or Document Return Format to TEXT or DOCUMENT.",
	})
}
