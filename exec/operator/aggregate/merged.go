package aggregate

import (
	acc "github.com/weir-engine/weir/core/function/aggregate"
	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Merged is groups that are merged from states, such as the slices of a window,
// read, and forgotten again.
type Merged struct{ groups *groups }

// NewMerged makes an empty table of groups.
func NewMerged(keys []types.Type, set *acc.Set, grant *memory.Grant) (*Merged, error) {
	g, err := newGroups(keys, set, grant, 0)
	if err != nil {
		return nil, err
	}
	g.overflow = func(int, []vector.Vector, int, []uint32) error { return mergedTooSmall(grant) }
	return &Merged{groups: g}, nil
}

func mergedTooSmall(grant *memory.Grant) error {
	return sqlerr.Newf(sqlerr.InsufficientMemory, "the groups of one window do not fit into memory (%d bytes in use)", grant.InUse()).
		WithHint("give the process more memory, or raise the parallelism")
}

// Merge folds states into the groups of the keys: row i of the keys has state from.Index[i].
func (m *Merged) Merge(keys []vector.Vector, rows int, from acc.States) error {
	g := m.groups
	ok, err := g.find(keys, rows, nil)
	if err != nil {
		return err
	}
	if !ok {
		return mergedTooSmall(g.grant)
	}
	if err := g.set.Merge(g.states(g.index), from); err != nil {
		return err
	}
	g.settle()
	return nil
}

// Groups is the group of each row of the last Merge.
func (m *Merged) Groups() []uint32 { return m.groups.index }

// MergeDistinct folds values of a DISTINCT list, rows of (keys, arguments): each counts once a group.
func (m *Merged) MergeDistinct(i int, b *stream.Batch) error {
	ok, err := m.groups.mergeDistinct(i, b)
	if err == nil && !ok {
		err = mergedTooSmall(m.groups.grant)
	}
	return err
}

// Len is the number of groups.
func (m *Merged) Len() int { return m.groups.count() }

// AppendResults appends the keys and results of groups, in the first columns of out.
func (m *Merged) AppendResults(groups []uint32, out *stream.Builder) error {
	return m.groups.appendResults(groups, out)
}

// Reset forgets all groups.
func (m *Merged) Reset() error { return m.groups.reset() }

// Close gives the memory back.
func (m *Merged) Close() error { return m.groups.close() }
