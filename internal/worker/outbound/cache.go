package outbound

import "sync"

// cache keeps what was made from texts. It is bounded by the number of entries
// and the bytes of the keys: when the young half is full, the old half is
// dropped. The zero value is not ready; see newCache.
type cache[K comparable, V any] struct {
	mu         sync.RWMutex
	young, old map[K]V
	most       int
	weight     int
	heaviest   int
}

// newCache keeps between most and 2*most entries, and not more than twice the
// weight heaviest.
func newCache[K comparable, V any](most, heaviest int) *cache[K, V] {
	return &cache[K, V]{young: map[K]V{}, most: max(1, most), heaviest: heaviest}
}

func (c *cache[K, V]) get(k K) (V, bool) {
	c.mu.RLock()
	v, ok := c.young[k]
	inOld := false
	if !ok {
		v, inOld = c.old[k]
	}
	c.mu.RUnlock()
	if inOld {
		c.put(k, v, 0)
	}
	return v, ok || inOld
}

func (c *cache[K, V]) put(k K, v V, weight int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, there := c.young[k]; there {
		return
	}
	if len(c.young) >= c.most || c.weight+weight > c.heaviest && len(c.young) > 0 {
		c.old, c.young, c.weight = c.young, make(map[K]V, c.most/4), 0
	}
	c.young[k] = v
	c.weight += weight
}
