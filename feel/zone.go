package feel

import (
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // for systems without a zone database
)

// zone is the offset of a time and, perhaps, the region it comes from.
type zone struct {
	offset int32 // seconds
	loc    *time.Location
	id     string // of the region
}

var utc = &zone{}

const maxOffset = 18 * 3600

// zones finds regions by name and remembers them.
type zones struct {
	known sync.Map // name -> *time.Location
	now   func() time.Time
}

// odd names: files of the zone database that are no regions of the reference engine.
func oddZone(name string) bool {
	switch name {
	case "", "Local", "localtime", "Factory", "EST", "MST", "HST", "ROC", "GMT+0", "GMT-0", "posixrules":
		return true
	}
	return strings.Contains(name, "//") || strings.HasPrefix(name, "posix/") || strings.HasPrefix(name, "right/")
}

// region returns the zone with exactly this name of the database.
func (z *zones) region(name string) (*zone, bool) {
	if l, ok := z.known.Load(name); ok {
		return &zone{loc: l.(*time.Location), id: name}, true
	}
	if oddZone(name) {
		return nil, false
	}
	for _, c := range []byte(name) {
		if !(c == '/' || c == '_' || c == '-' || c == '+' || isDigit(c) || isLetter(c)) {
			return nil, false
		}
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		return nil, false
	}
	z.known.Store(name, l)
	return &zone{loc: l, id: name}, true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// ofOffset returns a region like GMT+02:00, which has a name but one offset only.
func ofOffset(prefix string, offset int32) *zone {
	id := prefix
	if offset != 0 {
		id = string(appendOffset([]byte(prefix), offset))
	}
	return &zone{offset: offset, loc: time.FixedZone(id, int(offset)), id: id}
}

// parseRegion reads the zone behind an @ or within brackets, the whole text.
func (z *zones) parseRegion(s string) (*zone, bool) {
	switch {
	case s == "":
		return nil, false
	case s[0] == '+' || s[0] == '-':
		off, ok := parseOffset(s)
		return &zone{offset: off}, ok
	case s == "Z":
		return utc, true
	case s == "GMT0":
		return z.region(s)
	}
	for _, prefix := range []string{"UTC", "GMT", "UT"} {
		rest, found := strings.CutPrefix(s, prefix)
		if !found {
			continue
		}
		if rest == "" {
			return ofOffset(prefix, 0), true
		}
		off, ok := parseOffset(rest)
		return ofOffset(prefix, off), ok
	}
	return z.region(s)
}

// parseOffset reads +hh:mm, with seconds or not.
func parseOffset(s string) (int32, bool) {
	if len(s) != 6 && len(s) != 9 && len(s) != 3 {
		return 0, false
	}
	total, limits := int32(0), [3]int32{18, 59, 59}
	for i, unit := range [3]int32{3600, 60, 1} {
		at := 3 * i
		if at+1 >= len(s) {
			break
		}
		n := two(s, at+1)
		if n < 0 || n > limits[i] || i > 0 && s[at] != ':' {
			return 0, false
		}
		total += n * unit
	}
	if total > maxOffset || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	if s[0] == '-' {
		total = -total
	}
	return total, true
}

func two(s string, i int) int32 {
	if i+2 > len(s) || !isDigit(s[i]) || !isDigit(s[i+1]) {
		return -1
	}
	return int32(s[i]-'0')*10 + int32(s[i+1]-'0')
}

// zoneByID reads what a zone argument of a function may be, shorter offsets included.
func (z *zones) zoneByID(s string) (*zone, bool) {
	if s == "Z" {
		return utc, true
	}
	for _, prefix := range []string{"", "UTC", "GMT", "UT"} {
		rest, found := strings.CutPrefix(s, prefix)
		if !found || prefix == "" && (rest == "" || rest[0] != '+' && rest[0] != '-') {
			continue
		}
		if rest == "" {
			return ofOffset(prefix, 0), true
		}
		if rest[0] != '+' && rest[0] != '-' {
			continue
		}
		off, ok := parseShortOffset(rest)
		if prefix == "" {
			return &zone{offset: off}, ok
		}
		return ofOffset(prefix, off), ok
	}
	return z.region(s)
}

// parseShortOffset reads +h, +hh, +hhmm, +hhmmss, +hh:mm and +hh:mm:ss.
func parseShortOffset(s string) (int32, bool) {
	digits := s[1:]
	switch len(s) {
	case 2:
		digits = "0" + digits
	case 5:
		digits = digits[:2] + ":" + digits[2:]
	case 7:
		digits = digits[:2] + ":" + digits[2:4] + ":" + digits[4:]
	}
	return parseOffset(s[:1] + digits)
}

// offsetAt returns the offset of the region at an instant.
func (z *zone) offsetAt(epoch int64) int32 {
	_, off := time.Unix(epoch, 0).In(z.loc).Zone()
	return int32(off)
}

// standardOffset is the region's offset without daylight saving time, as of now. The
// zones of Ireland and Morocco count it the other way round in Go's database.
func (z *zones) standardOffset(r *zone) int32 {
	switch r.id {
	case "Africa/Casablanca", "Africa/El_Aaiun":
		return 0
	}
	now := z.now()
	offset := r.offsetAt(now.Unix())
	for month := time.January; month <= time.December; month += 3 {
		offset = min(offset, r.offsetAt(time.Date(now.Year(), month, 1, 0, 0, 0, 0, time.UTC).Unix()))
	}
	return offset
}

// resolve places a local time in a region: the earlier offset of two, a time in a gap
// is moved by its length; prefer wins where it is possible.
func (z *zone) resolve(local int64, prefer int32) (int64, *zone) {
	before, after := z.offsetAt(local-secondsPerDay), z.offsetAt(local+secondsPerDay)
	valid := func(off int32) bool { return z.offsetAt(local-int64(off)) == off }
	switch {
	case valid(prefer):
		return local, &zone{offset: prefer, loc: z.loc, id: z.id}
	case valid(before):
		return local, &zone{offset: before, loc: z.loc, id: z.id}
	case valid(after):
		return local, &zone{offset: after, loc: z.loc, id: z.id}
	}
	return local + int64(after-before), &zone{offset: after, loc: z.loc, id: z.id}
}

// noOffset is never valid: it stands for no preference.
const noOffset = int32(1 << 30)

// dateTimeAt returns the instant as a time of the zone.
func dateTimeAt(epoch int64, nanos int32, z *zone) Value {
	if z.loc != nil {
		z = &zone{offset: z.offsetAt(epoch), loc: z.loc, id: z.id}
	}
	return zonedDateTime(epoch+int64(z.offset), nanos, z)
}

func zonedDateTime(local int64, nanos int32, z *zone) Value {
	checkLocal(local)
	return Value{t: tDateTime, n: local, scale: nanos, p: z}
}

func localDateTime(local int64, nanos int32) Value {
	checkLocal(local)
	return Value{t: tLocalDateTime, n: local, scale: nanos}
}

func checkLocal(local int64) {
	if d := floorDiv(local, secondsPerDay); d < minDay || d > maxDay {
		throw("the date and time is out of range")
	}
}

// placed puts a local date and time into the zone.
func placed(local int64, nanos int32, z *zone, prefer int32) Value {
	if z.loc != nil {
		local, z = z.resolve(local, prefer)
	}
	return zonedDateTime(local, nanos, z)
}

func (v Value) zone() *zone { return v.p.(*zone) }

// epoch returns the instant of a date and time with an offset.
func (v Value) epoch() int64 { return v.n - int64(v.zone().offset) }

// timeInstant returns a zoned time's nanoseconds on the line of UTC.
func (v Value) timeInstant() int64 { return v.n - int64(v.zone().offset)*nanosPerSec }

// Time returns a date and time with an offset as a Go time.
func (v Value) Time() (time.Time, bool) {
	if v.t != tDateTime {
		return time.Time{}, false
	}
	loc := v.zone().loc
	if loc == nil {
		loc = time.FixedZone("", int(v.zone().offset))
	}
	return time.Unix(v.epoch(), int64(v.scale)).In(loc), true
}
