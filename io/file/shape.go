package file

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/weir-engine/weir/core/types"
)

// shape is what was seen of the values at one place of JSON records.
type shape struct {
	bools, ints, floats, strings, dates, times int
	objects, arrays                            int
	names                                      []string
	fields                                     map[string]*shape
	elem                                       *shape
}

// see looks at one record.
func (s *shape) see(record []byte) error {
	d := json.NewDecoder(bytes.NewReader(record))
	d.UseNumber()
	if err := s.value(d); err != nil {
		return err
	}
	if d.More() {
		return errors.New("there is more than one value")
	}
	return nil
}

func (s *shape) value(d *json.Decoder) error {
	tok, err := d.Token()
	if err != nil {
		return err
	}
	switch v := tok.(type) {
	case json.Delim:
		if v == '{' {
			return s.object(d)
		}
		return s.array(d)
	case bool:
		s.bools++
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") || !fits(v.String(), types.BigIntType) {
			s.floats++
		} else {
			s.ints++
		}
	case string:
		s.strings++
		if len(v) == 10 && fits(v, types.DateType) {
			s.dates++
		}
		if len(v) >= 19 && v[10] == ' ' && fits(v, types.TimestampType(6)) {
			s.times++
		}
	}
	return nil
}

func (s *shape) object(d *json.Decoder) error {
	s.objects++
	if s.fields == nil {
		s.fields = map[string]*shape{}
	}
	for d.More() {
		tok, err := d.Token()
		if err != nil {
			return err
		}
		name, ok := tok.(string)
		if !ok {
			return fmt.Errorf("%v is no name", tok)
		}
		f := s.fields[name]
		if f == nil {
			f = &shape{}
			s.fields[name] = f
			s.names = append(s.names, name)
		}
		if err := f.value(d); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

func (s *shape) array(d *json.Decoder) error {
	s.arrays++
	if s.elem == nil {
		s.elem = &shape{}
	}
	for d.More() {
		if err := s.elem.value(d); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// result is the type that holds all values seen; a mix of kinds is a STRING.
func (s *shape) result() types.Type {
	kinds := 0
	for _, n := range []int{s.bools, s.ints + s.floats, s.strings, s.objects, s.arrays} {
		if n > 0 {
			kinds++
		}
	}
	switch {
	case kinds != 1:
		return types.StringType
	case s.bools > 0:
		return types.BooleanType
	case s.floats > 0:
		return types.DoubleType
	case s.ints > 0:
		return types.BigIntType
	case s.arrays > 0:
		return types.ArrayType(s.elem.result())
	case s.objects > 0:
		var fields []types.Field
		for _, n := range s.names {
			fields = append(fields, types.Field{Name: n, Type: s.fields[n].result()})
		}
		return types.RowType(fields...)
	case s.dates == s.strings:
		return types.DateType
	case s.times == s.strings:
		return types.TimestampType(6)
	}
	return types.StringType
}
