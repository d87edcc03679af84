package feelcmd

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/fairlead-io/fairlead/feel"
)

// line is one question.
type line struct {
	ID      json.RawMessage `json:"id"`
	Expr    *string         `json:"expr"`
	Context json.RawMessage `json:"context"`
	Unary   bool            `json:"unary"`
}

// problem is the error of one answer.
type problem struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
}

// answer is one answer; Typed is kind and value.
type answer struct {
	ID       json.RawMessage
	Typed    []byte
	Warnings []string
	Error    *problem
}

// jsonLines answers one line after the other and flushes each.
func jsonLines(ctx context.Context, engine *feel.Engine, in io.Reader, out io.Writer) error {
	r, w := bufio.NewReaderSize(in, 1<<16), bufio.NewWriter(out)
	for n := 1; ; n++ {
		text, err := r.ReadBytes('\n')
		if len(bytes.TrimSpace(text)) > 0 {
			a := reply(ctx, engine, text, n)
			if _, err := w.Write(a.appendTo(nil)); err != nil {
				return err
			}
			if err := w.Flush(); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("reading standard input: %w", err)
		case ctx.Err() != nil:
			return ctx.Err()
		}
	}
}

func reply(ctx context.Context, engine *feel.Engine, text []byte, n int) answer {
	var q line
	if err := json.Unmarshal(text, &q); err != nil {
		return answer{Error: &problem{Kind: "parse", Message: fmt.Sprintf("input line %d is no such object: %v", n, err)}}
	}
	a := answer{ID: q.ID}
	if q.Expr == nil {
		a.Error = &problem{Kind: "parse", Message: fmt.Sprintf("input line %d has no expr", n)}
		return a
	}
	var vars feel.Variables
	if len(q.Context) > 0 && string(q.Context) != "null" {
		var err error
		if vars, err = feel.JSON(q.Context); err != nil {
			a.Error = &problem{Kind: "eval", Message: "context: " + err.Error()}
			return a
		}
	}
	parse := engine.Parse
	if q.Unary {
		parse = engine.ParseUnaryTests
	}
	x, err := parse(*q.Expr)
	if err != nil {
		a.Error = problemOf(err)
		return a
	}
	res, err := x.Evaluate(ctx, vars)
	for _, w := range res.Warnings {
		if kind := string(w.Kind); !slices.Contains(a.Warnings, kind) {
			a.Warnings = append(a.Warnings, kind)
		}
	}
	slices.Sort(a.Warnings)
	if err != nil {
		a.Error = problemOf(err)
		return a
	}
	a.Typed = res.Value.AppendTypedFields(nil)
	return a
}

// problemOf tells a syntax error, a failed assert and every other failure apart.
func problemOf(err error) *problem {
	p := &problem{Kind: "eval", Message: err.Error()}
	if e, ok := errors.AsType[*feel.Error](err); ok {
		p.Line, p.Column = e.Line, e.Column
		switch e.Kind {
		case feel.ErrParse:
			p.Kind = "parse"
		case feel.ErrAssert:
			p.Kind, p.Message = "assert", e.Message
		}
	}
	return p
}

// appendTo writes the answer as one line. All fields are always there.
func (a answer) appendTo(b []byte) []byte {
	id := a.ID
	if len(id) == 0 {
		id = json.RawMessage("null")
	}
	b = append(append(b, `{"id":`...), id...)
	if a.Error == nil {
		b = append(append(b, `,"ok":true,`...), a.Typed...)
	} else {
		b = append(b, `,"ok":false,"kind":null,"value":null`...)
	}
	if a.Warnings == nil {
		a.Warnings = []string{}
	}
	// neither of these can fail: they are strings and numbers
	warnings, _ := json.Marshal(a.Warnings)
	failure, _ := json.Marshal(a.Error)
	b = append(append(b, `,"warnings":`...), warnings...)
	b = append(append(b, `,"error":`...), failure...)
	return append(b, '}', '\n')
}
