package feel

import (
	"github.com/cockroachdb/apd/v3"
)

// maxDigits bounds the digits that one number may get while it is computed.
const maxDigits = 20_000

// javaMostDigits is the largest power of ten that Java computes.
const javaMostDigits = 1 << 29

func bigPow10(n int64) *apd.BigInt {
	if n <= 18 {
		return apd.NewBigInt(pow10[n])
	}
	if n > maxDigits {
		panic(&Error{Kind: ErrLimit, Message: "a number has too many digits"})
	}
	var r apd.BigInt
	return r.Exp(apd.NewBigInt(10), apd.NewBigInt(n), nil)
}

type rounding uint8

const (
	halfEven rounding = iota
	halfUp
	halfDown
	roundUp
	roundDown
	roundCeiling
	roundFloor
	roundNone
)

var roundingNames = []string{"HALF_EVEN", "HALF_UP", "HALF_DOWN", "UP", "DOWN", "CEILING", "FLOOR", "UNNECESSARY"}

// divRound returns x/d rounded to a whole number.
func divRound(x, d *apd.BigInt, mode rounding) *apd.BigInt {
	var q, r apd.BigInt
	q.QuoRem(x, d, &r)
	if r.Sign() == 0 {
		return &q
	}
	neg := x.Sign()*d.Sign() < 0
	if away(&q, &r, d, neg, mode) {
		if neg {
			return q.Sub(&q, apd.NewBigInt(1))
		}
		return q.Add(&q, apd.NewBigInt(1))
	}
	return &q
}

// away reports whether the quotient q with remainder r of divisor d is rounded away from zero.
func away(q, r, d *apd.BigInt, neg bool, mode rounding) bool {
	switch mode {
	case roundUp:
		return true
	case roundDown:
		return false
	case roundCeiling:
		return !neg
	case roundFloor:
		return neg
	}
	var twice apd.BigInt
	twice.Add(r, r)
	switch twice.CmpAbs(d) {
	case 1:
		return true
	case -1:
		return false
	}
	return mode == halfUp || mode == halfEven && q.Bit(0) == 1
}

// rounded returns c * 10^-scale with at most prec digits.
func rounded(c *apd.BigInt, scale int64, prec int32, mode rounding) (*apd.BigInt, int64) {
	for {
		drop := apd.NumDigits(c) - int64(prec)
		if drop <= 0 || c.Sign() == 0 {
			return c, scale
		}
		c = divRound(c, bigPow10(drop), mode)
		scale -= drop
	}
}

func result(c *apd.BigInt, scale int64, prec int32) Value {
	c, scale = rounded(c, scale, prec, halfEven)
	return fromBig(c, checkScale(scale), prec)
}

func addBig(x, y *bigDec) Value {
	if x.c.Sign() == 0 || y.c.Sign() == 0 {
		return addZero(x, y)
	}
	hi, lo := x, y
	if hi.scale > lo.scale {
		hi, lo = lo, hi // hi has the larger exponent
	}
	if v, ok := addFar(hi, lo, x.prec); ok {
		return v
	}
	var c apd.BigInt
	c.Mul(&hi.c, bigPow10(int64(lo.scale)-int64(hi.scale)))
	c.Add(&c, &lo.c)
	return result(&c, int64(lo.scale), x.prec)
}

// addFar adds numbers so far apart that the small one only decides the rounding.
func addFar(hi, lo *bigDec, prec int32) (Value, bool) {
	gap := int64(lo.scale) - int64(hi.scale)
	if gap <= 2*int64(prec)+int64(maxDigits)/2 || apd.NumDigits(&lo.c) > gap-int64(prec)-3 {
		return Null, false
	}
	shift := int64(prec) + 3
	var c apd.BigInt
	c.Mul(&hi.c, bigPow10(shift))
	c.Add(&c, apd.NewBigInt(int64(lo.c.Sign())))
	return result(&c, int64(hi.scale)+shift, prec), true
}

func addZero(x, y *bigDec) Value {
	preferred := int64(max(x.scale, y.scale))
	if x.c.Sign() == 0 && y.c.Sign() == 0 {
		return fromBig(apd.NewBigInt(0), int32(preferred), x.prec)
	}
	other := x
	if x.c.Sign() == 0 {
		other = y
	}
	c, scale := rounded(&other.c, int64(other.scale), x.prec, halfEven)
	if room := int64(x.prec) - apd.NumDigits(c); scale < preferred && room > 0 {
		by := min(room, preferred-scale)
		var wide apd.BigInt
		c, scale = wide.Mul(c, bigPow10(by)), scale+by
	}
	return fromBig(c, checkScale(scale), x.prec)
}

func mulBig(x, y *bigDec) Value {
	var c apd.BigInt
	c.Mul(&x.c, &y.c)
	return result(&c, int64(x.scale)+int64(y.scale), x.prec)
}

func divBig(x, y *bigDec) Value {
	c, scale := quotient(x, y, x.prec, halfEven)
	return fromBig(c, checkScale(scale), x.prec)
}

// quotient divides to prec digits; an exact one is stripped to the preferred scale.
func quotient(x, y *bigDec, prec int32, mode rounding) (*apd.BigInt, int64) {
	preferred := int64(x.scale) - int64(y.scale)
	if x.c.Sign() == 0 {
		return apd.NewBigInt(0), clampScale(preferred)
	}
	raise := int64(prec) + apd.NumDigits(&y.c) - apd.NumDigits(&x.c) + 3
	var num apd.BigInt
	den, scale := &y.c, preferred
	num.Set(&x.c)
	if raise > 0 {
		num.Mul(&x.c, bigPow10(raise))
		scale += raise
	}
	var q, r apd.BigInt
	q.QuoRem(&num, den, &r)
	if r.Sign() != 0 { // a sticky digit keeps the rounding right
		sticky := int64(num.Sign() * den.Sign())
		q.Mul(&q, apd.NewBigInt(10))
		q.Add(&q, apd.NewBigInt(sticky))
		return rounded(&q, scale+1, prec, mode)
	}
	c, s := rounded(&q, scale, prec, mode)
	return strip(c, s, preferred)
}

func clampScale(s int64) int64 { return max(min(s, 1<<31-1), -1<<31) }

// strip removes trailing zeros while the scale is above the preferred one: many at
// once, then fewer.
func strip(c *apd.BigInt, scale, preferred int64) (*apd.BigInt, int64) {
	if c.Sign() == 0 {
		return c, scale
	}
	step := int64(1)
	for step*2 <= min(scale-preferred, apd.NumDigits(c)) {
		step *= 2
	}
	for ; step > 0; step /= 2 {
		for scale-step >= preferred && apd.NumDigits(c) > step {
			var q, r apd.BigInt
			q.QuoRem(c, bigPow10(step), &r)
			if r.Sign() != 0 {
				break
			}
			c, scale = &q, scale-step
		}
	}
	return c, scale
}

func cmpBig(x, y *bigDec) int {
	if sx, sy := x.c.Sign(), y.c.Sign(); sx != sy || sx == 0 {
		return cmpInt(int64(sx), int64(sy))
	}
	ax := apd.NumDigits(&x.c) - int64(x.scale)
	ay := apd.NumDigits(&y.c) - int64(y.scale)
	if ax != ay {
		return cmpInt(ax, ay) * x.c.Sign()
	}
	var scaled apd.BigInt
	d := int64(x.scale) - int64(y.scale)
	switch {
	case d > 0:
		return x.c.Cmp(scaled.Mul(&y.c, bigPow10(d)))
	case d < 0:
		return scaled.Mul(&x.c, bigPow10(-d)).Cmp(&y.c)
	}
	return x.c.Cmp(&y.c)
}

// remainder returns x - y*n, n the whole quotient; it throws where the reference engine does.
func remainder(x, y Value) Value {
	if y.sign() == 0 {
		throw("division by zero")
	}
	if x.p == nil && y.p == nil && x.scale == 0 && y.scale == 0 {
		return small(x.n%y.n, 0)
	}
	a, b := x.big(), y.big()
	n, scale := wholeQuotient(a, b)
	var prod apd.BigInt
	prod.Mul(n, &b.c)
	neg := &bigDec{scale: checkScale(scale + int64(b.scale)), prec: maxDigits}
	neg.c.Neg(&prod)
	exact := &bigDec{scale: a.scale, prec: maxDigits}
	exact.c.Set(&a.c)
	r := addBig(exact, neg).big()
	return fromBig(&r.c, r.scale, a.prec)
}

func wholeQuotient(a, b *bigDec) (*apd.BigInt, int64) {
	preferred := int64(a.scale) - int64(b.scale)
	absA, absB := absBig(a), absBig(b)
	if cmpBig(absA, absB) < 0 {
		return apd.NewBigInt(0), clampScale(preferred)
	}
	q, scale := quotient(a, b, a.prec, roundDown)
	if scale < 0 {
		prod := &bigDec{scale: checkScale(scale + int64(b.scale)), prec: maxDigits}
		prod.c.Mul(q, &b.c)
		prod.c.Neg(&prod.c)
		exact := &bigDec{scale: a.scale, prec: maxDigits}
		exact.c.Set(&a.c)
		if rest := addBig(exact, prod).big(); cmpBig(absBig(rest), absB) >= 0 {
			throw("the division is impossible: the whole quotient has too many digits")
		}
	} else if scale > 0 {
		q, scale = divRound(q, bigPow10(scale), roundDown), 0
	}
	if room := int64(a.prec) - apd.NumDigits(q); preferred > scale && room > 0 {
		by := min(room, preferred-scale)
		var wide apd.BigInt
		return wide.Mul(q, bigPow10(by)), scale + by
	}
	return strip(q, scale, preferred)
}

func absBig(x *bigDec) *bigDec {
	r := &bigDec{scale: x.scale, prec: x.prec}
	r.c.Abs(&x.c)
	return r
}

// setScale returns the number with exactly that many decimal places.
func setScale(v Value, scale int32, mode rounding) (Value, string) {
	if v.numScale() == scale {
		return v, ""
	}
	b := v.big()
	if b.c.Sign() == 0 {
		return fromBig(&b.c, scale, b.prec), ""
	}
	d := int64(scale) - int64(b.scale)
	if d > 0 {
		if d > javaMostDigits {
			return Null, "BigInteger would overflow supported range"
		}
		var c apd.BigInt
		return fromBig(c.Mul(&b.c, bigPow10(d)), scale, b.prec), ""
	}
	return lowerScale(b, -d, scale, mode)
}

func lowerScale(b *bigDec, drop int64, scale int32, mode rounding) (Value, string) {
	if drop > javaMostDigits {
		return Null, "BigInteger would overflow supported range"
	}
	c := &b.c
	div := apd.NewBigInt(10)
	if digits := apd.NumDigits(c); drop <= digits+1 {
		div = bigPow10(drop)
	} else { // all digits fall away: one sticky digit decides
		c = apd.NewBigInt(int64(c.Sign()))
	}
	if mode == roundNone {
		var q, r apd.BigInt
		q.QuoRem(c, div, &r)
		if r.Sign() != 0 {
			return Null, "Rounding necessary"
		}
	}
	return fromBig(divRound(c, div, mode), scale, b.prec), ""
}
