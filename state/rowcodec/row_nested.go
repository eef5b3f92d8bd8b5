package rowcodec

import (
	"encoding/binary"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Inside a nested value of a row, each value is led by a byte that says whether
// it is NULL; arrays and maps by their number of elements. Nested values are
// read and written one by one.

// appendBody appends row r of a Flat nested column, which is not NULL.
func appendBody(dst []byte, v *vector.Vector, r int) []byte {
	base, at := v.Base(), v.Index(r)
	switch v.Phys {
	case types.PhysStruct:
		for k := range base.Kids {
			dst = appendItem(dst, &base.Kids[k], at)
		}
	case types.PhysList:
		off := base.Offsets()
		dst = binary.AppendUvarint(dst, uint64(off[at+1]-off[at]))
		for i := int(off[at]); i < int(off[at+1]); i++ {
			for k := range base.Kids {
				dst = appendItem(dst, &base.Kids[k], i)
			}
		}
	case types.PhysBytes:
		s := v.Bytes(r)
		dst = binary.AppendUvarint(dst, uint64(len(s)))
		dst = append(dst, s...)
	case types.PhysBool:
		b := byte(0)
		if base.Bits().Get(at) {
			b = 1
		}
		dst = append(dst, b)
	default:
		w := v.Phys.Width()
		dst = append(dst, base.Data[at*w:(at+1)*w]...)
	}
	return dst
}

func appendItem(dst []byte, v *vector.Vector, r int) []byte {
	if !v.IsValid(r) {
		return append(dst, 0)
	}
	return appendBody(append(dst, 1), v, r)
}

// appendNested decodes what appendBody wrote.
func appendNested(into *vector.Builder, t types.Type, body []byte, null bool) error {
	if null {
		into.AppendNull()
		return nil
	}
	r := rowReader{keyReader{buf: body}}
	v := r.body(t)
	if r.bad || r.at != len(body) {
		return ErrCorrupt
	}
	into.AppendValue(v)
	return nil
}

// rowReader reads values one by one; bad is set by the first byte that does not fit.
type rowReader struct{ keyReader }

func (r *rowReader) length() int {
	n, used := binary.Uvarint(r.buf[r.at:])
	if used <= 0 || n > uint64(len(r.buf)) {
		r.bad = true
		return 0
	}
	r.at += used
	return int(n)
}

func (r *rowReader) item(t types.Type) types.Value {
	if r.take(1)[0] == 0 || r.bad {
		return types.NullValue()
	}
	return r.body(t)
}

func (r *rowReader) body(t types.Type) types.Value {
	switch p := t.Phys(); p {
	case types.PhysStruct:
		var v types.Value
		for _, f := range t.Fields {
			v.Items = append(v.Items, r.item(f.Type))
		}
		return v
	case types.PhysList:
		var v types.Value
		for n := r.length(); n > 0 && !r.bad; n-- {
			if t.Key != nil {
				v.Items = append(v.Items, r.item(*t.Key))
			}
			v.Items = append(v.Items, r.item(*t.Elem))
		}
		return v
	case types.PhysBytes:
		return types.BytesValue(r.take(r.length()))
	case types.PhysBool:
		return types.BoolValue(r.take(1)[0] != 0)
	default:
		return r.fixed(t, p)
	}
}

func (r *rowReader) fixed(t types.Type, p types.Phys) types.Value {
	col := newColumn(t)
	col.reset(1)
	copy(col.data, r.take(p.Width()))
	v := col.vector(nil)
	return v.ValueAt(0)
}
