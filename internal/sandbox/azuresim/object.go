package azuresim

import (
	"sort"
	"strings"
	"time"
)

// collection holds the keys, the secrets or the certificates of a vault, by name in lower case.
type collection struct {
	live, deleted map[string]*object
	// purging counts the requests that still find a purged name in use.
	purging map[string]int
}

// object is a key, secret or certificate with all its versions, oldest first.
type object struct {
	name     string
	versions []*version
	// managed marks the key and the secret that belong to a certificate.
	managed bool
	// policy and pending belong to certificates.
	policy  *certificatePolicy
	pending bool
	// settling counts the reads that still find the state before a deletion or a recovery.
	settling           int
	deletedAt, purgeAt time.Time
}

// version is one version of an object. Which of its parts are set depends on the kind.
type version struct {
	id    string
	attrs attributes
	tags  map[string]string
	// value and contentType are a secret's.
	value, contentType string
	// key and ops are a key's.
	key *keyMaterial
	ops []string
	// cert is a certificate's.
	cert *certMaterial
}

// attributes is the block of the same name in every answer. Times are Unix seconds.
type attributes struct {
	Enabled         bool   `json:"enabled"`
	NotBefore       *int64 `json:"nbf,omitempty"`
	Expires         *int64 `json:"exp,omitempty"`
	Created         int64  `json:"created"`
	Updated         int64  `json:"updated"`
	RecoveryLevel   string `json:"recoveryLevel,omitempty"`
	RecoverableDays int    `json:"recoverableDays,omitempty"`
	Exportable      *bool  `json:"exportable,omitempty"`
}

// attributesIn are the attributes that a client may set.
type attributesIn struct {
	Enabled   *bool  `json:"enabled"`
	NotBefore *int64 `json:"nbf"`
	Expires   *int64 `json:"exp"`
}

func newCollection() collection {
	return collection{live: map[string]*object{}, deleted: map[string]*object{}, purging: map[string]int{}}
}

func (c *collection) purgeExpired(now time.Time) {
	for name, o := range c.deleted {
		if !now.Before(o.purgeAt) {
			delete(c.deleted, name)
		}
	}
}

// add puts a version on top of the object, which it makes when there is none.
func (c *collection) add(name string, v *version) *object {
	key := strings.ToLower(name)
	o := c.live[key]
	if o == nil {
		o = &object{name: name}
		c.live[key] = o
	}
	o.versions = append(o.versions, v)
	return o
}

// softDelete moves the object to the deleted ones.
func (c *collection) softDelete(name string, at, purgeAt time.Time, settling int) {
	key := strings.ToLower(name)
	if o := c.live[key]; o != nil {
		delete(c.live, key)
		o.deletedAt, o.purgeAt, o.settling = at, purgeAt, settling
		c.deleted[key] = o
	}
}

func (c *collection) recover(name string, settling int) {
	key := strings.ToLower(name)
	if o := c.deleted[key]; o != nil {
		delete(c.deleted, key)
		o.deletedAt, o.purgeAt, o.settling = time.Time{}, time.Time{}, settling
		c.live[key] = o
	}
}

func (c *collection) purge(name string, settling int) {
	key := strings.ToLower(name)
	delete(c.deleted, key)
	if settling > 0 {
		c.purging[key] = settling
	}
}

// sorted are objects by name, which is the order of Azure's lists.
func sorted(objects map[string]*object) []*object {
	out := make([]*object, 0, len(objects))
	for _, o := range objects {
		out = append(out, o)
	}
	sort.Slice(out, func(i, j int) bool { return strings.ToLower(out[i].name) < strings.ToLower(out[j].name) })
	return out
}

// current is the newest version.
func (o *object) current() *version { return o.versions[len(o.versions)-1] }

// find is the version with this id, the newest one for "", nil when there is none.
func (o *object) find(id string) *version {
	if len(o.versions) == 0 {
		return nil
	}
	if id == "" {
		return o.current()
	}
	for _, v := range o.versions {
		if strings.EqualFold(v.id, id) {
			return v
		}
	}
	return nil
}

// settled counts one more read of an object whose deletion or recovery may still be going on.
func (o *object) settled() bool {
	if o.settling == 0 {
		return true
	}
	o.settling--
	return false
}

func newVersion(in *attributesIn, tags map[string]string, now time.Time) *version {
	v := &version{id: newVersionID(), tags: tags, attrs: attributes{Enabled: true, Created: now.Unix(), Updated: now.Unix()}}
	v.set(in)
	return v
}

func (v *version) set(in *attributesIn) {
	if in == nil {
		return
	}
	if in.Enabled != nil {
		v.attrs.Enabled = *in.Enabled
	}
	if in.NotBefore != nil {
		v.attrs.NotBefore = in.NotBefore
	}
	if in.Expires != nil {
		v.attrs.Expires = in.Expires
	}
}
