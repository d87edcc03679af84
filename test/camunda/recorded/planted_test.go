package recorded

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// planted are differences that the comparison must find wherever they can be
// planted. A mutation reports whether it could be.
var planted = []struct {
	name   string
	mutate func(o *Observation) bool
}{
	{"another outcome", func(o *Observation) bool {
		o.Outcome.Kind = map[string]string{"complete": "fail", "fail": "throw", "throw": "complete", "none": "complete"}[o.Outcome.Kind]
		return true
	}},
	{"one retry more", func(o *Observation) bool { return bump(&o.Outcome.Retries) }},
	{"no retries said", func(o *Observation) bool { return drop(&o.Outcome.Retries) }},
	{"another back-off", func(o *Observation) bool { return bump(&o.Outcome.RetryBackOff) }},
	{"another error code", func(o *Observation) bool { return append1(&o.Outcome.ErrorCode) }},
	{"a word more in the message", func(o *Observation) bool {
		m := o.Outcome.ErrorMessage
		if m == nil || slices.Contains(o.Tags, javaText) || slices.Contains(o.Tags, feelText) {
			return false
		}
		head, tail, has := strings.Cut(*m, bar)
		changed := head + "!"
		if has {
			changed += bar + tail
		}
		o.Outcome.ErrorMessage = &changed
		return true
	}},
	{"another expression in the message", func(o *Observation) bool {
		m := o.Outcome.ErrorMessage
		if m == nil || !slices.Contains(o.Tags, feelText) || !strings.Contains(*m, "expression '=") {
			return false
		}
		changed := strings.Replace(*m, "expression '=", "expression '=x", 1)
		o.Outcome.ErrorMessage = &changed
		return true
	}},
	{"no message at all", func(o *Observation) bool {
		if m := o.Outcome.ErrorMessage; m == nil || *m == "" {
			return false
		}
		o.Outcome.ErrorMessage = new("")
		return true
	}},
	{"no error variables in the message", func(o *Observation) bool {
		return message1(o, func(head, tail string) string { return head })
	}},
	{"another class in the error variables of the message", func(o *Observation) bool {
		return message1(o, func(head, tail string) string {
			if !strings.Contains(tail, "type=") {
				return head + bar + tail
			}
			return head + bar + strings.Replace(tail, "type=", "type=a.", 1)
		})
	}},
	{"a key more in the error variables of the message", func(o *Observation) bool {
		return message1(o, func(head, tail string) string { return head + bar + strings.Replace(tail, "{", "{more=1, ", 1) })
	}},
	{"another class of error", func(o *Observation) bool {
		return variables1(o, func(vars map[string]any) bool {
			e, _ := vars["error"].(map[string]any)
			if e == nil || e["type"] == nil {
				return false
			}
			e["type"] = "a.b.C"
			return true
		})
	}},
	{"a variable more", func(o *Observation) bool {
		return variables1(o, func(vars map[string]any) bool { vars["more"] = nil; return true })
	}},
	{"a variable less", func(o *Observation) bool {
		return variables1(o, func(vars map[string]any) bool {
			for k := range vars {
				delete(vars, k)
				return true
			}
			return false
		})
	}},
	{"no variables", func(o *Observation) bool {
		had := len(o.Outcome.Variables) > 0
		o.Outcome.Variables = nil
		return had
	}},
	{"another value deep in the result", func(o *Observation) bool {
		return variables1(o, func(vars map[string]any) bool {
			r, ok := vars["result"]
			if !ok {
				return false
			}
			changed, did := other(r)
			vars["result"] = changed
			return did
		})
	}},
	{"a violation less", func(o *Observation) bool {
		return message1(o, func(head, tail string) string {
			lines := strings.Split(head, "\n")
			if !slices.Contains(o.Tags, unordered) {
				return head + bar + tail
			}
			return strings.Join(lines[:len(lines)-1], "\n") + bar + tail
		})
	}},
	{"a request to S3 less", func(o *Observation) bool {
		if len(o.S3) == 0 {
			return false
		}
		o.S3 = o.S3[1:]
		return true
	}},
	{"a request to S3 more", func(o *Observation) bool {
		o.S3 = append(o.S3, S3Exchange{Request: S3Request{Method: "HEAD", Path: "/bkt"}})
		return true
	}},
	{"another method", request(func(r *S3Request) bool { r.Method = "POST"; return true })},
	{"another path", request(func(r *S3Request) bool { r.Path += "x"; return true })},
	{"a query", request(func(r *S3Request) bool { r.Query = "uploads"; return true })},
	{"another region", request(func(r *S3Request) bool {
		if r.SignedWith == nil {
			return false
		}
		s := *r.SignedWith
		s.Region = "moon-1"
		r.SignedWith = &s
		return true
	})},
	{"no signature", request(func(r *S3Request) bool { had := r.SignedWith != nil; r.SignedWith = nil; return had })},
	{"another content type", request(func(r *S3Request) bool { r.Headers = map[string]string{"content-type": "x/y"}; return true })},
	{"another content", request(func(r *S3Request) bool { had := r.BodySHA256 != ""; r.BodySHA256 = sum(nil); return had })},
	{"no content", request(func(r *S3Request) bool {
		had := r.BodySHA256 != "" && r.BodySHA256 != sum(nil)
		r.BodySHA256, r.BodySize = "", 0
		return had
	})},
	{"a call to the documents less", func(o *Observation) bool {
		if len(o.Documents) == 0 {
			return false
		}
		o.Documents = o.Documents[1:]
		return true
	}},
	{"another document", document(func(d *DocumentExchange) bool { d.Path += "x"; return true })},
	{"another method to the documents", document(func(d *DocumentExchange) bool { d.Method = "PUT"; return true })},
	{"no query to the documents", document(func(d *DocumentExchange) bool { had := d.Query != ""; d.Query = ""; return had })},
	{"another answer of the documents", document(func(d *DocumentExchange) bool { d.Status++; return true })},
	{"other metadata", document(func(d *DocumentExchange) bool {
		had := len(d.Metadata) > 0
		d.Metadata = json.RawMessage(`{"contentType":"x/y"}`)
		return had
	})},
	{"another size of a document", document(func(d *DocumentExchange) bool { return bump(&d.Size) })},
	{"other content of a document", document(func(d *DocumentExchange) bool { had := d.SHA256 != ""; d.SHA256 = sum(nil); return had })},
	{"a bucket more", func(o *Observation) bool { o.S3After = append(o.S3After, BucketAfter{Bucket: "more"}); return true }},
	{"a bucket less", func(o *Observation) bool {
		if len(o.S3After) == 0 {
			return false
		}
		o.S3After = o.S3After[1:]
		return true
	}},
	{"an object more", object(func(os []ObjectAfter) []ObjectAfter { return append(os, ObjectAfter{Key: "more"}) })},
	{"an object less", object(func(os []ObjectAfter) []ObjectAfter { return os[:len(os)-1] })},
	{"another key", object(func(os []ObjectAfter) []ObjectAfter { os[0].Key += "x"; return os })},
	{"another size", object(func(os []ObjectAfter) []ObjectAfter { os[0].Size++; return os })},
	{"another type", object(func(os []ObjectAfter) []ObjectAfter { os[0].ContentType += "x"; return os })},
	{"another hash", object(func(os []ObjectAfter) []ObjectAfter { os[0].SHA256 += "0"; return os })},
	{"a command more", func(o *Observation) bool {
		if len(o.Commands) == 0 {
			o.Commands = []Command{o.Outcome}
		}
		o.Commands = append(o.Commands, o.Outcome)
		return true
	}},
	{"a command less", func(o *Observation) bool {
		had := len(o.Commands) > 0
		o.Commands = nil
		return had && len(o.Commands) != 1
	}},
	{"a command of another kind", func(o *Observation) bool {
		if len(o.Commands) == 0 {
			return false
		}
		o.Commands[0].Kind = "other"
		return true
	}},
}

func TestPlantedDifferencesAreFound(t *testing.T) {
	cases := load(t)
	for _, p := range planted {
		n, missed := 0, 0
		each(t, cases, func(t *testing.T, c Case, o Observation) {
			changed := clone(t, o)
			if !p.mutate(&changed) || print(changed) == print(o) {
				return
			}
			n++
			if len(Compare(o, changed)) > 0 || len(o.Differs) > 0 {
				return
			}
			if missed++; missed <= 3 {
				t.Errorf("%s in %s %v is not found", p.name, c.ID, o.Versions)
			}
		})
		if n == 0 {
			t.Errorf("%s: nowhere to plant it", p.name)
		}
	}
}

// What is undefined in Java must not count.
func TestOrderIsFree(t *testing.T) {
	each(t, load(t), func(t *testing.T, c Case, o Observation) {
		changed := clone(t, o)
		message1(&changed, func(head, tail string) string {
			if slices.Contains(o.Tags, unordered) {
				lines := strings.Split(head, "\n")
				rand.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
				head = strings.Join(lines, "\n")
			}
			if len(head)+len(bar)+len(tail) < maxMessage {
				tail = otherOrder(decode(o.Outcome.Variables))
			}
			return head + bar + tail
		})
		for _, d := range Compare(o, changed) {
			t.Errorf("%s %v: %s", c.ID, o.Versions, d)
		}
	})
}

// otherOrder prints the variables anew, keys in falling order.
func otherOrder(v any) string {
	m, ok := v.(map[string]any)
	if !ok {
		return fmt.Sprint(v)
	}
	var entries []string
	for _, k := range slices.Backward(slices.Sorted(maps.Keys(m))) {
		entries = append(entries, k+"="+otherOrder(m[k]))
	}
	return "{" + strings.Join(entries, ", ") + "}"
}

func TestNumbersCompareByValue(t *testing.T) {
	for _, c := range []struct {
		name, want, got string
		same            bool
	}{
		{"an exponent", `1e3`, `1000`, true},
		{"a zero more", `1.50`, `1.5`, true},
		{"beyond a double", `12345678901234567890`, `12345678901234567891`, false},
		{"text is no number", `"1"`, `1`, false},
		{"order of keys", `{"a":1,"b":2}`, `{"b":2,"a":1}`, true},
		{"order of items", `[1,2]`, `[2,1]`, false},
		{"null is not absent", `{"a":null}`, `{}`, false},
	} {
		var cmp comparison
		cmp.value("", decode([]byte(c.want)), decode([]byte(c.got)))
		if got := len(cmp.found) == 0; got != c.same {
			t.Errorf("%s: %s and %s: same is %v", c.name, c.want, c.got, got)
		}
	}
}

func TestNormaliseHidesWhatVaries(t *testing.T) {
	p := Places{Web: "127.0.0.1:1111", S3: "127.0.0.1:2222", Documents: "127.0.0.1:3333"}
	in := "No (Service: S3, Status Code: 404, Request ID: ABC, Extended Request ID: d/ef=) at http://127.0.0.1:2222/x of Object@1a2b3c4d 0a1b2c3d-0000-4000-8000-0123456789ab"
	want := "No (Service: S3, Status Code: 404, Request ID: {requestId}, Extended Request ID: {hostId}) at http://{s3}/x of Object@{objectHash} {uuid}"
	if got := p.Normalise(in); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if got := p.Insert("http://{web}/json"); got != "http://127.0.0.1:1111/json" {
		t.Errorf("inserted: %s", got)
	}
	each(t, load(t), func(t *testing.T, c Case, o Observation) {
		if b := []byte(print(o)); !bytes.Equal(b, []byte(p.Normalise(string(b)))) {
			t.Errorf("%s: a recording is not normalised", c.ID)
		}
	})
}
