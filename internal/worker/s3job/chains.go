package s3job

import (
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// link is one provider of a chain of the SDK, and why it gave nothing.
type link struct{ name, why string }

func joined(links []link, f func(link) string) string {
	parts := make([]string, len(links))
	for i, l := range links {
		parts[i] = f(l)
	}
	return strings.Join(parts, ", ")
}

// noRegion is the SDK's account of where it looked for a region. It prints
// objects with their hash, which means nothing.
func (f *Function) noRegion() string {
	const pkg = "software.amazon.awssdk.regions.providers."
	instance := "Unable to contact EC2 metadata service."
	if v, _ := f.lookup("AWS_EC2_METADATA_DISABLED"); v == "true" {
		instance = "EC2 Metadata is disabled. Unable to retrieve region information from EC2 Metadata service."
	}
	links := []link{
		{pkg + "SystemSettingsRegionProvider", "Unable to load region from system settings. Region must be specified either via environment variable (AWS_REGION) or  system property (aws.region)."},
		{pkg + "AwsProfileRegionProvider", "No region provided in profile: " + f.profile()},
		{pkg + "InstanceProfileRegionProvider", instance},
	}
	return "Unable to load region from any of the providers in the chain " + object0(pkg+"DefaultAwsRegionProviderChain") + ": [" +
		joined(links, func(l link) string { return object0(l.name) + ": " + l.why }) + "]"
}

func (f *Function) profile() string {
	if v, _ := f.lookup("AWS_PROFILE"); v != "" {
		return v
	}
	return "default"
}

// object0 prints an object as Java does.
func object0(class string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(class)) // a hash takes everything
	return fmt.Sprintf("%s@%x", class, h.Sum32())
}

// credentials is that there is nothing to sign with.
func (x *explainer) credentials() *job.Fault {
	e := connector.AsError(x.why.Err)
	if e.Operation == "AssumeRole" {
		return fault("software.amazon.awssdk.services.sts.model.StsException", strings.TrimSpace(e.Message+" "+e.Fix))
	}
	if !strings.Contains(e.Message, "there is nothing to look at") {
		return fault(classSDKClient, "Unable to load credentials from any of the providers in the chain: "+e.Message)
	}
	settings := "Unable to load credentials from system settings. Access key must be specified either via environment variable (AWS_ACCESS_KEY_ID) or system property (aws.accessKeyId)."
	profile := "ProfileCredentialsProvider(profileName=" + x.f.profile() + ", profileFile=ProfileFile(sections=[]))"
	links := []link{
		{"SystemPropertyCredentialsProvider()", settings},
		{"EnvironmentVariableCredentialsProvider()", settings},
		{"WebIdentityTokenFileCredentialsProvider()", "Either the environment variable AWS_WEB_IDENTITY_TOKEN_FILE or the javaproperty aws.webIdentityTokenFile must be set."},
		{profile, "Profile file contained no credentials for profile '" + x.f.profile() + "': ProfileFile(sections=[])"},
		{"ContainerCredentialsProvider()", "Cannot fetch credentials from container - neither AWS_CONTAINER_CREDENTIALS_FULL_URI or AWS_CONTAINER_CREDENTIALS_RELATIVE_URI environment variables are set."},
		{"InstanceProfileCredentialsProvider()", "IMDS credentials have been disabled by environment variable or system property."},
	}
	return fault(classSDKClient, "Unable to load credentials from any of the providers in the chain AwsCredentialsProviderChain(credentialsProviders=["+
		joined(links, func(l link) string { return l.name })+"]) : ["+joined(links, func(l link) string { return l.name + ": " + l.why })+"]")
}
