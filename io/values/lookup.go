package values

import (
	"context"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
)

// lookup finds rows by key, for programs that try lookup joins.
type lookup struct {
	rows       []row
	spec       connector.LookupSpec
	keys, cols []types.Type
}

// NewLookup makes a lookup.
func (Factory) NewLookup(t *catalog.Table, spec connector.LookupSpec) (connector.Lookup, error) {
	rows, err := parse(t)
	if err != nil {
		return nil, err
	}
	l := &lookup{rows: rows, spec: spec}
	produced := t.Produced()
	for _, k := range spec.Keys {
		l.keys = append(l.keys, t.Columns[produced[k]].Type)
	}
	for _, c := range spec.Columns {
		l.cols = append(l.cols, t.Columns[produced[c]].Type)
	}
	return l, nil
}

func (l *lookup) Open(context.Context) (connector.LookupReader, error) { return l, nil }

// Lookup compares keys as texts.
func (l *lookup) Lookup(_ context.Context, keys *stream.Batch) (*stream.Batch, []uint32, error) {
	table := stream.NewBuilder(l.keys)
	for _, r := range l.rows {
		for i, k := range l.spec.Keys {
			table.Column(i).AppendValue(r.values[k])
		}
		table.Advance(1, stream.Insert)
	}
	have := table.Finish()
	out, of := stream.NewBuilder(l.cols), []uint32(nil)
	for k := range keys.Rows {
		for i, r := range l.rows {
			if !l.same(keys, k, have, i) {
				continue
			}
			for c, o := range l.spec.Columns {
				out.Column(c).AppendValue(r.values[o])
			}
			out.Advance(1, stream.Insert)
			of = append(of, uint32(k))
		}
	}
	return out.Finish(), of, nil
}

func (l *lookup) same(keys *stream.Batch, k int, have *stream.Batch, r int) bool {
	for i, t := range l.keys {
		if !have.Cols[i].IsValid(r) || string(kernel.AppendText(nil, t, &keys.Cols[i], k, nil)) != string(kernel.AppendText(nil, t, &have.Cols[i], r, nil)) {
			return false
		}
	}
	return true
}

func (l *lookup) Close() error { return nil }
