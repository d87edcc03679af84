package feel

import (
	"math"
	"math/bits"
	"strconv"

	"github.com/cockroachdb/apd/v3"
)

// defaultPrecision is that of IEEE 754 decimal128, the reference engine's.
const defaultPrecision = 34

// smallDigits bounds the small form of a number: coefficients below 10^18.
const smallLimit = 1_000_000_000_000_000_000

// bigDec is a decimal that does not fit the small form: c * 10^-scale. A literal
// with more digits than 34 carries its own precision along as a left operand.
type bigDec struct {
	c     apd.BigInt
	scale int32
	prec  int32
}

var pow10 = func() (t [19]int64) {
	t[0] = 1
	for i := 1; i < len(t); i++ {
		t[i] = t[i-1] * 10
	}
	return t
}()

func small(coef int64, scale int32) Value { return Value{t: tNumber, n: coef, scale: scale} }

// fromBig returns the number, in the small form where it fits.
func fromBig(c *apd.BigInt, scale, prec int32) Value {
	if prec <= defaultPrecision && c.IsInt64() {
		if n := c.Int64(); n > -smallLimit && n < smallLimit {
			return small(n, scale)
		}
	}
	b := &bigDec{scale: scale, prec: prec}
	if c.BitLen() > 0 { // else it may be a negative zero, which apd.BigInt knows
		b.c.Set(c)
	}
	return Value{t: tNumber, p: b}
}

func (v Value) big() *bigDec {
	if b, ok := v.p.(*bigDec); ok {
		return b
	}
	b := &bigDec{scale: v.scale, prec: defaultPrecision}
	b.c.SetInt64(v.n)
	return b
}

func (v Value) precision() int32 {
	if b, ok := v.p.(*bigDec); ok {
		return b.prec
	}
	return defaultPrecision
}

func (v Value) sign() int {
	if v.p != nil {
		return v.p.(*bigDec).c.Sign()
	}
	switch {
	case v.n > 0:
		return 1
	case v.n < 0:
		return -1
	}
	return 0
}

func (v Value) numScale() int32 {
	if b, ok := v.p.(*bigDec); ok {
		return b.scale
	}
	return v.scale
}

// checkScale guards the exponent; the reference engine throws outside 32 bits.
func checkScale(s int64) int32 {
	if s > math.MaxInt32 || s < math.MinInt32 {
		throw("the exponent of a number is out of range")
	}
	return int32(s)
}

func addNumbers(x, y Value) Value {
	if x.p == nil && y.p == nil {
		if v, ok := addSmall(x, y); ok {
			return v
		}
	}
	return addBig(x.big(), y.big())
}

func addSmall(x, y Value) (Value, bool) {
	a, b, scale := x.n, y.n, x.scale
	if d := int64(x.scale) - int64(y.scale); d > 0 {
		if d > 18 || !mulFits(&b, pow10[d]) {
			return Null, false
		}
	} else if d < 0 {
		if d < -18 || !mulFits(&a, pow10[-d]) {
			return Null, false
		}
		scale = y.scale
	}
	sum := a + b // both below 10^18: no overflow
	return small(sum, scale), sum > -smallLimit && sum < smallLimit
}

// mulFits multiplies in place and reports whether the product stays small.
func mulFits(a *int64, f int64) bool {
	neg, u := *a < 0, uint64(*a)
	if neg {
		u = -u
	}
	hi, lo := bits.Mul64(u, uint64(f))
	if hi != 0 || lo >= smallLimit {
		return false
	}
	*a = int64(lo)
	if neg {
		*a = -*a
	}
	return true
}

func negate(x Value) Value {
	if x.p == nil {
		return small(-x.n, x.scale)
	}
	b := x.big()
	var c apd.BigInt
	return fromBig(c.Neg(&b.c), b.scale, b.prec)
}

func subNumbers(x, y Value) Value { return addNumbers(x, negate(y)) }

func mulNumbers(x, y Value) Value {
	if x.p == nil && y.p == nil {
		p, f := x.n, y.n
		neg := f < 0
		if neg {
			f = -f
		}
		s := int64(x.scale) + int64(y.scale)
		if mulFits(&p, f) && s == int64(int32(s)) {
			if neg {
				p = -p
			}
			return small(p, int32(s))
		}
	}
	return mulBig(x.big(), y.big())
}

// divNumbers divides; the divisor is not zero.
func divNumbers(x, y Value) Value {
	if x.p == nil && y.p == nil && x.n != 0 {
		a, k := x.n, int32(0)
		for ; k <= 18; k++ {
			if a%y.n == 0 {
				if s := int64(x.scale) - int64(y.scale) + int64(k); s == int64(int32(s)) {
					return small(a/y.n, int32(s))
				}
				break
			}
			if !mulFits(&a, 10) {
				break
			}
		}
	}
	return divBig(x.big(), y.big())
}

func cmpNumbers(x, y Value) int {
	if x.p == nil && y.p == nil {
		if x.scale == y.scale {
			return cmpInt(x.n, y.n)
		}
		if v, ok := cmpSmall(x, y); ok {
			return v
		}
	}
	return cmpBig(x.big(), y.big())
}

func cmpSmall(x, y Value) (int, bool) {
	a, b := x.n, y.n
	if d := int64(x.scale) - int64(y.scale); d > 0 {
		if d > 18 || !mulFits(&b, pow10[d]) {
			return 0, false
		}
	} else if d < -18 || !mulFits(&a, pow10[-d]) {
		return 0, false
	}
	return cmpInt(a, b), true
}

func cmpInt(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// intValue returns the low 32 bits of the whole part, as Java's intValue does.
func (v Value) intValue() int32 { return int32(v.longValue()) }

// longValue returns the low 64 bits of the whole part.
func (v Value) longValue() int64 {
	b := v.big()
	if v.p == nil && v.scale == 0 {
		return v.n
	}
	if b.scale <= -64 || b.c.Sign() == 0 {
		return 0
	}
	var c apd.BigInt
	if b.scale <= 0 {
		c.Mul(&b.c, bigPow10(int64(-b.scale)))
	} else if int64(b.scale) > apd.NumDigits(&b.c) {
		return 0
	} else {
		c.Quo(&b.c, bigPow10(int64(b.scale)))
	}
	return lowBits(&c)
}

func lowBits(c *apd.BigInt) int64 {
	if c.IsInt64() {
		return c.Int64()
	}
	var mask, low apd.BigInt
	mask.SetUint64(math.MaxUint64)
	low.And(c, &mask)
	return int64(low.Uint64())
}

// isWhole reports whether the number has no fraction.
func (v Value) isWhole() bool {
	if v.numScale() <= 0 {
		return true
	}
	if v.p == nil {
		return v.scale > 18 && v.n == 0 || v.scale <= 18 && v.n%pow10[v.scale] == 0
	}
	b := v.big()
	if b.c.Sign() == 0 {
		return true
	}
	if int64(b.scale) >= apd.NumDigits(&b.c) {
		return false
	}
	var q, r apd.BigInt
	q.QuoRem(&b.c, bigPow10(int64(b.scale)), &r)
	return r.Sign() == 0
}

// Int64 returns the number as a 64-bit integer, and whether it is whole and fits.
func (v Value) Int64() (int64, bool) {
	if v.t != tNumber || !v.isWhole() {
		return 0, false
	}
	b := v.big()
	if int64(b.scale) < -18 && b.c.Sign() != 0 {
		return 0, false
	}
	n := v.longValue()
	return n, cmpNumbers(v, small64(n)) == 0
}

// small64 returns any 64-bit integer as a number.
func small64(n int64) Value {
	if n > -smallLimit && n < smallLimit {
		return small(n, 0)
	}
	var c apd.BigInt
	c.SetInt64(n)
	return fromBig(&c, 0, defaultPrecision)
}

// Float64 returns the nearest double, and whether the value is a number.
func (v Value) Float64() (float64, bool) {
	if v.t != tNumber {
		return 0, false
	}
	return v.float(), true
}

func (v Value) float() float64 {
	if v.p == nil && v.scale == 0 && v.n > -1<<53 && v.n < 1<<53 {
		return float64(v.n)
	}
	f, _ := strconv.ParseFloat(v.numberText(), 64)
	return f
}
