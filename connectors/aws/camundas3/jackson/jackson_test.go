package jackson

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

func TestContent(t *testing.T) {
	for _, tc := range []struct{ reason, in, want string }{
		{"the first value counts", `{"a":1} {"b":2}`, `{"a":1}`},
		{"the last of two members counts, at the place of the first", `{"a":1,"b":0,"a":2}`, `{"a":2,"b":0}`},
		{"members keep their order", `{"z":1,"a":2,"m":3}`, `{"z":1,"a":2,"m":3}`},
		{"decimals are doubles", `[0.12345678901234567890, 1.0, 1e2, 1E-7]`, `[0.12345678901234568,1.0,100.0,1e-07]`},
		{"a double that is too large is a text", `[1e400,-1e400]`, `["Infinity","-Infinity"]`},
		{"whole numbers are exact", `[123456789012345678901234567890,-0,0]`, `[123456789012345678901234567890,0,0]`},
		{"texts are left as they are", `"a\u00e9\ud83d\ude80\n\"é"`, `"a\u00e9\ud83d\ude80\n\"é"`},
		{"names with escapes", `{"a\"b\u0001":null}`, `{"a\"b\u0001":null}`},
		{"a byte order mark", "\xef\xbb\xbf{\"a\":1}", `{"a":1}`},
		{"white space", " \r\n\t[ true , false , null ] ", `[true,false,null]`},
		{"empty ones", `[{},[],""]`, `[{},[],""]`},
	} {
		v, err := First([]byte(tc.in))
		if err != nil {
			t.Errorf("%s: %v", tc.reason, err)
			continue
		}
		if diff := cmp.Diff(tc.want, string(v.Append(nil))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
		}
	}
}

func TestContentThatIsNone(t *testing.T) {
	for _, tc := range []struct {
		reason, in string
		empty      bool
	}{
		{"nothing", "", true},
		{"white space", " \n", true},
		{"a comment", `{"a":1 /* no */}`, false},
		{"not a number", `NaN`, false},
		{"Latin-1", "{\"a\":\"caf\xe9\"}", false},
		{"half a UTF-16 unit", "\xfe\xff\x00", false},
		{"no rune", "\x00\x00\xfe\xff\x00\x11\x00\x00", false},
	} {
		_, err := First([]byte(tc.in))
		if err == nil || errors.Is(err, ErrEmpty) != tc.empty {
			t.Errorf("%s: %v", tc.reason, err)
		}
	}
}

func TestWideEncodings(t *testing.T) {
	const text = `{"a":"Grüße 🚀"}`
	for _, order := range []binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
		for _, mark := range []bool{true, false} {
			runes := []rune(text)
			if mark {
				runes = append([]rune{0xfeff}, runes...)
			}
			var two, four []byte
			for _, u := range utf16.Encode(runes) {
				two = order.(binary.AppendByteOrder).AppendUint16(two, u)
			}
			for _, r := range runes {
				four = order.(binary.AppendByteOrder).AppendUint32(four, uint32(r))
			}
			for _, raw := range [][]byte{two, four} {
				v, err := First(raw)
				if err != nil || string(v.Append(nil)) != text {
					t.Errorf("%v, mark %v: %s %v", order, mark, v.Append(nil), err)
				}
			}
		}
	}
}

func TestAll(t *testing.T) {
	vs, err := All([]byte("1 {\"a\":2}\n[3]"))
	if err != nil || len(vs) != 3 || string(vs[1].Append(nil)) != `{"a":2}` {
		t.Errorf("%v %v", vs, err)
	}
	if _, err := All([]byte(`123 <html>`)); err == nil {
		t.Error("rubbish after a value passed")
	}
}

func TestManyMembers(t *testing.T) {
	var b strings.Builder
	b.WriteString("{")
	for i := range 1000 {
		fmt.Fprintf(&b, `"k%d":%d,`, i%500, i)
	}
	b.WriteString(`"last":0}`)
	v, err := Parse([]byte(b.String()))
	if err != nil || len(v.Keys) != 501 {
		t.Fatalf("%d members, %v", len(v.Keys), err)
	}
	if got, _ := v.Get("k7"); got.Text != "507" {
		t.Errorf("k7 is %s", got.Text)
	}
}

func TestGet(t *testing.T) {
	v, err := Parse([]byte(`{"a":{"b":"x"}}`))
	if err != nil {
		t.Fatal(err)
	}
	a, ok := v.Get("a")
	if !ok || string(a.Raw) != `{"b":"x"}` {
		t.Errorf("%v %s", ok, a.Raw)
	}
	if _, ok := v.Get("A"); ok {
		t.Error("names are told apart by case")
	}
	if _, ok := (&Value{}).Get("a"); ok {
		t.Error("null has no members")
	}
	if _, err := Parse([]byte(`{} {}`)); !errors.Is(err, ErrNotJSON) {
		t.Errorf("two values: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"a":[1,2.5,"x\u0041",null,true,{"b":{}}]}`))
	f.Add([]byte(`"\\\""`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := Parse(raw)
		if err != nil {
			return
		}
		if out := v.Append(nil); !json.Valid(out) {
			t.Errorf("%q became %q", raw, out)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	raw := []byte(`{"actionDiscriminator":"uploadObject","authentication":{"type":"credentials","accessKey":"AKIATESTROOT","secretKey":"test-root-secret"},"configuration":{"region":"us-east-1"},"action":{"bucket":"bkt","key":"k.txt","document":{"camunda.document.type":"camunda","storeId":"in-memory","documentId":"doc-basic","contentHash":"15d8aa608a3ecb1f0b342b5ece35fbfb3f764fa95c720453083356992588954d","metadata":{"contentType":"text/plain","fileName":"test.txt","size":14}}}}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(raw); err != nil {
			b.Fatal(err)
		}
	}
}
