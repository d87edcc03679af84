package s3

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// nameProblem says which of AWS's naming rules a bucket name breaks; empty for
// none.
func nameProblem(name string) string {
	switch {
	case len(name) < 3 || len(name) > 63:
		return "it must have 3 to 63 characters"
	case name != strings.ToLower(name):
		return "upper-case letters are not allowed"
	case strings.ContainsAny(name, " \t\r\n"):
		return "spaces are not allowed"
	}
	for _, r := range name {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '-' {
			return "only lower-case letters, digits, dots and hyphens are allowed, not \"" + string(r) + "\""
		}
	}
	return shapeProblem(name)
}

func shapeProblem(name string) string {
	if strings.ContainsAny(name[:1]+name[len(name)-1:], ".-") {
		return "it must begin and end with a letter or a digit"
	}
	if strings.Contains(name, "..") {
		return "two dots in a row are not allowed"
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return "it must not look like an IP address"
	}
	for _, p := range []string{"xn--", "sthree-", "amzn-s3-demo-"} {
		if strings.HasPrefix(name, p) {
			return "names beginning with \"" + p + "\" are reserved by AWS"
		}
	}
	for _, s := range []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an"} {
		if strings.HasSuffix(name, s) {
			return "names ending in \"" + s + "\" are reserved by AWS"
		}
	}
	return ""
}

func checkName(name string) error {
	p := nameProblem(name)
	if p == "" {
		return nil
	}
	return &connector.Error{
		Kind: connector.Invalid, Code: "InvalidBucketName", Item: name,
		Message: "Invalid bucket name \"" + name + "\": " + p + ".",
		Fix:     "Use 3 to 63 lower-case letters, digits, dots and hyphens, beginning and ending with a letter or a digit.",
	}
}

// baseName is the last segment of a key; a key ending in "/" keeps the slash.
func baseName(key string) string {
	trimmed := strings.TrimSuffix(key, "/")
	return key[strings.LastIndex(trimmed, "/")+1:]
}

// join puts a key under a folder, which may end in a slash or be empty.
func join(folder, name string) string {
	if folder = strings.TrimRight(folder, "/"); folder == "" {
		return name
	}
	return folder + "/" + name
}

// commonPrefix is what two sorted ends, and so all keys between, begin with.
func commonPrefix(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	for n > 0 && n < len(a) && a[n]&0xC0 == 0x80 { // not inside a UTF-8 character
		n--
	}
	return a[:n]
}

// checkPaths refuses paths that no object can have.
func checkPaths(field, label string, paths []string) []*connector.Error {
	var errs []*connector.Error
	for i, p := range paths {
		at := field + "/" + strconv.Itoa(i)
		switch {
		case p == "":
			errs = append(errs, connector.InvalidField(at, label+" holds an empty path.", "Leave it out, or give the object's whole path."))
		case len(p) > 1024:
			errs = append(errs, connector.InvalidField(at, label+" holds a path longer than 1,024 bytes.", "S3 has no such object; check the path."))
		}
	}
	return errs
}
