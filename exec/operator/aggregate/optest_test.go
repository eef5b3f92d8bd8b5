package aggregate_test

import (
	"testing"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/aggregate"
	"github.com/weir-engine/weir/exec/operator/optest"
)

var (
	kit  = types.NewSchema(types.Field{Name: "k", Type: types.StringType}, types.Field{Name: "x", Type: types.IntType}, types.Field{Name: "d", Type: types.DecimalType(10, 2)})
	made = types.NewSchema(types.Field{Name: "k", Type: types.StringType}, types.Field{Name: "n", Type: types.BigIntType.NotNull()},
		types.Field{Name: "sum", Type: types.IntType}, types.Field{Name: "avg", Type: types.DecimalType(38, 6)}, types.Field{Name: "max", Type: types.IntType}, types.Field{Name: "distinct", Type: types.BigIntType.NotNull()})
	kitAggs = []physical.Agg{
		{Func: "COUNT", Filter: -1, Type: types.BigIntType.NotNull()},
		{Func: "SUM", Args: []int{1}, Filter: -1, Type: types.IntType},
		{Func: "AVG", Args: []int{2}, Filter: -1, Type: types.DecimalType(38, 6)},
		{Func: "MAX", Args: []int{1}, Filter: -1, Type: types.IntType},
		{Func: "COUNT", Args: []int{1}, Distinct: true, Filter: -1, Type: types.BigIntType.NotNull()},
	}
)

var kitRows = optest.Rows(0,
	optest.R("a", 1, "1.00"), optest.R("b rather longer than a view", 2, "2.50"), optest.R("a", 1, "2.01"), optest.R(nil, 7, nil),
	optest.R("a", nil, "0.00"), optest.R("b rather longer than a view", -2, nil), optest.R(nil, 8, "9.99"))

var kitWant = []string{
	"a, 3, 2, 1.003333, 1, 1", "b rather longer than a view, 2, 0, 2.500000, 2, 2", "NULL, 2, 15, 9.990000, 8, 2",
}

func TestHashKit(t *testing.T) {
	optest.Run(t, optest.Case{
		New: func() operator.Operator {
			return aggregate.NewHash(&physical.HashAggregate{Keys: []int{0}, Aggs: kitAggs})
		},
		Inputs: []*types.Schema{kit}, Output: made,
		Events: []optest.Event{kitRows, optest.End(0)}, Want: kitWant,
	})
}

func TestSortKit(t *testing.T) {
	optest.Run(t, optest.Case{
		New: func() operator.Operator {
			return aggregate.NewSort(&physical.SortAggregate{Keys: []int{0}, Aggs: kitAggs})
		},
		Inputs: []*types.Schema{kit}, Output: made,
		Events: []optest.Event{optest.Rows(0,
			optest.R(nil, 7, nil), optest.R(nil, 8, "9.99"), optest.R("a", 1, "1.00"), optest.R("a", 1, "2.01"), optest.R("a", nil, "0.00"),
			optest.R("b rather longer than a view", 2, "2.50"), optest.R("b rather longer than a view", -2, nil)), optest.End(0)},
		Want: kitWant,
	})
}

func TestGroupKit(t *testing.T) {
	spec := &physical.GroupAggregate{Keys: []int{0}, Aggs: kitAggs, UpdateBefore: true}
	optest.Run(t, optest.Case{
		Name: "append", Streaming: true,
		New:    func() operator.Operator { return aggregate.NewGroup(spec) },
		Inputs: []*types.Schema{kit}, Output: made,
		Events: []optest.Event{kitRows, optest.End(0)}, Want: kitWant,
	})
	retracting := *spec
	retracting.Retracts = true
	optest.Run(t, optest.Case{
		Name: "retract", Streaming: true,
		New:    func() operator.Operator { return aggregate.NewGroup(&retracting) },
		Inputs: []*types.Schema{kit}, Output: made,
		Events: []optest.Event{
			kitRows,
			optest.Rows(0, optest.Before(nil, 8, "9.99"), optest.After(nil, 3, "9.98"), optest.Gone("a", 1, "1.00"), optest.R("c", 1, "1.00")),
			optest.Rows(0, optest.Gone("b rather longer than a view", 2, "2.50"), optest.Gone("b rather longer than a view", -2, nil), optest.Gone("a", 1, "2.01")),
			optest.End(0),
		},
		Want: []string{"a, 1, NULL, 0.000000, NULL, 0", "NULL, 2, 10, 9.980000, 7, 2", "c, 1, 1, 1.000000, 1, 1"},
	})
}
