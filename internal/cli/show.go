package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// show prints an answer in the format asked for; people is its form as a table.
func (p *program) show(raw json.RawMessage, people func() error) error {
	if p.global.query.path != nil {
		return p.global.query.write(p.out, p.global.format, raw)
	}
	if p.global.format != formatTable {
		return p.global.format.write(p.out, raw)
	}
	return people()
}

// showValue is show of a value made here.
func (p *program) showValue(v any, people func() error) error {
	raw, err := encode(v)
	if err != nil {
		return err
	}
	return p.show(raw, people)
}

// fetch asks the API and shows its answer; people gets it decoded.
func fetch[T any](ctx context.Context, p *program, r apiRequest, people func(T) error) error {
	c, err := p.client(ctx)
	if err != nil {
		return err
	}
	if r.method == "" {
		r.method = http.MethodGet
	}
	raw, err := c.get(ctx, r)
	if err != nil {
		return err
	}
	return p.show(raw, func() error {
		v, err := decodeAs[T](raw)
		if err != nil {
			return err
		}
		return people(v)
	})
}

// remove deletes something by the API and says so.
func (p *program) remove(ctx context.Context, r apiRequest, done, what string) error {
	c, err := p.client(ctx)
	if err != nil {
		return err
	}
	r.method = http.MethodDelete
	if _, err := c.get(ctx, r); err != nil {
		return err
	}
	return p.showValue(map[string]string{done: what}, func() error {
		fmt.Fprintln(p.out, sentence(done+" "+visible(what)))
		return nil
	})
}

func decodeAs[T any](raw json.RawMessage) (T, error) {
	var v T
	err := json.Unmarshal(raw, &v)
	return v, err
}
