package feel

import (
	"strconv"
	"time"
)

const (
	secondsPerDay = 86400
	nanosPerSec   = int64(1_000_000_000)
	nanosPerDay   = secondsPerDay * nanosPerSec
	maxYear       = 999_999_999
)

// The first and last day of the calendar, as days since 1970-01-01.
var (
	minDay = civilDay(-maxYear, 1, 1)
	maxDay = civilDay(maxYear, 12, 31)
)

// civilDay returns the days since 1970-01-01 of a date of the proleptic calendar.
func civilDay(y int64, m, d int) int64 {
	if m <= 2 {
		y--
	}
	era := floorDiv(y, 400)
	yoe := y - era*400
	mp := int64((m + 9) % 12)
	doy := (153*mp+2)/5 + int64(d) - 1
	return era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468
}

func civil(day int64) (y int64, m, d int) {
	day += 719468
	era := floorDiv(day, 146097)
	doe := day - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d = int(doy - (153*mp+2)/5 + 1)
	m = int(mp + 3)
	if m > 12 {
		m -= 12
	}
	y = yoe + era*400
	if m <= 2 {
		y++
	}
	return y, m, d
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }

func leap(y int64) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

func monthDays(y int64, m int) int {
	switch m {
	case 2:
		if leap(y) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

func dateValue(day int64) Value {
	if day < minDay || day > maxDay {
		throw("the date is out of range")
	}
	return Value{t: tDate, n: day}
}

// newDate returns the date, and false if there is none.
func newDate(y int64, m, d int) (Value, bool) {
	if y < -maxYear || y > maxYear || m < 1 || m > 12 || d < 1 || d > monthDays(y, m) {
		return Null, false
	}
	return Value{t: tDate, n: civilDay(y, m, d)}, true
}

// addMonths moves a day by whole months; the day of the month is cut to the new month.
func addMonths(day, months int64) int64 {
	y, m, d := civil(day)
	total := y*12 + int64(m-1) + months
	y, m = floorDiv(total, 12), int(floorMod(total, 12))+1
	if y < -maxYear || y > maxYear {
		throw("the date is out of range")
	}
	return civilDay(y, m, min(d, monthDays(y, m)))
}

// weekday returns 1 for Monday to 7 for Sunday.
func weekday(day int64) int { return int(floorMod(day+3, 7)) + 1 }

func dayOfYear(day int64) int {
	y, _, _ := civil(day)
	return int(day-civilDay(y, 1, 1)) + 1
}

// isoWeek returns the number of the week of the week-based year.
func isoWeek(day int64) int {
	thursday := day - int64(weekday(day)) + 4
	return (dayOfYear(thursday)-1)/7 + 1
}

// monthsBetween returns the whole months from one date to another.
func monthsBetween(from, to int64) int64 {
	y1, m1, d1 := civil(from)
	y2, m2, d2 := civil(to)
	total := (y2*12 + int64(m2)) - (y1*12 + int64(m1))
	days := d2 - d1
	if total > 0 && days < 0 {
		total--
	} else if total < 0 && days > 0 {
		total++
	}
	return total
}

// yearStyle says how years above 9999 are written.
type yearStyle bool

const (
	plusYear  yearStyle = true
	plainYear yearStyle = false
)

func appendDate(b []byte, day int64, style yearStyle) []byte {
	y, m, d := civil(day)
	if y < 0 {
		b, y = append(b, '-'), -y
	} else if y > 9999 && style == plusYear {
		b = append(b, '+')
	}
	b = appendPadded(b, y, 4)
	b = appendPadded(append(b, '-'), int64(m), 2)
	return appendPadded(append(b, '-'), int64(d), 2)
}

func appendPadded(b []byte, n int64, width int) []byte {
	for limit := pow10[width-1]; n < limit && limit > 1; limit /= 10 {
		b = append(b, '0')
	}
	return strconv.AppendInt(b, n, 10)
}

// appendClock writes hh:mm:ss and a fraction without trailing zeros.
func appendClock(b []byte, secOfDay, nanos int64) []byte {
	b = appendPadded(b, secOfDay/3600, 2)
	b = appendPadded(append(b, ':'), secOfDay/60%60, 2)
	b = appendPadded(append(b, ':'), secOfDay%60, 2)
	return appendFraction(b, nanos)
}

func appendFraction(b []byte, nanos int64) []byte {
	if nanos == 0 {
		return b
	}
	width := 9
	for nanos%10 == 0 {
		nanos, width = nanos/10, width-1
	}
	return appendPadded(append(b, '.'), nanos, width)
}

func appendOffset(b []byte, offset int32) []byte {
	if offset == 0 {
		return append(b, 'Z')
	}
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	b = appendPadded(append(b, sign), int64(offset/3600), 2)
	b = appendPadded(append(b, ':'), int64(offset/60%60), 2)
	if s := offset % 60; s != 0 {
		b = appendPadded(append(b, ':'), int64(s), 2)
	}
	return b
}

// fromTime returns a Go time as a date and time with its zone.
func fromTime(t time.Time) Value {
	_, off := t.Zone()
	z := &zone{offset: int32(off)}
	if name := t.Location().String(); name != "" && name != "Local" && !fixed(t.Location()) {
		z.loc, z.id = t.Location(), name
	}
	return Value{t: tDateTime, n: t.Unix() + int64(off), scale: int32(t.Nanosecond()), p: z}
}

func fixed(l *time.Location) bool { return l == time.UTC }
