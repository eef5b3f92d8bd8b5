package scalar

import (
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
)

func timeDoc(syntax, text string, examples ...string) function.Doc {
	return function.Doc{Syntax: syntax, Text: text, Category: "temporal", Examples: examples}
}

const defaultPattern = "yyyy-MM-dd HH:mm:ss"

// timeOrText is a timestamp, or a string that reads as one.
var timeOrText = param{"a timestamp or a string", func(t types.Type) (types.Type, bool) {
	if t.IsString() || t.Kind == types.Date {
		return types.TimestampType(3), true
	}
	return t, t.IsTimestamp()
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
		Doc: timeDoc("TO_TIMESTAMP_LTZ(number, precision), TO_TIMESTAMP_LTZ(string [, pattern])",
			"Seconds (precision 0) or milliseconds (precision 3) since the epoch, or text in UTC, as TIMESTAMP_LTZ(3).", "TO_TIMESTAMP_LTZ(1500, 3)"),
	},
		bindToLTZ, toLTZCode)
	declare(function.Function{
		Name: "FROM_UNIXTIME",
		Doc:  timeDoc("FROM_UNIXTIME(seconds [, pattern])", "Seconds since the epoch as text in the session's time zone.", "FROM_UNIXTIME(44)"),
	},
		nullable(takes(returns(types.StringType), 1, aBigint, aString)), fromUnixtimeCode)
	declare(function.Function{
		Name: "UNIX_TIMESTAMP", Stable: true,
		Doc: timeDoc("UNIX_TIMESTAMP([string [, pattern]])", "Seconds since the epoch: of now, or of a text in the session's time zone.", "UNIX_TIMESTAMP('1970-01-01 00:00:44')"),
	},
		takes(returns(types.BigIntType), 0, aString, aString), unixTimestampCode)
}

// patternArg is the compiled pattern of argument i: once where it is constant,
// else whenever it changes.
func patternArg(s Site, i int, fallback string) (func(c *kernel.Call) func(r uint32) *kernel.TimePattern, error) {
	if i >= len(s.Args) || s.Args[i].Literal != nil {
		text := fallback
		if i < len(s.Args) {
			text = s.Args[i].Literal.Str()
		}
		p, err := kernel.CompileTimePattern(text)
		return func(*kernel.Call) func(uint32) *kernel.TimePattern {
			return func(uint32) *kernel.TimePattern { return p }
		}, err
	}
	return func(c *kernel.Call) func(r uint32) *kernel.TimePattern {
		texts := c.Strings(i)
		var last string
		var p *kernel.TimePattern
		return func(r uint32) *kernel.TimePattern {
			if text := texts.At(r); p == nil || string(text) != last {
				last = string(text)
				p, _ = kernel.CompileTimePattern(last) // nil: the row is NULL
			}
			return p
		}
	}, nil
}

func dateFormatCode(s Site) (kernel.Kernel, error) {
	patterns, err := patternArg(s, 1, defaultPattern)
	t := s.Args[0].Type
	return textKernel(func(c *kernel.Call) func([]byte, uint32) ([]byte, bool) {
		x, pattern := c.Ints(0), patterns(c)
		return func(dst []byte, r uint32) ([]byte, bool) {
			p := pattern(r)
			if p == nil {
				return dst, false
			}
			day, nanos := c.MomentAt(x, r, t)
			return p.Append(dst, day, nanos), true
		}
	}), err
}

// parseTimeCode reads text of argument 0 by the pattern of argument 1; the
// standard forms, where there is none, as CAST does.
func parseTimeCode(t types.Type) Code {
	return func(s Site) (kernel.Kernel, error) {
		patterns, err := patternArg(s, 1, "")
		ticks := ticksOf(t)
		return kernel.Kernel{Eval: func(c *kernel.Call) error {
			x, pattern := c.Strings(0), patterns(c)
			for _, r := range c.Active() {
				v, ok := int64(0), false
				if len(s.Args) == 1 {
					var parsed types.Value
					parsed, ok = kernel.TryParse(x.At(r), t, c.Env)
					v = parsed.I
				} else if p := pattern(r); p != nil {
					var day, nanos int64
					day, nanos, ok = p.Parse(x.At(r))
					v = ticks(day, nanos)
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
		return nullable(takes(result, 1, first, anInt))(args)
	}
	return nullable(takes(result, 1, aString, aString))(args)
}

func toLTZCode(s Site) (kernel.Kernel, error) {
	first := s.Args[0].Type
	switch {
	case first.IsString():
		return parseTimeCode(types.TimestampType(3))(s) // text is UTC: ticks are the instant
	case first.Kind == types.Double:
		return kernel.Kernel{Eval: func(c *kernel.Call) error {
			x, mask := c.Doubles(0)
			scale := epochScale(c)
			for _, r := range c.Active() {
				c.PutInt(r, int64(x[r&mask]*float64(scale(r))))
			}
			return nil
		}}, nil
	}
	return kernel.Kernel{Eval: func(c *kernel.Call) error {
		x := c.Ints(0)
		scale := epochScale(c)
		for _, r := range c.Active() {
			c.PutInt(r, x.At(r)*scale(r))
		}
		return nil
	}}, nil
}

// epochScale is milliseconds per unit: precision 0 is seconds.
func epochScale(c *kernel.Call) func(r uint32) int64 {
	if len(c.Args) < 2 {
		return func(uint32) int64 { return 1 }
	}
	precision := c.Ints(1)
	return func(r uint32) int64 {
		if precision.At(r) == 0 {
			return 1000
		}
		return 1
	}
}

func fromUnixtimeCode(s Site) (kernel.Kernel, error) {
	patterns, err := patternArg(s, 1, defaultPattern)
	t := types.TimestampLTZType(3)
	return textKernel(func(c *kernel.Call) func([]byte, uint32) ([]byte, bool) {
		x, pattern := c.Ints(0), patterns(c)
		return func(dst []byte, r uint32) ([]byte, bool) {
			p := pattern(r)
			if p == nil {
				return dst, false
			}
			millis := c.Env.Local(x.At(r)*1000, t.TimeUnit())
			day, nanos := kernel.SplitMillis(millis)
			return p.Append(dst, day, nanos), true
		}
	}), err
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
	patterns, err := patternArg(s, 1, defaultPattern)
	return kernel.Kernel{Eval: func(c *kernel.Call) error {
		x, pattern := c.Strings(0), patterns(c)
		for _, r := range c.Active() {
			seconds := int64(-1 << 63)
			if p := pattern(r); p != nil {
				if day, nanos, ok := p.Parse(x.At(r)); ok {
					seconds = c.Env.Instant(day*86_400_000+nanos/1_000_000, 1000) / 1000
				}
			}
			c.PutInt(r, seconds)
		}
		return nil
	}}, err
}
