package window

import (
	"encoding/binary"
	"slices"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/rowcodec"
)

// sessionRows keeps the rows of open sessions, by key, time and number. A row's
// number is that of the rows its session had when it came: sessions that merge
// have no time in common, and the number of both together is beyond all of theirs.
type sessionRows struct {
	s     *sessions
	rows  keyed.MapState // key → (time, number) → row
	codec *rowcodec.RowCodec

	next    []int64  // by run: the number of its next row
	ending  []uint32 // by key: the run that ends
	owner   []uint32
	subs    keyed.Rows
	encoded keyed.Rows
	found   keyed.Entries
	built   []*vector.Builder
}

func newSessionRows(s *sessions) (*sessionRows, error) {
	ts := s.a.ctx.Inputs[0].Types()
	k := &sessionRows{s: s, codec: rowcodec.NewRowCodec(ts)}
	for _, t := range ts {
		k.built = append(k.built, vector.NewBuilder(t))
	}
	var err error
	k.rows, err = s.a.ctx.Store.Map("rows")
	return k, err
}

// add keeps the rows of sel, which are in their runs but not counted yet.
func (k *sessionRows) add(keys *keyed.Keys, index []uint32, b *stream.Batch, sel []uint32) error {
	k.next = k.next[:0]
	for n := range k.s.runs {
		k.next = append(k.next, *k.s.rows.Word(uint32(n), sessionCount))
	}
	k.owner = k.owner[:0]
	k.subs.Reset()
	for _, r := range sel {
		run := k.s.group[r]
		sub := startKey(k.s.a.times[r])
		k.subs.Append(binary.BigEndian.AppendUint64(sub, uint64(k.next[run])))
		k.next[run]++
		k.owner = append(k.owner, index[r])
	}
	k.encoded.Reset()
	k.codec.Encode(b.Cols, b.Rows, sel, &k.encoded)
	return k.rows.Put(keys, k.owner, &k.subs, &k.encoded)
}

// emit emits the rows of the runs that end, of which owner are the keys, and forgets them.
func (k *sessionRows) emit(keys *keyed.Keys, runs, owner []uint32, out operator.Output) error {
	if len(owner) == 0 {
		return nil
	}
	k.ending = slices.Grow(k.ending[:0], keys.N())[:keys.N()]
	for i, n := range runs {
		k.ending[owner[i]] = n // of a key one session ends at a time
	}
	var c keyed.Cursor
	for more := true; more; {
		var err error
		k.found.Reset()
		if more, err = k.rows.ScanKeys(keys, owner, false, 0, &c, &k.found, stream.BatchRows); err != nil {
			return err
		}
		if err := k.emitFound(keys, out); err != nil {
			return err
		}
	}
	return nil
}

// emitFound emits those of the scanned rows that are in the session of their key that ends.
func (k *sessionRows) emitFound(keys *keyed.Keys, out operator.Output) error {
	var which []uint32
	var starts []int64
	k.owner = k.owner[:0]
	k.subs.Reset()
	k.encoded.Reset()
	for i, key := range k.found.Owner {
		sub, r := k.found.Subs.At(i), &k.s.runs[k.ending[key]]
		if t := startOf(sub[:8]); t < r.start || t >= r.end {
			continue
		}
		which, starts = append(which, uint32(i)), append(starts, r.start)
		k.owner = append(k.owner, key)
		k.subs.Append(sub)
		k.encoded.AppendAbsent()
	}
	if len(which) == 0 {
		return nil
	}
	if err := k.rows.Put(keys, k.owner, &k.subs, &k.encoded); err != nil {
		return err
	}
	a := k.s.a
	a.out.Reset()
	for _, b := range k.built {
		b.Reset()
	}
	if err := k.codec.Decode(&k.found.Rows, which, k.built); err != nil {
		return err
	}
	for i, b := range k.built {
		v := b.Finish()
		a.out.Column(i).AppendVector(&v, nil)
	}
	return a.send(len(which), starts, out)
}
