package s3job

import (
	"encoding/json"
	"net"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/camundas3/jackson"
	"github.com/fairlead-io/fairlead/internal/worker/compat"
)

const (
	classNull        = "java.lang.NullPointerException"
	classIllegal     = "java.lang.IllegalArgumentException"
	classState       = "java.lang.IllegalStateException"
	classSDKClient   = "software.amazon.awssdk.core.exception.SdkClientException"
	classModel       = "software.amazon.awssdk.services.s3.model."
	classRuntime     = "java.lang.RuntimeException"
	classProblem     = "io.camunda.client.api.command.ProblemException"
	classClient      = "io.camunda.client.api.command.ClientException"
	classConnector   = "io.camunda.connector.api.error.ConnectorException"
	streamIsSpent    = "Content input stream does not support mark/reset, and was already read once."
	messageNullHost  = "host must not be null."
	marshalling      = "Unable to marshall request to JSON: "
	regionIsNoDNS    = "Invalid region: region was not a valid DNS name."
	regionIsBlank    = "region must not be blank or empty."
	regionIsNull     = "region must not be null."
	configIsNull     = `Cannot invoke "io.camunda.connector.aws.model.impl.AwsBaseConfiguration.region()" because the return value of "io.camunda.connector.aws.s3.model.request.S3Request.getConfiguration()" is null`
	metadataIsNull   = `because the return value of "io.camunda.connector.api.document.Document.metadata()" is null`
	sizeIsNull       = `Cannot invoke "java.lang.Long.longValue()" because "contentLength" is null`
	sizeIsNegative   = "Content-length must not be negative"
	schemeIsNull     = "The URI scheme of endpointOverride must not be null."
	documentMetadata = "io.camunda.connector.api.document.DocumentMetadata"
)

// input is a command's input in the making.
type input struct{ raw []byte }

func (in *input) name(n string) {
	c := byte(',')
	if len(in.raw) == 0 {
		c = '{'
	}
	in.raw = append(in.raw, c, '"')
	in.raw = append(append(in.raw, n...), '"', ':')
}

func (in *input) text(n, v string) {
	in.name(n)
	in.raw = jackson.AppendText(in.raw, v)
}

func (in *input) given(n string, v *string) {
	if v != nil && *v != "" {
		in.text(n, *v)
	}
}

func (in *input) flag(n string, v bool) {
	in.name(n)
	if v {
		in.raw = append(in.raw, "true"...)
		return
	}
	in.raw = append(in.raw, "false"...)
}

func (in *input) end() json.RawMessage { return append(in.raw, '}') }

// target fills in with which credentials and where S3 is asked. What the
// runtime's SDK refuses is refused here, in its words.
func (f *Function) target(in *input, r *request, o Options, v compat.Version) error {
	region, err := r.region(v)
	if err != nil {
		return err
	}
	endpoint, err := r.endpoint(v)
	if err != nil {
		return err
	}
	auth := r.effective()
	if auth.chain {
		in.text("authenticationType", "Default Credentials Chain")
	} else {
		in.text("accessKey", javaTrim(*auth.accessKey))
		in.text("secretKey", javaTrim(*auth.secretKey))
	}
	if region != "" {
		in.text("region", region)
	}
	if endpoint != "" {
		in.text("endpoint", endpoint)
	}
	style := o.PathStyle
	if style == "" {
		style = "Off" // AWS's own rules, which Camunda's SDK follows too
	}
	in.text("pathStyle", style)
	if r.config != nil {
		own := &r.config.own
		in.given("sessionToken", own.sessionToken)
		in.given("roleArn", own.roleArn)
		in.given("externalId", own.externalID)
	}
	return nil
}

// region is the region that counts; empty leaves it to the machine, which the
// runtime does from 8.10 on.
func (r *request) region(v compat.Version) (string, error) {
	var region *string
	switch {
	case r.credential != nil && v >= compat.V810:
		region = r.credential.region
	case r.config != nil:
		region = r.config.region
	case v < compat.V810:
		return "", fault(classNull, configIsNull)
	}
	switch {
	case region == nil && v >= compat.V810:
		return "", nil
	case region == nil:
		return "", fault(classNull, regionIsNull)
	case strings.TrimSpace(*region) == "":
		return "", fault(classIllegal, regionIsBlank)
	case !isHostLabel(*region):
		return "", fault(classSDKClient, regionIsNoDNS)
	}
	return *region, nil
}

func isHostLabel(s string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
	return len(s) <= 63 && strings.Trim(s, letters) == "" && s[0] != '-' && s[len(s)-1] != '-'
}

// endpoint is the endpoint of the job; the runtime reads it from 8.10 on.
func (r *request) endpoint(v compat.Version) (string, error) {
	if v < compat.V810 || r.config == nil || r.config.endpoint == nil || strings.TrimSpace(*r.config.endpoint) == "" {
		return "", nil
	}
	e := *r.config.endpoint
	if bad := badURI(e); bad != "" {
		return "", fault(classIllegal, bad)
	}
	scheme, rest, ok := strings.Cut(e, ":")
	switch {
	case !ok || strings.Contains(scheme, "/"):
		return "", fault(classNull, schemeIsNull)
	case !strings.HasPrefix(rest, "//"):
		return "", fault(classNull, messageNullHost)
	}
	return e, nil
}

// upload fills in what an upload takes beyond bucket and key.
func (a *action) upload(in *input, v compat.Version) error {
	d := a.document
	if err := d.readable(v); err != nil {
		return err
	}
	if err := a.sendable(); err != nil {
		return err
	}
	ref := d.open()
	raw, err := json.Marshal(&ref)
	if err != nil {
		return err
	}
	in.name("document")
	in.raw = append(in.raw, raw...)
	in.text("sizeMismatch", "Cut")
	return nil
}

// sendable finds what the runtime does not find in a reference, or its SDK does
// not take as a key.
func (a *action) sendable() error {
	d, key := a.document, a.key
	if d.kind == connector.ClusterDocument {
		m := d.metadata
		switch {
		case m == nil && key == nil:
			return fault(classNull, `Cannot invoke "`+documentMetadata+`.getFileName()" `+metadataIsNull)
		case m == nil:
			return fault(classNull, `Cannot invoke "`+documentMetadata+`.getSize()" `+metadataIsNull)
		case m.size == nil:
			return fault(classNull, sizeIsNull)
		case *m.size < 0:
			return fault(classIllegal, sizeIsNegative)
		case key == nil && m.fileName == nil:
			return fault(classSDKClient, marshalling+"Parameter 'Key' must not be null")
		case key == nil:
			key = m.fileName
		}
	}
	if key != nil && *key == "" {
		return fault(classSDKClient, marshalling+"Key cannot be empty.")
	}
	return nil
}

// isARN tells access points from buckets.
func isARN(bucket string) bool { return strings.HasPrefix(bucket, "arn:") }

// noHost is what becomes of an access point where the endpoint is an IP address,
// before which no name can stand.
func (a *action) noHost(v compat.Version) error {
	if a.kind == actionUpload && v >= compat.V89 {
		return fault(classState, streamIsSpent)
	}
	return fault(classNull, messageNullHost)
}

// place is where S3 is.
type place struct{ scheme, host string }

// at is where a request goes, as far as it is known before a bucket's name.
func (f *Function) at(r *request, v compat.Version) place {
	endpoint, _ := r.endpoint(v) // a wrong one has been refused already
	for _, name := range []string{"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"} {
		if endpoint == "" {
			endpoint, _ = f.lookup(name)
		}
	}
	scheme, rest, ok := strings.Cut(endpoint, "://")
	if !ok {
		return place{scheme: "https"}
	}
	host, _, _ := strings.Cut(rest, "/")
	return place{scheme, host}
}

func (p place) ip() bool {
	host := p.host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return net.ParseIP(strings.Trim(host, "[]")) != nil
}

// returnFormat is documentReturnFormat, which only 8.10 knows.
type returnFormat struct{ choice, encoding string }

func formatOf(variables json.RawMessage, v compat.Version) (returnFormat, error) {
	var f returnFormat
	if v < compat.V810 {
		return f, nil
	}
	root, err := jackson.Parse(variables)
	if err != nil {
		return f, nil // what is no JSON has been refused already
	}
	o, ok := root.Get("documentReturnFormat")
	if !ok || o.Kind != jackson.Object {
		return f, nil
	}
	if e, ok := o.Get("encoding"); ok && e.Kind != jackson.Null {
		f.encoding = e.Text
	}
	c, ok := o.Get("choice")
	if !ok || c.Kind == jackson.Null || c.Kind == jackson.Text && strings.TrimSpace(c.Text) == "" {
		return f, nil
	}
	switch c.Text {
	case "DOCUMENT", "TEXT", "JSON":
		f.choice = c.Text
		return f, nil
	}
	return f, inputFault("documentReturnFormat.choice must be one of DOCUMENT, TEXT, JSON. Got: " + c.Text)
}
