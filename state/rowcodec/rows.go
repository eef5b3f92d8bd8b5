package rowcodec

// Rows is a list of byte strings in one buffer, some of them absent. Rows of a
// fixed Width lie back to back, so that accumulators work on them in place.
type Rows struct {
	Width int // > 0: every row has this many bytes and Off is unused
	Bytes []byte
	Off   []uint32 // Width 0: row i is Bytes[Off[i]:Off[i+1]]; len is N+1, or 0 when empty
	Has   []bool
}

// N is the number of rows.
func (r *Rows) N() int { return len(r.Has) }

// Reset empties r and keeps its memory and width.
func (r *Rows) Reset() { r.Bytes, r.Off, r.Has = r.Bytes[:0], r.Off[:0], r.Has[:0] }

// At is row i.
func (r *Rows) At(i int) []byte {
	if r.Width > 0 {
		return r.Bytes[i*r.Width : (i+1)*r.Width : (i+1)*r.Width]
	}
	return r.Bytes[r.Off[i]:r.Off[i+1]:r.Off[i+1]]
}

// Append adds a row that is there, copying it.
func (r *Rows) Append(row []byte) {
	r.open()
	r.Bytes = append(r.Bytes, row...)
	r.close(true)
}

// AppendAbsent adds an absent row: zeroes when the width is fixed, empty otherwise.
func (r *Rows) AppendAbsent() {
	r.open()
	for range r.Width {
		r.Bytes = append(r.Bytes, 0)
	}
	r.close(false)
}

// Close ends a row whose bytes the caller appended to r.Bytes itself.
func (r *Rows) Close(has bool) {
	r.open()
	r.close(has)
}

func (r *Rows) open() {
	if r.Width == 0 && len(r.Off) == 0 {
		r.Off = append(r.Off, 0)
	}
}

func (r *Rows) close(has bool) {
	if r.Width == 0 {
		r.Off = append(r.Off, uint32(len(r.Bytes)))
	}
	r.Has = append(r.Has, has)
}

// span is where row i lies in r.Bytes.
func (r *Rows) span(i int) (from, to uint32) {
	if r.Width > 0 {
		return uint32(i * r.Width), uint32((i + 1) * r.Width)
	}
	return r.Off[i], r.Off[i+1]
}
