package feel

import (
	"math"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// Number reads a number as the function number() does: digits with an optional
// sign, point and exponent. It is false for another text and for more than 20,000 digits.
func Number(text string) (Value, bool) {
	return parseNumber(text)
}

func parseNumber(s string) (Value, bool) {
	mant, exp, ok := cutExponent(s)
	if !ok || mant == "" {
		return Null, false
	}
	neg := mant[0] == '-'
	if neg || mant[0] == '+' {
		mant = mant[1:]
	}
	digits, scale, ok := splitPoint(mant)
	if !ok {
		return Null, false
	}
	total := int64(scale) - exp
	if len(digits) > maxDigits {
		return Null, false
	}
	if total > math.MaxInt32 || total < math.MinInt32 {
		return Null, false
	}
	return numberOf(digits, int32(total), neg), true
}

func cutExponent(s string) (mant string, exp int64, ok bool) {
	i := strings.IndexAny(s, "eE")
	if i < 0 {
		return s, 0, true
	}
	e := s[i+1:]
	if len(e) > 0 && (e[0] == '+' || e[0] == '-') {
		e = e[1:]
	}
	if e == "" || len(strings.TrimLeft(e, "0")) > 10 || !allDigits(e) {
		return "", 0, false
	}
	exp, err := strconv.ParseInt(strings.TrimPrefix(s[i+1:], "+"), 10, 64)
	return s[:i], exp, err == nil
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// splitPoint removes the point and returns the number of digits behind it.
func splitPoint(s string) (digits string, scale int, ok bool) {
	i := strings.IndexByte(s, '.')
	if i < 0 {
		return s, 0, s != "" && allDigits(s)
	}
	digits = s[:i] + s[i+1:]
	return digits, len(s) - i - 1, digits != "" && allDigits(digits)
}

// numberOf returns the number of plain digits and a scale.
func numberOf(digits string, scale int32, neg bool) Value {
	if len(digits) <= 18 {
		var n int64
		for i := range len(digits) {
			n = n*10 + int64(digits[i]-'0')
		}
		if neg {
			n = -n
		}
		return small(n, scale)
	}
	var c apd.BigInt
	c.SetString(digits, 10)
	if neg {
		c.Neg(&c)
	}
	return fromBig(&c, scale, int32(max(defaultPrecision, apd.NumDigits(&c))))
}

// literalNumber reads a literal of the grammar, which has been scanned already.
func literalNumber(s string) Value {
	neg := s[0] == '-'
	if neg {
		s = s[1:]
	}
	if len(s) <= 18 {
		var n int64
		scale := int32(-1)
		for i := range len(s) {
			if s[i] == '.' {
				scale = int32(len(s) - i - 1)
				continue
			}
			n = n*10 + int64(s[i]-'0')
		}
		if neg {
			n = -n
		}
		return small(n, max(scale, 0))
	}
	digits, scale, _ := splitPoint(s)
	return numberOf(digits, int32(scale), neg)
}

func (v Value) coefText(buf []byte) (digits []byte, neg bool) {
	if v.p == nil {
		buf = strconv.AppendInt(buf, v.n, 10)
	} else {
		buf = v.big().c.Append(buf, 10)
	}
	if buf[0] == '-' {
		return buf[1:], true
	}
	return buf, false
}

// numberText returns the number as string() shows it: with its scale, with an
// exponent for very small ones and for a negative scale.
func (v Value) numberText() string {
	if v.p == nil && v.scale == 0 {
		return strconv.FormatInt(v.n, 10)
	}
	var buf [48]byte
	return string(v.appendNumber(buf[:0]))
}

func (v Value) appendNumber(dst []byte) []byte {
	var tmp [48]byte
	digits, neg := v.coefText(tmp[:0])
	if neg {
		dst = append(dst, '-')
	}
	scale := int64(v.numScale())
	adjusted := int64(len(digits)) - 1 - scale
	switch {
	case scale == 0:
		return append(dst, digits...)
	case scale > 0 && adjusted >= -6:
		return appendPlain(dst, digits, scale)
	}
	dst = append(dst, digits[0])
	if len(digits) > 1 {
		dst = append(append(dst, '.'), digits[1:]...)
	}
	if adjusted != 0 {
		dst = append(dst, 'E')
		if adjusted > 0 {
			dst = append(dst, '+')
		}
		dst = strconv.AppendInt(dst, adjusted, 10)
	}
	return dst
}

// appendPlain writes digits with scale decimals (scale > 0).
func appendPlain(dst, digits []byte, scale int64) []byte {
	if point := int64(len(digits)) - scale; point > 0 {
		dst = append(append(dst, digits[:point]...), '.')
		return append(dst, digits[point:]...)
	}
	dst = append(dst, '0', '.')
	for range scale - int64(len(digits)) {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}

// canonical returns the number as plain decimal text without trailing zeros, and
// with an exponent beyond 400 digits.
func (v Value) canonical() string {
	if v.sign() == 0 {
		return "0"
	}
	b := v.big()
	c, scale := strip(&b.c, int64(b.scale), math.MinInt32)
	if scale > 400 || scale < -400 {
		return string(fromBig(c, checkScale(scale), maxDigits).appendNumber(nil))
	}
	digits := c.Append(nil, 10)
	neg := digits[0] == '-'
	var dst []byte
	if neg {
		digits, dst = digits[1:], append(dst, '-')
	}
	if scale > 0 {
		return string(appendPlain(dst, digits, scale))
	}
	return string(dst) + string(digits) + strings.Repeat("0", int(-scale))
}
