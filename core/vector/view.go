package vector

import "unsafe"

// InlineLen is the longest string that lies in its view.
const InlineLen = 12

// View is Arrow's string view. Up to InlineLen bytes follow Len directly;
// longer strings keep their first four bytes in Prefix for comparing, and lie in
// Bufs[Buf][Off:Off+Len].
type View struct {
	Len    uint32
	Prefix [4]byte
	Buf    uint32
	Off    uint32
}

// MakeView makes the view of s; where s is longer than InlineLen, the caller
// says where it lies.
func MakeView(s []byte, buf, off uint32) View {
	v := View{Len: uint32(len(s))}
	if len(s) <= InlineLen {
		copy(v.inline(), s)
		return v
	}
	copy(v.Prefix[:], s)
	v.Buf, v.Off = buf, off
	return v
}

func (v *View) inline() []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(&v.Prefix)), InlineLen)
}

// Bytes reads the string that v describes. The result aliases the view itself
// (which must stay in place) or a buffer; it must not be changed.
func (v *View) Bytes(bufs [][]byte) []byte {
	if v.Len <= InlineLen {
		return unsafe.Slice((*byte)(unsafe.Pointer(&v.Prefix)), v.Len)
	}
	return bufs[v.Buf][v.Off : v.Off+v.Len]
}
