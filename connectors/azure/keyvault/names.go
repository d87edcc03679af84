package keyvault

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/azure/internal/azconn"
)

var (
	vaultName   = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$`)
	objectName  = regexp.MustCompile(`^[0-9a-zA-Z-]{1,127}$`)
	versionName = regexp.MustCompile(`^[0-9a-zA-Z]{1,127}$`)
	groupName   = regexp.MustCompile(`^[-\w._()]{1,90}$`)
	guid        = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
)

// badName is the service's own answer to a name, given before anything is sent.
func badName(field, name, fix string) *connector.Error {
	e := connector.InvalidField(field, "The request URI contains an invalid name: "+name+".", fix)
	e.Code, e.Item = "BadParameter", name
	return e
}

func checkVault(name string) *connector.Error {
	if vaultName.MatchString(name) && !strings.Contains(name, "--") {
		return nil
	}
	return badName("/keyVaultName", name, "A vault's name has 3 to 24 letters, digits and single hyphens, begins with a letter and ends with a letter or a digit.")
}

func checkGroup(name string) *connector.Error {
	if name == "" || groupName.MatchString(name) && strings.Trim(name, ".") != "" && !strings.HasSuffix(name, ".") {
		return nil
	}
	return badName("/resourceGroupName", name, "A resource group's name has up to 90 letters, digits, hyphens, underscores, parentheses and dots, and does not end with a dot.")
}

// objectRef is a key, secret or certificate as an input names it: a bare name,
// or the whole id that lists give.
type objectRef struct {
	host    string // "" for a bare name, else "https://host:port"
	name    string
	version string
}

// parseRef reads a name or an id of a collection.
func parseRef(plural, text string) (objectRef, bool) {
	if !strings.Contains(text, "://") {
		return objectRef{name: text}, objectName.MatchString(text)
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return objectRef{}, false
	}
	seg := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(seg) < 2 || len(seg) > 3 || seg[0] != plural || !objectName.MatchString(seg[1]) {
		return objectRef{}, false
	}
	r := objectRef{host: "https://" + u.Host, name: seg[1]}
	if len(seg) == 3 {
		r.version = seg[2]
	}
	return r, r.version == "" || versionName.MatchString(r.version)
}

const objectRule = "Names have 1 to 127 letters, digits and hyphens. An id as lists give it is taken too."

// checkObject checks the name of a key, secret or certificate.
func checkObject(k kind, field, text string) *connector.Error {
	r, ok := parseRef(k.plural, text)
	switch {
	case !ok:
		return badName(field, text, objectRule)
	case r.version != "":
		return connector.InvalidField(field, k.title+" Name holds an id with a version.", "Give the name alone, and the version in the parameter for versions.")
	}
	return nil
}

// object is the name in a reference whose vault is now known.
func (v *vault) object(k kind, field, text string) (string, error) {
	r, ok := parseRef(k.plural, text)
	if !ok {
		return "", badName(field, text, objectRule)
	}
	return r.name, v.owns(r, field)
}

// owns refuses an id of another vault.
func (v *vault) owns(r objectRef, field string) error {
	if r.host == "" || azconn.SameHost(r.host, v.URI) {
		return nil
	}
	return connector.InvalidField(field, r.host+" is not the vault "+v.Name+", which is at "+v.URI+".", "Give the id of an object in this vault, or its name alone.")
}

// versionOf reads a version: bare, or the id of a version of the object.
func (v *vault) versionOf(k kind, name, field, text string) (string, error) {
	if versionName.MatchString(text) {
		return text, nil
	}
	r, ok := parseRef(k.plural, text)
	if !ok || r.host == "" || r.version == "" || !strings.EqualFold(r.name, name) {
		return "", connector.InvalidField(field, "\""+text+"\" is not a version of "+name+".", "Give the last part of an id of List Vault Object Versions, or the whole id.")
	}
	return r.version, v.owns(r, field)
}

// lastPart is what follows the last slash of an id.
func lastPart(id string) string { return id[strings.LastIndex(id, "/")+1:] }

// split takes an id apart: https://vault/keys/name/version.
func split(id string) (name, version string) {
	u, err := url.Parse(id)
	if err != nil {
		return lastPart(id), ""
	}
	seg := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(seg) > 1 {
		name = seg[1]
	}
	if len(seg) > 2 {
		version = seg[2]
	}
	return name, version
}
