package implement

import (
	"strings"

	"github.com/weir-engine/weir/core/sqlerr"
)

// Algorithms is a set of the algorithms for joins and aggregations of inputs that end.
type Algorithms uint8

// The algorithms, by the names that Flink has for them.
const (
	NestedLoopJoin Algorithms = 1 << iota
	ShuffleHashJoin
	BroadcastHashJoin
	SortMergeJoin
	HashAgg
	SortAgg
)

var algorithmNames = []string{"NestedLoopJoin", "ShuffleHashJoin", "BroadcastHashJoin", "SortMergeJoin", "HashAgg", "SortAgg"}

// DisabledKey is the option that takes algorithms from the planner.
const DisabledKey = "table.exec.disabled-operators"

// ParseAlgorithms reads names separated by commas.
func ParseAlgorithms(list string) (Algorithms, error) {
	var set Algorithms
next:
	for _, name := range strings.Split(list, ",") {
		name = strings.TrimSpace(name)
		if name == "" {
			continue
		}
		for i, known := range algorithmNames {
			if strings.EqualFold(name, known) {
				set |= 1 << i
				continue next
			}
		}
		return 0, sqlerr.Newf(sqlerr.InvalidOption, "option '%s' has no operator %q", DisabledKey, name).
			WithHint("the operators are %s, separated by commas", strings.Join(algorithmNames, ", "))
	}
	return set, nil
}

func (p *planner) enabled(a Algorithms) bool { return p.cfg.Disabled&a == 0 }

// noneLeft refuses what no enabled algorithm can do.
func noneLeft(what string, candidates string) error {
	return sqlerr.Newf(sqlerr.FeatureNotSupported, "option '%s' leaves no operator for %s", DisabledKey, what).
		WithHint("take one of %s off the list", candidates)
}
