package lsm

// Compaction makes reads cheap, and there are none while all rows are in memory.
// Until the first row goes below it only keeps the scratch disk in bounds: it
// begins at so many runs one over the other, or so many bytes that it would rewrite.
const (
	idleSublevels = 20
	idleDebt      = 256 << 20
)

func (b *Backend) paceCompactions() {
	b.options.Experimental.L0CompactionConcurrency = idleSublevels
	b.options.Experimental.CompactionDebtConcurrency = idleDebt
	b.options.CompactionConcurrencyRange = func() (lower, upper int) {
		if b.away.Load() > 0 {
			return 1, 1
		}
		return 0, 1
	}
}
