package feel

import "hash/maphash"

// valueSet finds equal values: it hashes what has an easy hash and compares the rest.
type valueSet struct {
	seed    maphash.Seed
	buckets map[uint64][]int
	vals    []Value
}

func newValueSet() *valueSet { return &valueSet{seed: maphash.MakeSeed(), buckets: map[uint64][]int{}} }

func (s *valueSet) add(r *run, v Value) bool {
	_, fresh := s.index(r, v)
	return fresh
}

// index returns the number of the value among the different ones so far.
func (s *valueSet) index(r *run, v Value) (i int, fresh bool) {
	h := s.hash(v, 0)
	for _, i := range s.buckets[h] {
		if eq, _ := equal(r, s.vals[i], v); eq {
			return i, false
		}
		r.step()
	}
	s.vals = append(s.vals, v)
	s.buckets[h] = append(s.buckets[h], len(s.vals)-1)
	return len(s.vals) - 1, true
}

func (s *valueSet) hash(v Value, depth int) uint64 {
	switch v.t {
	case tString:
		return maphash.String(s.seed, v.s)
	case tNumber:
		return maphash.String(s.seed, "n"+v.canonical())
	case tNull, tError:
		return 0
	case tList:
		h := uint64(len(v.items()))*31 + 7
		for i, x := range v.items() {
			if depth > 3 || i > 16 {
				break
			}
			h = h*31 + s.hash(x, depth+1)
		}
		return h
	case tContext:
		return uint64(len(v.ctx().entries()))*131 + 5
	}
	return uint64(v.t)<<56 ^ uint64(v.n)*0x9E3779B97F4A7C15 ^ uint64(v.scale)
}
