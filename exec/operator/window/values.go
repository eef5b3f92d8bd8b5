package window

import (
	"encoding/binary"
	"fmt"

	acc "github.com/weir-engine/weir/core/function/aggregate"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/rowcodec"
)

// values is the values of one DISTINCT list of each slice: rows at (slice end,
// (keys, arguments)), with their number where they can leave again. A window
// takes each value once, however many of its slices have it.
type values struct {
	which    int
	def      acc.Distinct
	keyCols  []int
	retracts bool
	state    keyed.TimedState
	decoder  *rowcodec.KeyDecoder
	types    []types.Type
	grouper  keyed.Grouper
	cols     []vector.Vector
	sel      []uint32
	rows     keyed.Rows
	found    keyed.Entries
}

func newValues(store keyed.Store, which int, def acc.Distinct, keys []types.Type, keyCols []int, retracts bool) (*values, error) {
	width := 0
	if retracts {
		width = 8
	}
	state, err := store.Timed(fmt.Sprintf("distinct-%d", which), width)
	if err != nil {
		return nil, err
	}
	ts := append(append([]types.Type(nil), keys...), def.Types...)
	return &values{rows: keyed.Rows{Width: width}, which: which, def: def, keyCols: keyCols, retracts: retracts, state: state, types: ts, decoder: rowcodec.NewKeyDecoder(ts, nil)}, nil
}

// add notes the values of the rows of in.
func (v *values) add(times []int64, b *stream.Batch, in acc.Input) error {
	if v.def.Filter >= 0 {
		v.sel = acc.Where(&b.Cols[v.def.Filter], in, v.sel[:0])
		in.Sel = v.sel
		if len(v.sel) == 0 {
			return nil
		}
	}
	v.cols = v.cols[:0]
	for _, k := range v.keyCols {
		v.cols = append(v.cols, b.Cols[k])
	}
	for _, c := range v.def.Args {
		v.cols = append(v.cols, b.Cols[c])
	}
	at, keys, index := v.grouper.GroupTimed(times, v.cols, b.Rows, in.Sel)
	v.rows.Reset()
	if !v.retracts {
		v.rows.Width = 0
		for range at {
			v.rows.Append(nil)
		}
		return v.state.Put(at, keys, nil, &v.rows)
	}
	v.rows.Width = 8
	if err := v.state.Get(at, keys, &v.rows); err != nil {
		return err
	}
	v.count(index, in)
	return v.state.Put(at, keys, nil, &v.rows)
}

func (v *values) count(index []uint32, in acc.Input) {
	n := in.Rows
	if in.Sel != nil {
		n = len(in.Sel)
	}
	for i := range n {
		r := uint32(i)
		if in.Sel != nil {
			r = in.Sel[i]
		}
		by := uint64(1)
		if in.Kinds != nil && in.Kinds[r].IsRetract() {
			by = ^uint64(0)
		}
		row := v.rows.Bytes[8*index[r]:]
		binary.LittleEndian.PutUint64(row, binary.LittleEndian.Uint64(row)+by)
	}
	for i := range v.rows.Has {
		v.rows.Has[i] = binary.LittleEndian.Uint64(v.rows.Bytes[8*i:]) != 0
	}
}

// scan hands the values of one slice, as rows of (keys, arguments), to take.
func (v *values) scan(end int64, take func(b *stream.Batch) error) error {
	var c keyed.Cursor
	for more := true; more; {
		var err error
		v.found.Reset()
		v.found.Rows.Width = v.rows.Width
		if more, err = v.state.Scan(end, &c, &v.found, stream.BatchRows); err != nil {
			return err
		}
		n := v.found.Keys.N()
		if n == 0 {
			continue
		}
		out := stream.NewBuilder(v.types)
		into := make([]*vector.Builder, len(v.types))
		for i := range into {
			into[i] = out.Column(i)
		}
		if err := v.decoder.Decode(&v.found.Keys, v.present(n), into); err != nil {
			return err
		}
		out.Advance(into[0].Len(), stream.Insert)
		if err := take(out.Finish()); err != nil {
			return err
		}
	}
	return nil
}

// present lists the values that have rows; nil: all.
func (v *values) present(n int) []uint32 {
	if !v.retracts {
		return nil
	}
	v.sel = v.sel[:0]
	for i := range n {
		if int64(binary.LittleEndian.Uint64(v.found.Rows.At(i))) > 0 {
			v.sel = append(v.sel, uint32(i))
		}
	}
	return nonNil(v.sel)
}
