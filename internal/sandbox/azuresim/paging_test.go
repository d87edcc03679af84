package azuresim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"
	"github.com/google/go-cmp/cmp"
)

type rawPage struct {
	Value    []json.RawMessage
	NextLink *string
}

func (r *rig) page(t *testing.T, link string) rawPage {
	t.Helper()
	status, _, body := r.call(t, http.MethodGet, link, r.VaultAudience(), "")
	if status != http.StatusOK {
		t.Fatalf("%s: %d %s", link, status, body)
	}
	var p rawPage
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDataPlanePages(t *testing.T) {
	for _, tc := range []struct {
		reason string
		conf   Behaviour
		query  string
		// sizes of the pages in order
		want []int
	}{
		{"25 a page", Behaviour{}, "", []int{25, 25, 10}},
		{"fewer when asked", Behaviour{}, "&maxresults=20", []int{20, 20, 20}},
		{"fewer when the vault wants it", Behaviour{PageSize: 22}, "", []int{22, 22, 16}},
		{"empty pages in between", Behaviour{EmptyPages: 2}, "", []int{25, 0, 0, 25, 0, 0, 10}},
		{"an empty page at the end", Behaviour{TrailingPage: true}, "&maxresults=25", []int{25, 25, 10, 0}},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			r := startRig(t, func(o *Options) { o.Behaviour = tc.conf })
			uri := r.openVault(t, VaultSpec{Name: "kv-pages"})
			var want []string
			for i := range 60 {
				name := fmt.Sprintf("s%02d", i)
				want = append(want, name)
				if _, err := r.AddSecret("kv-pages", ObjectSpec{Name: name}, "v", ""); err != nil {
					t.Fatal(err)
				}
			}
			var sizes []int
			var got []string
			link := uri + "secrets?api-version=7.4" + tc.query
			for link != "" {
				p := r.page(t, link)
				sizes = append(sizes, len(p.Value))
				for _, v := range p.Value {
					var item struct{ ID, Value string }
					if err := json.Unmarshal(v, &item); err != nil || item.Value != "" {
						t.Fatalf("%s: %v", v, err)
					}
					got = append(got, item.ID[strings.LastIndex(item.ID, "/")+1:])
				}
				link = ""
				if p.NextLink != nil {
					link = *p.NextLink
				}
			}
			if !cmp.Equal(sizes, tc.want) || !cmp.Equal(got, want) {
				t.Errorf("pages %v, want %v; items %s", sizes, tc.want, cmp.Diff(want, got))
			}
		})
	}
}

// Azure's links have the default port written out, leave includePending away, and still go on with it.
func TestLinksLookLikeAzures(t *testing.T) {
	r := startRig(t, func(o *Options) { o.Portless, o.Behaviour.PageSize = true, 1 })
	uri := r.openVault(t, VaultSpec{Name: "kv-links"})
	if uri != "https://kv-links.vault.sandbox.localhost/" {
		t.Errorf("vault URI %s", uri)
	}
	for _, name := range []string{"a", "b", "c"} {
		if _, err := r.AddPendingCertificate("kv-links", name); err != nil {
			t.Fatal(err)
		}
	}
	seen, link := 0, uri+"certificates?includePending=true&api-version=7.4"
	for link != "" {
		p := r.page(t, link)
		seen += len(p.Value)
		if link = ""; p.NextLink != nil {
			link = *p.NextLink
			u, err := url.Parse(link)
			if err != nil || u.Host != "kv-links.vault.sandbox.localhost:443" || !u.Query().Has("$skiptoken") || u.Query().Has("includePending") ||
				u.Query().Get("maxresults") != "1" || !strings.Contains(link, "&$skiptoken=") {
				t.Errorf("link %s", link)
			}
		}
	}
	if seen != 3 {
		t.Errorf("%d certificates, want 3", seen)
	}
	for i := range 3 {
		if _, err := r.AddKey("kv-links", ObjectSpec{Name: fmt.Sprint("k", i)}, "EC", 0, ""); err != nil {
			t.Fatal(err)
		}
	}
	keys := 0
	for p := r.keys(t, uri, r.credential(t)).NewListKeyPropertiesPager(&azkeys.ListKeyPropertiesOptions{}); p.More(); {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		keys += len(page.Value)
	}
	if keys != 3 {
		t.Errorf("Microsoft's client sees %d keys, want 3", keys)
	}
}

func TestPagingRefusals(t *testing.T) {
	r := startRig(t, nil)
	uri := r.openVault(t, VaultSpec{Name: "kv-refuse"})
	list := r.Management() + "/subscriptions/" + r.SubscriptionID
	for _, tc := range []struct{ reason, url, audience, code, message string }{
		{"no more than 25", uri + "keys?api-version=7.4&maxresults=26", r.VaultAudience(), "BadParameter", "maxresults"},
		{"a token of nobody", uri + "keys?api-version=7.4&$skiptoken=!!", r.VaultAudience(), "BadParameter", "$skiptoken"},
		{"an unknown version", uri + "keys?api-version=9.9", r.VaultAudience(), "BadParameter", "The specified version (9.9) is not recognized."},
		{"no version", uri + "keys", r.VaultAudience(), "BadParameter", "The specified version () is not recognized."},
		{"a bad $top", list + "/providers/Microsoft.KeyVault/vaults?api-version=2026-02-01&$top=0", r.Management(), "BadRequest", "$top"},
		{"a version of another provider", list + "/resourcegroups?api-version=2026-02-01", r.Management(), "InvalidApiVersionParameter", "The api-version '2026-02-01' is invalid."},
		{"an unknown version", list + "/providers/Microsoft.KeyVault/vaults?api-version=2020-01-01", r.Management(), "NoRegisteredProviderFound", "API version '2020-01-01' for type 'vaults'"},
		{"no version", list + "/providers/Microsoft.KeyVault/vaults", r.Management(), "MissingApiVersionParameter", "api-version"},
		{"a subscription that is no identifier", r.Management() + "/subscriptions/mine/resourcegroups?api-version=2021-04-01", r.Management(), "InvalidSubscriptionId", "'mine'"},
	} {
		status, _, body := r.call(t, http.MethodGet, tc.url, tc.audience, "")
		checkErrorBody(t, status, body, http.StatusBadRequest, tc.code, "", tc.message)
	}
	status, _, body := r.call(t, http.MethodGet, r.Management()+"/subscriptions/"+unknownObject+"/resourcegroups?api-version=2021-04-01", r.Management(), "")
	checkErrorBody(t, status, body, http.StatusNotFound, "SubscriptionNotFound", "", "The subscription '"+unknownObject+"' could not be found.")
	status, _, body = r.call(t, http.MethodPost, list+"/resourcegroups?api-version=2021-04-01", r.Management(), "")
	checkErrorBody(t, status, body, http.StatusMethodNotAllowed, "MethodNotAllowed", "", "POST")
	status, _, body = r.call(t, http.MethodGet, list+"/providers/Microsoft.Compute/disks?api-version=2021-04-01", r.Management(), "")
	checkErrorBody(t, status, body, http.StatusNotFound, "InvalidResourceType", "", "could not be found")
}

// A test of a client can make the links lead anywhere.
func TestEditedLinks(t *testing.T) {
	r := startRig(t, func(o *Options) { o.Behaviour.PageSize = 1 })
	uri := r.openVault(t, VaultSpec{Name: "kv-edit"})
	for _, name := range []string{"a", "b"} {
		if _, err := r.AddSecret("kv-edit", ObjectSpec{Name: name}, "v", ""); err != nil {
			t.Fatal(err)
		}
	}
	r.SetFault(func(*http.Request) *Fault {
		return &Fault{Edit: func(b []byte) []byte {
			return []byte(strings.ReplaceAll(string(b), r.urlHost("kv-edit.vault.sandbox.localhost")+"/secrets?", "evil.example/secrets?"))
		}}
	})
	if p := r.page(t, uri+"secrets?api-version=7.4"); p.NextLink == nil || !strings.HasPrefix(*p.NextLink, "https://evil.example/secrets?api-version=7.4&") {
		t.Errorf("link %v", p.NextLink)
	}
}
