package aggregate

import (
	"encoding/binary"

	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/keyed"
)

// expiry ends the life of groups that have not changed for some time. A row
// carries the time of its last change, which decides whether it counts.
type expiry struct {
	operator.Expiry
	word  int // of the row's head
	width int // of rows in the value state
}

func newExpiry(ctx *operator.Context, ttl int64, word, width int) (*expiry, error) {
	e, err := operator.NewExpiry(ctx, "expiry", ttl)
	if err != nil {
		return nil, err
	}
	return &expiry{Expiry: *e, word: word, width: width}, nil
}

func (e *expiry) isOver(row []byte) bool {
	return e.IsOver(int64(binary.LittleEndian.Uint64(row[8*e.word:])))
}

// touch notes the time of a change.
func (e *expiry) touch(keys *keyed.Keys, which []uint32, rows *Rows) error {
	now := e.Now()
	for _, k := range which {
		*rows.Word(k, e.word) = now
	}
	return e.Touch(keys, which)
}

// sweep deletes the rows that are over by now, and tells when to come again.
func (e *expiry) sweep(now int64, value keyed.ValueState, clear func(*keyed.Keys, []uint32) error) (int64, error) {
	return e.Sweep(now, func(keys *keyed.Keys) error {
		rows := keyed.Rows{Width: e.width}
		if err := value.Get(keys, &rows); err != nil {
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
			return nil
		}
		if err := clear(keys, gone); err != nil {
			return err
		}
		return value.Put(keys, gone, &rows)
	})
}
