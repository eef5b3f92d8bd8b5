package aggregate

// Subtractor is implemented by accumulators that can take back what Merge added,
// exactly: sliding windows then keep a running total instead of merging anew.
// Sums of floats are not among them, since what is left would drift.
type Subtractor interface {
	// Subtract takes from's states out of s's, pairwise by Index.
	Subtract(s, from States)
}

// CanSubtract reports whether all states of the set are Subtractors.
func (s *Set) CanSubtract() bool {
	for i := range s.states {
		if _, ok := s.states[i].acc.(Subtractor); !ok || s.states[i].distinct >= 0 {
			return false
		}
	}
	return true
}

// Subtract takes from's rows out of row's, pairwise. The set must CanSubtract.
func (s *Set) Subtract(row, from States) {
	for i := range s.states {
		s.states[i].acc.(Subtractor).Subtract(s.states[i].at(row), s.states[i].at(from))
	}
}

func (c *count) Subtract(s, from States) {
	for i, g := range s.Index {
		*(*int64)(s.At(g)) -= *(*int64)(from.At(from.Index[i]))
	}
}

func (a *sumInt[T]) Subtract(s, from States) {
	for i, g := range s.Index {
		p, q := (*intSum)(s.At(g)), (*intSum)(from.At(from.Index[i]))
		p.sum -= q.sum
		p.count -= q.count
	}
}

func (a *sumDecimal) Subtract(s, from States) {
	for i, g := range s.Index {
		p, q := (*decimalSum)(s.At(g)), (*decimalSum)(from.At(from.Index[i]))
		p.sub(q.lo, q.mid, uint64(q.hi))
		p.count -= q.count
	}
}
