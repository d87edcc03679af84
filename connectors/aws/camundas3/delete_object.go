package camundas3

import (
	"context"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/s3wire"
)

// DeleteObjectIn is the input of Delete Object.
type DeleteObjectIn struct {
	Bucket string `json:"bucket" label:"Bucket" doc:"Bucket that holds the object." minLength:"1" example:"contracts" resource:"bucket"`
	Key    string `json:"key" label:"Key" doc:"Key of the object, folders included." minLength:"1" example:"2026/offer.pdf"`
	Access
}

// Validate checks what the tags cannot say.
func (in *DeleteObjectIn) Validate() []*connector.Error { return in.validate() }

// DeleteObjectOut is the raw data.
type DeleteObjectOut struct {
	Bucket string `json:"bucket" col:"Bucket" doc:"Bucket, as given."`
	Key    string `json:"key" col:"Key" key:"Keys" doc:"Key, as given."`
}

func (p *pool) deleteObject() *connector.Command {
	return connector.NewPlanned(connector.Meta{
		Name:        "Delete Object",
		Summary:     "Deletes an object from a bucket.",
		Description: "An object that is not there counts as deleted. In a bucket with versions the object gets a delete marker, and its versions stay.",
		Effect:      connector.Delete | connector.Idempotent,
		Permissions: permissions("s3:DeleteObject"),
	}, p.runDelete, p.planDelete)
}

func (p *pool) runDelete(ctx context.Context, call *connector.Call, _ connector.NoSession, in *DeleteObjectIn) (*DeleteObjectOut, error) {
	c, release, err := p.of(ctx, call, &in.Access)
	if err != nil {
		return nil, err
	}
	defer release()
	req := &s3wire.DeleteInput{Ref: s3wire.Ref{Bucket: in.Bucket, Key: in.Key}}
	err = c.send(ctx, func(w *s3wire.Client) error {
		_, err := w.Delete(ctx, req)
		return err
	})
	if err != nil {
		return nil, ofWire(err)
	}
	return &DeleteObjectOut{Bucket: in.Bucket, Key: in.Key}, nil
}

func (p *pool) planDelete(ctx context.Context, call *connector.Call, _ connector.NoSession, in *DeleteObjectIn) ([]connector.PlanStep, error) {
	c, release, err := p.of(ctx, call, &in.Access)
	if err != nil {
		return nil, err
	}
	defer release()
	found, err := c.head(ctx, in.Bucket, in.Key)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return []connector.PlanStep{{Item: in.Key, Action: connector.PlanNone, Note: "There is no such object."}}, nil
	}
	return []connector.PlanStep{{Item: in.Key, Action: connector.PlanDelete, Size: found.Size}}, nil
}

// head describes an object for a plan, nil when there is none.
func (c *client) head(ctx context.Context, bucket, key string) (*s3wire.Object, error) {
	o, err := c.wire.Head(ctx, &s3wire.GetInput{Ref: s3wire.Ref{Bucket: bucket, Key: key}})
	if err == nil {
		return o, nil
	}
	if e := connector.AsError(ofWire(err)); e.Kind != connector.NotFound {
		return nil, e
	}
	return nil, nil
}

func permissions(name string) []connector.Permission {
	return []connector.Permission{{Name: name}, {Name: "sts:AssumeRole", When: "with Role ARN"}}
}
