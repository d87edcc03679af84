package recorded

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Case is one job with everything around it, and what each runtime did with it.
type Case struct {
	ID                 string            `json:"id"`
	Group              string            `json:"group"`
	Note               string            `json:"note,omitempty"`
	Profile            string            `json:"profile"`
	JobType            string            `json:"jobType"`
	Retries            int32             `json:"retries"`
	CustomHeaders      map[string]string `json:"customHeaders"`
	RawCustomHeaders   *string           `json:"rawCustomHeaders,omitempty"`
	Variables          json.RawMessage   `json:"variables,omitempty"`
	RawVariables       *string           `json:"rawVariables,omitempty"`
	Documents          []StoredDocument  `json:"documents,omitempty"`
	DocumentStoreFails int               `json:"documentStoreFails,omitempty"`
	S3Before           []BucketBefore    `json:"s3Before,omitempty"`
	S3Script           []Answer          `json:"s3Script,omitempty"`
	CommandReplies     []string          `json:"commandReplies,omitempty"`
	DeadlineMs         int64             `json:"deadlineMs,omitempty"`
	WaitMs             int               `json:"waitMs,omitempty"`
	Observed           []Observation     `json:"observed"`
}

// StoredDocument is in the document store before the job.
type StoredDocument struct {
	ID       string         `json:"documentId"`
	Content  Content        `json:"content"`
	Metadata map[string]any `json:"metadata"`
}

// BucketBefore is on the S3 server before the job.
type BucketBefore struct {
	Bucket  string         `json:"bucket"`
	Objects []ObjectBefore `json:"objects,omitempty"`
}

// ObjectBefore is in a bucket before the job.
type ObjectBefore struct {
	Key         string  `json:"key"`
	Content     Content `json:"content"`
	ContentType string  `json:"contentType,omitempty"`
}

// Answer is a canned answer of the S3 side, given Times times (0: once).
type Answer struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body,omitempty"`
	DelayMs int               `json:"delayMs,omitempty"`
	Times   int               `json:"times,omitempty"`
	Cut     bool              `json:"cutConnection,omitempty"`
}

// Content is text, base64 of bytes, or a repeated string: [string, times].
type Content struct {
	Text   *string `json:"text,omitempty"`
	Base64 *string `json:"base64,omitempty"`
	Fill   []any   `json:"fill,omitempty"`
}

// Bytes gives the content itself.
func (c Content) Bytes() ([]byte, error) {
	switch {
	case c.Text != nil:
		return []byte(*c.Text), nil
	case c.Base64 != nil:
		return base64.StdEncoding.DecodeString(*c.Base64)
	case c.Fill != nil:
		s, err := fill(c.Fill)
		return []byte(s), err
	}
	return nil, nil
}

// fill repeats a string: [string, times].
func fill(f []any) (string, error) {
	if len(f) == 2 {
		text, isText := f[0].(string)
		n, err := strconv.ParseFloat(fmt.Sprint(f[1]), 64) // decoded as a float or as it was written
		if isText && err == nil && n >= 0 {
			return strings.Repeat(text, int(n)), nil
		}
	}
	return "", fmt.Errorf("a repeated string is [string, times], not %v", f)
}

// Observation is what one or more versions did. Fields that a runtime's next run
// showed differently are named in Differs, as paths such as /outcome/errorMessage.
type Observation struct {
	Versions  []string           `json:"versions,omitempty"`
	Tags      []string           `json:"tags,omitempty"`
	Outcome   Command            `json:"outcome"`
	Commands  []Command          `json:"allCommands,omitempty"`
	S3        []S3Exchange       `json:"s3Exchanges,omitempty"`
	Documents []DocumentExchange `json:"documentExchanges,omitempty"`
	S3After   []BucketAfter      `json:"s3After"`
	Differs   []string           `json:"differsBetweenRuns,omitempty"`
}

// Command is what a worker told the gateway about a job. Kind is complete, fail,
// throw, updateTimeout, or none when it said nothing.
type Command struct {
	Kind         string          `json:"kind"`
	Variables    json.RawMessage `json:"variables,omitempty"`
	Retries      *int32          `json:"retries,omitempty"`
	RetryBackOff *int64          `json:"retryBackOff,omitempty"`
	ErrorMessage *string         `json:"errorMessage,omitempty"`
	ErrorCode    *string         `json:"errorCode,omitempty"`
	TimeoutMs    *int64          `json:"timeout,omitempty"`
	Reply        string          `json:"reply,omitempty"` // a scripted refusal
}

// S3Exchange is a request on the S3 side; the answer is the server's or scripted
// and says nothing of the worker.
type S3Exchange struct {
	Request S3Request `json:"request"`
}

// S3Request is what of a request is compared. Hash and size are those of the
// content, without its transfer encoding; none when there was no content.
type S3Request struct {
	Method     string            `json:"method"`
	Path       string            `json:"path"`
	Query      string            `json:"query,omitempty"`
	Headers    map[string]string `json:"headers,omitempty"`
	SignedWith *Signer           `json:"signedWith,omitempty"`
	BodySize   int64             `json:"bodySize,omitempty"`
	BodySHA256 string            `json:"bodySha256,omitempty"`
}

// Signer is the scope of a signature.
type Signer struct {
	AccessKey string `json:"accessKey"`
	Region    string `json:"region"`
	Service   string `json:"service"`
}

// DocumentExchange is a call to the document store.
type DocumentExchange struct {
	Method   string          `json:"method"`
	Path     string          `json:"path"`
	Query    string          `json:"query,omitempty"`
	Status   int             `json:"status"`
	Metadata json.RawMessage `json:"metadata,omitempty"`
	Size     *int64          `json:"size,omitempty"`
	SHA256   string          `json:"sha256,omitempty"`
}

// BucketAfter is on the S3 server after the job.
type BucketAfter struct {
	Bucket  string        `json:"bucket"`
	Objects []ObjectAfter `json:"objects"`
}

// ObjectAfter is in a bucket after the job.
type ObjectAfter struct {
	Key         string `json:"key"`
	Size        int64  `json:"size"`
	ContentType string `json:"contentType"`
	SHA256      string `json:"sha256"`
}
