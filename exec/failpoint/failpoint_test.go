package failpoint

import "testing"

func TestHitCounts(t *testing.T) {
	points = parse("a:panic:3, b:panic,nonsense")
	defer func() { points = nil }()
	for _, x := range []struct {
		name string
		acts bool
	}{{"a", false}, {"a", false}, {"c", false}, {"nonsense", false}, {"a", true}, {"a", false}, {"b", true}} {
		if got := acts(x.name); got != x.acts {
			t.Errorf("%s: acted %v", x.name, got)
		}
	}
}

func acts(name string) (acted bool) {
	defer func() { acted = recover() != nil }()
	Hit(name)
	return false
}
