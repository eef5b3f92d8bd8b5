package aggregate

import (
	"encoding/binary"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/keyed"
)

// expiry ends the life of groups that have not changed for some time. A row
// carries the time of its last change, which decides whether it counts; the
// sweep, by rough slots of time, only frees what is over.
type expiry struct {
	ctx   *operator.Context
	ttl   int64
	word  int // of the row's head
	width int // of rows in the value state
	due   keyed.TimedState
	rows  keyed.Rows
}

const expirySlots = 16 // a sweep comes late by at most a sixteenth of the time to live

func newExpiry(ctx *operator.Context, ttl int64, word, width int) (*expiry, error) {
	due, err := ctx.Store.Timed("expiry", 0)
	if err != nil {
		return nil, err
	}
	e := &expiry{ctx: ctx, ttl: ttl, word: word, width: width, due: due}
	if ctx.Alarm != nil {
		ctx.Alarm(ctx.Clock() + e.slot())
	}
	return e, nil
}

func (e *expiry) slot() int64 { return max(1, e.ttl/expirySlots) }

func (e *expiry) isOver(row []byte) bool {
	return int64(binary.LittleEndian.Uint64(row[8*e.word:]))+e.ttl <= e.ctx.Clock()
}

// touch notes the time of a change.
func (e *expiry) touch(keys *keyed.Keys, which []uint32, rows *Rows) error {
	now := e.ctx.Clock()
	times := make([]int64, keys.N())
	e.rows.Reset()
	for i := range times {
		times[i] = (now+e.ttl)/e.slot()*e.slot() + e.slot()
		e.rows.Append(nil)
	}
	for _, k := range which {
		*rows.Word(k, e.word) = now
	}
	return e.due.Put(times, keys, which, &e.rows)
}

// sweep deletes the rows that are over by now, and tells when to come again.
func (e *expiry) sweep(now int64, value keyed.ValueState, clear func(*keyed.Keys, []uint32) error) (int64, error) {
	times, err := e.due.Times(stream.MinWatermark, now+1, nil)
	if err != nil {
		return 0, err
	}
	for _, t := range times {
		if err := e.sweepSlot(t, value, clear); err != nil {
			return 0, err
		}
		if err := e.due.Delete(t); err != nil {
			return 0, err
		}
	}
	return now + e.slot(), nil
}

func (e *expiry) sweepSlot(t int64, value keyed.ValueState, clear func(*keyed.Keys, []uint32) error) error {
	var c keyed.Cursor
	var found keyed.Entries
	for more := true; more; {
		var err error
		found.Reset()
		if more, err = e.due.Scan(t, &c, &found, stream.BatchRows); err != nil {
			return err
		}
		rows := keyed.Rows{Width: e.width}
		if err := value.Get(&found.Keys, &rows); err != nil {
			return err
		}
		var gone []uint32
		for i, has := range rows.Has {
			if has && e.isOver(rows.At(i)) {
				rows.Has[i] = false
				gone = append(gone, uint32(i))
			}
		}
		if len(gone) == 0 {
			continue
		}
		if err := clear(&found.Keys, gone); err != nil {
			return err
		}
		if err := value.Put(&found.Keys, gone, &rows); err != nil {
			return err
		}
	}
	return nil
}
