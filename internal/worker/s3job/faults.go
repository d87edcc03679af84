package s3job

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/camundas3"
	"github.com/fairlead-io/fairlead/internal/documents"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/worker/compat"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// asInput gives a fault as it is, and makes an input fault of anything else.
func asInput(err error) error {
	if f, ok := errors.AsType[*job.Fault](err); ok {
		return f
	}
	return &job.Fault{Type: job.InputException, Message: err.Error(), Input: true, Err: err}
}

// ofRun is why no run was made: nothing has been sent.
func ofRun(err error) error {
	e := connector.AsError(err)
	if e.Kind == connector.Invalid {
		return &job.Fault{Type: job.InputException, Message: e.Message, Input: true, Err: err}
	}
	return &job.Fault{Type: classRuntime, Message: e.Message, Err: err}
}

// failed makes the fault of a run that failed.
func (f *Function) failed(rec *run.Record, r *request, o Options, in job.Invocation) error {
	var out *job.Fault
	why, ok := errors.AsType[*camundas3.Failure](rec.Error.Cause)
	if ok {
		out = (&explainer{f: f, r: r, why: why, in: in, seen: rec.Error}).fault()
	} else {
		out = plain(rec.Error)
	}
	if ok && why.Reason == camundas3.Answered {
		if o.ErrorCodes {
			out.Code = why.Code
		}
		if o.FailFast && (why.Status == 403 || why.Status == 404) {
			none := int32(0)
			out.Retries = &none
		}
	}
	if out.Err == nil {
		out.Err = rec.Error.Cause
	}
	out.Message = r.masked(out.Message)
	return out
}

// plain is a failure that the runtime does not have.
func plain(e *run.ErrorView) *job.Fault {
	message := strings.TrimSpace(e.Message + " " + e.Fix)
	switch e.Kind {
	case connector.Invalid:
		return inputFault(message)
	case connector.Canceled:
		return &job.Fault{Type: classRuntime, Message: message, Err: errors.Join(context.Canceled, e.Cause)}
	case connector.Internal:
		return fault(classRuntime, message)
	}
	return fault(classSDKClient, message)
}

// masked takes the secrets of a job out of a message. S3 does not repeat them;
// something that answers in its place may.
func (r *request) masked(message string) string {
	var secrets []string
	if a := r.effective(); a != nil && a.secretKey != nil {
		secrets = append(secrets, javaTrim(*a.secretKey))
	}
	if r.config != nil && r.config.own.sessionToken != nil {
		secrets = append(secrets, *r.config.own.sessionToken)
	}
	for _, s := range secrets {
		if len(s) >= 6 {
			message = strings.ReplaceAll(message, s, "***")
		}
	}
	return message
}

// explainer tells a failure in the words of Camunda's runtime.
type explainer struct {
	f    *Function
	r    *request
	why  *camundas3.Failure
	in   job.Invocation
	seen *run.ErrorView
}

func (x *explainer) fault() *job.Fault {
	switch x.why.Reason {
	case camundas3.Answered:
		return fault(classOf(x.why.Code, x.in.Compat), x.answer())
	case camundas3.NoAnswer:
		return x.network()
	case camundas3.NoCredentials:
		return x.credentials()
	case camundas3.NoRegion:
		return fault(classSDKClient, x.f.noRegion())
	case camundas3.ShortDocument:
		return fault(classState, "The request content has fewer bytes than the specified content-length: "+strconv.FormatInt(x.why.Want, 10)+" bytes.")
	case camundas3.CutAnswer:
		return fault(classRuntime, x.cut())
	case camundas3.Documents:
		return x.documents()
	}
	return x.content()
}

// answer is S3's text in the form of the SDK.
func (x *explainer) answer() string {
	w := x.why
	var b strings.Builder
	if w.Code != "" {
		b.WriteString(w.Message + " ")
	}
	id := w.RequestID
	if id == "" {
		id = "null"
	}
	b.WriteString("(Service: S3, Status Code: " + strconv.Itoa(w.Status) + ", Request ID: " + id)
	if w.HostID != "" {
		b.WriteString(", Extended Request ID: " + w.HostID)
	}
	b.WriteString(")" + x.attempts())
	return b.String()
}

func (x *explainer) attempts() string {
	return " (SDK Attempt Count: " + strconv.Itoa(x.why.Attempts) + ")"
}

// classOf is the class that the SDK has for a code of S3. The SDK of 8.9 has one
// more than that of 8.8.
func classOf(code string, v compat.Version) string {
	own := []string{
		"BucketAlreadyExists", "BucketAlreadyOwnedByYou", "EncryptionTypeMismatch", "IdempotencyParameterMismatch", "InvalidObjectState",
		"InvalidRequest", "InvalidWriteOffset", "NoSuchBucket", "NoSuchKey", "NoSuchUpload", "ObjectAlreadyInActiveTierError",
		"ObjectNotInActiveTierError", "TooManyParts",
	}
	if slices.Contains(own, code) || code == "AccessDenied" && v >= compat.V89 {
		return classModel + code + "Exception"
	}
	return classModel + "S3Exception"
}

func (x *explainer) cut() string {
	class := "org.apache.hc.core5.http.ConnectionClosedException"
	if x.in.Compat < compat.V89 {
		class = "org.apache.http.ConnectionClosedException"
	}
	if x.why.Want < 0 {
		return class + ": Premature end of chunk coded message body: closing chunk expected"
	}
	return class + ": Premature end of Content-Length delimited message body (expected: " + strconv.FormatInt(x.why.Want, 10) +
		"; received: " + strconv.FormatInt(x.why.Got, 10) + ")"
}

// content is an object that cannot be answered as a value.
func (x *explainer) content() *job.Fault {
	text := x.in.Job.Variables
	if len(text) == 0 {
		text = x.in.Variables
	}
	format, err := formatOf(text, x.in.Compat)
	if err != nil {
		format = returnFormat{}
	}
	switch x.why.Reason {
	case camundas3.TooLarge:
		if format.choice == "" {
			return inputFault("The object is larger than 32 MiB, which is too much for a variable. To handle large payloads, enable the 'Create document' option where available.")
		}
		label := map[string]string{"TEXT": "Text", "JSON": "JSON"}[format.choice]
		return fault(classConnector, label+" response payload exceeds the inline variable size limit of 1.5 MiB. Re-run with 'Document reference' as the response format so the payload is uploaded to the document store instead.")
	case camundas3.EmptyJSON:
		return fault(classConnector, "JSON response format selected but payload was empty or could not be parsed.")
	case camundas3.BadCharset:
		return inputFault("Unsupported charset '" + format.encoding + "' configured on documentReturnFormat.encoding. Use a valid IANA charset name (e.g. UTF-8, ISO-8859-1) or leave the field blank to default to UTF-8.")
	case camundas3.NotJSON:
		if format.choice != "" {
			return fault(classConnector, "JSON response format selected but payload is not valid JSON: "+x.why.Err.Error())
		}
		return fault(classRuntime, "com.fasterxml.jackson.core.JsonParseException: "+x.why.Err.Error())
	}
	return plain(x.seen)
}

// documents is a failure of what the content came from, or was to go to.
func (x *explainer) documents() *job.Fault {
	if d := x.r.action.document; d != nil && d.kind == connector.ExternalDocument {
		return ofExternal(x.why.Err)
	}
	f, _ := errors.AsType[*job.Fault](ofDocuments(x.why.Err, x.in.Compat))
	return f
}

// ofExternal is what the runtime's HTTP connector gives.
func ofExternal(err error) *job.Fault {
	f := fault(classConnector, "An error occurred while executing the request, or the connection was aborted")
	f.Code, f.Err = "408", err
	if e := connector.AsError(err); e.Status != 0 {
		f.Code, f.Message = strconv.Itoa(e.Status), e.Message
	}
	return f
}

// ofDocuments is what Camunda's client gives for a failure of its document API.
func ofDocuments(err error, v compat.Version) error {
	p, ok := errors.AsType[*documents.Problem](err)
	switch {
	case !ok:
		return &job.Fault{Type: classClient, Message: connector.AsError(err).Message, Err: err}
	case v >= compat.V89 && badURI(p.Instance) != "":
		return &job.Fault{Type: classClient, Message: "com.fasterxml.jackson.core.JsonParseException: Already closed, can not feed more input", Err: err}
	}
	return &job.Fault{Type: classProblem, Message: p.ExceptionText(), Err: err}
}

func noStore() error {
	return fault(classClient, "There is no store of documents here.")
}
