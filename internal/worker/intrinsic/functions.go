package intrinsic

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/feel"
)

const (
	documentMember = "camunda.document.type"
	documentClass  = "interface io.camunda.connector.api.document.Document"
)

type function struct {
	params []param
	call   func(ctx context.Context, e *Evaluator, a []argument) (json.RawMessage, error)
}

type param struct {
	name     string
	class    string // as failure texts name the type
	optional bool
	document bool // takes a document
	text     bool // takes text; without either, whatever there is
}

// argument is a parameter as it was read. The zero argument is null.
type argument struct {
	text     *string
	document *connector.Document
	other    json.RawMessage
}

var (
	documentParam = param{name: "document", class: documentClass, document: true}
	functions     = map[string]function{
		"base64":     {[]param{{name: "input", class: "class java.lang.Object", document: true, text: true}}, encode},
		"createLink": {[]param{documentParam, optionalText("duration")}, createLink},
		"getText":    {[]param{documentParam, optionalText("charset")}, getText},
		"getJson":    {[]param{documentParam, optionalText("expression")}, getJSON},
	}
)

func optionalText(name string) param {
	return param{name: name, class: "class java.lang.String", optional: true, text: true}
}

// read takes a JSON value for what the parameter takes.
func (p param) read(raw json.RawMessage) (argument, bool) {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return argument{}, true
	case p.document && raw[0] == '{' && hasMember(raw, documentMember):
		var d connector.Document
		if json.Unmarshal(raw, &d) != nil {
			return argument{}, false
		}
		return argument{document: &d}, true
	case p.document && !p.text:
		return argument{}, false
	case raw[0] == '"':
		var s string
		err := json.Unmarshal(raw, &s)
		return argument{text: &s}, err == nil
	case p.document:
		return argument{other: raw}, true
	case raw[0] == '{' || raw[0] == '[':
		return argument{}, false
	}
	s := string(raw)
	return argument{text: &s}, true
}

// String prints the argument as failure texts show it. Documents are told by
// their identity, never by what is in them.
func (a argument) String() string {
	switch {
	case a.document != nil:
		h := fnv.New32a()
		_, _ = h.Write([]byte(a.document.DocumentID + a.document.URL + a.document.Name))
		return "io.camunda.connector.runtime.core.document.CamundaDocument@" + strconv.FormatUint(uint64(h.Sum32()), 16)
	case a.text != nil:
		return *a.text
	case a.other != nil:
		return string(a.other)
	}
	return "null"
}

func encode(ctx context.Context, e *Evaluator, a []argument) (json.RawMessage, error) {
	switch {
	case a[0].document != nil:
		content, err := e.read(ctx, a[0])
		if err != nil {
			return nil, err
		}
		return text(base64.StdEncoding.EncodeToString(content)), nil
	case a[0].text != nil:
		return text(base64.StdEncoding.EncodeToString([]byte(*a[0].text))), nil
	}
	return nil, invalid("base64 takes a document or text")
}

func getText(ctx context.Context, e *Evaluator, a []argument) (json.RawMessage, error) {
	name := ""
	if a[1].text != nil {
		name = *a[1].text
	}
	c, err := charset(name)
	if err != nil {
		return nil, err
	}
	content, err := e.read(ctx, a[0])
	if err != nil {
		return nil, err
	}
	decoded, err := c.decode(content)
	if err != nil {
		return nil, err
	}
	return text(decoded), nil
}

// getJSON gives a JSON document, or what an expression makes of its members.
func getJSON(ctx context.Context, e *Evaluator, a []argument) (json.RawMessage, error) {
	content, err := e.read(ctx, a[0])
	if err != nil {
		return nil, err
	}
	vars, err := feel.JSON(content)
	if err != nil {
		return nil, &connector.Error{Kind: connector.Invalid, Message: "The document is no JSON object.", Err: err}
	}
	if a[1].text == nil {
		var b bytes.Buffer
		err := json.Compact(&b, content)
		return b.Bytes(), err
	}
	x, err := e.Engine.ParseText(feel.Connector, *a[1].text)
	if err != nil {
		return nil, &connector.Error{Kind: connector.Invalid, Message: err.Error(), Err: err}
	}
	res, err := x.Evaluate(ctx, vars)
	if err != nil {
		return nil, &connector.Error{Kind: connector.Invalid, Message: err.Error(), Err: err}
	}
	return plain(feel.Connector.Export(res.Value))
}

// defaultLink is how long a link works when nothing is said.
const defaultLink = time.Hour

func createLink(ctx context.Context, e *Evaluator, a []argument) (json.RawMessage, error) {
	if a[0].document == nil || e.Documents == nil {
		return nil, invalid("there is no document to make a link to")
	}
	ttl := defaultLink
	if a[1].text != nil {
		var err error
		if ttl, err = duration(ctx, e.Engine, *a[1].text); err != nil {
			return nil, err
		}
	}
	link, err := e.Documents.Link(ctx, *a[0].document, ttl)
	if err != nil {
		return nil, err
	}
	return text(link), nil
}

// duration reads a days-time duration.
func duration(ctx context.Context, engine *feel.Engine, iso string) (time.Duration, error) {
	bad := invalid(fmt.Sprintf("%q is no duration such as PT5M", iso))
	x, err := engine.Parse(`duration(text) / duration("PT0.001S")`)
	if err != nil {
		return 0, err
	}
	res, err := x.Evaluate(ctx, feel.Map(map[string]any{"text": iso}))
	if err != nil {
		return 0, bad
	}
	millis, ok := res.Value.Float64()
	if !ok || millis <= 0 || millis > math.MaxInt64/float64(time.Millisecond) {
		return 0, bad
	}
	return time.Duration(millis * float64(time.Millisecond)), nil
}

func (e *Evaluator) read(ctx context.Context, a argument) ([]byte, error) {
	if a.document == nil || e.Documents == nil {
		return nil, invalid("there is no document to read")
	}
	c, err := e.Documents.Open(ctx, *a.document)
	if err != nil {
		return nil, err
	}
	defer c.Body.Close()
	content, err := io.ReadAll(io.LimitReader(c.Body, MaxContent+1))
	if err == nil && len(content) > MaxContent {
		err = invalid("the document is too large for a function")
	}
	return content, err
}

func invalid(message string) error {
	return &connector.Error{Kind: connector.Invalid, Message: message, Err: errors.New(message)}
}

func text(s string) json.RawMessage {
	b, err := plain(s)
	if err != nil {
		return json.RawMessage(`""`)
	}
	return b
}

// plain is JSON that leaves <, > and & as they are.
func plain(v any) (json.RawMessage, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return json.RawMessage(strings.TrimSuffix(b.String(), "\n")), err
}
