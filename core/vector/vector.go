package vector

import (
	"unsafe"

	"github.com/weir-engine/weir/core/types"
)

// Form is how a vector represents its rows.
type Form uint8

// The forms.
const (
	Flat  Form = iota // one value a row
	Const             // one value for all rows
	Dict              // one code a row, values in Dict
)

// Vector is one column of a batch. It is a descriptor: copying it shares the
// values. Whoever is handed a vector must not change what it describes; its owner may,
// once what was lent is given back (exec/operator: Emit).
type Vector struct {
	Phys  types.Phys
	Form  Form
	Len   int      // rows
	Valid Bitmap   // by row (Const: bit 0); nil: no NULL
	Data  []byte   // Flat, Const: values (bits for PhysBool, views for PhysBytes, int32 offsets, Len+1, for PhysList)
	Bufs  [][]byte // PhysBytes: what long views point at
	Codes []uint32 // Dict: Len codes; codes of NULL rows are valid indexes too
	Dict  *Vector  // Dict: the Flat dictionary, without NULL
	Kids  []Vector // PhysList: the elements (MAP: keys, values); PhysStruct: the fields
}

// Elem is a Go type that a Vector's Data can be read as.
type Elem interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64 | types.Int128 | View
}

// Values reads Data as Go values: Len of them for Flat, one for Const. T must
// have the width of v.Phys.
func Values[T Elem](v *Vector) []T {
	var t T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(v.Data))), len(v.Data)/int(unsafe.Sizeof(t)))
}

// Views reads the string views of a PhysBytes vector.
func (v *Vector) Views() []View { return Values[View](v) }

// Bits reads the values of a PhysBool vector.
func (v *Vector) Bits() Bitmap { return Bitmap(v.Data) }

// Offsets reads the Len+1 element offsets of a Flat PhysList vector.
func (v *Vector) Offsets() []int32 { return Values[int32](v) }

// IsValid reports whether row i is not NULL, in any form.
func (v *Vector) IsValid(i int) bool {
	if v.Phys == types.PhysNull {
		return false
	}
	if v.Form == Const {
		return v.Valid.Get(0)
	}
	return v.Valid.Get(i)
}

// Index maps row i to its place in the values: v itself, or v.Dict.
func (v *Vector) Index(i int) int {
	switch v.Form {
	case Const:
		return 0
	case Dict:
		return int(v.Codes[i])
	}
	return i
}

// Base is the vector that holds the values: v, or its dictionary.
func (v *Vector) Base() *Vector {
	if v.Form == Dict {
		return v.Dict
	}
	return v
}

// IsNullConst reports a constant NULL.
func (v *Vector) IsNullConst() bool {
	return v.Phys == types.PhysNull || v.Form == Const && !v.Valid.Get(0)
}

// Bytes reads string i, in any form. It is for edges and tests; kernels loop over Views.
func (v *Vector) Bytes(i int) []byte {
	b := v.Base()
	return b.Views()[v.Index(i)].Bytes(b.Bufs)
}

// NewFlat makes a Flat vector of n zero values with no NULL. Nested layouts are
// made by a Builder.
func NewFlat(p types.Phys, n int) Vector {
	size := n * p.Width()
	if p == types.PhysBool {
		size = (n + 7) / 8
	}
	return Vector{Phys: p, Len: n, Data: alloc(size)}
}

// Of makes a Flat vector over values without copying them.
func Of[T Elem](p types.Phys, values []T) Vector {
	var t T
	data := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*int(unsafe.Sizeof(t)))
	return Vector{Phys: p, Len: len(values), Data: data}
}

// Strings makes a Flat PhysBytes vector that copies ss. It is for tests and literals.
func Strings(ss ...string) Vector {
	b := NewBuilder(types.StringType)
	for _, s := range ss {
		b.AppendBytes([]byte(s))
	}
	return b.Finish()
}

// Slice is rows [from, to) of v, sharing its values. Bitmaps that do not start
// at a byte are copied.
func (v *Vector) Slice(from, to int) Vector {
	out := *v
	out.Len = to - from
	if v.Form == Const {
		return out
	}
	out.Valid = v.Valid.slice(from, to)
	if v.Form == Dict {
		out.Codes = v.Codes[from:to]
		return out
	}
	switch v.Phys {
	case types.PhysBool:
		out.Data = Bitmap(v.Data).slice(from, to)
	case types.PhysList:
		out.Data = v.Data[from*4 : (to+1)*4]
	case types.PhysStruct:
		out.Kids = make([]Vector, len(v.Kids))
		for i := range v.Kids {
			out.Kids[i] = v.Kids[i].Slice(from, to)
		}
	default:
		w := v.Phys.Width()
		out.Data = v.Data[from*w : to*w]
	}
	return out
}

func (b Bitmap) slice(from, to int) Bitmap {
	if b == nil {
		return nil
	}
	if from&7 == 0 {
		return b[from>>3 : (to+7)>>3]
	}
	out := NewBitmap(to - from)
	for i := from; i < to; i++ {
		if b.Get(i) {
			out.Set(i - from)
		}
	}
	return out
}

// alloc makes size bytes aligned to 8, with capacity rounded up to whole words.
func alloc(size int) []byte {
	if size == 0 {
		return nil
	}
	words := make([]uint64, (size+7)/8)
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), len(words)*8)[: size : len(words)*8]
}
