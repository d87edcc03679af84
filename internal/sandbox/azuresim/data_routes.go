package azuresim

import (
	"net/http"
	"strings"
)

// kind tells keys, secrets and certificates apart.
type kind struct {
	// plural is also the path segment, singular the word in error texts.
	plural, singular string
	collection       func(*vault) *collection
	// bundle shows one version; listing leaves out what lists do not show.
	bundle  func(d *dataCall, o *object, v *version) any
	listing func(d *dataCall, o *object, v *version, id string) any
	// updatable takes the members of a PATCH that only this kind has.
	update func(d *dataCall, o *object, v *version, in *updateBody) *apiError
}

// title is the kind in error codes and texts, for example "Key".
func (k *kind) title() string { return strings.ToUpper(k.singular[:1]) + k.singular[1:] }

func keyKind() *kind {
	return &kind{
		plural: "keys", singular: "key", collection: func(v *vault) *collection { return &v.keys },
		bundle: keyBundleOf, listing: keyItemOf, update: updateKey,
	}
}

func secretKind() *kind {
	return &kind{
		plural: "secrets", singular: "secret", collection: func(v *vault) *collection { return &v.secrets },
		bundle: secretBundleOf, listing: secretItemOf, update: updateSecret,
	}
}

func certificateKind() *kind {
	return &kind{
		plural: "certificates", singular: "certificate", collection: func(v *vault) *collection { return &v.certificates },
		bundle: certificateBundleOf, listing: certificateItemOf, update: updateCertificate,
	}
}

// dataRoutes lists every operation of the data plane that is simulated. A pattern with a literal stands before
// the one that would take the literal for a version.
func dataRoutes() []dataRoute {
	keys, secrets, certs := keyKind(), secretKind(), certificateKind()
	routes := []dataRoute{
		{http.MethodPost, "keys/{name}/create", keys, "create", "create", keyAction("create/action"), (*dataCall).createKey},
		{http.MethodPost, "keys/{name}/rotate", keys, "rotate", "rotate", keyAction("rotate/action"), (*dataCall).rotateKey},
		{http.MethodPut, "secrets/{name}", secrets, "set", "set", "Microsoft.KeyVault/vaults/secrets/setSecret/action", (*dataCall).setSecret},
		{http.MethodPost, "certificates/{name}/import", certs, "import", "import", certAction("import/action"), (*dataCall).importCertificate},
		{http.MethodGet, "certificates/contacts", certs, "contacts", "managecontacts", certAction("read"), (*dataCall).unsimulated},
		{http.MethodGet, "certificates/issuers", certs, "issuers", "listissuers", certAction("read"), (*dataCall).unsimulated},
		{http.MethodGet, "certificates/issuers/{issuer}", certs, "issuers", "getissuers", certAction("read"), (*dataCall).unsimulated},
		{http.MethodGet, "certificates/{name}/policy", certs, "policy", "get", certAction("read"), (*dataCall).getPolicy},
		{http.MethodGet, "certificates/{name}/pending", certs, "pending", "get", certAction("read"), (*dataCall).getPending},
	}
	for _, op := range []struct{ path, permission, action string }{
		{"sign", "sign", "sign"},
		{"verify", "verify", "verify"},
		{"encrypt", "encrypt", "encrypt"},
		{"decrypt", "decrypt", "decrypt"},
		{"wrapkey", "wrapKey", "wrap"},
		{"unwrapkey", "unwrapKey", "unwrap"},
	} {
		for _, path := range []string{"keys/{name}/", "keys/{name}/{version}/"} {
			routes = append(routes, dataRoute{
				http.MethodPost, path + op.path, keys, op.permission, op.permission, keyAction(op.action + "/action"), (*dataCall).useKey,
			})
		}
	}
	for _, k := range []*kind{keys, secrets, certs} {
		routes = append(routes, commonRoutes(k)...)
	}
	return routes
}

func keyAction(suffix string) string  { return "Microsoft.KeyVault/vaults/keys/" + suffix }
func certAction(suffix string) string { return "Microsoft.KeyVault/vaults/certificates/" + suffix }

// commonRoutes are the operations that all three kinds have.
func commonRoutes(k *kind) []dataRoute {
	base := "Microsoft.KeyVault/vaults/" + k.plural + "/"
	get, list := base+"read", base+"read"
	if k.plural == "secrets" {
		get, list = getSecretValue, readSecretMetadata
	}
	one, deleted := k.plural+"/{name}", "deleted"+k.plural
	return []dataRoute{
		{http.MethodGet, k.plural, k, "list", "list", list, (*dataCall).list},
		{http.MethodGet, one + "/versions", k, "versions", "list", list, (*dataCall).listVersions},
		{http.MethodGet, one, k, "get", "get", get, (*dataCall).get},
		{http.MethodGet, one + "/{version}", k, "get", "get", get, (*dataCall).get},
		{http.MethodPatch, one, k, "update", k.updatePermission(), base + "update/action", (*dataCall).patch},
		{http.MethodPatch, one + "/{version}", k, "update", k.updatePermission(), base + "update/action", (*dataCall).patch},
		{http.MethodDelete, one, k, "delete", "delete", base + "delete", (*dataCall).softDelete},
		{http.MethodGet, deleted, k, "listDeleted", "list", list, (*dataCall).listDeleted},
		{http.MethodGet, deleted + "/{name}", k, "getDeleted", "get", list, (*dataCall).getDeleted},
		{http.MethodPost, deleted + "/{name}/recover", k, "recover", "recover", base + "recover/action", (*dataCall).recover},
		{http.MethodDelete, deleted + "/{name}", k, "purge", "purge", base + "purge/action", (*dataCall).purge},
	}
}

// updatePermission is "set" for secrets, whose list of permissions has no "update".
func (k *kind) updatePermission() string {
	if k.plural == "secrets" {
		return "set"
	}
	return "update"
}

func (d *dataCall) unsimulated() answer {
	return errorAnswer(notSimulated(d.r.Method + " " + d.r.URL.Path))
}
