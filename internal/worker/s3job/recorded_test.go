package s3job

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// The parts of a case that are compared.
const (
	outcome  = "the outcome"
	requests = "requests to S3"
	holds    = "what S3 holds"
	asked    = "requests for documents"
)

// different are the cases in which we differ from what was recorded, and why: a
// pattern of an ID, the versions (empty: all), the parts. All others are equal.
var different = []struct{ id, versions, parts, reason string }{
	{`^upload\.six-mib$`, "8.8.7 8.9.7", outcome + requests + holds, "Camunda's client hangs on documents over 5 MiB; ours are stored"},
	{`^s3-answer\.(put-50[03]|refused-put)$`, "", outcome + requests, "an upload is repeated, and the failure is that of S3 and not of a stream that was read"},
	{`^s3-answer\.put-503-once$`, "", outcome + requests + holds, "an upload is repeated, and succeeds"},
	{`^s3-answer\.get-short-body$`, "", outcome + requests, "a download that was cut is taken up again, and succeeds"},
	{`^s3-answer\.get-no-type$`, "", outcome, "an object without a content type is answered as Base64 instead of ending in a NullPointerException"},
	{`^upload\.meta-size-too-big$`, "", requests, "what is known to be too short is not sent"},
	{`^upload\.document-id-special$`, "8.9.7 8.10-dev", asked, "Camunda's client asks twice because it fails to read the answer"},
}

// elsewhere are differences of what stands around, not of ours.
var elsewhere = []struct{ id, versions, parts, reason string }{
	{`^(auth\.unknown-access-key|validation\.auth-access-number)$`, "", outcome, "the sandbox answers unknown keys as AWS does"},
	{`^auth\.region-unknown$`, "", outcome + requests + holds, "the sandbox serves every region"},
	{`^v810\.credential-region$`, "8.8.7 8.9.7", outcome + requests + holds, "the sandbox serves every region"},
	{`^v810\.endpoint-field-host-name$`, "8.10-dev", outcome, "names below localhost are found on this machine"},
}

// later are cases of what comes before and after the function.
var later = regexp.MustCompile(`^v810\.(create-document|timeout|backoff)-`)

// listed says which parts of a case may differ, and why.
func listed(id, version string) (parts, reason string) {
	for _, d := range append(append(different[:0:0], different...), elsewhere...) {
		if regexp.MustCompile(d.id).MatchString(id) && (d.versions == "" || strings.Contains(d.versions, version)) {
			return d.parts, d.reason
		}
	}
	return "", ""
}

// TestRecorded plays what Camunda's runtimes were given, and compares the
// response or the failure, what S3 was asked, and what it holds in the end. The
// life of the job around it is compared elsewhere.
func TestRecorded(t *testing.T) {
	all := recordings(t, "upload", "download", "delete", "validation", "auth", "s3-answer", "v810", "function")
	for name := range versions {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			worlds := map[string]*world{} // a process does not change its environment
			played, differ := 0, 0
			for i := range all {
				r := &all[i]
				o := r.of(name)
				if o == nil || later.MatchString(r.ID) {
					continue
				}
				if worlds[r.Profile] == nil {
					worlds[r.Profile] = newWorld(t)
				}
				parts, reason := listed(r.ID, name)
				diffs := compare(t, r, o, play(t, worlds[r.Profile], r, name))
				for part, diff := range diffs {
					if !strings.Contains(parts, part) {
						t.Errorf("%s: %s (-want +got):\n%s", r.ID, part, diff)
					}
				}
				if played++; reason != "" {
					differ++
					if len(diffs) == 0 {
						t.Errorf("%s is listed (%s), but does not differ", r.ID, reason)
					}
				}
			}
			t.Logf("%d played, %d differ as listed", played, differ)
		})
	}
}

// played is what came of a recording here.
type played struct {
	response json.RawMessage
	fault    *job.Fault
	s3, docs []string
	after    []string
}

func play(t *testing.T, w *world, r *recording, version string) played {
	t.Helper()
	w.empty(t)
	w.fill(t, r.S3Before)
	w.docs.reset(r)
	w.s3.reset(r.S3Script)
	w.profile(r.Profile)
	replace := strings.NewReplacer("{web}", strings.TrimPrefix(w.web.URL, "http://"), "{s3}", strings.TrimPrefix(w.s3.URL, "http://"))
	var p played
	p.response, p.fault = w.call(t, versions[version], r.sent(t, versions[version], replace.Replace), Options{})
	p.s3, p.docs, p.after = w.s3.requests(), w.docs.requests(), w.state(t)
	if p.fault != nil {
		p.fault.Message = strings.ReplaceAll(p.fault.Message, strings.TrimPrefix(w.s3.URL, "http://"), "{s3}")
	}
	return p
}

func (w *world) state(t *testing.T) []string {
	t.Helper()
	var out []string
	list, err := w.sdk.ListBuckets(t.Context(), nil)
	must(t, err)
	for _, b := range list.Buckets {
		for _, key := range w.objects(t, *b.Name) {
			body, contentType := w.object(t, *b.Name, key)
			out = append(out, strings.Join([]string{*b.Name, key, contentType, sum(body)}, " "))
		}
	}
	return out
}

func stateOf(after []bucketState) []string {
	var out []string
	for _, b := range after {
		for _, o := range b.Objects {
			out = append(out, strings.Join([]string{b.Bucket, o.Key, o.ContentType, o.SHA256}, " "))
		}
	}
	slices.Sort(out)
	return out
}

func compare(t *testing.T, r *recording, o *observed, got played) map[string]string {
	t.Helper()
	diffs := map[string]string{}
	add := func(part, diff string) {
		if diff != "" {
			diffs[part] = diff
		}
	}
	add(outcome, compareOutcome(t, r, o, got))
	var sent, docs []string
	for _, x := range o.S3Exchanges {
		q, s := x.Request, x.Request.SignedWith
		sent = append(sent, line(q.Method, q.Path, q.Headers["content-type"], q.BodySHA256, []string{s.AccessKey, s.Region, s.Service}))
	}
	add(requests, cmp.Diff(normal(sent), normal(got.s3)))
	slices.Sort(got.after)
	add(holds, cmp.Diff(stateOf(o.S3After), got.after))
	for _, x := range o.DocumentExchanges {
		docs = append(docs, strings.Join(strings.Fields(fmt.Sprint(x.Method, " ", x.Path, " ", x.Query, " ", x.Status)), " "))
	}
	for i := range got.docs {
		got.docs[i] = strings.Join(strings.Fields(got.docs[i]), " ")
	}
	if got.fault == nil || len(got.docs) > 0 { // what cannot be sent is not read first
		add(asked, cmp.Diff(docs, got.docs))
	}
	return diffs
}

// normal leaves out the hash of a body that the other side did not read, and
// counts an attempt once where the transport took a fresh connection for it.
func normal(requests []string) []string {
	out := []string{}
	for _, r := range requests {
		parts := strings.Split(r, " ")
		if len(parts) > 3 && parts[0] == "PUT" {
			parts[len(parts)-4] = "" // refused uploads were not read to their end
		}
		out = append(out, strings.Join(parts, " "))
	}
	if len(out) == attemptsOfSDK+1 {
		out = out[1:]
	}
	return out
}

const attemptsOfSDK = 4

func compareOutcome(t *testing.T, r *recording, o *observed, got played) string {
	t.Helper()
	switch o.Outcome.Kind {
	case "complete":
		if got.fault != nil {
			return fmt.Sprintf("-complete\n+%s: %s", got.fault.Type, got.fault.Message)
		}
		if len(r.CustomHeaders) != 1 || r.CustomHeaders["resultVariable"] != "result" {
			return "" // an expression stands between
		}
		return sameJSON(t, o.Outcome.Variables, got.response)
	case "fail":
		return compareFault(t, o, got.fault)
	}
	return "" // an expression made something else of it, or nothing was told at all
}

func sameJSON(t *testing.T, variables, response json.RawMessage) string {
	t.Helper()
	var want struct{ Result any }
	var got any
	for raw, to := range map[*json.RawMessage]any{&variables: &want, &response: &got} {
		d := json.NewDecoder(bytes.NewReader(*raw))
		d.UseNumber()
		must(t, d.Decode(to))
	}
	return cmp.Diff(expand(want.Result), hashed(want.Result, got),
		cmp.Comparer(func(a, b json.Number) bool { x, _ := a.Float64(); y, _ := b.Float64(); return a == b || x == y }))
}

// hashed puts the hash of a text where a hash is recorded.
func hashed(want, got any) any {
	w, isMap := want.(map[string]any)
	switch g := got.(type) {
	case map[string]any:
		for k, v := range g {
			g[k] = hashed(w[k], v)
		}
	case string:
		if isMap && w["$sha256"] != nil {
			return map[string]any{"$sha256": sum([]byte(g)), "$bytes": json.Number(strconv.Itoa(len(g)))}
		}
	}
	return got
}

// maxMessage is where the life cycle cuts messages.
const maxMessage = 6000

var (
	ids    = regexp.MustCompile(`Request ID: [^,)]+`)
	hosts  = regexp.MustCompile(`Extended Request ID: [^)]+`)
	hashes = regexp.MustCompile(`@[0-9a-f]{1,8}\b|@\{objectHash\}`)
)

func compareFault(t *testing.T, o *observed, f *job.Fault) string {
	t.Helper()
	var want struct {
		Error struct{ Type, Message, Code string }
	}
	must(t, json.Unmarshal(o.Outcome.Variables, &want))
	e := want.Error
	if strings.HasPrefix(e.Message, "Output variables payload") || strings.HasPrefix(e.Type, "io.camunda.connector.feel.") ||
		strings.Contains(e.Message, "createDocument(") || e.Message == "scripted reply" || strings.Contains(e.Message, "FeelEngineWrapperException") {
		if f != nil {
			return "+" + f.Type + ": " + f.Message
		}
		return "" // what comes after the function failed
	}
	if f == nil {
		return "-" + e.Type + ": " + e.Message + "\n+complete"
	}
	clean := func(s string) string {
		s = s[:min(len(s), maxMessage)]
		if o.tagged("s3-message") {
			if i := strings.Index(s, "(Service: S3"); i > 0 {
				s = s[i:]
			}
		}
		s = hashes.ReplaceAllString(ids.ReplaceAllString(hosts.ReplaceAllString(s, "Extended Request ID: {hostId}"), "Request ID: {requestId}"), "@")
		lines := strings.Split(s, "\n")
		if o.tagged("unordered-violations") {
			slices.Sort(lines)
		}
		return strings.Join(lines, "\n")
	}
	if o.tagged("java-text") {
		e.Message, f.Message, e.Code, f.Code = "", "", "", ""
	}
	type fault struct {
		Type, Message, Code string
		Input               bool
	}
	return cmp.Diff(fault{e.Type, clean(e.Message), e.Code, o.Outcome.Retries == 0}, fault{f.Type, clean(f.Message), f.Code, f.Input})
}
