package source

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/io/connector"
)

// Narrow says that rows for which a condition is not TRUE are of no use to
// anybody downstream; columns are ordinals of the source's output. A join calls
// it when its build side is finished; a Top-N each time that it knows better,
// with the condition of the time before as instead. Rows that do not match may
// still come.
func (s *Source) Narrow(by, instead *expr.Expr) {
	all := []*expr.Expr{by}
	for _, old := range s.narrowing() {
		if old != instead {
			all = append(all, old)
		}
	}
	s.narrow.Store(&all)
}

// narrowing is what the reader sees of it, from its own goroutine.
func (s *Source) narrowing() []*expr.Expr {
	if all := s.narrow.Load(); all != nil {
		return *all
	}
	return nil
}

// NarrowTo is Narrow to rows whose value in a column is one of some.
func (s *Source) NarrowTo(m *connector.Members) {
	var all []*connector.Members
	if old := s.members.Load(); old != nil {
		all = append(all, *old...)
	}
	all = append(all, m)
	s.members.Store(&all)
}

func (s *Source) narrowedTo() []*connector.Members {
	if all := s.members.Load(); all != nil {
		return *all
	}
	return nil
}
