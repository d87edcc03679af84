// Package canary gives every secret that an integration declares a value of its
// own, has it used in every way that the API offers, by clouds that say back
// whatever they were told, and looks for the values wherever the program writes.
package canary

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
)

// bait is the value of one secret field.
type bait struct {
	field string // "aws-s3 connection secretKey"
	head  string // letters and digits only, so that escaping leaves them alone
	tail  string
	whole string // the value where a field takes no free text; head and tail are parts of it
}

// value has what escaping changes in its middle, and a colon, at which user and
// password are split.
func (b bait) value() string {
	if b.whole != "" {
		return b.whole
	}
	return b.head + `:/+="&<` + b.tail
}

// shapes are for secret fields that take no free text.
var shapes = map[string]func(field string) (bait, error){
	"azure-key-vault connection clientCertificate": certificate,
}

func newBait(field string) (bait, error) {
	if shape, ok := shapes[field]; ok {
		return shape(field)
	}
	return bait{field: field, head: rand.Text(), tail: rand.Text()}, nil
}

// certificate is one with its private key, of which two lines are looked for.
func certificate(field string) (bait, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return bait{}, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return bait{}, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return bait{}, err
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	lines := strings.Split(text, "\n")
	return bait{field: field, head: lines[8], tail: lines[12], whole: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})) + text}, nil
}

// marks are texts that show a bait, whole or in part, in any encoding: what
// stays of its head and tail in Base64 whatever stands around them, and so on.
func (b bait) marks() []string {
	var out []string
	for _, core := range []string{b.head, b.tail} {
		hexed := hex.EncodeToString([]byte(core))
		out = append(out, core, strings.ToLower(core), hexed, strings.ToUpper(hexed), wide(core))
		for pad := range 3 {
			encoded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", pad) + core))
			out = append(out, encoded[4:len(encoded)-4])
		}
	}
	return out
}

// wide is UTF-16, little end first.
func wide(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

// baits are those of one test.
type baits struct{ list []bait }

func (b *baits) add(t *testing.T, field string) string {
	t.Helper()
	x, err := newBait(field)
	if err != nil {
		t.Fatal(err)
	}
	b.list = append(b.list, x)
	return x.value()
}

// said is everything that a cloud could say which knows the secrets given from
// the n-th on: those of one connection.
func (b *baits) said(n int) string {
	var out strings.Builder
	for _, x := range b.list[n:] {
		v := x.value()
		if x.whole != "" { // a private key is never sent
			continue
		}
		j, err := json.Marshal(v)
		if err != nil {
			continue
		}
		fmt.Fprintf(&out, "%s %s %s %s %x\n", v, j, base64.StdEncoding.EncodeToString([]byte(v)), base64.URLEncoding.EncodeToString([]byte("user:"+v)), v)
	}
	return out.String()
}

// leak is a bait found where it must not be.
type leak struct{ sink, field, around string }

// find looks for every bait in a text.
func (b *baits) find(sink, text string) []leak {
	var out []leak
	for _, x := range b.list {
		for _, mark := range x.marks() {
			if at := strings.Index(text, mark); at >= 0 {
				out = append(out, leak{sink, x.field, text[max(0, at-60):min(len(text), at+len(mark)+60)]})
				break
			}
		}
	}
	return out
}

// given is what fields are filled with besides baits and examples.
type given struct {
	address string // where an address is wanted
	file    int64  // where the ID of a stored file is wanted
	whole   bool   // optional fields too, when they have an example
}

// filled makes an input or settings from a declaration: baits for secrets, and
// what the declaration itself gives as an example for the rest.
func (b *baits) filled(t *testing.T, owner string, typ *schema.Type, g given) map[string]any {
	t.Helper()
	out := map[string]any{}
	for i := range typ.Fields {
		f := &typ.Fields[i]
		switch {
		case f.Deprecated != "":
		case f.HasSecrets():
			out[f.ID] = b.secretFor(t, owner+" "+f.ID, &f.Type)
		case f.When != nil && !applies(typ, f.When):
		case f.Format == "uri" && g.address != "":
			out[f.ID] = g.address
		case f.Default != nil || !f.Required && !g.whole:
		case f.Kind == schema.Array && len(f.Elem.Alt) > 0:
			out[f.ID] = []any{g.file}
		case len(f.Alt) > 0:
			out[f.ID] = g.file
		case f.Example != "":
			out[f.ID] = example(f)
		case f.Required && len(f.Enum) > 0:
			out[f.ID] = f.Enum[0]
		case f.Required && f.Kind == schema.Boolean:
			out[f.ID] = true
		case f.Required:
			t.Errorf("%s: the required field %s has neither default nor example, so that it cannot be tested by itself", owner, f.ID)
		}
	}
	return out
}

// applies tells whether a condition holds with the defaults.
func applies(typ *schema.Type, w *schema.When) bool {
	on, ok := typ.Field(w.Field)
	return ok && slices.Contains(w.Values, fmt.Sprint(on.Default))
}

// secretFor keeps to the shape of a field that holds secrets.
func (b *baits) secretFor(t *testing.T, field string, typ *schema.Type) any {
	t.Helper()
	switch typ.Kind {
	case schema.Array:
		return []any{b.secretFor(t, field+" element", typ.Elem)}
	case schema.Map:
		return map[string]any{"name": b.secretFor(t, field+" value", typ.Elem)}
	case schema.Object:
		out := map[string]any{}
		for i := range typ.Fields {
			if f := &typ.Fields[i]; f.HasSecrets() {
				out[f.ID] = b.secretFor(t, field+" "+f.ID, &f.Type)
			}
		}
		return out
	}
	return b.add(t, field)
}

func example(f *schema.Field) any {
	var v any
	if f.Kind != schema.String || len(f.Alt) > 0 {
		if json.Unmarshal([]byte(f.Example), &v) == nil {
			return v
		}
	}
	return f.Example
}

// secretFields counts what an integration declares, outputs left out: those are
// made by a cloud.
func secretFields(i *connector.Integration) []string {
	var out []string
	collect := func(owner string, t *schema.Type) {
		for k := range t.Fields {
			if t.Fields[k].HasSecrets() {
				out = append(out, owner+" "+t.Fields[k].ID)
			}
		}
	}
	if i.Connection != nil {
		collect(i.ID+" connection", i.Connection.Settings)
	}
	for _, c := range i.Commands {
		collect(i.ID+" "+c.ID, c.In)
	}
	return out
}
