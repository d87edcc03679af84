package camundas3

import (
	"net/url"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/awsconn"
)

func checkEndpoint(text string) []*connector.Error {
	u, err := url.Parse(text)
	var message, fix string
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		message, fix = "Endpoint is not an http:// or https:// address.", "Write it like https://s3.example.com:9000."
	case u.User != nil:
		message, fix = "Endpoint must not contain a user or a password.", "Give keys as Access Key and Secret Key."
	case u.RawQuery != "" || u.Fragment != "":
		message, fix = "Endpoint must end after its path.", "Leave out everything from ? or # on."
	default:
		return nil
	}
	return []*connector.Error{connector.InvalidField("/endpoint", message, fix)}
}

// endpointOf is the endpoint that counts: what was given goes before the
// environment.
func endpointOf(call *connector.Call, a *Access) (string, error) {
	if a.Endpoint != "" {
		return a.Endpoint, nil
	}
	for _, name := range []string{"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"} {
		if v := variable(call, name); v != "" {
			if errs := checkEndpoint(v); len(errs) > 0 {
				return "", &connector.Error{Kind: connector.Invalid, Message: "The environment variable " + name + " is wrong: " + errs[0].Message, Fix: errs[0].Fix}
			}
			return v, nil
		}
	}
	return "", nil
}

func variable(call *connector.Call, name string) string {
	if call.LookupEnv == nil {
		return ""
	}
	v, _ := call.LookupEnv(name)
	return v
}

func pathStyle(choice, endpoint string) bool {
	return choice == pathOn || choice == pathAutomatic && !awsconn.IsAWS(endpoint)
}
