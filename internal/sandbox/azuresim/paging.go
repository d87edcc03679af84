package azuresim

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// marker is where a listing goes on; it travels as $skiptoken.
type marker struct {
	// After is the key of the last item shown.
	After string `json:"NextMarker"`
	// Empty is how many empty pages are still to be shown before the next items.
	Empty int `json:"TargetLocation"`
	// Pending keeps includePending, which Azure's own links leave out of the query.
	Pending bool `json:"Pending,omitempty"`
}

func (m marker) String() string {
	b, err := json.Marshal(m)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func parseMarker(token string) (m marker, ok bool) {
	if token == "" {
		return m, true
	}
	b, err := base64.RawURLEncoding.DecodeString(token)
	return m, err == nil && json.Unmarshal(b, &m) == nil
}

// cut takes one page from items, which are in the order of their keys. It returns the marker of the next page.
func cut[T any](items []T, key func(T) string, at marker, size int, conf Behaviour) (page []T, next *marker) {
	page = []T{}
	if at.Empty > 0 {
		at.Empty--
		return page, &at
	}
	start := 0
	for start < len(items) && at.After != "" && key(items[start]) <= at.After {
		start++
	}
	rest := items[start:]
	page = append(page, rest[:min(size, len(rest))]...)
	if len(page) > 0 && (len(rest) > size || conf.TrailingPage) {
		next = &marker{After: key(page[len(page)-1]), Empty: conf.EmptyPages, Pending: at.Pending}
	}
	return page, next
}

type armList[T any] struct {
	Value    []T    `json:"value"`
	NextLink string `json:"nextLink,omitempty"`
}

func armPage[T any](a *armCall, items []T, key func(T) string) answer {
	q := a.r.URL.Query()
	at, ok := parseMarker(q.Get("$skiptoken"))
	if !ok {
		return errorAnswer(badRequest("The $skiptoken query parameter is invalid."))
	}
	size := a.conf.VaultPageSize
	if top := q.Get("$top"); top != "" {
		n, err := strconv.Atoi(top)
		if err != nil || n < 1 {
			return errorAnswer(badRequest("The $top query parameter '%s' is invalid; it must be a positive integer.", top))
		}
		size = min(size, n)
	}
	page, next := cut(items, key, at, size, a.conf)
	out := armList[T]{Value: page}
	if next != nil {
		q.Set("$skiptoken", next.String())
		out.NextLink = "https://" + a.r.Host + a.r.URL.EscapedPath() + "?" + rawQuery(q)
	}
	return jsonAnswer(http.StatusOK, out)
}

type dataList struct {
	Value    []any   `json:"value"`
	NextLink *string `json:"nextLink"`
}

// row is one line of a list: an object, or one version of an object.
type row struct {
	key string
	o   *object
	// v is nil for a certificate that is still being made.
	v *version
	// versionID is "" in a list of objects, whose ids name no version.
	versionID string
}

func dataPage(d *dataCall, rows []row, at marker) answer {
	size := d.conf.PageSize
	if raw := d.r.URL.Query().Get("maxresults"); raw != "" {
		n, err := strconv.Atoi(raw)
		if err != nil || n < 1 || n > 25 {
			return errorAnswer(badParameter("The value of maxresults is invalid: %s. It must be between 1 and 25.", raw))
		}
		size = min(size, n)
	}
	page, next := cut(rows, func(r row) string { return r.key }, at, size, d.conf)
	out := dataList{Value: make([]any, 0, len(page))}
	for _, r := range page {
		out.Value = append(out.Value, d.op.kind.listing(d, r.o, r.v, d.objectID(d.op.kind.plural, r.o.name, r.versionID)))
	}
	if next != nil {
		link := "https://" + d.s.linkHost(d.vault.host()) + strings.TrimSuffix(d.r.URL.EscapedPath(), "/") +
			"?api-version=" + url.QueryEscape(d.version) + "&$skiptoken=" + next.String() + "&maxresults=" + strconv.Itoa(size)
		out.NextLink = &link
	}
	return jsonAnswer(http.StatusOK, out)
}

// rawQuery leaves the dollar of $top and $skiptoken as it is, as Azure's links do.
func rawQuery(q url.Values) string { return strings.ReplaceAll(q.Encode(), "%24", "$") }
