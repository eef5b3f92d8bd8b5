package json

import (
	"encoding/base64"
	"fmt"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// nested appends an object or array. A string column takes its text as it stands, as in Flink.
func (d *Decoder) nested(c *vector.Builder, t types.Type, first byte, depth int) error {
	s := &d.s
	switch {
	case t.IsString():
		start := s.at
		if err := s.skip(depth); err != nil {
			return err
		}
		c.AppendBytes(s.src[start:s.at])
		return nil
	case t.Kind == types.Array && first == '[':
		return d.array(c, t, depth)
	case t.Kind == types.Map && first == '{':
		return d.mapping(c, t, depth)
	case t.Kind == types.Multiset && first == '{':
		return d.multiset(c, t, depth)
	case t.Kind == types.Row && first == '{':
		return d.record(c, t, depth)
	}
	return fmt.Errorf("%s cannot be read as %s", map[byte]string{'{': "an object", '[': "an array"}[first], t.WithNull(true))
}

func (d *Decoder) array(c *vector.Builder, t types.Type, depth int) error {
	s := &d.s
	s.at++
	if s.peek() == ']' {
		s.at++
		c.CloseList()
		return nil
	}
	for {
		if err := d.value(c.Kid(0), t.Elem, depth+1); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.at++
		case ']':
			s.at++
			c.CloseList()
			return nil
		default:
			return s.wrong()
		}
	}
}

func (d *Decoder) mapping(c *vector.Builder, t types.Type, depth int) error {
	if !t.Key.IsString() {
		return fmt.Errorf("keys of %s are not strings", t.WithNull(true))
	}
	start, base := d.s.at, d.names.mark()
	keys, values := c.Kid(0).Len(), c.Kid(1).Len()
	again := false
	err := d.s.pairs(func(name []byte) error {
		again = d.names.repeats(base, name) || again
		c.Kid(0).AppendBytes(name)
		return d.value(c.Kid(1), t.Elem, depth+1)
	})
	d.names.cut(base)
	if err == nil && again {
		d.s.at = start
		c.Kid(0).Truncate(keys)
		c.Kid(1).Truncate(values)
		err = d.lastOfEach(c, t, depth)
	}
	if err == nil {
		c.CloseList()
	}
	return err
}

// lastOfEach reads an object in which a name may come twice: the last counts, as in Flink.
func (d *Decoder) lastOfEach(c *vector.Builder, t types.Type, depth int) error {
	start, last := d.s.at, map[string]int{}
	err := d.s.pairs(func(name []byte) error {
		last[string(name)] = d.s.at
		return d.s.skip(depth + 1)
	})
	if err != nil {
		return err
	}
	d.s.at = start
	return d.s.pairs(func(name []byte) error {
		if last[string(name)] != d.s.at {
			return d.s.skip(depth + 1)
		}
		c.Kid(0).AppendBytes(name)
		return d.value(c.Kid(1), t.Elem, depth+1)
	})
}

// mostOccurrences is how often an element may stand in a multiset that is read.
const mostOccurrences = 1 << 20

// multiset reads how often each string occurs.
func (d *Decoder) multiset(c *vector.Builder, t types.Type, depth int) error {
	if !t.Elem.IsString() {
		return fmt.Errorf("elements of %s are not strings", t.WithNull(true))
	}
	count := vector.NewBuilder(types.IntType)
	err := d.s.pairs(func(name []byte) error {
		name = append([]byte(nil), name...) // reading on may overwrite it
		count.Reset()
		if err := d.value(count, &count.Type, depth+1); err != nil {
			return err
		}
		n := count.Finish()
		times := n.ValueAt(0)
		if times.I > mostOccurrences {
			return fmt.Errorf("%d occurrences of one element are too many", times.I)
		}
		for range times.I {
			c.Kid(0).AppendBytes(name)
		}
		return nil
	})
	if err == nil {
		c.CloseList()
	}
	return err
}

// record reads the fields of a ROW in whatever order they come.
func (d *Decoder) record(c *vector.Builder, t types.Type, depth int) error {
	rows := c.Len()
	err := d.s.pairs(func(name []byte) error {
		for i := range t.Fields {
			if t.Fields[i].Name == string(name) {
				c.Kid(i).Truncate(rows)
				return d.value(c.Kid(i), &t.Fields[i].Type, depth+1)
			}
		}
		return d.s.skip(depth + 1)
	})
	if err != nil {
		return err
	}
	for i, f := range t.Fields {
		if c.Kid(i).Len() > rows {
			continue
		}
		if d.settings.FailOnMissingField || !f.Type.Nullable {
			return fmt.Errorf("field '%s' is missing", f.Name)
		}
		c.Kid(i).AppendNull()
	}
	c.CloseRow()
	return nil
}

// pairs walks over the members of an object at s.at.
func (s *scanner) pairs(visit func(name []byte) error) error {
	s.at++
	if s.peek() == '}' {
		s.at++
		return nil
	}
	for {
		if s.peek() != '"' {
			return s.wrong()
		}
		name, err := s.str()
		if err != nil {
			return err
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		if err := visit(name); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.at++
		case '}':
			s.at++
			return nil
		default:
			return s.wrong()
		}
	}
}

// timestamp reads the standard that the options name: a space or a T between day
// and time, and a Z behind instants.
func (d *Decoder) timestamp(c *vector.Builder, t types.Type, text []byte) error {
	between := byte(' ')
	if d.settings.ISOTimestamps {
		between = 'T'
	}
	body, ok := text, true
	if t.Kind == types.TimestampLTZ {
		n := len(text) - 1
		if ok = n >= 0 && text[n] == 'Z'; ok {
			body = text[:n]
		}
	}
	if ok = ok && len(body) > 10 && body[10] == between; ok {
		var ticks int64
		if ticks, ok = kernel.ParseTimestamp(body, t); ok {
			vector.Append(c, ticks)
			return nil
		}
	}
	zone := ""
	if t.Kind == types.TimestampLTZ {
		zone = "Z"
	}
	return sqlerr.Newf(sqlerr.InvalidDatetime, "'%s' cannot be read as %s", text, t.WithNull(true)).
		WithHint("it is written 2020-12-30%c12:13:14.123%s; '%s' chooses another form", between, zone, optTimestamp.Key)
}

func (d *Decoder) base64(c *vector.Builder, text []byte) error {
	b, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil {
		return fmt.Errorf("bytes are not base64: %w", err)
	}
	c.AppendBytes(b)
	return nil
}
