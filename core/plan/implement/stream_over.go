package implement

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// streamOver checks that window functions can be computed once for each row, when
// its time has come: rows that stay, in the order of a time attribute, by frames
// that end at the current row.
func (p *planner) streamOver(n *logical.Over, in rel, op *physical.OverAggregate) error {
	refuse := func(format string, args ...any) *sqlerr.Error {
		return sqlerr.New(sqlerr.FeatureNotSupported, n.Pos, format, args...)
	}
	name := n.Calls[0].Func
	switch {
	case len(op.OrderBy) != 1 || !in.isTime(op.OrderBy[0].Col):
		return refuse("%s OVER (…) of a stream must be ordered by one time attribute", name).
			WithHint("ORDER BY the column of a WATERMARK, or PROCTIME(); keep the first rows of each partition with WHERE row_num <= n over ROW_NUMBER(); or run in batch mode")
	case op.OrderBy[0].Desc:
		return refuse("%s OVER (…) of a stream must be in ascending order of time", name)
	case in.node.Traits.Changelog != physical.InsertOnly:
		return refuse("%s OVER (…) of a stream whose rows change is not supported", name).
			WithHint("aggregate by windows, which emit each row once, or run in batch mode")
	case op.To.Unbounded || op.To.Offset != 0:
		return refuse("a frame of a stream must end at the CURRENT ROW")
	}
	op.Unbounded, op.StateTTL = true, p.cfg.StateTTL
	if op.Proctime = in.cols[op.OrderBy[0].Col].Time == types.Proctime; op.Proctime && op.From.Unbounded {
		op.Unit = logical.Rows // each row is computed as it comes
	}
	for _, c := range n.Calls {
		switch c.Func {
		case "LEAD", "NTILE", "PERCENT_RANK", "CUME_DIST":
			return refuse("%s needs the rows to come, and is not supported in streaming mode", c.Func)
		case "LAG":
			back := int64(1)
			if len(c.Args) > 1 {
				if c.Args[1].Op != expr.Literal || c.Args[1].Lit.Null || c.Args[1].Lit.I < 0 {
					return refuse("the distance of LAG must be a constant, not negative, in streaming mode")
				}
				back = c.Args[1].Lit.I
			}
			op.Lag = max(op.Lag, back)
		}
	}
	return nil
}
