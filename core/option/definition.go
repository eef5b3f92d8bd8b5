package option

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/weir-engine/weir/core/sqlerr"
)

// Definition declares one option.
type Definition struct {
	Key      string
	Type     string // "string", "int", "boolean", "duration", "memory", "double", "enum", "map"
	Default  string // empty: none
	Required bool
	Choices  []string // enum
	Text     string
	Prefix   bool // Key is a prefix: any key below it is taken (properties.*)
	Aliases  []string
}

// Values holds option texts by key, as the user wrote them.
type Values map[string]string

// Clone copies v.
func (v Values) Clone() Values {
	out := make(Values, len(v))
	for k, x := range v {
		out[k] = x
	}
	return out
}

// Text is the text of an option: the user's, or the default.
func (v Values) Text(d *Definition) string {
	if s, ok := v.given(d); ok {
		return s
	}
	return d.Default
}

// Has reports whether the user gave the option.
func (v Values) Has(d *Definition) bool { _, ok := v.given(d); return ok }

func (v Values) given(d *Definition) (string, bool) {
	if s, ok := v[d.Key]; ok {
		return s, true
	}
	for _, a := range d.Aliases {
		if s, ok := v[a]; ok {
			return s, true
		}
	}
	return "", false
}

// Bool reads a boolean option.
func (v Values) Bool(d *Definition) (bool, error) {
	switch strings.ToLower(v.Text(d)) {
	case "true":
		return true, nil
	case "false", "":
		return false, nil
	}
	return false, v.invalid(d, "true or false")
}

// Int reads an integer option.
func (v Values) Int(d *Definition) (int64, error) {
	s := v.Text(d)
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil {
		return 0, v.invalid(d, "an integer")
	}
	return n, nil
}

// Double reads a floating-point option.
func (v Values) Double(d *Definition) (float64, error) {
	s := v.Text(d)
	if s == "" {
		return 0, nil
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil {
		return 0, v.invalid(d, "a number")
	}
	return f, nil
}

// Duration reads a duration as Flink writes them: 10s, 5 min, 1d, 200ms; a bare number is milliseconds.
func (v Values) Duration(d *Definition) (time.Duration, error) {
	s := v.Text(d)
	if s == "" {
		return 0, nil
	}
	x, err := ParseDuration(s)
	if err != nil {
		return 0, v.invalid(d, "a duration such as 10s, 5min or 200ms")
	}
	return x, nil
}

// Bytes reads a memory size: 512MiB, 2gb, 64 kb; a bare number is bytes.
func (v Values) Bytes(d *Definition) (int64, error) {
	s := v.Text(d)
	if s == "" {
		return 0, nil
	}
	n, err := ParseBytes(s)
	if err != nil {
		return 0, v.invalid(d, "a size such as 512MiB or 2GiB")
	}
	return n, nil
}

// Enum reads one of the definition's choices, in its spelling.
func (v Values) Enum(d *Definition) (string, error) {
	s := v.Text(d)
	for _, c := range d.Choices {
		if strings.EqualFold(c, s) {
			return c, nil
		}
	}
	if s == "" {
		return "", nil
	}
	return "", v.invalid(d, "one of "+strings.Join(d.Choices, ", "))
}

func (v Values) invalid(d *Definition, want string) error {
	return sqlerr.Newf(sqlerr.InvalidOption, "option '%s' cannot be '%s'", d.Key, v.Text(d)).WithHint("it takes %s", want)
}

// Check refuses keys that no definition declares and reports missing required ones.
func (v Values) Check(what string, defs []*Definition) error {
	known := map[string]bool{}
	var prefixes, names []string
	for _, d := range defs {
		names = append(names, d.Key)
		known[d.Key] = true
		for _, a := range d.Aliases {
			known[a] = true
		}
		if d.Prefix {
			prefixes = append(prefixes, d.Key)
		}
	}
	for _, k := range v.keys() {
		if !known[k] && !hasPrefix(k, prefixes) {
			return sqlerr.Newf(sqlerr.InvalidOption, "unknown option '%s' for %s", k, what).
				WithHint("nearest: %s", strings.Join(Nearest(k, names, 3), ", "))
		}
	}
	for _, d := range defs {
		if d.Required && !v.Has(d) {
			return sqlerr.Newf(sqlerr.InvalidOption, "%s needs the option '%s'", what, d.Key).WithHint("%s", d.Text)
		}
	}
	return nil
}

func (v Values) keys() []string {
	out := make([]string, 0, len(v))
	for k := range v {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

func hasPrefix(k string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(k, p) {
			return true
		}
	}
	return false
}

// ParseDuration reads Flink's duration texts.
func ParseDuration(s string) (time.Duration, error) {
	num, unit := splitNumber(s)
	n, err := strconv.ParseInt(num, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("duration %q", s)
	}
	scale, ok := map[string]time.Duration{
		"": time.Millisecond, "ms": time.Millisecond, "milli": time.Millisecond, "millis": time.Millisecond, "millisecond": time.Millisecond, "milliseconds": time.Millisecond,
		"s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
		"m": time.Minute, "min": time.Minute, "minute": time.Minute, "minutes": time.Minute,
		"h": time.Hour, "hour": time.Hour, "hours": time.Hour, "d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
		"us": time.Microsecond, "micro": time.Microsecond, "micros": time.Microsecond, "µs": time.Microsecond,
		"ns": time.Nanosecond, "nano": time.Nanosecond, "nanos": time.Nanosecond,
	}[unit]
	if !ok {
		return 0, fmt.Errorf("duration %q", s)
	}
	return time.Duration(n) * scale, nil
}

// ParseBytes reads memory sizes; k, m, g and t are powers of 1024, as in Flink.
func ParseBytes(s string) (int64, error) {
	num, unit := splitNumber(s)
	f, err := strconv.ParseFloat(num, 64)
	if err != nil {
		return 0, fmt.Errorf("size %q", s)
	}
	shift, ok := map[string]uint{
		"": 0, "b": 0, "bytes": 0, "k": 10, "kb": 10, "kib": 10, "m": 20, "mb": 20, "mib": 20,
		"g": 30, "gb": 30, "gib": 30, "t": 40, "tb": 40, "tib": 40,
	}[unit]
	if !ok {
		return 0, fmt.Errorf("size %q", s)
	}
	return int64(f * float64(int64(1)<<shift)), nil
}

func splitNumber(s string) (num, unit string) {
	s = strings.TrimSpace(s)
	i := 0
	for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '.' || s[i] == '-') {
		i++
	}
	return s[:i], strings.ToLower(strings.TrimSpace(s[i:]))
}
