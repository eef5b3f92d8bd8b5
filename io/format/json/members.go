package json

import (
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
)

// Members hands the members of a record that is one object to take: their names
// and the bytes of their values, which are checked for nothing but where they end.
// The names are valid during the call.
func Members(record []byte, take func(name, value []byte) error) error {
	s := &scanner{src: record}
	err := s.members(take)
	if err == nil && s.peek() != 0 {
		err = errSyntax
	}
	if err != nil {
		return sqlerr.Wrap(sqlerr.InvalidText, err, "JSON record at byte %d of %.100s", s.at, record)
	}
	return nil
}

func (s *scanner) members(take func(name, value []byte) error) error {
	if s.peek() != '{' {
		return s.wrong()
	}
	return s.pairs(func(name []byte) error {
		s.peek()
		start := s.at
		if err := s.skip(0); err != nil {
			return err
		}
		return take(name, s.src[start:s.at])
	})
}

// DecodeAs is Decode for a row of another kind than +I.
func (d *Decoder) DecodeAs(record []byte, b *stream.Builder, kind stream.RowKind) error {
	d.kind = kind
	err := d.Decode(record, b)
	d.kind = stream.Insert
	return err
}
