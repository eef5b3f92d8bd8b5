package operator

import (
	"encoding/binary"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/state/keyed"
)

// Expiry finds keys whose state may have outlived its time. What is over is
// decided where the state is read, by the time of its last change; the sweep, by
// rough slots of time, only frees it. Each change must be noted by Touch.
type Expiry struct {
	ctx   *Context
	ttl   int64
	due   keyed.TimedState
	times []int64
	bare  keyed.Rows
}

const expirySlots = 16 // a sweep comes late by at most a sixteenth of the time to live

// NewExpiry declares the slots, by a name of the operator's, and asks for the first Tick.
func NewExpiry(ctx *Context, name string, ttl int64) (*Expiry, error) {
	due, err := ctx.Store.Timed(name, 0)
	if err != nil {
		return nil, err
	}
	e := &Expiry{ctx: ctx, ttl: ttl, due: due}
	if ctx.Alarm != nil {
		ctx.Alarm(ctx.Clock() + e.slot())
	}
	return e, nil
}

func (e *Expiry) slot() int64 { return max(1, e.ttl/expirySlots) }

// Now is the processing time that a change is noted with.
func (e *Expiry) Now() int64 { return e.ctx.Clock() }

// IsOver reports whether what was last changed at a time has ended.
func (e *Expiry) IsOver(last int64) bool { return last+e.ttl <= e.ctx.Clock() }

// Touch notes that the state of the keys that which names (all when nil) changes now.
func (e *Expiry) Touch(keys *keyed.Keys, which []uint32) error {
	at := (e.Now()+e.ttl)/e.slot()*e.slot() + e.slot()
	e.times = e.times[:0]
	e.bare.Reset()
	for range keys.N() {
		e.times = append(e.times, at)
		e.bare.Append(nil)
	}
	return e.due.Put(e.times, keys, which, &e.bare)
}

// Sweep visits the keys that may be over by now, and tells when to come again.
func (e *Expiry) Sweep(now int64, visit func(keys *keyed.Keys) error) (next int64, err error) {
	times, err := e.due.Times(stream.MinWatermark, now+1, nil)
	if err != nil {
		return 0, err
	}
	for _, t := range times {
		var c keyed.Cursor
		var found keyed.Entries
		for more := true; more; {
			found.Reset()
			if more, err = e.due.Scan(t, &c, &found, stream.BatchRows); err != nil {
				return 0, err
			}
			if err := visit(&found.Keys); err != nil {
				return 0, err
			}
		}
		if err := e.due.Delete(t); err != nil {
			return 0, err
		}
	}
	return now + e.slot(), nil
}

// Lifetimes ends the state of whole keys: it remembers when each was last changed.
type Lifetimes struct {
	Expiry
	last keyed.ValueState
	rows keyed.Rows
	gone []uint32
}

// NewLifetimes declares the times; nil where state lives for ever.
func NewLifetimes(ctx *Context, ttl int64) (*Lifetimes, error) {
	if ttl <= 0 {
		return nil, nil
	}
	e, err := NewExpiry(ctx, "expiry", ttl)
	if err != nil {
		return nil, err
	}
	last, err := ctx.Store.Value("changed", 8)
	return &Lifetimes{Expiry: *e, last: last}, err
}

// Over lists the keys whose state has ended, until the next call.
func (l *Lifetimes) Over(keys *keyed.Keys) ([]uint32, error) {
	l.rows.Width = 8
	l.rows.Reset()
	if err := l.last.Get(keys, &l.rows); err != nil {
		return nil, err
	}
	l.gone = l.gone[:0]
	for i, has := range l.rows.Has {
		if has && l.IsOver(int64(binary.LittleEndian.Uint64(l.rows.At(i)))) {
			l.gone = append(l.gone, uint32(i))
		}
	}
	return l.gone, nil
}

// Touch notes that the state of the keys that which names changes now.
func (l *Lifetimes) Touch(keys *keyed.Keys, which []uint32) error {
	var now [8]byte
	binary.LittleEndian.PutUint64(now[:], uint64(l.Now()))
	l.rows.Reset()
	for range keys.N() {
		l.rows.Append(now[:])
	}
	if err := l.last.Put(keys, which, &l.rows); err != nil {
		return err
	}
	return l.Expiry.Touch(keys, which)
}

// Sweep has the state of keys that are over deleted, and tells when to come again.
func (l *Lifetimes) Sweep(now int64, forget func(keys *keyed.Keys, gone []uint32) error) (next int64, err error) {
	return l.Expiry.Sweep(now, func(keys *keyed.Keys) error {
		gone, err := l.Over(keys)
		if err != nil || len(gone) == 0 {
			return err
		}
		if err := forget(keys, gone); err != nil {
			return err
		}
		return l.last.Put(keys, gone, absent(keys.N()))
	})
}

func absent(n int) *keyed.Rows {
	rows := &keyed.Rows{}
	for range n {
		rows.AppendAbsent()
	}
	return rows
}
