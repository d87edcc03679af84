package camundas3

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"

	"github.com/fairlead-io/fairlead/connector"
)

// regions finds the region of calls that name none: the environment's, the
// profile's, the instance's. What the instance says is remembered.
type regions struct {
	mu       sync.Mutex
	instance string
	asked    time.Time
}

// Waiting for an instance that is none takes time; it is not asked again soon.
const (
	instanceWait  = time.Second
	instanceAgain = time.Minute
)

func (r *regions) find(ctx context.Context, call *connector.Call) (string, error) {
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		if v := variable(call, name); v != "" {
			return v, nil
		}
	}
	if v := profileRegion(ctx, call); v != "" {
		return v, nil
	}
	if v := r.ofInstance(ctx, call); v != "" {
		return v, nil
	}
	return "", (&Failure{Reason: NoRegion}).with(connector.Error{
		Kind: connector.Invalid, Field: "/region", Message: "No region is given, and this machine has none of its own.",
		Fix: "Give Region, or set AWS_REGION for the Fairlead process.",
	})
}

// profileRegion reads the shared files; that they are not there is usual.
func profileRegion(ctx context.Context, call *connector.Call) string {
	name := variable(call, "AWS_PROFILE")
	if name == "" {
		name = config.DefaultSharedConfigProfile
	}
	sc, err := config.LoadSharedConfigProfile(ctx, name, func(o *config.LoadSharedConfigOptions) {
		if f := variable(call, "AWS_CONFIG_FILE"); f != "" {
			o.ConfigFiles = []string{f}
		}
		if f := variable(call, "AWS_SHARED_CREDENTIALS_FILE"); f != "" {
			o.CredentialsFiles = []string{f}
		}
	})
	if err != nil {
		return ""
	}
	return sc.Region
}

func (r *regions) ofInstance(ctx context.Context, call *connector.Call) string {
	if variable(call, "AWS_EC2_METADATA_DISABLED") == "true" {
		return ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := call.Now()
	if r.instance != "" || !r.asked.IsZero() && now.Sub(r.asked) < instanceAgain {
		return r.instance
	}
	r.asked = now
	client, err := call.HTTP(connector.HTTPOptions{Metadata: true, MaxConns: 1, ConnectTimeout: instanceWait})
	if err != nil {
		return ""
	}
	ctx, done := context.WithTimeout(ctx, instanceWait)
	defer done()
	service := imds.New(imds.Options{HTTPClient: client, Endpoint: variable(call, "AWS_EC2_METADATA_SERVICE_ENDPOINT")})
	if out, err := service.GetRegion(ctx, &imds.GetRegionInput{}); err == nil {
		r.instance = out.Region
	}
	return r.instance
}
