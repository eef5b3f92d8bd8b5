package engine

import (
	"fmt"
	"sort"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/state/rowcodec"
)

// Fold turns a changelog into the table it stands for: a multiset of rows. It
// works at the edge, for results that are shown; operators never use it.
type Fold struct {
	types []types.Type
	codec *rowcodec.RowCodec
	bytes rowcodec.Rows
	rows  map[string]*foldedRow
	seen  int
}

// foldedRow is a distinct row of the table.
type foldedRow struct {
	count int
	order int // of its first change, so that the table has a stable order
}

// NewFold makes an empty table.
func NewFold(ts []types.Type) *Fold {
	return &Fold{types: ts, codec: rowcodec.NewRowCodec(ts), rows: map[string]*foldedRow{}}
}

// Apply takes the changes of a batch.
func (f *Fold) Apply(b *stream.Batch) {
	f.bytes.Reset()
	f.codec.Encode(b.Cols, b.Rows, b.Sel, &f.bytes)
	for i := range b.Len() {
		r := i
		if b.Sel != nil {
			r = int(b.Sel[i])
		}
		f.change(f.bytes.At(i), b.Kind(r).IsRetract())
	}
}

func (f *Fold) change(row []byte, retract bool) {
	e := f.rows[string(row)]
	if e == nil {
		e = &foldedRow{order: f.seen}
		f.seen++
		f.rows[string(row)] = e
	}
	if retract {
		e.count--
	} else {
		e.count++
	}
	if e.count == 0 {
		delete(f.rows, string(row))
	}
}

// Table is the rows of the table as batches of at most batchRows. A row that was
// retracted more often than it was inserted is a broken changelog.
func (f *Fold) Table(batchRows int) ([]*stream.Batch, error) {
	keys := make([]string, 0, len(f.rows))
	for k, e := range f.rows {
		if e.count < 0 {
			return nil, fmt.Errorf("fold changelog: a row was retracted %d times more than it was inserted", -e.count)
		}
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return f.rows[keys[i]].order < f.rows[keys[j]].order })
	var out []*stream.Batch
	var chunk rowcodec.Rows
	flush := func() error {
		b, err := f.decode(&chunk)
		if err == nil && b.Rows > 0 {
			out = append(out, b)
		}
		chunk.Reset()
		return err
	}
	for _, k := range keys {
		for range f.rows[k].count {
			chunk.Append([]byte(k))
			if chunk.N() == batchRows {
				if err := flush(); err != nil {
					return nil, err
				}
			}
		}
	}
	return out, flush()
}

func (f *Fold) decode(rows *rowcodec.Rows) (*stream.Batch, error) {
	cols := make([]*vector.Builder, len(f.types))
	for i, t := range f.types {
		cols[i] = vector.NewBuilder(t)
	}
	if rows.N() > 0 {
		if err := f.codec.Decode(rows, nil, cols); err != nil {
			return nil, err
		}
	}
	b := &stream.Batch{Rows: rows.N()}
	for _, c := range cols {
		b.Cols = append(b.Cols, c.Finish())
	}
	return b, nil
}
