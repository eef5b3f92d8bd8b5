package kernel

// Calendar arithmetic on the proleptic Gregorian calendar, in days since
// 1970-01-01 and ticks since the epoch.

const (
	millisPerDay    = 86_400_000
	millisPerHour   = 3_600_000
	millisPerMinute = 60_000
	millisPerSecond = 1_000
)

// Civil is the calendar date of a day.
func Civil(day int64) (year, month, dayOfMonth int64) {
	day += 719_468 // days from 0000-03-01
	era := floorDiv(day, 146_097)
	doe := day - era*146_097
	yoe := (doe - doe/1460 + doe/36_524 - doe/146_096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	year, month, dayOfMonth = yoe+era*400, mp+3, doy-(153*mp+2)/5+1
	if month > 12 {
		month -= 12
		year++
	}
	return year, month, dayOfMonth
}

// DayOf is the day of a calendar date; months and days may be out of range.
func DayOf(year, month, dayOfMonth int64) int64 {
	year += floorDiv(month-1, 12)
	month = floorMod(month-1, 12) + 1
	if month <= 2 {
		year--
		month += 12
	}
	era := floorDiv(year, 400)
	yoe := year - era*400
	doy := (153*(month-3)+2)/5 + dayOfMonth - 1
	return era*146_097 + yoe*365 + yoe/4 - yoe/100 + doy - 719_468
}

// DaysInMonth is the last day of a month.
func DaysInMonth(year, month int64) int64 {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// AddMonths moves a day by months and holds it within the month it lands in.
func AddMonths(day, months int64) int64 {
	y, m, d := Civil(day)
	total := y*12 + m - 1 + months
	y, m = floorDiv(total, 12), floorMod(total, 12)+1
	return DayOf(y, m, min(d, DaysInMonth(y, m)))
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }

// Local is the local time of an instant, in the same ticks; unit is ticks per second.
func (e *Env) Local(ticks, unit int64) int64 {
	if e == nil || e.ZoneOffset == nil {
		return ticks
	}
	perMilli := unit / 1000
	return ticks + e.ZoneOffset(floorDiv(ticks, perMilli))*perMilli
}

// Instant is the instant of a local time, in the same ticks.
func (e *Env) Instant(ticks, unit int64) int64 {
	if e == nil || e.LocalToUTC == nil {
		return ticks
	}
	perMilli := unit / 1000
	millis := floorDiv(ticks, perMilli)
	return e.LocalToUTC(millis)*perMilli + ticks - millis*perMilli
}
