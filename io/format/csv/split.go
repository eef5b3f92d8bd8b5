package csv

import (
	"bytes"
	"errors"
)

var (
	errQuote = errors.New("a quoted field does not end")
	errAfter = errors.New("there is text behind a closing quote")
)

// Field is one field of a record; its text is valid until the next record.
type Field struct {
	Text   []byte
	Quoted bool
}

// Splitter cuts records into fields. One goroutine uses it.
type Splitter struct {
	settings Settings
	Fields   []Field
	tmp      []byte // fields without their quotes and escapes
}

// NewSplitter makes a splitter.
func NewSplitter(s Settings) *Splitter { return &Splitter{settings: s} }

// Next cuts the record at the front of data into Fields, and says how many bytes
// it and its line end take; 0 where data does not hold all of it and end is
// false. Empty lines and comments give no fields.
func (s *Splitter) Next(data []byte, end bool) (n int, err error) {
	s.Fields, s.tmp = s.Fields[:0], s.tmp[:0]
	line := bytes.IndexByte(data, '\n')
	next := line + 1
	if line < 0 {
		if !end {
			return 0, nil
		}
		line, next = len(data), len(data)
	}
	record := data[:line]
	if s.settings.Quote == 0 || bytes.IndexByte(record, s.settings.Quote) < 0 {
		s.plain(trimReturn(record))
		return next, nil
	}
	if s.settings.Comments && record[0] == '#' {
		return next, nil
	}
	return s.quoted(data, end)
}

func trimReturn(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		return line[:n-1]
	}
	return line
}

// plain cuts a line without quotes.
func (s *Splitter) plain(line []byte) {
	if len(line) == 0 || s.settings.Comments && line[0] == '#' {
		return
	}
	if s.settings.Escape != 0 && bytes.IndexByte(line, s.settings.Escape) >= 0 {
		s.escaped(line)
		return
	}
	for {
		i := bytes.IndexByte(line, s.settings.Delimiter)
		if i < 0 {
			s.Fields = append(s.Fields, Field{Text: s.trimmed(line)})
			return
		}
		s.Fields = append(s.Fields, Field{Text: s.trimmed(line[:i:i])})
		line = line[i+1:]
	}
}

func (s *Splitter) escaped(line []byte) {
	start := len(s.tmp)
	s.reserve(len(line))
	for i := 0; i <= len(line); i++ {
		switch {
		case i == len(line) || line[i] == s.settings.Delimiter:
			s.Fields = append(s.Fields, Field{Text: s.trimmed(s.tmp[start:])})
			start = len(s.tmp)
		case line[i] == s.settings.Escape && i+1 < len(line):
			i++
			s.tmp = append(s.tmp, line[i])
		default:
			s.tmp = append(s.tmp, line[i])
		}
	}
}

// reserve keeps tmp from moving while fields point into it.
func (s *Splitter) reserve(n int) {
	if cap(s.tmp)-len(s.tmp) < n {
		s.tmp = append(make([]byte, 0, 2*n+256), s.tmp...)
	}
}

// quoted cuts a record that has quotes in its first line.
func (s *Splitter) quoted(data []byte, end bool) (int, error) {
	if need := len(data); cap(s.tmp) < need {
		s.tmp = make([]byte, 0, need)
	}
	at := 0
	for {
		var more bool
		var err error
		if s.settings.Trim {
			if next := s.pastSpaces(data, at); next < len(data) && data[next] == s.settings.Quote {
				at = next
			} else if next == len(data) && !end {
				return 0, nil
			}
		}
		if at < len(data) && data[at] == s.settings.Quote {
			at, more, err = s.quotedField(data, at+1, end)
		} else {
			at, more, err = s.bareField(data, at, end)
		}
		switch {
		case errors.Is(err, errPartial):
			return 0, nil
		case err != nil:
			return lineEnd(data, at), err
		case !more:
			return at, nil
		}
	}
}

// trimmed is a bare field without the spaces around it, where these do not count.
func (s *Splitter) trimmed(text []byte) []byte {
	if !s.settings.Trim {
		return text
	}
	return bytes.Trim(text, " \t")
}

func (s *Splitter) pastSpaces(data []byte, at int) int {
	for at < len(data) && (data[at] == ' ' || data[at] == '\t') && data[at] != s.settings.Delimiter {
		at++
	}
	return at
}

var errPartial = errors.New("partial record")

// lineEnd is behind the line that at is in: where reading goes on after an error.
func lineEnd(data []byte, at int) int {
	if i := bytes.IndexByte(data[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(data)
}

// quotedField reads from behind the opening quote to behind the delimiter or line end.
func (s *Splitter) quotedField(data []byte, at int, end bool) (next int, more bool, err error) {
	start, opened := len(s.tmp), at
	for at < len(data) {
		c := data[at]
		switch {
		case c == s.settings.Escape && c != 0 && c != s.settings.Quote && at+1 < len(data):
			s.tmp = append(s.tmp, data[at+1])
			at += 2
			continue
		case c != s.settings.Quote:
			s.tmp = append(s.tmp, c)
			at++
			continue
		case at+1 < len(data) && data[at+1] == s.settings.Quote:
			s.tmp = append(s.tmp, c)
			at += 2
			continue
		case at+1 == len(data) && !end:
			return 0, false, errPartial
		}
		s.Fields = append(s.Fields, Field{Text: s.tmp[start:len(s.tmp):len(s.tmp)], Quoted: true})
		return s.after(data, at+1, end)
	}
	if !end {
		return 0, false, errPartial
	}
	return opened, false, errQuote
}

func (s *Splitter) bareField(data []byte, at int, end bool) (next int, more bool, err error) {
	start := at
	for at < len(data) && data[at] != s.settings.Delimiter && data[at] != '\n' {
		at++
	}
	if at == len(data) && !end {
		return 0, false, errPartial
	}
	text := data[start:at]
	if at == len(data) || data[at] == '\n' {
		text = trimReturn(text)
	}
	s.Fields = append(s.Fields, Field{Text: s.trimmed(text)})
	return s.after(data, at, end)
}

// after passes over the delimiter or line end behind a field.
func (s *Splitter) after(data []byte, at int, end bool) (next int, more bool, err error) {
	if s.settings.Trim {
		at = s.pastSpaces(data, at)
	}
	if at < len(data) && data[at] == '\r' {
		if at+1 == len(data) && !end {
			return 0, false, errPartial
		}
		if at+1 == len(data) || data[at+1] == '\n' {
			at++
		}
	}
	switch {
	case at == len(data) && !end:
		return 0, false, errPartial
	case at == len(data):
		return at, false, nil
	case data[at] == '\n':
		return at + 1, false, nil
	case data[at] == s.settings.Delimiter:
		return at + 1, true, nil
	}
	return at, false, errAfter
}
