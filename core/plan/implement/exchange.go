package implement

import (
	"slices"

	"github.com/weir-engine/weir/core/plan/physical"
)

// exchange moves the rows of r, unless they already lie so.
func (p *planner) exchange(r rel, d physical.Distribution, parallelism int) rel {
	have := r.node.Traits
	if d.Kind == physical.Single && (have.Dist.Kind == physical.Single || have.Parallelism == 1 && p.oneProcess()) {
		return r
	}
	if d.Kind == physical.Hash && have.Parallelism == parallelism &&
		(parallelism == 1 && p.oneProcess() || have.Dist.Kind == physical.Hash && slices.Equal(have.Dist.Keys, d.Keys)) {
		return r
	}
	out := p.on(r, &physical.Exchange{Dist: d}, have.Rows)
	out.node.Traits.Dist, out.node.Traits.Parallelism = d, parallelism
	out.node.Traits.Order = nil
	return out
}

// oneProcess: at parallelism 1 an exchange by hash, or into one subtask, moves
// nothing. Unbounded plans keep it: they may be restored at another parallelism,
// where their operators must stand in the same vertices.
func (p *planner) oneProcess() bool { return !p.cfg.Streaming }

func (p *planner) single(r rel) rel {
	return p.exchange(r, physical.Distribution{Kind: physical.Single}, 1)
}

// hashed brings rows of equal keys together; no keys means all rows.
func (p *planner) hashed(r rel, keys []int) rel {
	if len(keys) == 0 {
		return p.single(r)
	}
	return p.exchange(r, physical.Distribution{Kind: physical.Hash, Keys: keys}, p.cfg.Parallelism)
}

// built is the edge on which the build side of a shared table arrives.
func (p *planner) built(r rel, parallelism int) rel {
	kind := physical.Forward
	if r.node.Traits.Parallelism != parallelism {
		kind = physical.Rebalance
	}
	return p.exchange(r, physical.Distribution{Kind: kind}, parallelism)
}

func (p *planner) broadcast(r rel, parallelism int) rel {
	if parallelism == 1 {
		return p.single(r)
	}
	return p.exchange(r, physical.Distribution{Kind: physical.Broadcast}, parallelism)
}

// spreadRows is from how many rows on it pays to hand them to all subtasks.
const spreadRows = 100_000

// spread lets all subtasks work on what few of them read: a file of one row group, say.
func (p *planner) spread(r rel) rel {
	t := r.node.Traits
	if t.Parallelism == p.cfg.Parallelism || t.Rows < spreadRows || t.Dist.Kind == physical.Single {
		return r
	}
	return p.exchange(r, physical.Distribution{Kind: physical.Rebalance}, p.cfg.Parallelism)
}
