package hashtable

import "github.com/weir-engine/weir/core/vector"

// maxCodes bounds the combinations of dictionary codes that are looked at.
const maxCodes = 4096

// codeIndex is the way for dictionary columns: the combinations of codes that
// occur in a batch are looked up once each, then every row follows its codes. It
// lasts for one batch, since dictionaries are lent as the batch is.
type codeIndex struct {
	codes  []uint32 // combined code of each row
	groups []uint32 // by combined code
	firsts []uint32 // the first row of each combination
}

// byCodes does the batch when all its keys are dictionary codes or constants.
func (t *Table) byCodes(cols []vector.Vector, rows int, sel, groups []uint32) (done, ok bool, err error) {
	size := combinations(cols[:len(t.layout.fields)])
	if size == 0 || size > rows {
		return false, false, nil
	}
	x := &t.codes
	x.combine(cols[:len(t.layout.fields)], rows)
	x.collectFirsts(size, rows, sel)
	if ok, err := t.byHash(cols, rows, x.firsts, groups); !ok || err != nil {
		return true, ok, err
	}
	for _, r := range x.firsts {
		x.groups[x.codes[r]] = groups[r]
	}
	if sel != nil {
		for _, r := range sel {
			groups[r] = x.groups[x.codes[r]]
		}
		return true, true, nil
	}
	groups = groups[:rows]
	codes := x.codes[:rows]
	for r := range groups {
		groups[r] = x.groups[codes[r]]
	}
	return true, true, nil
}

// combinations is the number of combined codes, NULL counted as one more code;
// 0 where they are too many or a column has no codes.
func combinations(cols []vector.Vector) int {
	size := 1
	for i := range cols {
		v := &cols[i]
		switch {
		case v.Form == vector.Const || v.IsNullConst():
		case v.Form == vector.Dict:
			size *= v.Dict.Len + 1
		default:
			return 0
		}
		if size > maxCodes {
			return 0
		}
	}
	return size
}

func (x *codeIndex) combine(cols []vector.Vector, rows int) {
	if cap(x.codes) < rows {
		x.codes = make([]uint32, rows)
	}
	x.codes = x.codes[:rows]
	clear(x.codes)
	for i := range cols {
		v := &cols[i]
		if v.Form != vector.Dict {
			continue
		}
		radix, codes := uint32(v.Dict.Len+1), v.Codes[:rows]
		if v.Valid == nil {
			for r := range x.codes {
				x.codes[r] = x.codes[r]*radix + codes[r]
			}
			continue
		}
		for r := range x.codes {
			c := radix - 1
			if v.Valid.Get(r) {
				c = codes[r]
			}
			x.codes[r] = x.codes[r]*radix + c
		}
	}
}

func (x *codeIndex) collectFirsts(size, rows int, sel []uint32) {
	if cap(x.groups) < size {
		x.groups = make([]uint32, size)
	}
	x.groups = x.groups[:size]
	for i := range x.groups {
		x.groups[i] = None
	}
	x.firsts = x.firsts[:0]
	if sel != nil {
		for _, r := range sel {
			x.see(r)
		}
		return
	}
	for r := range rows {
		x.see(uint32(r))
	}
}

func (x *codeIndex) see(r uint32) {
	if c := x.codes[r]; x.groups[c] == None {
		x.groups[c] = r
		x.firsts = append(x.firsts, r)
	}
}
