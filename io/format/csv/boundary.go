package csv

import "bytes"

// Boundary makes a function that tells how many bytes at the front of data are
// whole records, 0 where none is. It looks at quotes and line ends alone, and ends
// a record where a Splitter does, malformed ones included.
func Boundary(s Settings) func(data []byte) int {
	switch {
	case s.Escape != 0 && s.Quote != 0, s.Comments, s.Trim:
		return bySplitting(NewSplitter(s))
	case s.Quote == 0:
		return lastLine
	}
	return func(data []byte) int { return quotedBoundary(data, s.Quote, s.Delimiter) }
}

func lastLine(data []byte) int { return bytes.LastIndexByte(data, '\n') + 1 }

func bySplitting(s *Splitter) func(data []byte) int {
	return func(data []byte) (whole int) {
		for {
			n, err := s.Next(data[whole:], false)
			if n == 0 {
				return whole
			}
			// A record that is wrong ends with its line; without a line end it is not seen whole.
			if err != nil && data[whole+n-1] != '\n' {
				return whole
			}
			whole += n
		}
	}
}

// quotedBoundary goes from quote to quote. A quote opens a field only at the
// field's beginning; what is behind a closing quote must be a delimiter or a line
// end, else the line is skipped.
func quotedBoundary(data []byte, quote, delimiter byte) (whole int) {
	at := 0 // outside of quotes
	for {
		i := bytes.IndexByte(data[at:], quote)
		open := at + i
		if i < 0 {
			open = len(data)
		}
		if end := lastLine(data[at:open]); end > 0 {
			whole = at + end
		}
		if i < 0 {
			return whole
		}
		if open > whole && data[open-1] != delimiter {
			at = open + 1
			continue
		}
		next, ok := closing(data, open+1, quote)
		if !ok {
			return whole
		}
		at = next
		switch rest := data[at:]; {
		case len(rest) == 0:
			return whole
		case rest[0] == delimiter, rest[0] == '\n', rest[0] == '\r' && len(rest) > 1 && rest[1] == '\n':
		case len(rest) == 1 && rest[0] == '\r':
			return whole
		default:
			i := bytes.IndexByte(rest, '\n')
			if i < 0 {
				return whole
			}
			at += i + 1
			whole = at
		}
	}
}

// closing is behind the quote that closes a field; a doubled one does not.
func closing(data []byte, at int, quote byte) (next int, ok bool) {
	for {
		i := bytes.IndexByte(data[at:], quote)
		if i < 0 {
			return 0, false
		}
		at += i + 1
		if at == len(data) {
			return 0, false // another one may follow
		}
		if data[at] != quote {
			return at, true
		}
		at++
	}
}
