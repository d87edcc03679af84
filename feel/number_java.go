package feel

import (
	"math"
	"math/big"
	"strconv"
)

// javaDigits appends the digits of a double as d[.ddd]e±dd: those of Double.toString
// in Java 17, which for large, tiny and 17-digit numbers are not always the shortest.
func javaDigits(buf []byte, f float64) []byte {
	short := strconv.AppendFloat(buf, f, 'e', -1, 64)
	abs := math.Abs(f)
	if abs == 0 || abs >= 1e-3 && abs < 1e7 && len(short) <= 15+5 {
		return short
	}
	digits, exp := javaDtoa(abs)
	out := buf[:0]
	if f < 0 {
		out = append(out, '-')
	}
	out = append(out, digits[0])
	if len(digits) > 1 {
		out = append(append(out, '.'), digits[1:]...)
	}
	return strconv.AppendInt(append(out, 'e'), int64(exp), 10)
}

const (
	fractionBits = 52
	hiddenBit    = uint64(1) << fractionBits
)

// javaDtoa returns the digits of a positive double and the exponent of the first one.
// It follows the classic conversion of Java up to version 18: digits are produced
// until what is left is below half a unit in the last place, and in the exponent
// format there are at least two.
func javaDtoa(f float64) (digits []byte, exp int) {
	b := math.Float64bits(f)
	fraction, binExp, significant := b&(hiddenBit-1), int(b>>fractionBits), fractionBits+1
	if binExp == 0 {
		shift := fractionBits - int(math.Log2(float64(fraction)))
		for fraction<<shift&hiddenBit == 0 {
			shift++
		}
		for fraction<<shift >= 2*hiddenBit {
			shift--
		}
		fraction, binExp, significant = fraction<<shift, 1-shift, fractionBits+1-shift
	} else {
		fraction |= hiddenBit
	}
	binExp -= 1023
	tail := 0
	for fraction>>tail&1 == 0 {
		tail++
	}
	width := fractionBits + 1 - tail
	if tiny := max(0, width-binExp-1); tiny == 0 && binExp <= 62 && width < 64 {
		return wholeDigits(fraction, binExp, significant)
	}
	return hardDigits(fraction, binExp, significant, tail, width)
}

// droppedDigits are the decimal digits that say nothing for a power of two.
var droppedDigits = [...]int{
	0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 9, 9,
	10, 10, 10, 11, 11, 11, 12, 12, 12, 12, 13, 13, 13, 14, 14, 14, 15, 15, 15, 15, 16, 16, 16, 17, 17, 17, 18, 18, 18, 19,
}

// wholeDigits is the case of whole numbers below 2^63.
func wholeDigits(fraction uint64, binExp, significant int) ([]byte, int) {
	drop := 0
	if p := binExp - significant - 1; p > 1 && p < len(droppedDigits) {
		drop = droppedDigits[p]
	}
	n := fraction
	if binExp >= fractionBits {
		n <<= binExp - fractionBits
	} else {
		n >>= fractionBits - binExp
	}
	exp := drop
	if drop > 0 {
		p := uint64(pow10[min(drop, 18)])
		rest := n % p
		if n /= p; rest >= p/2 {
			n++
		}
	}
	for n%10 == 0 {
		n, exp = n/10, exp+1
	}
	digits := strconv.AppendUint(nil, n, 10)
	return digits, exp + len(digits) - 1
}

func pow52(five, two int) *big.Int {
	p := new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(five)), nil)
	return p.Lsh(p, uint(two))
}

func estimateExp(fraction uint64, binExp int) int {
	d2 := math.Float64frombits(0x3FF0000000000000 | fraction&(hiddenBit-1))
	d := float64((d2-1.5)*0.289529654) + 0.176091259 + float64(float64(binExp)*0.301029995663981)
	return int(math.Floor(d))
}

// bitsOf5 is the number of bits that the reference counts for a power of five.
func bitsOf5(n int) int {
	if n < 27 {
		return new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(n)), nil).BitLen()
	}
	return n * 3
}

func hardDigits(fraction uint64, binExp, significant, tail, width int) ([]byte, int) {
	tiny := max(0, width-binExp-1)
	decExp := estimateExp(fraction, binExp)
	b5, s5 := max(0, -decExp), max(0, decExp)
	b2, s2 := b5+tiny+binExp, s5+tiny
	m5, m2 := b5, b2-significant
	fraction >>= tail
	b2 -= width - 1
	common := min(b2, s2)
	b2, s2, m2 = b2-common, s2-common, m2-common
	if width == 1 {
		m2--
	}
	if m2 < 0 {
		b2, s2, m2 = b2-m2, s2-m2, 0
	}
	b := new(big.Int).SetUint64(fraction)
	b.Mul(b, pow52(b5, b2))
	loop := digitLoop{b: b, s: pow52(s5, s2), m: pow52(m5, m2)}
	loop.tens = new(big.Int).Mul(loop.s, bigTen)
	if bits := max(width+b2+bitsOf5(b5), s2+1+bitsOf5(s5+1)); bits < 32 {
		loop.word = 32
	} else if bits < 64 {
		loop.word = 64
	}
	return loop.run(decExp)
}

var bigTen = big.NewInt(10)

// digitLoop produces digits of b/s while m, half a unit in the last place, is smaller
// than what is left.
type digitLoop struct {
	b, s, m, tens *big.Int
	// word is the size of the machine words that Java uses for small numbers, 0 for its
	// big ones. Words overflow, and that shows in the last digit.
	word      int
	low, high bool
}

func (l *digitLoop) next() byte {
	var q big.Int
	q.QuoRem(l.b, l.s, l.b)
	l.b.Mul(l.b, bigTen)
	l.m.Mul(l.m, bigTen)
	sum := new(big.Int).Add(l.b, l.m)
	if l.word == 0 {
		l.low, l.high = l.b.Cmp(l.m) < 0, sum.Cmp(l.tens) >= 0
		return byte('0' + q.Int64())
	}
	if l.m = l.wrap(l.m); l.m.Sign() > 0 {
		l.low, l.high = l.b.Cmp(l.m) < 0, l.wrap(sum).Cmp(l.tens) > 0
	} else {
		l.low, l.high = true, true
	}
	return byte('0' + q.Int64())
}

// wrap cuts a number to the word.
func (l *digitLoop) wrap(x *big.Int) *big.Int {
	if x.BitLen() < l.word {
		return x
	}
	mask := new(big.Int).SetUint64(math.MaxUint64)
	n := int64(mask.And(x, mask).Uint64())
	if l.word == 32 {
		n = int64(int32(n))
	}
	return big.NewInt(n)
}

func (l *digitLoop) run(decExp int) ([]byte, int) {
	var digits []byte
	if q := l.next(); q == '0' && !l.high {
		decExp--
	} else {
		digits = append(digits, q)
	}
	if decExp < -3 || decExp >= 8 {
		l.low, l.high = false, false
	}
	for !l.low && !l.high {
		digits = append(digits, l.next())
	}
	if l.high && (!l.low || l.roundUp(digits)) {
		return roundDigits(digits, decExp)
	}
	return trimZeros(digits), decExp
}

// roundUp decides between the digits and the next higher ones.
func (l *digitLoop) roundUp(digits []byte) bool {
	diff := new(big.Int).Sub(new(big.Int).Lsh(l.b, 1), l.tens)
	if l.word > 0 {
		diff = l.wrap(diff)
	}
	if diff.Sign() == 0 {
		return digits[len(digits)-1]&1 != 0
	}
	return diff.Sign() > 0
}

func roundDigits(d []byte, exp int) ([]byte, int) {
	for i := len(d) - 1; i >= 0; i-- {
		if d[i] < '9' {
			d[i]++
			return trimZeros(d), exp
		}
		d[i] = '0'
	}
	return []byte{'1'}, exp + 1
}

func trimZeros(d []byte) []byte {
	for len(d) > 1 && d[len(d)-1] == '0' {
		d = d[:len(d)-1]
	}
	return d
}
