package operator_test

import (
	"context"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/state/keyed"
)

// Five sketches hold the interfaces to their word: each is the skeleton of an
// operator that strains them in its own way. They compile; they are not run.
// What did not fit changed the interface: docs/decisions/0001.
var (
	_ operator.Operator    = (*buildFirst)(nil)
	_ operator.Selective   = (*buildFirst)(nil)
	_ operator.Resumer     = (*buildFirst)(nil)
	_ operator.Operator    = (*intervalJoin)(nil)
	_ operator.Resumer     = (*intervalJoin)(nil)
	_ operator.Operator    = (*asyncLookup)(nil)
	_ operator.Selective   = (*asyncLookup)(nil)
	_ operator.Snapshotter = (*asyncLookup)(nil)
	_ connector.Writer     = (*kafkaWriter)(nil)
	_ connector.Committer  = (*kafkaCommitter)(nil)
	_ operator.Operator    = (*windowTopN)(nil)
	_ operator.Resumer     = (*windowTopN)(nil)
)

// plain gives the sketches the calls they do not strain.
type plain struct{ ctx *operator.Context }

func (p *plain) Open(ctx *operator.Context) error { p.ctx = ctx; return nil }
func (p *plain) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	return w, nil
}
func (p *plain) EndInput(int, operator.Output) error { return nil }
func (p *plain) Close() error                        { return nil }

// buildFirst is a hash join whose subtasks fill one table together: input 1 is
// built to its end, then input 0 probes. It strains Wants, Await, the memory
// grant and fan-out.
type buildFirst struct {
	plain
	built, sealed bool
	table         *memory.Arena
	probe         *stream.Batch // lent while matches of it are still to be emitted
	next          int
}

type sharedBuild struct {
	arrive func() (last bool)
	onSeal func(func())
}

func (j *buildFirst) Wants() uint64 {
	switch {
	case !j.built:
		return 1 << 1
	case !j.sealed:
		return 0 // awaiting: another subtask still builds
	}
	return 1 << 0
}

func (j *buildFirst) Process(input int, b *stream.Batch, out operator.Output) error {
	if input == 1 {
		if !j.table.Grow(j.table.Size() + int64(b.Len()*32)) {
			return j.spill()
		}
		return nil
	}
	j.probe, j.next = b, 0
	_, err := j.Resume(out)
	return err
}

func (j *buildFirst) spill() error { _, err := j.ctx.Spill.Dir(); return err }

func (j *buildFirst) Resume(out operator.Output) (bool, error) {
	for j.probe != nil && !out.Full() {
		j.next++
		if err := out.Emit(j.probe); err != nil {
			return false, err
		}
		if j.next >= j.probe.Rows {
			j.probe = nil
		}
	}
	return j.probe != nil, nil
}

func (j *buildFirst) EndInput(input int, _ operator.Output) error {
	if input == 0 {
		return nil
	}
	j.built = true
	shared := j.ctx.Vertex(func() any { return &sharedBuild{} }).(*sharedBuild)
	if shared.arrive() {
		j.sealed = true
		return nil
	}
	j.ctx.Await()
	shared.onSeal(func() {
		j.ctx.Post(func(operator.Output) error { j.sealed = true; return nil })
		j.ctx.Awaken()
	})
	return nil
}

// intervalJoin keeps both sides by time, joins on arrival, and drops rows that
// no later row can match. It strains timed state, per-input watermarks and holding the watermark back.
type intervalJoin struct {
	plain
	sides    [2]keyed.TimedState
	rows     [2]keyed.MapState
	before   int64 // how far a match may lie behind the current watermark
	grouper  keys
	found    keyed.Entries
	cursor   keyed.Cursor
	scanning bool
}

type keys struct{ distinct keyed.Keys }

func (j *intervalJoin) Open(ctx *operator.Context) (err error) {
	j.ctx = ctx
	for i, name := range []string{"left", "right"} {
		if j.rows[i], err = ctx.Store.Map(name); err != nil {
			return err
		}
		if j.sides[i], err = ctx.Store.Timed(name+"-expiry", 0); err != nil {
			return err
		}
	}
	return nil
}

func (j *intervalJoin) Process(input int, b *stream.Batch, out operator.Output) error {
	var rows, subs keyed.Rows
	owner := make([]uint32, b.Rows)
	if err := j.rows[input].Put(&j.grouper.distinct, owner, &subs, &rows); err != nil {
		return err
	}
	j.cursor, j.scanning = keyed.Cursor{}, true
	_, err := j.Resume(out)
	return err
}

func (j *intervalJoin) Resume(out operator.Output) (bool, error) {
	for j.scanning && !out.Full() {
		j.found.Reset()
		more, err := j.rows[1].ScanKeys(&j.grouper.distinct, nil, false, 0, &j.cursor, &j.found, stream.BatchRows)
		if err != nil {
			return false, err
		}
		j.scanning = more
		if err := out.Emit(&stream.Batch{}); err != nil {
			return false, err
		}
	}
	return j.scanning, nil
}

func (j *intervalJoin) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	slow := min(j.ctx.InputFloor(0), j.ctx.InputFloor(1))
	for i := range j.sides {
		if err := j.sides[i].Drop(slow - j.before); err != nil {
			return 0, err
		}
	}
	return w - j.before, nil // rows that are still to be emitted may be that old
}

// asyncLookup asks another system for each row and goes on meanwhile. It
// strains Post, back-pressure without blocking, and state of requests in flight.
type asyncLookup struct {
	plain
	lookup   func(ctx context.Context, key []byte, done func(row []byte, err error))
	inFlight map[int64][]byte // request rows by number, kept for Snapshot
	number   int64
	capacity int
}

func (l *asyncLookup) Wants() uint64 {
	if len(l.inFlight) >= l.capacity {
		return 0
	}
	return 1
}

func (l *asyncLookup) Process(_ int, b *stream.Batch, _ operator.Output) error {
	for r := range b.Rows {
		l.number++
		n, key := l.number, b.Cols[0].Bytes(r)
		l.inFlight[n] = key
		l.lookup(l.ctx.Ctx, key, func(row []byte, err error) {
			l.ctx.Post(func(out operator.Output) error { return l.complete(n, row, err, out) })
			l.ctx.Awaken()
		})
	}
	if len(l.inFlight) >= l.capacity {
		l.ctx.Await()
	}
	return nil
}

func (l *asyncLookup) complete(n int64, row []byte, err error, out operator.Output) error {
	if err != nil {
		return err
	}
	delete(l.inFlight, n)
	v := vector.Strings(string(row))
	return out.Emit(&stream.Batch{Cols: []vector.Vector{v}, Rows: 1})
}

func (l *asyncLookup) Snapshot(int64) (parts [][]byte, err error) {
	for _, key := range l.inFlight {
		parts = append(parts, key)
	}
	return parts, nil
}

func (l *asyncLookup) Redistribution() operator.Redistribution { return operator.Deal }

// kafkaWriter and kafkaCommitter write in transactions from a pool of ids: the
// writer goes on in a fresh one while earlier ones wait for their checkpoint.
type kafkaWriter struct {
	pool    []string
	open    string
	pending [][]byte
}

func (w *kafkaWriter) Write(_ context.Context, b *stream.Batch) error {
	w.pending = append(w.pending, make([]byte, b.Rows))
	return nil
}

func (w *kafkaWriter) Flush(context.Context) error { w.pending = nil; return nil }

func (w *kafkaWriter) PrepareCommit(context.Context, int64) ([]connector.Committable, error) {
	if w.open == "" {
		return nil, nil // an empty transaction yields none
	}
	done := connector.Committable(w.open)
	w.open, w.pool = w.pool[0], w.pool[1:]
	return []connector.Committable{done}, nil
}

func (w *kafkaWriter) Snapshot(int64) ([]byte, error) { return []byte(w.open), nil }
func (w *kafkaWriter) Close() error                   { return nil }

type kafkaCommitter struct {
	endTxn func(id []byte) connector.Outcome
}

func (c *kafkaCommitter) Commit(_ context.Context, cs []connector.Committable) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(cs))
	for i := range cs {
		out[i] = c.endTxn(cs[i])
	}
	return out, nil
}

func (c *kafkaCommitter) AbortLeftovers(context.Context, []connector.Committable) error { return nil }

func (c *kafkaCommitter) Close() error { return nil }

// windowTopN keeps the best rows of each (window, key) and emits them when the
// window closes. It strains timed state and firing in bounded pieces.
type windowTopN struct {
	plain
	best    keyed.TimedState
	due     []int64
	cursor  keyed.Cursor
	entries keyed.Entries
}

func (t *windowTopN) Open(ctx *operator.Context) (err error) {
	t.ctx = ctx
	t.best, err = ctx.Store.Timed("best", 64)
	return err
}

func (t *windowTopN) Process(_ int, b *stream.Batch, _ operator.Output) error {
	var distinct keyed.Keys
	var rows keyed.Rows
	times := make([]int64, b.Rows)
	if err := t.best.Get(times, &distinct, &rows); err != nil {
		return err
	}
	return t.best.Put(times, &distinct, nil, &rows)
}

func (t *windowTopN) Watermark(w stream.Watermark, out operator.Output) (_ stream.Watermark, err error) {
	if t.due, err = t.best.Times(stream.MinWatermark, w+1, t.due[:0]); err != nil {
		return 0, err
	}
	_, err = t.Resume(out)
	return w, err // the task holds w back until Resume reports no more
}

func (t *windowTopN) Resume(out operator.Output) (bool, error) {
	for len(t.due) > 0 && !out.Full() {
		t.entries.Reset()
		more, err := t.best.Scan(t.due[0], &t.cursor, &t.entries, stream.BatchRows)
		if err != nil {
			return false, err
		}
		if err := out.Emit(&stream.Batch{}); err != nil {
			return false, err
		}
		if !more {
			if err := t.best.Delete(t.due[0]); err != nil {
				return false, err
			}
			t.due, t.cursor = t.due[1:], keyed.Cursor{}
		}
	}
	return len(t.due) > 0, nil
}
