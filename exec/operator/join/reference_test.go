package join_test

import (
	"reflect"
	"slices"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/types"
)

// tri is SQL's truth.
type tri int8

const (
	no tri = iota
	unknown
	yes
)

// reference joins by looking at every pair. on says whether two rows match; for
// NOT IN and IN its unknown counts.
func reference(kind logical.JoinKind, left, right []row, lt, rt []types.Type, on func(l, r row) tri) []string {
	var out []string
	emit := func(l, r row) {
		var parts []string
		for c, t := range lt {
			parts = append(parts, text(t, l, c))
		}
		if kind != logical.Semi && kind != logical.Anti && kind != logical.Mark {
			for c, t := range rt {
				parts = append(parts, text(t, r, c))
			}
		}
		if kind == logical.Mark {
			parts = append(parts, valueText(types.PhysBool, r[0]))
		}
		out = append(out, joinText(parts))
	}
	hit := make([]bool, len(right))
	for _, l := range left {
		best := no
		for i, r := range right {
			x := on(l, r)
			best = max(best, x)
			if x != yes {
				continue
			}
			hit[i] = true
			switch kind {
			case logical.Semi, logical.Anti, logical.Mark:
			default:
				emit(l, r)
			}
		}
		switch {
		case kind == logical.Semi && best == yes, kind == logical.Anti && best == no:
			emit(l, nil)
		case kind == logical.Mark:
			emit(l, row{[]types.Value{types.BoolValue(false), types.NullValue(), types.BoolValue(true)}[best]})
		case best != yes && (kind == logical.Left || kind == logical.Full || kind == logical.Single):
			emit(l, nil)
		}
	}
	if kind == logical.Right || kind == logical.Full {
		for i, r := range right {
			if !hit[i] {
				emit(nil, r)
			}
		}
	}
	slices.Sort(out)
	return out
}

func text(t types.Type, r row, c int) string {
	if r == nil {
		return "NULL"
	}
	return valueText(t.Phys(), r[c])
}

func joinText(parts []string) string {
	s := ""
	for i, p := range parts {
		if i > 0 {
			s += "|"
		}
		s += p
	}
	return s
}

func equal(a, b types.Value) tri {
	switch {
	case a.Null || b.Null:
		return unknown
	case a.I == b.I && a.Hi == b.Hi && string(a.B) == string(b.B) && len(a.Items) == len(b.Items) && (len(a.Items) == 0 || reflect.DeepEqual(a.Items, b.Items)):
		return yes
	}
	return no
}

// keysEqual is equality of key columns where unknown means no.
func keysEqual(l, r row, lk, rk []int) bool {
	for i := range lk {
		if equal(l[lk[i]], r[rk[i]]) != yes {
			return false
		}
	}
	return true
}

func truth(b bool) tri {
	if b {
		return yes
	}
	return no
}
