package s3

import (
	"context"

	"github.com/fairlead-io/fairlead/connector"
)

// CreateBucketsIn is the input of Create Buckets.
type CreateBucketsIn struct {
	BucketNames []string `json:"bucketNames" label:"Bucket Names" doc:"Names of the buckets to create. Bucket names are shared by all AWS accounts." example:"[\"acme-evidence-2026\"]" minItems:"1" items:"true" resource:"bucket"`
	Target
}

// CreateBucketsOut is its raw data.
type CreateBucketsOut struct {
	Buckets []CreatedBucket `json:"Buckets" doc:"The buckets created."`
}

// CreatedBucket is one bucket that was created.
type CreatedBucket struct {
	Name      string `json:"Name" key:"BucketNames" col:"Bucket"`
	Location  string `json:"Location" key:"Locations" col:"Location" doc:"Path or address of the bucket, as the service answers."`
	BucketArn string `json:"BucketArn,omitempty"`
	Region    string `json:"BucketRegion" col:"Region"`
}

func createBuckets() *connector.Command {
	return connector.NewPlanned(connector.Meta{
		Name:        "Create Buckets",
		Summary:     "Creates buckets.",
		Description: "Every bucket is an item of its own: one that cannot be created leaves the others alone. Names are checked against AWS's naming rules before anything is sent. Owner, name and region of a bucket cannot be changed later.",
		Effect:      connector.Write,
		Permissions: []connector.Permission{{Name: "s3:CreateBucket"}},
		Corrections: []string{
			"An account may hold 10,000 buckets by default, not 100; more on request.",
			"TooManyBuckets is answered with status code 400, not 403.",
			"Bucket names must have 3 to 63 characters out of lower-case letters, digits, dots and hyphens, and several beginnings and ends are reserved: more than \"no spaces or upper-case letters\".",
			"The names of buckets to be created cannot be taken from List Buckets.",
		},
	}, runCreateBuckets, planCreateBuckets)
}

func runCreateBuckets(ctx context.Context, call *connector.Call, s *session, in *CreateBucketsIn) (*CreateBucketsOut, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	call.Items.Total(len(in.BucketNames), 0)
	made := make([]*CreatedBucket, len(in.BucketNames))
	err = eachItem(ctx, call, s.concurrency, in.BucketNames, func(i int, _ *connector.Item) (outcome, error) {
		name := in.BucketNames[i]
		if err := checkName(name); err != nil {
			return outcome{}, err
		}
		out, err := c.createBucket(ctx, name)
		if err != nil {
			return outcome{}, err
		}
		c.learnCreated(name)
		made[i] = &CreatedBucket{Name: name, Location: deref(out.Location), BucketArn: deref(out.BucketArn), Region: c.region}
		return outcome{}, nil
	})
	return &CreateBucketsOut{Buckets: compact(made)}, err
}

// learnCreated drops what was known of an earlier bucket of the name.
func (c *client) learnCreated(bucket string) {
	c.forget(bucket)
	if c.region != c.s.region {
		c.learn(bucket, c.region)
	}
}

func planCreateBuckets(ctx context.Context, _ *connector.Call, s *session, in *CreateBucketsIn) ([]connector.PlanStep, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	return planBuckets(ctx, c, in.BucketNames, func(name string) (string, error) {
		if checkName(name) != nil {
			return connector.PlanNone, nil
		}
		_, err := c.headBucket(ctx, name)
		if notFound(err) {
			return connector.PlanCreate, nil
		}
		if err != nil && connector.AsError(err).Kind != connector.Denied {
			return "", err
		}
		return connector.PlanNone, nil
	})
}

// planBuckets asks for the step of every bucket, in the order of the names.
func planBuckets(ctx context.Context, c *client, names []string, ask func(string) (string, error)) ([]connector.PlanStep, error) {
	steps := make([]connector.PlanStep, len(names))
	errs := make([]error, len(names))
	err := connector.Each(ctx, c.s.concurrency, len(names), func(i int) {
		steps[i].Item = names[i]
		steps[i].Action, errs[i] = ask(names[i])
	})
	return steps, firstError(append(errs, err))
}

func firstError(errs []error) error {
	for _, e := range errs {
		if e != nil {
			return e
		}
	}
	return nil
}
