package engine

import (
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sqlerr"
)

// checkBounded refuses a plan that reads something without end, naming it.
func checkBounded(n logical.Node) error {
	if scan, ok := n.(*logical.Scan); ok && !scan.Info.Bounded {
		return sqlerr.New(sqlerr.FeatureNotSupported, scan.Pos, "table %s has no end and cannot be read in batch mode", scan.Table.Name).
			WithHint("SET 'execution.runtime-mode' = 'streaming'")
	}
	for _, in := range n.Inputs() {
		if err := checkBounded(in); err != nil {
			return err
		}
	}
	return nil
}
