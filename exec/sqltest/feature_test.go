package sqltest

import (
	"context"
	"testing"

	"github.com/weir-engine/weir/core/sqlerr"
)

// TestFeatures runs what docs/compatibility.md says of queries and aggregates in
// the whole matrix. What is refused there must be refused everywhere.
func TestFeatures(t *testing.T) {
	for _, file := range []string{"queries.slt", "aggregates.slt"} {
		features, err := LoadFeatures("../../testdata/compat/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range features {
			t.Run(file+"/"+f.Title, func(t *testing.T) {
				refused := map[bool]bool{} // by mode: streaming or not
				for _, c := range Configs() {
					if c.Large || testing.Short() && c.Parallelism > 1 {
						continue
					}
					_, err := Run(context.Background(), f.Program, c)
					no := sqlerr.As(err) != nil
					if first, seen := refused[c.Streaming]; seen && first != no {
						t.Errorf("[%s] refused is %v, unlike in other configurations of its mode: %v", c.Name, no, err)
					}
					refused[c.Streaming] = no
					if err != nil && !no {
						t.Error(err)
					}
				}
			})
		}
	}
}
