package scalar

import (
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

func timeDoc(syntax, text string, examples ...string) function.Doc {
	return function.Doc{Syntax: syntax, Text: text, Category: "temporal", Examples: examples}
}

const defaultPattern = "yyyy-MM-dd HH:mm:ss"

// timeOrText is a timestamp, or a string that reads as one.
var timeOrText = param{"a timestamp or a string", func(t types.Type) (types.Type, bool) {
	if t.Kind == types.Date {
		return types.TimestampType(3), true
	}
	return t, t.IsTimestamp() || t.IsString()
}}

func init() {
	declare(function.Function{
		Name: "DATE_FORMAT",
		Doc:  timeDoc("DATE_FORMAT(timestamp, pattern)", "The time as text, by a pattern of Java's DateTimeFormatter.", "DATE_FORMAT(TIMESTAMP '2026-01-31 10:00:00', 'yyyy/MM/dd')"),
	},
		nullable(takes(returns(types.StringType), 2, timeOrText, aString)), dateFormatCode)
	declare(function.Function{
		Name: "TO_DATE",
		Doc:  timeDoc("TO_DATE(string [, pattern])", "The text as a DATE, by default yyyy-MM-dd; NULL where it does not match.", "TO_DATE('2026/01/31', 'yyyy/MM/dd')"),
	},
		nullable(takes(returns(types.DateType), 1, aString, aString)), parseTimeCode(types.DateType))
	declare(function.Function{
		Name: "TO_TIMESTAMP",
		Doc:  timeDoc("TO_TIMESTAMP(string [, pattern])", "The text as a TIMESTAMP(3), by default yyyy-MM-dd HH:mm:ss; NULL where it does not match.", "TO_TIMESTAMP('2026-01-31 10:00:00')"),
	},
		nullable(takes(returns(types.TimestampType(3)), 1, aString, aString)), parseTimeCode(types.TimestampType(3)))
	declare(function.Function{
		Name: "TO_TIMESTAMP_LTZ",
		Doc: timeDoc("TO_TIMESTAMP_LTZ(number, precision), TO_TIMESTAMP_LTZ(string [, pattern [, zone]])",
			"Seconds (precision 0), milliseconds (3) or other fractions since the epoch as TIMESTAMP_LTZ of that precision, at least 3; or text in a time zone (UTC).", "TO_TIMESTAMP_LTZ(1500, 3)"),
	},
		bindToLTZ, toLTZCode)
	declare(function.Function{
		Name: "FROM_UNIXTIME",
		Doc:  timeDoc("FROM_UNIXTIME(seconds [, pattern])", "Seconds since the epoch as text in the session's time zone, by a pattern of Java's SimpleDateFormat.", "FROM_UNIXTIME(44)"),
	},
		nullable(takes(returns(types.StringType), 1, aBigint, aString)), fromUnixtimeCode)
	declare(function.Function{
		Name: "CONVERT_TZ",
		Doc:  timeDoc("CONVERT_TZ(string, from, to)", "A yyyy-MM-dd HH:mm:ss of one time zone as that of another; NULL where the text is none.", "CONVERT_TZ('1970-01-01 00:00:00', 'UTC', 'America/Los_Angeles')"),
	},
		nullable(takes(returns(types.StringType), 3, aString, aString, aString)), always(kernel.Kernel{Eval: convertTZ}))
	declare(function.Function{
		Name: "UNIX_TIMESTAMP", Stable: true,
		Doc: timeDoc("UNIX_TIMESTAMP([string [, pattern]])", "Seconds since the epoch: of now, or of a text in the session's time zone.", "UNIX_TIMESTAMP('1970-01-01 00:00:44')"),
	},
		takes(returns(types.BigIntType), 0, aString, aString), unixTimestampCode)
}

// patternArg is the compiled pattern of argument i: once where it is constant,
// else whenever it changes.
func patternArg(s Site, i int, fallback string, compile func(string) (*kernel.TimePattern, error)) (func(c *kernel.Call) func(r uint32) (*kernel.TimePattern, error), error) {
	if i >= len(s.Args) || s.Args[i].Literal != nil {
		text := fallback
		if i < len(s.Args) {
			text = s.Args[i].Literal.Str()
		}
		p, err := compile(text)
		return func(*kernel.Call) func(uint32) (*kernel.TimePattern, error) {
			return func(uint32) (*kernel.TimePattern, error) { return p, nil }
		}, err
	}
	return func(c *kernel.Call) func(r uint32) (*kernel.TimePattern, error) {
		texts := c.Strings(i)
		var last string
		var p *kernel.TimePattern
		return func(r uint32) (*kernel.TimePattern, error) {
			var err error
			if text := texts.At(r); p == nil || string(text) != last {
				last = string(text)
				p, err = compile(last)
			}
			return p, err
		}
	}, nil
}

// patternText is the code of a function that writes text by the pattern of
// argument 1; moment gives the local day and nanoseconds of a row, false for NULL.
func patternText(s Site, compile func(string) (*kernel.TimePattern, error), moment func(c *kernel.Call) func(r uint32) (day, nanos, offset int64, ok bool)) (kernel.Kernel, error) {
	patterns, err := patternArg(s, 1, defaultPattern, compile)
	return kernel.Kernel{Eval: func(c *kernel.Call) error {
		at, pattern, out := moment(c), patterns(c), c.MakeBytes()
		for _, r := range c.Active() {
			p, err := pattern(r)
			if err != nil {
				return c.Fail(r, err)
			}
			day, nanos, offset, ok := at(r)
			if !ok {
				c.SetNull(int(r))
				continue
			}
			start := len(out.Buf)
			out.Buf = p.AppendZoned(out.Buf, day, nanos, offset)
			out.End(r, start)
		}
		out.Done()
		return nil
	}}, err
}

// standardText reads text as old Java does: yyyy-MM-dd HH:mm:ss with fields beyond
// their range carried on, and whatever stands behind ignored.
var standardText, _ = kernel.CompileOldTimePattern(defaultPattern)

func dateFormatCode(s Site) (kernel.Kernel, error) {
	t := s.Args[0].Type
	return patternText(s, kernel.CompileTimePattern, func(c *kernel.Call) func(r uint32) (day, nanos, offset int64, ok bool) {
		if t.IsString() {
			x := c.Strings(0)
			return func(r uint32) (day, nanos, _ int64, ok bool) {
				day, nanos, ok = standardText.ParseLenient(x.At(r))
				return day, nanos, 0, ok
			}
		}
		x := c.Ints(0)
		return func(r uint32) (day, nanos, _ int64, ok bool) {
			day, nanos = c.MomentAt(x, r, t)
			return day, nanos, 0, true
		}
	})
}

// parseTimeCode reads text of argument 0 by the pattern of argument 1, and where a
// timestamp does not match it, in the standard form; without one as CAST does.
func parseTimeCode(t types.Type) Code {
	return func(s Site) (kernel.Kernel, error) {
		compile := kernel.CompileTimePattern
		if t.Kind == types.Date {
			compile = kernel.CompileOldTimePattern
		}
		patterns, err := patternArg(s, 1, "", compile)
		ticks := ticksOf(t)
		return kernel.Kernel{Eval: func(c *kernel.Call) error {
			x, pattern := c.Strings(0), patterns(c)
			for _, r := range c.Active() {
				p, err := pattern(r)
				if err != nil {
					return c.Fail(r, err)
				}
				day, nanos, ok := int64(0), int64(0), false
				switch {
				case len(s.Args) == 1:
				case t.Kind == types.Date:
					day, nanos, ok = p.ParseLenient(x.At(r))
				default:
					day, nanos, ok = p.Parse(x.At(r))
				}
				if !ok && len(s.Args) > 1 && t.Kind == types.Timestamp {
					day, nanos, ok = kernel.ParseJavaTimestamp(x.At(r))
				}
				v := ticks(day, nanos)
				if len(s.Args) == 1 {
					var parsed types.Value
					parsed, ok = kernel.TryParse(x.At(r), t, c.Env)
					v = parsed.I
				}
				if !ok {
					c.SetNull(int(r))
					continue
				}
				c.PutInt(r, v)
			}
			return nil
		}}, err
	}
}

// ticksOf turns a day and nanoseconds of it into a value of a type, in milliseconds at the finest.
func ticksOf(t types.Type) func(day, nanos int64) int64 {
	if t.Kind == types.Date {
		return func(day, _ int64) int64 { return day }
	}
	unit := t.TimeUnit()
	return func(day, nanos int64) int64 { return day*86_400*unit + nanos/(1_000_000_000/unit) }
}

func bindToLTZ(args []function.Arg) (function.Signature, error) {
	result := returns(types.TimestampLTZType(3))
	if len(args) > 0 && args[0].Type.IsNumeric() {
		first := aBigint
		if !args[0].Type.IsInteger() {
			first = aDouble
		}
		if len(args) == 2 && args[1].Literal != nil && !args[1].Literal.Null {
			p := args[1].Literal.I
			if p < 0 || p > 9 {
				return function.Signature{}, epochPrecision(p)
			}
			result = returns(types.TimestampLTZType(int(max(3, p))))
		}
		return nullable(takes(result, 1, first, anInt))(args)
	}
	return nullable(takes(result, 1, aString, aString, aString))(args)
}

func toLTZCode(s Site) (kernel.Kernel, error) {
	first := s.Args[0].Type
	switch {
	case first.IsString():
		k, err := parseTimeCode(types.TimestampType(3))(s) // text is UTC: ticks are the instant
		if err == nil && len(s.Args) == 3 {
			k.Eval = inZone(k.Eval)
		}
		return k, err
	case first.Kind == types.Double:
		return kernel.Kernel{Eval: func(c *kernel.Call) error {
			x, mask := c.Doubles(0)
			scale := epochScale(c)
			for _, r := range c.Active() {
				up, down, err := scale(r)
				if err != nil {
					return c.Fail(r, err)
				}
				c.PutInt(r, int64(x[r&mask]*float64(up)/float64(down)))
			}
			return nil
		}}, nil
	}
	return kernel.Kernel{Eval: func(c *kernel.Call) error {
		x := c.Ints(0)
		scale := epochScale(c)
		for _, r := range c.Active() {
			up, down, err := scale(r)
			if err != nil {
				return c.Fail(r, err)
			}
			if n := x.At(r); n > maxEpoch/up || n < -maxEpoch/up {
				c.SetNull(int(r))
				continue
			}
			v := x.At(r) * up
			if v < 0 {
				v -= down - 1
			}
			c.PutInt(r, v/down)
		}
		return nil
	}}, nil
}

// maxEpoch is beyond what a timestamp of any precision holds as ticks.
const maxEpoch = 1<<63 - 2

// epochScale is what a number is multiplied and divided by to be ticks of the
// result: its precision is digits of a second, 3 without one.
func epochScale(c *kernel.Call) func(r uint32) (up, down int64, err error) {
	precision := func(uint32) int64 { return 3 }
	if len(c.Args) == 2 {
		n := c.Ints(1)
		precision = n.At
	}
	unit := c.Type.TimeUnit()
	return func(r uint32) (up, down int64, err error) {
		p := precision(r)
		if p < 0 || p > 9 {
			return 0, 0, epochPrecision(p)
		}
		per := types.Pow10(int(p))
		return max(1, unit/per), max(1, per/unit), nil
	}
}

func epochPrecision(p int64) error {
	return sqlerr.Newf(sqlerr.BadInput, "TO_TIMESTAMP_LTZ has no precision %d", p).WithHint("0 is seconds, 3 milliseconds, 9 nanoseconds")
}

// inZone makes instants of the local times of the zones of argument 2.
func inZone(local func(c *kernel.Call) error) func(c *kernel.Call) error {
	return func(c *kernel.Call) error {
		if err := local(c); err != nil {
			return err
		}
		zone := zoneArg(c, 2)
		ticks := vector.Values[int64](c.Out)
		for _, r := range c.Active() {
			z, err := zone(r)
			if err != nil {
				return c.Fail(r, err)
			}
			ticks[r] = instantIn(ticks[r], z)
		}
		return nil
	}
}

func fromUnixtimeCode(s Site) (kernel.Kernel, error) {
	return patternText(s, kernel.CompileOldTimePattern, func(c *kernel.Call) func(r uint32) (day, nanos, offset int64, ok bool) {
		x := c.Ints(0)
		return func(r uint32) (day, nanos, offset int64, ok bool) {
			instant := x.At(r) * 1000
			local := c.Env.Local(instant, 1000)
			day, nanos = kernel.SplitMillis(local)
			return day, nanos, local - instant, true
		}
	})
}

// unixTimestampCode gives the smallest BIGINT for a text that does not match, as the original does.
func unixTimestampCode(s Site) (kernel.Kernel, error) {
	if len(s.Args) == 0 {
		return kernel.Kernel{Eval: func(c *kernel.Call) error {
			for _, r := range c.Selected() {
				c.PutInt(r, c.Env.NowMillis/1000)
			}
			return nil
		}}, nil
	}
	patterns, err := patternArg(s, 1, defaultPattern, kernel.CompileOldTimePattern)
	return kernel.Kernel{Eval: func(c *kernel.Call) error {
		x, pattern := c.Strings(0), patterns(c)
		for _, r := range c.Active() {
			p, err := pattern(r)
			if err != nil {
				return c.Fail(r, err)
			}
			seconds := int64(-1 << 63)
			if day, nanos, ok := p.ParseLenient(x.At(r)); ok {
				millis := day*86_400_000 + nanos/1_000_000
				if !p.HasZone() {
					millis = c.Env.Instant(millis, 1000)
				}
				seconds = millis / 1000
			}
			c.PutInt(r, seconds)
		}
		return nil
	}}, err
}
