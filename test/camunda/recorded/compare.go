package recorded

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Difference is one place where what a runtime did is not what was recorded.
type Difference struct {
	Path      string // as in Observation.Differs
	Want, Got string
}

// String gives the difference on one line, long values cut.
func (d Difference) String() string {
	return fmt.Sprintf("%s: want %s, got %s", d.Path, cut(d.Want), cut(d.Got))
}

func cut(s string) string {
	if s == "" {
		return "nothing"
	}
	if len(s) > 700 {
		s = s[:700] + "…"
	}
	return strings.ReplaceAll(s, "\n", `\n`)
}

// Compare gives every difference, by the rules of the README. What got holds must
// be normalised as the recordings are: see Places.
func Compare(want, got Observation) []Difference {
	c := comparison{tags: want.Tags}
	c.outcome(want.Outcome, got.Outcome)
	c.commands(want.Commands, got.Commands)
	c.s3(want.S3, got.S3)
	c.documents(want.Documents, got.Documents)
	c.after(want.S3After, got.S3After)
	return slices.DeleteFunc(c.found, func(d Difference) bool {
		return slices.ContainsFunc(want.Differs, func(path string) bool {
			return d.Path == path || strings.HasPrefix(d.Path, path+"/")
		})
	})
}

type comparison struct {
	tags  []string
	found []Difference
}

func (c *comparison) add(path string, want, got any) {
	c.found = append(c.found, Difference{Path: path, Want: print(want), Got: print(got)})
}

// same compares values that are equal or not.
func same[T comparable](c *comparison, path string, want, got T) {
	if want != got {
		c.add(path, want, got)
	}
}

// pointers compares what may be absent.
func pointers[T comparable](c *comparison, path string, want, got *T) {
	if (want == nil) != (got == nil) || (want != nil && *want != *got) {
		c.add(path, want, got)
	}
}

func print(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

func (c *comparison) outcome(want, got Command) {
	same(c, "/outcome/kind", want.Kind, got.Kind)
	if want.Kind != got.Kind {
		return // the rest of another kind is another thing
	}
	pointers(c, "/outcome/retries", want.Retries, got.Retries)
	pointers(c, "/outcome/retryBackOff", want.RetryBackOff, got.RetryBackOff)
	pointers(c, "/outcome/errorCode", want.ErrorCode, got.ErrorCode)
	c.errorMessage(want, got)
	c.variables(want.Variables, got.Variables)
}

func (c *comparison) errorMessage(want, got Command) {
	const path = "/outcome/errorMessage"
	if want.ErrorMessage == nil || got.ErrorMessage == nil {
		pointers(c, path, want.ErrorMessage, got.ErrorMessage)
		return
	}
	w, g := splitMessage(*want.ErrorMessage), splitMessage(*got.ErrorMessage)
	if !c.alike(w.head, g.head) {
		c.add(path, w.head, g.head)
	}
	switch {
	case w.hasTail != g.hasTail:
		c.add(path+"/variables", *want.ErrorMessage, *got.ErrorMessage)
	case g.hasTail && !isPrintOf(g, got.Variables):
		c.add(path+"/variables", string(got.Variables), g.tail)
	}
}

func (c *comparison) variables(want, got json.RawMessage) {
	const path = "/outcome/variables"
	if (len(want) == 0) != (len(got) == 0) {
		c.add(path, string(want), string(got))
		return
	}
	if len(want) > 0 {
		c.value(path, decode(want), decode(got))
	}
}

// commands compares all of them where one was not enough: kinds and count. Where
// the recording has one, it is the outcome.
func (c *comparison) commands(want, got []Command) {
	if len(want) == 0 && len(got) <= 1 {
		return
	}
	same(c, "/allCommands", kinds(want), kinds(got))
}

func kinds(cs []Command) string {
	var out []string
	for _, x := range cs {
		out = append(out, x.Kind)
	}
	return strings.Join(out, ", ")
}

func (c *comparison) s3(want, got []S3Exchange) {
	if len(want) != len(got) {
		c.add("/s3Exchanges", requests(want), requests(got))
		return
	}
	for i := range want {
		w, g := want[i].Request, got[i].Request
		at := fmt.Sprintf("/s3Exchanges/%d/request/", i)
		same(c, at+"method", w.Method, g.Method)
		same(c, at+"path", w.Path, g.Path)
		same(c, at+"query", withoutID(w.Query), withoutID(g.Query))
		pointers(c, at+"signedWith", w.SignedWith, g.SignedWith)
		same(c, at+"headers/content-type", w.Headers["content-type"], g.Headers["content-type"])
		if w.Method != http.MethodPut || w.BodySHA256 != "" { // the older SDK sends no content that is not wanted
			same(c, at+"bodySize", w.BodySize, g.BodySize)
			same(c, at+"bodySha256", contentHash(w), contentHash(g))
		}
	}
}

// contentHash: an upload of nothing may have an empty body, or chunks of nothing.
func contentHash(r S3Request) string {
	if r.Method == http.MethodPut && r.BodySHA256 == "" {
		return sum(nil)
	}
	return r.BodySHA256
}

// withoutID takes away the parameter by which some SDKs name the operation.
func withoutID(query string) string {
	q, err := url.ParseQuery(query)
	if err != nil {
		return query
	}
	q.Del("x-id")
	return q.Encode()
}

func requests(xs []S3Exchange) []string {
	var out []string
	for _, x := range xs {
		out = append(out, x.Request.Method+" "+x.Request.Path)
	}
	return out
}

func (c *comparison) documents(want, got []DocumentExchange) {
	if len(want) != len(got) {
		c.add("/documentExchanges", want, got)
		return
	}
	for i := range want {
		w, g := want[i], got[i]
		at := fmt.Sprintf("/documentExchanges/%d/", i)
		same(c, at+"method", w.Method, g.Method)
		same(c, at+"path", w.Path, g.Path)
		same(c, at+"query", withoutID(w.Query), withoutID(g.Query)) // sorts
		same(c, at+"status", w.Status, g.Status)
		same(c, at+"sha256", w.SHA256, g.SHA256)
		pointers(c, at+"size", w.Size, g.Size)
		if len(w.Metadata) > 0 || len(g.Metadata) > 0 {
			c.value(at+"metadata", decode(w.Metadata), decode(g.Metadata))
		}
	}
}

func (c *comparison) after(want, got []BucketAfter) {
	if len(want) != len(got) {
		c.add("/s3After", want, got)
		return
	}
	for i := range want {
		at := fmt.Sprintf("/s3After/%d", i)
		same(c, at+"/bucket", want[i].Bucket, got[i].Bucket)
		if !slices.Equal(want[i].Objects, got[i].Objects) {
			c.add(at+"/objects", want[i].Objects, got[i].Objects)
		}
	}
}
