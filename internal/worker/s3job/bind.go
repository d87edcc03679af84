package s3job

import (
	"bytes"
	"context"
	"strings"

	"github.com/fairlead-io/fairlead/connectors/aws/camundas3/jackson"
	"github.com/fairlead-io/fairlead/internal/worker/compat"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// Names of the runtime's classes, as they stand in its messages.
const (
	classRequest    = "io.camunda.connector.aws.s3.model.request.S3Request"
	classUpload     = "io.camunda.connector.aws.s3.model.request.UploadObject"
	classDownload   = "io.camunda.connector.aws.s3.model.request.DownloadObject"
	classDelete     = "io.camunda.connector.aws.s3.model.request.DeleteObject"
	classStatic     = "io.camunda.connector.aws.model.impl.AwsAuthentication$AwsStaticCredentialsAuthentication"
	classChain      = "io.camunda.connector.aws.model.impl.AwsAuthentication$AwsDefaultCredentialsChainAuthentication"
	classConfig     = "io.camunda.connector.aws.model.impl.AwsBaseConfiguration"
	classCredential = "io.camunda.connector.aws.model.impl.AwsCredentialConfiguration"
)

// Values of actionDiscriminator.
const (
	actionUpload   = "uploadObject"
	actionDownload = "downloadObject"
	actionDelete   = "deleteObject"
)

// request is what the variables of a job say. What is nil was missing or null.
type request struct {
	auth       *authentication
	config     *configuration
	credential *credential
	action     *action
}

type authentication struct {
	chain                bool
	accessKey, secretKey *string
}

type configuration struct {
	region, endpoint *string
	own              extras
}

type credential struct {
	auth   *authentication
	region *string
}

type action struct {
	kind        string
	bucket, key *string
	document    *document // of an upload
	asFile      bool      // of a download
}

// binder turns variables into a request as Jackson does in the runtime.
type binder struct {
	ctx context.Context
	in  job.Invocation
}

func inputFault(message string) *job.Fault {
	return &job.Fault{Type: job.InputException, Message: message, Input: true}
}

func fault(class, message string) *job.Fault { return &job.Fault{Type: class, Message: message} }

// read parses the variables.
func (b *binder) read() (*jackson.Value, error) {
	raw := b.in.Variables
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, inputFault("No content to map due to end-of-input")
	}
	v, err := jackson.Parse(raw)
	if err != nil {
		return nil, inputFault("This is not a JSON object")
	}
	return &v, nil
}

// request binds the variables.
func (b *binder) request() (*request, error) {
	root, err := b.read()
	if err != nil {
		return nil, err
	}
	if root, err = object(root, classRequest, nil); err != nil {
		return nil, err
	}
	if root == nil {
		return nil, fault("java.lang.IllegalArgumentException", "HV000116: The object to be validated must not be null.")
	}
	r, ext := &request{}, external{}
	for i, name := range root.Keys {
		if err := b.member(r, &ext, name, &root.Items[i]); err != nil {
			return nil, err
		}
	}
	return r, ext.complete()
}

func (b *binder) member(r *request, ext *external, name string, v *jackson.Value) (err error) {
	switch name {
	case "authentication":
		r.auth, err = b.authentication(v, []string{name})
	case "configuration":
		r.config, err = b.configuration(v)
	case "awsCredential":
		if b.in.Compat >= compat.V810 {
			r.credential, err = b.credential(v)
		}
	case "actionDiscriminator", "action":
		if name == "action" {
			ext.action = v
		} else {
			ext.kind = v
		}
		if ext.action != nil && ext.kind != nil {
			r.action, err = b.action(ext)
		}
	}
	return err
}

// external is a member whose type another member names.
type external struct{ kind, action *jackson.Value }

func (e *external) complete() error {
	switch {
	case e.kind == nil && e.action != nil:
		return inputFault("Missing external type id property 'actionDiscriminator' (and no 'defaultImpl' specified)")
	case e.kind != nil && e.action == nil:
		return inputFault("Missing property 'action' for external type id 'actionDiscriminator'")
	}
	return nil
}

// unknownPlace is what the runtime says where Jackson names no member.
const unknownPlace = "Unexpected Error, Further investigation is needed"

func (b *binder) action(e *external) (*action, error) {
	if e.action.Kind == jackson.Null {
		return nil, nil
	}
	switch e.kind.Kind {
	case jackson.Null, jackson.List, jackson.Object:
		return nil, inputFault("Internal error in external Type Id handling: `null` type id passed")
	}
	class := map[string]string{actionUpload: classUpload, actionDownload: classDownload, actionDelete: classDelete}[e.kind.Text]
	if class == "" {
		return nil, inputFault(unknownPlace)
	}
	o, err := object(e.action, class, nil)
	if o == nil {
		return nil, err
	}
	a := &action{kind: e.kind.Text}
	for i, name := range o.Keys {
		if err := b.actionMember(a, name, &o.Items[i]); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (b *binder) actionMember(a *action, name string, v *jackson.Value) (err error) {
	path := []string{name}
	switch {
	case name == "bucket":
		a.bucket, err = b.text(v, path)
	case name == "key":
		a.key, err = b.text(v, path)
	case name == "document" && a.kind == actionUpload:
		a.document, err = b.document(v, path)
	case name == "asFile" && a.kind == actionDownload:
		a.asFile, err = boolean(v, path)
	}
	return err
}

// authentication takes every type that it does not know for static keys.
func (b *binder) authentication(v *jackson.Value, path []string) (*authentication, error) {
	a, class := &authentication{}, classStatic
	if kind, ok := unwrapped(v).Get("type"); ok && kind.Kind == jackson.Text && kind.Text == "defaultCredentialsChain" {
		a.chain, class = true, classChain
	}
	o, err := object(v, class, path)
	if o == nil || err != nil {
		return nil, err
	}
	if a.chain {
		return a, nil
	}
	for i, name := range o.Keys {
		at := append(path[:len(path):len(path)], name)
		switch name {
		case "accessKey":
			a.accessKey, err = b.text(&o.Items[i], at)
		case "secretKey":
			a.secretKey, err = b.text(&o.Items[i], at)
		}
		if err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (b *binder) configuration(v *jackson.Value) (*configuration, error) {
	o, err := object(v, classConfig, []string{"configuration"})
	if o == nil || err != nil {
		return nil, err
	}
	c := &configuration{}
	for i, name := range o.Keys {
		path := []string{"configuration", name}
		switch name {
		case "region":
			c.region, err = b.text(&o.Items[i], path)
		case "endpoint":
			c.endpoint, err = b.text(&o.Items[i], path)
		case "fairlead":
			err = b.extras(&c.own, &o.Items[i])
		}
		if err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (b *binder) credential(v *jackson.Value) (*credential, error) {
	o, err := object(v, classCredential, []string{"awsCredential"})
	if o == nil || err != nil {
		return nil, err
	}
	c := &credential{}
	for i, name := range o.Keys {
		path := []string{"awsCredential", name}
		switch name {
		case "authentication":
			c.auth, err = b.authentication(&o.Items[i], path)
		case "region":
			c.region, err = b.text(&o.Items[i], path)
		}
		if err != nil {
			return nil, err
		}
	}
	return c, nil
}

// unwrapped is the one element of a list, or the value itself.
func unwrapped(v *jackson.Value) *jackson.Value {
	if v.Kind == jackson.List && len(v.Items) == 1 {
		return &v.Items[0]
	}
	return v
}

// object gives the object that a value is, nil for null. A list of one object
// is that object.
func object(v *jackson.Value, class string, path []string) (*jackson.Value, error) {
	switch v.Kind {
	case jackson.Null:
		return nil, nil
	case jackson.Object:
		return v, nil
	case jackson.List:
		return objectInList(v, class, path)
	}
	return nil, noConstructor(v, class, path)
}

func objectInList(v *jackson.Value, class string, path []string) (*jackson.Value, error) {
	switch {
	case len(v.Items) == 0:
		return nil, wrongKind(class, v)
	case len(v.Items) > 1:
		return nil, severalValues(class)
	case v.Items[0].Kind == jackson.List:
		return nil, nestedList(class)
	}
	return object(&v.Items[0], class, path)
}

func noConstructor(v *jackson.Value, class string, path []string) error {
	if v.Kind == jackson.Text && strings.TrimSpace(v.Text) == "" {
		return invalidField(path, class)
	}
	kind, shown := "String-argument", "String value ('"+v.Text+"')"
	switch v.Kind {
	case jackson.Bool:
		kind, shown = "boolean/Boolean-argument", "boolean value ("+v.Text+")"
	case jackson.Number:
		kind, shown = "int/Int-argument", "Number value ("+v.Text+")"
		if strings.ContainsAny(v.Text, ".eE") {
			kind = "double/Double-argument"
		}
	}
	return inputFault("Cannot construct instance of `" + class + "` (although at least one Creator exists): no " + kind +
		" constructor/factory method to deserialize from " + shown)
}
