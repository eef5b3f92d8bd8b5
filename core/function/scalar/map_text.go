package scalar

import (
	"bytes"
	"regexp"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/regex"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// strToMap is the code of STR_TO_MAP. Entries without the second delimiter have no
// value; empty entries at the end are none.
func strToMap(s Site) (kernel.Kernel, error) {
	entries, err := delimiterArg(s, 1, ",")
	if err != nil {
		return kernel.Kernel{}, err
	}
	pairs, err := delimiterArg(s, 2, "=")
	return kernel.Kernel{Eval: func(c *kernel.Call) error {
		x, out := c.Strings(0), c.MakeLists()
		m := mapText{keys: vector.NewBuilder(types.StringType), values: vector.NewBuilder(types.StringType)}
		for _, r := range c.Active() {
			entry, err := entries(c, r)
			if err != nil {
				return c.Fail(r, err)
			}
			pair, err := pairs(c, r)
			if err != nil {
				return c.Fail(r, err)
			}
			from := uint32(m.keys.Len())
			if err := m.read(x.At(r), entry, pair); err != nil {
				return c.Fail(r, err)
			}
			out.Span(from, uint32(m.keys.Len()))
			out.End(r)
		}
		keys, values := m.keys.Finish(), m.values.Finish()
		out.Done(&keys, &values)
		c.LastOfEachKey()
		return nil
	}}, err
}

// mapText takes the keys and values of texts.
type mapText struct {
	keys, values *vector.Builder
}

func (m *mapText) read(s []byte, entry, pair delimiter) error {
	if len(s) == 0 {
		return nil
	}
	empty := 0 // entries that count only if another follows
	for at, more := 0, true; more; {
		from, to, found, err := entry.next(s, at)
		if err != nil {
			return err
		}
		part := s[at:]
		if found {
			part = s[at:from]
		}
		if at, more = to, found; len(part) == 0 {
			empty++
			continue
		}
		for ; empty > 0; empty-- {
			if err := m.add(nil, pair); err != nil {
				return err
			}
		}
		if err := m.add(part, pair); err != nil {
			return err
		}
	}
	return nil
}

func (m *mapText) add(entry []byte, pair delimiter) error {
	from, to, found, err := pair.next(entry, 0)
	if err != nil || !found {
		m.keys.AppendBytes(entry)
		m.values.AppendNull()
		return err
	}
	m.keys.AppendBytes(entry[:from])
	m.values.AppendBytes(entry[to:])
	return nil
}

// delimiter is a regular expression, or plain text where it is nothing else.
type delimiter struct {
	plain []byte
	re    *regex.Pattern
}

// next is the first match in s from a place on. One that is empty parts only
// what lies on both sides of it.
func (d delimiter) next(s []byte, at int) (from, to int, found bool, err error) {
	if d.re == nil {
		i := bytes.Index(s[at:], d.plain)
		return at + i, at + i + len(d.plain), i >= 0, nil
	}
	var scratch [16]int
	for start := at; start <= len(s); start++ {
		m, err := d.re.Find(s[start:], scratch[:0])
		if err != nil {
			return 0, 0, false, err
		}
		if m == nil {
			break
		}
		if from, to = start+m[0], start+m[1]; to > from || from > at && from < len(s) {
			return from, to, true, nil
		}
	}
	return 0, 0, false, nil
}

func newDelimiter(pattern string) (delimiter, error) {
	if pattern != "" && regexp.QuoteMeta(pattern) == pattern {
		return delimiter{plain: []byte(pattern)}, nil
	}
	re, err := readRegexp(pattern)
	if err == nil && re == nil {
		err = sqlerr.Newf(sqlerr.BadInput, "'%s' is no regular expression", pattern)
	}
	return delimiter{re: re}, err
}

// delimiterArg is the delimiter of argument i: prepared once where it is constant
// or left out, else whenever it changes.
func delimiterArg(s Site, i int, otherwise string) (func(c *kernel.Call, r uint32) (delimiter, error), error) {
	if i < len(s.Args) && s.Args[i].Literal == nil {
		var last string
		var d delimiter
		known := false
		return func(c *kernel.Call, r uint32) (_ delimiter, err error) {
			patterns := c.Strings(i)
			if p := patterns.At(r); !known || string(p) != last {
				last = string(p)
				d, err = newDelimiter(last)
				known = err == nil
			}
			return d, err
		}, nil
	}
	if i < len(s.Args) && !s.Args[i].Literal.Null {
		otherwise = s.Args[i].Literal.Str()
	}
	d, err := newDelimiter(otherwise)
	return func(*kernel.Call, uint32) (delimiter, error) { return d, nil }, err
}
