package jdbc

import (
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
)

// changes are what a run of rows comes to: of each key its last change, as one array
// text a column.
type changes struct {
	rows, gone       [][]byte // by column; by key column
	written, deleted int
	key              []byte
	stale            []bool // rows that a later one of their key replaces
}

// take reads a batch. Without keys all rows are added.
func (c *changes) take(b *stream.Batch, ts []types.Type, keys []int) {
	c.rows, c.gone = begin(c.rows, len(ts)), begin(c.gone, len(keys))
	c.written, c.deleted = 0, 0
	c.replace(b, ts, keys)
	for r := range b.Rows {
		switch kind := b.Kind(r); {
		case c.stale[r] || kind == stream.UpdateBefore:
		case kind == stream.Delete:
			c.deleted++
			for i, k := range keys {
				c.gone[i] = append(appendItem(c.gone[i], ts[k], &b.Cols[k], r), ',')
			}
		default:
			c.written++
			for i, t := range ts {
				c.rows[i] = append(appendItem(c.rows[i], t, &b.Cols[i], r), ',')
			}
		}
	}
	finish(c.rows)
	finish(c.gone)
}

// replace marks the rows that a later one of their key replaces.
func (c *changes) replace(b *stream.Batch, ts []types.Type, keys []int) {
	c.stale = append(c.stale[:0], make([]bool, b.Rows)...)
	if len(keys) == 0 {
		return
	}
	seen := make(map[string]struct{}, b.Rows)
	for r := b.Rows - 1; r >= 0; r-- {
		if b.Kind(r) == stream.UpdateBefore {
			continue
		}
		c.key = c.key[:0]
		for _, k := range keys {
			c.key = append(appendItem(c.key, ts[k], &b.Cols[k], r), ',')
		}
		if _, c.stale[r] = seen[string(c.key)]; !c.stale[r] {
			seen[string(c.key)] = struct{}{}
		}
	}
}

func begin(arrays [][]byte, n int) [][]byte {
	if arrays == nil {
		arrays = make([][]byte, n)
	}
	for i := range arrays {
		arrays[i] = append(arrays[i][:0], '{')
	}
	return arrays
}

// finish closes the arrays over their last comma.
func finish(arrays [][]byte) {
	for i, a := range arrays {
		if n := len(a) - 1; a[n] == ',' {
			a[n] = '}'
		} else {
			arrays[i] = append(a, '}')
		}
	}
}
