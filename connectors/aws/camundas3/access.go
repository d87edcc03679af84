package camundas3

import (
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// Choices of Authentication Type and Path Style.
const (
	accessKeys   = "Access Keys"
	defaultChain = "Default Credentials Chain"

	pathAutomatic = "Automatic"
	pathOn        = "On"
)

// saasVariable tells, by being there, that this process serves other people's
// work: its own credentials are then out of bounds.
const saasVariable = "CAMUNDA_CONNECTOR_RUNTIME_SAAS"

// Access are the parameters of every command that say with which credentials,
// and where, S3 is asked. They stand with the command and not in a connection,
// because processes carry them with each call.
type Access struct {
	AuthenticationType string           `json:"authenticationType" label:"Authentication Type" doc:"Access Keys uses the two keys. Default Credentials Chain takes what the machine offers: environment, shared files, web identity, container, instance profile." enum:"Access Keys,Default Credentials Chain" default:"Access Keys" group:"Authentication"`
	AccessKey          connector.Secret `json:"accessKey" label:"Access Key" doc:"Access key ID of an IAM user, or of temporary credentials." when:"authenticationType=Access Keys" group:"Authentication"`
	SecretKey          connector.Secret `json:"secretKey" label:"Secret Key" doc:"Secret access key that belongs to the access key." when:"authenticationType=Access Keys" group:"Authentication"`
	SessionToken       connector.Secret `json:"sessionToken,omitempty" label:"Session Token" doc:"Session token, when the keys are temporary." group:"Authentication"`
	RoleARN            string           `json:"roleArn,omitempty" label:"Role ARN" doc:"Role to assume. Its permissions replace those of the keys." api:"RoleArn" minLength:"20" maxLength:"2048" example:"arn:aws:iam::123456789012:role/documents" group:"Authentication"`
	ExternalID         string           `json:"externalId,omitempty" label:"External ID" doc:"External ID that the role's trust policy asks for." api:"ExternalId" minLength:"2" maxLength:"1224" pattern:"^[\\w+=,.@:\\/-]*$" group:"Authentication"`
	Region             string           `json:"region,omitempty" label:"Region" doc:"Region of the bucket, as its code. When left out, the machine's own settings decide: AWS_REGION, the profile, the instance." example:"eu-central-1" maxLength:"128" group:"Endpoint"`
	Endpoint           string           `json:"endpoint,omitempty" label:"Endpoint" doc:"Address of an S3-compatible service or of a VPC endpoint. When left out, AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL decide, else it is AWS." format:"uri" example:"https://s3.example.com:9000" group:"Endpoint"`
	PathStyle          string           `json:"pathStyle" label:"Path Style" doc:"Whether the bucket stands in the path instead of the host name. Automatic turns it on for endpoints that are not AWS's, Off leaves it to AWS's rules: on for IP addresses only." enum:"Automatic,On,Off" default:"Automatic" group:"Endpoint"`
}

func (a *Access) validate() []*connector.Error {
	var errs []*connector.Error
	if a.Region != "" && !isRegion(a.Region) {
		errs = append(errs, connector.InvalidField("/region", "Region "+a.Region+" is not the code of a region.", "Write it like eu-central-1."))
	}
	if a.Endpoint != "" {
		errs = append(errs, checkEndpoint(a.Endpoint)...)
	}
	if a.ExternalID != "" && a.RoleARN == "" {
		errs = append(errs, connector.InvalidField("/externalId", "An External ID is given without a Role ARN.", "Give Role ARN too, or leave the external ID out."))
	}
	return errs
}

func isRegion(s string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
	return len(s) <= 63 && strings.Trim(s, letters) == "" && !strings.HasPrefix(s, "-") && !strings.HasSuffix(s, "-")
}

// target says which client a call needs; equal targets share one.
type target struct {
	chain                              bool
	accessKey, secretKey, sessionToken string
	roleARN, externalID                string
	region, endpoint                   string
	pathStyle                          bool
}

// roleDuration is how long an assumed session lasts.
const roleDuration = time.Hour
