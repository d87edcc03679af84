package azuresim

import (
	"sort"
	"strings"
	"time"
)

// state is everything the simulated cloud knows. Server.mu guards it.
type state struct {
	tenants       map[string]bool
	principals    map[string]*Principal
	subscriptions map[string]*subscription
	// vaults and deleted are keyed by name in lower case: vault names are global.
	vaults, deleted map[string]*vault
	// taken are vault names that someone else has.
	taken map[string]bool
}

type subscription struct {
	id, tenant string
	groups     map[string]*resourceGroup
}

type resourceGroup struct {
	name, location string
	tags           map[string]string
}

func newState() state {
	return state{
		tenants: map[string]bool{}, principals: map[string]*Principal{}, subscriptions: map[string]*subscription{},
		vaults: map[string]*vault{}, deleted: map[string]*vault{}, taken: map[string]bool{},
	}
}

func (st *state) addSubscription(id, tenant string) *subscription {
	sub := &subscription{id: id, tenant: tenant, groups: map[string]*resourceGroup{}}
	st.subscriptions[strings.ToLower(id)] = sub
	return sub
}

// purgeExpired removes soft-deleted vaults and objects whose retention has ended.
func (st *state) purgeExpired(now time.Time) {
	for name, v := range st.deleted {
		if !now.Before(v.purgeAt) {
			delete(st.deleted, name)
		}
	}
	for _, v := range st.vaults {
		for _, coll := range v.collections() {
			coll.purgeExpired(now)
		}
	}
}

// sortedVaults are the vaults for which keep holds, by name.
func sortedVaults(all map[string]*vault, keep func(*vault) bool) []*vault {
	var out []*vault
	for _, v := range all {
		if keep(v) {
			out = append(out, v)
		}
	}
	sort.Slice(out, func(i, j int) bool { return strings.ToLower(out[i].name) < strings.ToLower(out[j].name) })
	return out
}

func canonicalLocation(l string) string { return strings.ToLower(strings.ReplaceAll(l, " ", "")) }
