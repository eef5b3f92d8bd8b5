package lookup

import (
	"context"
	"fmt"
	"sync"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/io/connector"
)

// Join is the operator of a plan's LookupJoin.
type Join struct {
	spec    *physical.LookupJoin
	table   connector.Lookup
	ctx     *operator.Context
	request context.Context // of requests: it ends with the operator
	cancel  context.CancelFunc
	reader  connector.LookupReader
	most    int // rows of a piece

	cache *cache // nil: answers are not kept
	keys  keys
	found *stream.Builder // what the batch's keys have, the rows of one together
	spans []span          // by key: its rows in found
	cols  []vector.Vector // of found

	in      *stream.Batch // lent until all of it is emitted
	rows    []uint32      // of in: those that count
	next    int           // the first of rows that is not emitted whole
	place   uint32        // of its rows found: the first that is not emitted
	waiting bool          // for an answer
	wg      sync.WaitGroup

	left, right []uint32 // the piece: rows of in; rows of found, or kernel.NoRow
	padded      bool     // the piece has a kernel.NoRow
	out         stream.Batch
}

// span is a run of rows.
type span struct{ from, to uint32 }

// New makes the operator of a plan node over a table.
func New(spec *physical.LookupJoin, table connector.Lookup) *Join {
	return &Join{spec: spec, table: table}
}

// Open opens the table.
func (j *Join) Open(ctx *operator.Context) (err error) {
	j.ctx, j.most = ctx, max(ctx.BatchRows, 1)
	j.request, j.cancel = context.WithCancel(ctx.Ctx)
	produced := j.spec.Table.Produced()
	var asked, made []types.Type
	for _, a := range j.spec.Args {
		asked = append(asked, ctx.Inputs[0].Fields[a].Type)
	}
	for _, c := range j.spec.Columns {
		made = append(made, j.spec.Table.Columns[produced[c]].Type)
	}
	j.keys.open(j.spec.Args, asked)
	j.found = stream.NewBuilder(made)
	j.out.Cols = make([]vector.Vector, len(j.spec.Pass)+len(made))
	if j.spec.Cache.Rows > 0 {
		j.cache = newCache(j.spec.Cache, made, ctx.Clock)
	}
	if j.reader, err = j.table.Open(ctx.Ctx); err != nil {
		return fmt.Errorf("open lookup: %w", err)
	}
	return nil
}

// Process takes a batch: its answer is emitted here where all of it is kept already,
// else in Resume.
func (j *Join) Process(_ int, b *stream.Batch, out operator.Output) error {
	j.in, j.rows, j.next, j.place = b, b.Sel, 0, 0
	if j.rows == nil {
		j.rows = kernel.Iota(b.Rows)
	}
	j.keys.take(b, j.rows)
	j.found.Reset()
	j.spans = append(j.spans[:0], make([]span, len(j.keys.texts))...)
	missing := j.kept()
	if len(missing) == 0 {
		j.cols = j.found.Finish().Cols
		_, err := j.Resume(out)
		return err
	}
	j.ask(missing)
	return nil
}

// kept takes what the cache has, and tells the keys that it has not.
func (j *Join) kept() []uint32 {
	if j.cache == nil {
		return kernel.Iota(len(j.keys.texts))
	}
	var missing []uint32
	for k, text := range j.keys.texts {
		rows, ok := j.cache.get(text)
		if !ok {
			missing = append(missing, uint32(k))
			continue
		}
		j.spans[k].from = uint32(j.found.Rows())
		if rows != nil {
			j.found.Append(rows, nil)
		}
		j.spans[k].to = uint32(j.found.Rows())
	}
	return missing
}

// ask asks for keys behind the task's back.
func (j *Join) ask(missing []uint32) {
	keys := j.keys.batch(missing)
	j.waiting = true
	j.ctx.Await()
	j.wg.Go(func() {
		rows, of, err := j.reader.Lookup(j.request, keys)
		j.ctx.Post(func(operator.Output) error { return j.answered(missing, rows, of, err) })
	})
}

// answered takes the rows of the missing keys.
func (j *Join) answered(missing []uint32, rows *stream.Batch, of []uint32, err error) error {
	j.waiting = false
	if err != nil {
		return fmt.Errorf("look up %d keys of table %s: %w", len(missing), j.spec.Table.Name, err)
	}
	base := uint32(j.found.Rows())
	if rows.Rows > 0 {
		j.found.Append(rows, nil)
	}
	at := 0
	for i, k := range missing {
		from := at
		for at < len(of) && of[at] == uint32(i) {
			at++
		}
		j.spans[k] = span{base + uint32(from), base + uint32(at)}
		if j.cache != nil {
			j.cache.put(j.keys.texts[k], rows, from, at)
		}
	}
	j.cols = j.found.Finish().Cols
	return nil
}

// Resume emits pieces until the output is full; none while an answer is awaited.
func (j *Join) Resume(out operator.Output) (bool, error) {
	if j.waiting {
		return true, nil
	}
	for j.in != nil && !out.Full() {
		if j.piece(); len(j.left) == 0 {
			j.in = nil
			break
		}
		j.gather()
		if err := out.Emit(&j.out); err != nil {
			return false, err
		}
	}
	return j.in != nil, nil
}

// piece lists the next rows to emit.
func (j *Join) piece() {
	j.left, j.right, j.padded = j.left[:0], j.right[:0], false
	for j.next < len(j.rows) && len(j.left) < j.most {
		r := j.rows[j.next]
		s := span{}
		if k := j.keys.of[j.next]; k >= 0 {
			s = j.spans[k]
		}
		if s.from == s.to && j.spec.Outer {
			j.left, j.right, j.padded = append(j.left, r), append(j.right, kernel.NoRow), true
		}
		for at := s.from + j.place; at < s.to; at++ {
			if len(j.left) == j.most {
				j.place = at - s.from
				return
			}
			j.left, j.right = append(j.left, r), append(j.right, at)
		}
		j.next, j.place = j.next+1, 0
	}
}

// gather makes the columns of the piece.
func (j *Join) gather() {
	j.out.Rows = len(j.left)
	for i, c := range j.spec.Pass {
		kernel.Gather(&j.out.Cols[i], &j.in.Cols[c], j.left)
	}
	made := j.out.Cols[len(j.spec.Pass):]
	for i := range j.cols {
		if j.padded {
			kernel.GatherNullable(&made[i], &j.cols[i], j.right)
		} else {
			kernel.Gather(&made[i], &j.cols[i], j.right)
		}
	}
}

// Watermark passes on: nothing is held back when it comes.
func (*Join) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	return w, nil
}

// EndInput has nothing to add.
func (*Join) EndInput(int, operator.Output) error { return nil }

// Close gives up the request that is under way.
func (j *Join) Close() error {
	if j.cancel != nil {
		j.cancel()
	}
	j.wg.Wait()
	if j.reader == nil {
		return nil
	}
	return j.reader.Close()
}

var _ operator.Resumer = (*Join)(nil)
