package arrow

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The library believes the lengths that metadata gives, so they are checked here:
// a flatbuffer is tables, whose fields are found by slots, and vectors.

var errMeta = errors.New("its metadata is malformed")

// flat is a flatbuffer. Its first error stays.
type flat struct {
	b      []byte
	err    error
	tables int
}

// maxTables is how many fields a schema is believed to have.
const maxTables = 1 << 17

func (f *flat) fail() int {
	f.err = errMeta
	return 0
}

func (f *flat) u32(at int) int {
	if at < 0 || at+4 > len(f.b) {
		return f.fail()
	}
	return int(binary.LittleEndian.Uint32(f.b[at:]))
}

func (f *flat) i64(at int) int64 {
	if at < 0 || at+8 > len(f.b) {
		return int64(f.fail())
	}
	return int64(binary.LittleEndian.Uint64(f.b[at:]))
}

// root is the outermost table.
func (f *flat) root() int { return f.u32(0) }

// field is where a field of a table lies; 0: it is not there.
func (f *flat) field(table, slot int) int {
	v := table - int(int32(f.u32(table)))
	if f.err != nil || v < 0 || v+4 > len(f.b) {
		return f.fail()
	}
	size := int(binary.LittleEndian.Uint16(f.b[v:]))
	if at := 4 + 2*slot; at+2 > size {
		return 0
	} else if v+size > len(f.b) {
		return f.fail()
	} else if off := int(binary.LittleEndian.Uint16(f.b[v+at:])); off != 0 {
		return table + off
	}
	return 0
}

// table is a field that is a table; 0: it is not there.
func (f *flat) table(of, slot int) int {
	at := f.field(of, slot)
	if at == 0 {
		return 0
	}
	if f.tables++; f.tables > maxTables {
		return f.fail()
	}
	return at + f.u32(at)
}

// vector is a field that is a vector of elements of a size, which all lie inside.
func (f *flat) vector(of, slot, size int) (from, n int) {
	at := f.field(of, slot)
	if at == 0 {
		return 0, 0
	}
	at += f.u32(at)
	n = f.u32(at)
	if f.err == nil && n > (len(f.b)-at-4)/size {
		f.fail()
	}
	if f.err != nil {
		return 0, 0
	}
	return at + 4, n
}

// each visits the tables of a vector.
func (f *flat) each(of, slot int, visit func(table int)) {
	from, n := f.vector(of, slot, 4)
	for i := 0; i < n && f.err == nil; i++ {
		if f.tables++; f.tables > maxTables {
			f.fail()
			return
		}
		visit(from + 4*i + f.u32(from+4*i))
	}
}

// pairs checks metadata that users add: keys and values.
func (f *flat) pairs(of, slot int) {
	f.each(of, slot, func(pair int) {
		f.vector(pair, 0, 1)
		f.vector(pair, 1, 1)
	})
}

func (f *flat) schema(s int) {
	f.each(s, 1, func(field int) { f.column(field, 0) })
	f.pairs(s, 2)
	f.vector(s, 3, 8)
}

func (f *flat) column(field, depth int) {
	if depth > 64 {
		f.fail()
		return
	}
	f.vector(field, 0, 1)
	f.table(field, 3)
	f.table(field, 4)
	f.each(field, 5, func(kid int) { f.column(kid, depth+1) })
	f.pairs(field, 6)
}

func (f *flat) record(r int) {
	f.vector(r, 1, 16)
	f.vector(r, 2, 16)
	f.table(r, 3)
	f.vector(r, 4, 8)
}

// checkMessage checks the metadata of a message and tells the length of its body.
func checkMessage(meta []byte) (bodyBytes int64, err error) {
	f := &flat{b: meta}
	m := f.root()
	kind := 0
	if at := f.field(m, 1); at > 0 && at < len(meta) {
		kind = int(meta[at])
	}
	switch header := f.table(m, 2); {
	case header == 0:
		f.fail()
	case kind == 1:
		f.schema(header)
	case kind == 2:
		if data := f.table(header, 1); data != 0 {
			f.record(data)
		} else {
			f.fail()
		}
	case kind == 3:
		f.record(header)
	default:
		return 0, fmt.Errorf("messages of type %d are not supported", kind)
	}
	if at := f.field(m, 3); at != 0 {
		bodyBytes = f.i64(at)
	}
	return bodyBytes, f.err
}

// checkFooter finds the messages that a file's footer names.
func checkFooter(footer []byte) (dictionaries, records []int64, err error) {
	f := &flat{b: footer}
	root := f.root()
	if s := f.table(root, 1); s != 0 {
		f.schema(s)
	} else {
		f.fail()
	}
	for slot, to := range map[int]*[]int64{2: &dictionaries, 3: &records} {
		from, n := f.vector(root, slot, 24)
		for i := range n {
			*to = append(*to, f.i64(from+24*i))
		}
	}
	return dictionaries, records, f.err
}
