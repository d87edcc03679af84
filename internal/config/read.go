package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/knadh/koanf/v2"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
)

// reader turns settings into their types and collects what is wrong. Values
// are not shown: one of them could be a token in the wrong place.
type reader struct {
	k    *koanf.Koanf
	from map[string]string
	errs []*connector.Error
}

func (r *reader) problem(name, what, fix string) {
	at := ""
	if f := r.from[name]; f != "" {
		at = " (from " + f + ")"
	}
	r.errs = append(r.errs, connector.InvalidField(schema.Pointer("", name), fmt.Sprintf("The setting %s%s %s.", name, at, what), fix))
}

func (r *reader) text(name, def string) string {
	if !r.k.Exists(name) {
		return def
	}
	switch v := r.k.Get(name).(type) {
	case string:
		return v
	case int, int64, float64, bool:
		return fmt.Sprint(v)
	}
	r.problem(name, "is not text", "Write one value.")
	return def
}

func (r *reader) choice(name, def string, allowed ...string) string {
	v := strings.ToLower(r.text(name, def))
	if !slices.Contains(allowed, v) {
		r.problem(name, "is none of the choices", "Use one of "+strings.TrimPrefix(strings.Join(allowed, ", "), ", ")+".")
	}
	return v
}

func (r *reader) duration(name string, def time.Duration) time.Duration {
	s := r.text(name, "")
	if s == "" {
		return def
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		r.problem(name, "is not a duration", "Write it like 90s, 5m or 2h.")
		return def
	}
	return d
}

// age is a duration that may be given in days.
func (r *reader) age(name string) time.Duration {
	days, ok := strings.CutSuffix(strings.TrimSpace(r.text(name, "")), "d")
	if !ok {
		return r.duration(name, 0)
	}
	n, err := strconv.ParseUint(days, 10, 16)
	if err != nil {
		r.problem(name, "is not an age", "Write it like 90d or 36h.")
	}
	return time.Duration(n) * 24 * time.Hour
}

func (r *reader) size(name string, def int64) int64 {
	s := strings.TrimSpace(r.text(name, ""))
	if s == "" {
		return def
	}
	digits := strings.TrimRight(s, "kKmMgGtTiIbB")
	n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
	unit := sizeUnit(s[len(digits):])
	if err != nil || unit == 0 || n <= 0 || n > (1<<62)/unit {
		r.problem(name, "is not a size", "Write it like 500MiB, 20GiB or a number of bytes.")
		return def
	}
	return n * unit
}

func sizeUnit(s string) int64 {
	switch strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(s), "b"), "i") {
	case "":
		return 1
	case "k":
		return 1 << 10
	case "m":
		return 1 << 20
	case "g":
		return 1 << 30
	case "t":
		return 1 << 40
	}
	return 0
}

func (r *reader) address(name string) string {
	s := r.text(name, "")
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		r.problem(name, "is not the address of a server", "Write it like https://fairlead.example or http://127.0.0.1:8480.")
	}
	return s
}

func (r *reader) prefixes(name string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range r.words(name) {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			a, aerr := netip.ParseAddr(s)
			if aerr != nil {
				r.problem(name, "is not a network", "Write it like 10.0.0.0/8 or 192.0.2.7, several separated by commas.")
				return nil
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		out = append(out, p.Masked())
	}
	return out
}

// words reads a list in YAML, or text separated by commas.
func (r *reader) words(name string) []string {
	if list, ok := r.k.Get(name).([]any); ok {
		out := make([]string, len(list))
		for i, v := range list {
			out[i] = fmt.Sprint(v)
		}
		return out
	}
	return strings.FieldsFunc(r.text(name, ""), func(c rune) bool { return c == ',' || c == ' ' })
}
