package engine

import (
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/weir-engine/weir/core/sqlerr"
)

// guard turns a broken invariant into the statement's failure: other sessions
// and jobs of the process go on.
func (s *Session) guard(err *error) {
	r := recover()
	if r == nil {
		return
	}
	s.engine.config.Log.Error("a statement broke an invariant", slog.Any("panic", r), slog.String("stack", string(debug.Stack())))
	*err = sqlerr.Wrap(sqlerr.Internal, fmt.Errorf("%v", r), "the statement broke an invariant of the engine")
}
