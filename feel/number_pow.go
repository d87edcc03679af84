package feel

import (
	"math"
	"math/big"
	"strconv"

	"github.com/cockroachdb/apd/v3"
)

// powNumbers raises x to y: with decimals for a whole y, else with doubles.
func powNumbers(x, y Value) Value {
	if y.isWhole() {
		return powWhole(x, y.intValue())
	}
	return fromFloat(powFloat(x.float(), y.float()))
}

// powWhole follows ANSI X3.274: a few more digits on the way, rounded at the end.
func powWhole(x Value, n int32) Value {
	if n < -999999999 || n > 999999999 {
		throw("the exponent %d is out of range", n)
	}
	if n == 0 {
		one := Int(1).big()
		return fromBig(&one.c, 0, x.precision())
	}
	if v, ok := powSmall(x, n); ok {
		return v
	}
	mag, prec := n, x.precision()
	if mag < 0 {
		mag = -mag
	}
	work := prec + int32(len(strconv.Itoa(int(mag)))) + 1
	base := x.big()
	acc := withPrec(Int(1).big(), work)
	seen := false
	for i := 1; ; i++ {
		mag += mag
		if mag < 0 {
			seen = true
			acc = mulBig(acc, base).big()
			acc.prec = work
		}
		if i == 31 {
			break
		}
		if seen {
			acc = mulBig(acc, acc).big()
			acc.prec = work
		}
	}
	if n < 0 {
		if acc.c.Sign() == 0 {
			throw("division by zero")
		}
		acc = divBig(withPrec(Int(1).big(), work), acc).big()
	}
	return result(&acc.c, int64(acc.scale), prec)
}

// powSmall multiplies where the result stays small and so exact.
func powSmall(x Value, n int32) (Value, bool) {
	if x.p != nil || n < 1 || n > 60 || int64(x.scale)*int64(n) != int64(x.scale*n) {
		return Null, false
	}
	acc, base, neg := int64(1), x.n, x.n < 0 && n%2 == 1
	if base < 0 {
		base = -base
	}
	for range n {
		if !mulFits(&acc, base) {
			return Null, false
		}
	}
	if neg {
		acc = -acc
	}
	return small(acc, x.scale*n), true
}

func withPrec(b *bigDec, prec int32) *bigDec {
	b.prec = prec
	return b
}

// fromFloat returns the double as the reference engine reads it: by its text. It
// throws for infinities and NaN.
func fromFloat(f float64) Value {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		throw("the result is no number: %v", f)
	}
	return doubleValue(f)
}

// doubleValue turns a finite double into a number, with the scale that the text of
// Java's Double.toString has: at least one decimal, an exponent from 10^7 on.
func doubleValue(f float64) Value {
	var buf [32]byte
	text := javaDigits(buf[:0], f)
	neg := text[0] == '-'
	if neg {
		text = text[1:]
	}
	// text is d[.ddd]e±dd
	coef, digits, i := int64(0), int32(0), 0
	for ; text[i] != 'e'; i++ {
		if text[i] != '.' {
			coef, digits = coef*10+int64(text[i]-'0'), digits+1
		}
	}
	exp, _ := strconv.Atoi(string(text[i+1:]))
	scale := digits - 1 - int32(exp)
	plain := exp >= -3 && exp < 7 || coef == 0
	if least := int32(1); plain && scale < least {
		coef, scale = coef*pow10[least-scale], least
	} else if !plain && digits == 1 {
		coef, scale = coef*10, scale+1
	}
	if neg {
		coef = -coef
	}
	return small(coef, scale)
}

// The elementary functions are computed with many digits and rounded once: that is
// what the JVM's intrinsics give but for a few cases in ten thousand.
var wideContext = func() apd.Context {
	c := apd.BaseContext
	c.Precision = 45
	return c
}()

func wide(f float64, op func(c *apd.Context, d, x *apd.Decimal) error) float64 {
	var x, d apd.Decimal
	if !setExact(&x, f) {
		return math.NaN()
	}
	c := wideContext
	if err := op(&c, &d, &x); err != nil {
		return math.NaN()
	}
	r, err := strconv.ParseFloat(d.Text('E'), 64)
	if err != nil && !math.IsInf(r, 0) {
		return math.NaN()
	}
	return r
}

// setExact takes the double's own value, not its shortest text.
func setExact(d *apd.Decimal, f float64) bool {
	_, _, err := d.SetString(new(big.Float).SetFloat64(f).Text('e', 60))
	return err == nil
}

func expFloat(f float64) float64 {
	switch {
	case f > 709.79:
		return math.Inf(1)
	case f < -745.14:
		return 0
	case f == 0:
		return 1
	}
	return wide(f, func(c *apd.Context, d, x *apd.Decimal) error {
		_, err := c.Exp(d, x)
		return err
	})
}

func logFloat(f float64) float64 {
	if f <= 0 || math.IsInf(f, 0) {
		return math.Log(f)
	}
	return wide(f, func(c *apd.Context, d, x *apd.Decimal) error {
		_, err := c.Ln(d, x)
		return err
	})
}

func powFloat(x, y float64) float64 {
	rough := math.Pow(x, y)
	if x <= 0 || x == 1 || y == 0 || math.IsInf(rough, 0) || math.IsNaN(rough) || rough == 0 {
		return rough
	}
	return wide(x, func(c *apd.Context, d, base *apd.Decimal) error {
		var exp, ln apd.Decimal
		setExact(&exp, y)
		if _, err := c.Ln(&ln, base); err != nil {
			return err
		}
		if _, err := c.Mul(&ln, &ln, &exp); err != nil {
			return err
		}
		_, err := c.Exp(d, &ln)
		return err
	})
}
