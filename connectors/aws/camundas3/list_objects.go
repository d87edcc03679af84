package camundas3

import (
	"context"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/s3wire"
)

// ListObjectsIn is the input of List Objects.
type ListObjectsIn struct {
	Bucket            string `json:"bucket" label:"Bucket" doc:"Bucket whose objects are listed." minLength:"1" example:"contracts" resource:"bucket"`
	Prefix            string `json:"prefix,omitempty" label:"Prefix" doc:"Only keys that begin with this." maxLength:"1024" example:"2026/"`
	Delimiter         string `json:"delimiter,omitempty" label:"Delimiter" doc:"Keys that agree up to this text after the prefix are left out. Use / to list one folder." example:"/"`
	StartAfter        string `json:"startAfter,omitempty" label:"Start After" doc:"Only keys that sort after this one." maxLength:"1024"`
	ContinuationToken string `json:"continuationToken,omitempty" label:"Continuation Token" doc:"Goes on where an earlier list ended: its next."`
	MaximumObjects    int    `json:"maximumObjects" label:"Maximum Objects" doc:"How many objects to give at most." default:"1000" minimum:"1" maximum:"1000"`
	Access
}

// Validate checks what the tags cannot say.
func (in *ListObjectsIn) Validate() []*connector.Error { return in.validate() }

// ListObjectsOut is the raw data.
type ListObjectsOut struct {
	Bucket  string         `json:"bucket" doc:"Bucket, as given."`
	Objects []ListedObject `json:"objects" doc:"The objects, in the order of their keys."`
	Next    string         `json:"next,omitempty" doc:"Where the list goes on; give it as Continuation Token. Empty at its end."`
}

// ListedObject is an object of a list.
type ListedObject struct {
	Key          string    `json:"key" col:"Key" key:"Keys"`
	Size         int64     `json:"size" col:"Size" doc:"Bytes."`
	LastModified time.Time `json:"lastModified" col:"Last modified"`
}

func (p *pool) listObjects() *connector.Command {
	return connector.NewCommand(connector.Meta{
		Name:        "List Objects",
		Summary:     "Lists objects of a bucket.",
		Description: "Camunda's connector has no such operation. One answer of S3 is given; `next` leads to the one after it. In a bucket with versions only current objects are listed.",
		Effect:      connector.Read | connector.Idempotent,
		Permissions: permissions("s3:ListBucket"),
	}, p.runList)
}

func (p *pool) runList(ctx context.Context, call *connector.Call, _ connector.NoSession, in *ListObjectsIn) (*ListObjectsOut, error) {
	c, release, err := p.of(ctx, call, &in.Access)
	if err != nil {
		return nil, err
	}
	defer release()
	req := &s3wire.ListInput{Bucket: in.Bucket, Prefix: in.Prefix, Delimiter: in.Delimiter, StartAfter: in.StartAfter, Token: in.ContinuationToken, Max: in.MaximumObjects}
	var page *s3wire.ListPage
	err = c.send(ctx, func(w *s3wire.Client) error {
		page, err = w.List(ctx, req)
		return err
	})
	if err != nil {
		return nil, ofWire(err)
	}
	out := &ListObjectsOut{Bucket: in.Bucket, Objects: make([]ListedObject, len(page.Items))}
	for i, o := range page.Items {
		out.Objects[i] = ListedObject{Key: o.Key, Size: o.Size, LastModified: o.Modified}
	}
	if page.Truncated {
		out.Next = page.Next
	}
	return out, nil
}
