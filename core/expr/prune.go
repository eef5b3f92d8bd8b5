package expr

import (
	"bytes"

	"github.com/weir-engine/weir/core/types"
)

// MinMax is what is known of a column over a run of rows, such as a row group.
// The zero value knows nothing.
type MinMax struct {
	Min, Max *types.Value // bounds of the values that are not NULL; nil: unknown
	Nulls    int64        // -1 where it is not known
	Rows     int64        // 0 where it is not known
}

// allNull and noNull report what is known for certain.
func (m MinMax) allNull() bool { return m.Rows > 0 && m.Nulls == m.Rows }
func (m MinMax) noNull() bool  { return m.Nulls == 0 && m.Rows > 0 }

// Verdict is what bounds say of a condition.
type Verdict uint8

// The verdicts.
const (
	Maybe       Verdict = iota
	AlwaysFalse         // no row passes: the run need not be read
)

// Prune judges a condition by the bounds of its columns. It errs on the side of
// Maybe, and AlwaysFalse also holds for rows where the condition is NULL.
func Prune(e *Expr, stats func(col int) MinMax) Verdict {
	if e == nil {
		return Maybe
	}
	if e.Op == Literal && e.Type.Kind == types.Boolean {
		return verdict(e.Lit.Null || !e.Lit.Bool())
	}
	if e.Op != Call {
		return Maybe
	}
	switch e.Func {
	case And:
		for _, a := range e.Args {
			if Prune(a, stats) == AlwaysFalse {
				return AlwaysFalse
			}
		}
	case Or:
		for _, a := range e.Args {
			if Prune(a, stats) == Maybe {
				return Maybe
			}
		}
		return AlwaysFalse
	case IsNull:
		if c := e.Args[0]; c.Op == Column {
			return verdict(stats(c.Col).noNull())
		}
	case IsNotNull:
		if c := e.Args[0]; c.Op == Column {
			return verdict(stats(c.Col).allNull())
		}
	case In:
		return pruneIn(e, stats)
	case Eq, Lt, Le, Gt, Ge, Ne:
		return pruneComparison(e, stats)
	}
	return Maybe
}

func verdict(never bool) Verdict {
	if never {
		return AlwaysFalse
	}
	return Maybe
}

func pruneComparison(e *Expr, stats func(col int) MinMax) Verdict {
	c, lit, op := e.Args[0], e.Args[1], e.Func
	if c.Op == Literal {
		c, lit, op = lit, c, mirrored[op]
	}
	if c.Op != Column || lit.Op != Literal {
		return Maybe
	}
	if lit.Lit.Null {
		return AlwaysFalse
	}
	m := stats(c.Col)
	if m.allNull() {
		return AlwaysFalse
	}
	return verdict(m.excludes(op, c.Type, *lit.Lit))
}

// excludes reports that "x op k" holds for no x within the bounds.
func (m MinMax) excludes(op string, t types.Type, k types.Value) bool {
	toMin, toMax := incomparable, incomparable
	if m.Min != nil {
		toMin = compareValues(t, k, *m.Min)
	}
	if m.Max != nil {
		toMax = compareValues(t, k, *m.Max)
	}
	below, above := toMin == -1, toMax == 1
	switch op {
	case Eq:
		return below || above
	case Lt:
		return below || toMin == 0
	case Le:
		return below
	case Gt:
		return above || toMax == 0
	case Ge:
		return above
	}
	// x <> k fails for all only where all are k; the bounds of floats say nothing of NaN.
	return toMin == 0 && toMax == 0 && !t.IsApproximate()
}

// incomparable is no result of a comparison.
const incomparable = 2

// compareValues orders two values of a type that are not NULL.
func compareValues(t types.Type, a, b types.Value) int {
	switch t.Phys() {
	case types.PhysBool, types.PhysInt8, types.PhysInt16, types.PhysInt32, types.PhysInt64:
		return types.MakeInt128(a.I).Cmp(types.MakeInt128(b.I))
	case types.PhysInt128:
		return a.Int128().Cmp(b.Int128())
	case types.PhysFloat32, types.PhysFloat64:
		x, y := a.Float(), b.Float()
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		case x == y:
			return 0
		}
	case types.PhysBytes:
		return bytes.Compare(a.B, b.B)
	}
	return incomparable
}

func pruneIn(e *Expr, stats func(col int) MinMax) Verdict {
	c := e.Args[0]
	if c.Op != Column {
		return Maybe
	}
	m := stats(c.Col)
	for _, a := range e.Args[1:] {
		if a.Op != Literal || !a.Lit.Null && !m.allNull() && !m.excludes(Eq, c.Type, *a.Lit) {
			return Maybe
		}
	}
	return AlwaysFalse
}
