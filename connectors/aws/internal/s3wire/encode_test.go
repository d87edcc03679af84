package s3wire

import "testing"

func TestKeepSlashes(t *testing.T) {
	for _, c := range []struct{ name, key, want string }{
		{"slashes part folders", "a/b/c.txt", "a/b/c.txt"},
		{"two slashes must stay two", "a//b", "a/%2Fb"},
		{"of three the one between", "a///b", "a/%2F/b"},
		{"the bucket's slash comes before a leading one", "/a", "%2Fa"},
		{"a slash alone", "/", "%2F"},
		{"what is escaped stays so", "%C3%BC%20//x", "%C3%BC%20/%2Fx"},
		{"no key", "", ""},
	} {
		if got := keepSlashes(c.key); got != c.want {
			t.Errorf("%s: %q gives %q, want %q", c.name, c.key, got, c.want)
		}
	}
}
