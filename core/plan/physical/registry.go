package physical

import (
	"encoding/json"
	"fmt"
)

// makers has one entry for each operator; a new one is added here.
var makers = map[string]func() Op{}

func register(ops ...func() Op) {
	for _, f := range ops {
		makers[f().Name()] = f
	}
}

func init() {
	register(
		func() Op { return &Scan{} }, func() Op { return &WatermarkAssigner{} }, func() Op { return &Values{} },
		func() Op { return &Calc{} }, func() Op { return &Exchange{} }, func() Op { return &Spool{} }, func() Op { return &Union{} },
		func() Op { return &HashAggregate{} }, func() Op { return &SortAggregate{} }, func() Op { return &GroupAggregate{} },
		func() Op { return &WindowAggregate{} }, func() Op { return &WindowTable{} }, func() Op { return &Correlate{} }, func() Op { return &LookupJoin{} },
		func() Op { return &HashJoin{} }, func() Op { return &SortMergeJoin{} }, func() Op { return &NestedLoopJoin{} },
		func() Op { return &Join{} }, func() Op { return &WindowJoin{} }, func() Op { return &IntervalJoin{} },
		func() Op { return &Sort{} }, func() Op { return &SortLimit{} }, func() Op { return &TemporalSort{} }, func() Op { return &Limit{} },
		func() Op { return &Rank{} }, func() Op { return &WindowRank{} }, func() Op { return &Deduplicate{} },
		func() Op { return &OverAggregate{} }, func() Op { return &Expand{} }, func() Op { return &Replicate{} }, func() Op { return &SingleRow{} },
		func() Op { return &ChangelogNormalize{} }, func() Op { return &SinkMaterializer{} },
		func() Op { return &Sink{} }, func() Op { return &Collect{} },
	)
}

// DecodeOp reads the parameters of the operator of a name, as json.Marshal wrote them.
func DecodeOp(name string, params []byte) (Op, error) {
	f, ok := makers[name]
	if !ok {
		return nil, fmt.Errorf("decode operator %s: no such operator", name)
	}
	op := f()
	if err := json.Unmarshal(params, op); err != nil {
		return nil, fmt.Errorf("decode operator %s: %w", name, err)
	}
	return op, nil
}
