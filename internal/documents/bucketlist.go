package documents

import (
	"context"
	"encoding/json"
	"iter"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/internal/run"
)

// firstPage is how many objects the first answer of a list holds. Most lists are
// looks for documents that are due, of which there often are none.
const firstPage = 100

// List gives all objects beside the documents too: what others keep below the
// same prefix, but not in folders below it.
func (b *bucket) List(ctx context.Context) iter.Seq2[Object, error] { return b.After(ctx, "") }

// After implements Sorted: S3 lists keys in the order of their bytes.
func (b *bucket) After(ctx context.Context, name string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		in := map[string]any{"prefix": b.Prefix, "delimiter": "/", "maximumObjects": firstPage}
		if name != "" {
			in["startAfter"] = b.Prefix + name
		}
		for {
			page, err := b.list(ctx, in)
			if err != nil {
				yield(Object{}, err)
				return
			}
			for _, o := range page.Objects {
				if !yield(Object{strings.TrimPrefix(o.Key, b.Prefix), o.LastModified}, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			in["continuationToken"] = page.Next
			delete(in, "maximumObjects")
		}
	}
}

// listPage is what a list answers.
type listPage struct {
	Objects []struct {
		Key          string    `json:"key"`
		LastModified time.Time `json:"lastModified"`
	} `json:"objects"`
	Next string `json:"next"`
}

func (b *bucket) list(ctx context.Context, in map[string]any) (listPage, error) {
	rec, err := b.do(ctx, "documents", "list-objects", in, nil)
	if err != nil {
		return listPage{}, err
	}
	return pageOf(rec)
}

func pageOf(rec *run.Record) (page listPage, err error) {
	raw, err := json.Marshal(rec.RawData)
	if err != nil {
		return page, err
	}
	return page, json.Unmarshal(raw, &page)
}
