package kernel

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/weir-engine/weir/core/sqlerr"
)

// JSONPath is a path of Jayway's JsonPath, compiled: members $.a, $['a'], elements
// [0], [-1], [0,2], [1:3], wildcards and scans that go deep ($..a), and length().
// A path that may meet several values gives an array of them.
type JSONPath struct {
	Lax    bool // what is missing is no error
	broken bool // no path: an error wherever it is applied
	many   bool // gives an array of values
	length bool // ends in length()
	steps  []jsonStep
}

type jsonStep struct {
	kind     jsonStepKind
	deep     bool // here and in all values below
	name     string
	indexes  []int // one or several; or from and to of a slice
	from, to bool  // which ends of a slice are given
}

type jsonStepKind uint8

const (
	jsonMember jsonStepKind = iota
	jsonElements
	jsonSlice
	jsonAny
)

// CompileJSONPath reads a path; without lax or strict before it, it is strict. What
// Jayway does not read gives a path that fails for every document; filters and
// functions but length() are refused.
func CompileJSONPath(text string) (*JSONPath, error) {
	p := &JSONPath{}
	rest := strings.TrimSpace(text)
	if mode, spec, ok := strings.Cut(rest, " "); ok && (strings.EqualFold(mode, "lax") || strings.EqualFold(mode, "strict")) {
		p.Lax = strings.EqualFold(mode, "lax")
		rest = strings.TrimSpace(spec)
	}
	if rest == "" {
		p.broken = true
		return p, nil
	}
	if after, ok := strings.CutPrefix(rest, "$"); ok {
		rest = after
	} else {
		rest = "." + rest
	}
	for rest != "" && !p.broken {
		if strings.Contains(rest, "?(") || rest[0] == '[' && strings.HasPrefix(strings.TrimSpace(rest[1:]), "?") {
			return nil, badPath(text, "filters are not supported")
		}
		if name, ok := strings.CutSuffix(rest, "()"); ok && rest[0] == '.' && !strings.ContainsAny(name[1:], ".[") {
			if name != ".length" && name != ".size" {
				return nil, badPath(text, "of the functions only length() is supported")
			}
			p.length = true
			break
		}
		if end := closing(rest); rest[0] == '[' && end > 0 && strings.ContainsAny(rest[1:2], `'"`) && strings.Contains(rest[:end], rest[1:2]+",") {
			return nil, badPath(text, "several members at once are not supported")
		}
		var step jsonStep
		var ok bool
		step, rest, ok = nextStep(rest)
		p.broken = !ok
		p.many = p.many || step.deep || step.kind == jsonAny || step.kind == jsonSlice || len(step.indexes) > 1
		p.steps = append(p.steps, step)
	}
	return p, nil
}

func badPath(text, why string) error {
	return sqlerr.Newf(sqlerr.FeatureNotSupported, "the JSON path '%s' is not supported", text).WithHint("%s", why)
}

// nextStep reads .name, ..name, .*, ['name'] or [indexes].
func nextStep(s string) (step jsonStep, rest string, ok bool) {
	if after, deep := strings.CutPrefix(s, ".."); deep {
		step.deep = true
		if s = after; s != "" && s[0] != '[' {
			s = "." + s
		}
	}
	switch {
	case s == "":
		return step, "", false
	case s[0] == '[':
		end := closing(s)
		if end < 0 {
			return step, "", false
		}
		return step, s[end+1:], step.bracket(strings.TrimSpace(s[1:end]))
	case s[0] != '.':
		return step, "", false
	}
	end := strings.IndexAny(s[1:], ".[")
	if end < 0 {
		end = len(s) - 1
	}
	step.name = s[1 : 1+end]
	if step.name == "*" {
		step.kind = jsonAny
	}
	return step, s[1+end:], step.name != "" && !strings.ContainsAny(step.name, " ()")
}

// closing is the place of the bracket that closes the first, outside of quotes.
func closing(s string) int {
	quote := byte(0)
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == ']':
			return i
		}
	}
	return -1
}

// bracket reads what stands between brackets.
func (s *jsonStep) bracket(text string) bool {
	switch {
	case text == "*":
		s.kind = jsonAny
		return true
	case len(text) >= 2 && (text[0] == '\'' || text[0] == '"'):
		quote := text[:1]
		if text[len(text)-1:] != quote {
			return false
		}
		s.name = unescapeName(text[1 : len(text)-1])
		return !strings.Contains(strings.ReplaceAll(text[1:len(text)-1], `\`+quote, ""), quote)
	}
	sep := ","
	s.kind = jsonElements
	if strings.Contains(text, ":") {
		s.kind, sep = jsonSlice, ":"
	}
	parts := strings.Split(text, sep)
	if s.kind == jsonSlice && len(parts) != 2 {
		return false
	}
	for i, part := range parts {
		part = strings.TrimSpace(part)
		n, err := strconv.Atoi(part)
		if err != nil && (s.kind != jsonSlice || part != "") {
			return false
		}
		s.indexes = append(s.indexes, n)
		s.from, s.to = s.from || i == 0 && part != "", s.to || i == 1 && part != ""
	}
	return true
}

func unescapeName(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// JSONFinding says what a path found in a document.
type JSONFinding uint8

// The findings.
const (
	JSONFound   JSONFinding = iota
	JSONMissing             // nothing, or null, which is no error
	JSONFailed              // no JSON, or nothing under a strict path
)

// Find gives the value at the path as JSON. It may lie in the document or in buf,
// which is kept for the next call.
func (p *JSONPath) Find(doc []byte, buf *[]byte) ([]byte, JSONFinding) {
	missing := JSONFailed
	if p.Lax {
		missing = JSONMissing
	}
	value, ok := JSONDocument(doc)
	switch {
	case !ok:
		return nil, missing
	case p.broken || value[0] == 'n': // Jayway reads no document that is null
		return nil, JSONFailed
	case p.many:
		*buf = append((*buf)[:0], '[')
		found := p.gather(buf, value, p.steps, true)
		if !found && !p.Lax {
			return nil, JSONFailed
		}
		value = append(bytes.TrimSuffix(*buf, []byte(",")), ']')
		*buf = value
	default:
		for i := range p.steps {
			if value, ok = p.steps[i].in(value); !ok {
				return nil, missing
			}
		}
	}
	if p.length {
		if value[0] != '[' && value[0] != '{' {
			return nil, missing
		}
		value = strconv.AppendInt(nil, int64(jsonSize(value)), 10)
	}
	if value[0] == 'n' {
		return nil, missing
	}
	return value, JSONFound
}

// gather appends the values under a path of many to buf, each with a comma; strict
// reports as missing what is not there before the first step of many.
func (p *JSONPath) gather(buf *[]byte, v []byte, steps []jsonStep, strict bool) bool {
	if len(steps) == 0 {
		*buf = append(append(*buf, v...), ',')
		return true
	}
	s, rest := &steps[0], steps[1:]
	if s.deep {
		flat := *s
		flat.deep = false
		p.gatherDeep(buf, v, &flat, rest)
		return true
	}
	switch s.kind {
	case jsonMember:
		x, ok := s.in(v)
		if !ok {
			return !strict
		}
		return p.gather(buf, x, rest, strict)
	case jsonElements:
		if v[0] != '[' {
			return !strict
		}
		for _, i := range s.indexes {
			if x, ok := jsonElement(v, i); ok {
				p.gather(buf, x, rest, strict && len(s.indexes) == 1)
			} else if len(s.indexes) == 1 {
				return !strict
			}
		}
	case jsonSlice:
		if v[0] != '[' {
			return !strict
		}
		from, to := s.bounds(jsonSize(v))
		for i := from; i < to; i++ {
			x, _ := jsonElement(v, i)
			p.gather(buf, x, rest, false)
		}
	case jsonAny:
		eachJSON(v, func(_, x []byte) bool {
			p.gather(buf, x, rest, false)
			return true
		})
	}
	return true
}

// gatherDeep applies a step here and in all values below.
func (p *JSONPath) gatherDeep(buf *[]byte, v []byte, s *jsonStep, rest []jsonStep) {
	step := append([]jsonStep{*s}, rest...)
	p.gather(buf, v, step, false)
	eachJSON(v, func(_, x []byte) bool {
		p.gatherDeep(buf, x, s, rest)
		return true
	})
}

// bounds are the first index of a slice and the one behind its last.
func (s *jsonStep) bounds(size int) (from, to int) {
	to = size
	if s.from {
		if from = s.indexes[0]; from < 0 {
			from = max(0, size+from)
		}
	}
	if s.to {
		if to = s.indexes[1]; to < 0 {
			to += size
		}
	}
	return from, min(to, size)
}

// in finds the one value of a member or an element.
func (s *jsonStep) in(v []byte) (value []byte, ok bool) {
	if s.kind == jsonElements {
		if v[0] != '[' {
			return nil, false
		}
		return jsonElement(v, s.indexes[0])
	}
	if v[0] != '{' {
		return nil, false
	}
	eachJSON(v, func(key, x []byte) bool {
		if isJSONKey(key, s.name) {
			value, ok = x, true // of equal keys the last counts
		}
		return true
	})
	return value, ok
}

func isJSONKey(key []byte, name string) bool {
	if bytes.IndexByte(key, '\\') < 0 {
		return string(key[1:len(key)-1]) == name
	}
	return string(UnquoteJSON(nil, key)) == name
}

func jsonElement(v []byte, index int) (value []byte, ok bool) {
	if index < 0 {
		if index += jsonSize(v); index < 0 {
			return nil, false
		}
	}
	eachJSON(v, func(_, x []byte) bool {
		if index == 0 {
			value, ok = x, true
		}
		index--
		return !ok
	})
	return value, ok
}

func jsonSize(v []byte) int {
	n := 0
	eachJSON(v, func(_, _ []byte) bool { n++; return true })
	return n
}

// eachJSON visits the members of an object with their quoted keys, or the elements of
// an array, until visit says to stop. v is valid JSON; a scalar has neither.
func eachJSON(v []byte, visit func(key, value []byte) bool) {
	object := v[0] == '{'
	if !object && v[0] != '[' {
		return
	}
	v = skipSpace(v[1:])
	for v[0] != '}' && v[0] != ']' {
		var key []byte
		if object {
			n := jsonLen(v)
			key = v[:n]
			v = skipSpace(skipSpace(v[n:])[1:]) // the colon
		}
		n := jsonLen(v)
		if !visit(key, v[:n]) {
			return
		}
		if v = skipSpace(v[n:]); v[0] == ',' {
			v = skipSpace(v[1:])
		}
	}
}
