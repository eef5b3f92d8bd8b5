package binder

import (
	"fmt"
	"strings"

	"github.com/weir-engine/weir/core/expr"
)

// fingerprint is equal for expressions that compute the same from the same
// columns, wherever they were written.
func fingerprint(e *expr.Expr) string {
	var b strings.Builder
	writeFingerprint(&b, e)
	return b.String()
}

func writeFingerprint(b *strings.Builder, e *expr.Expr) {
	switch e.Op {
	case expr.Column:
		fmt.Fprintf(b, "#%d", e.Col)
	case expr.Literal:
		fmt.Fprintf(b, "%v:%v", e.Type.Kind, *e.Lit)
	default:
		fmt.Fprintf(b, "%s:%s(", e.Func, e.Type)
		for _, a := range e.Args {
			writeFingerprint(b, a)
			b.WriteByte(',')
		}
		b.WriteByte(')')
	}
}
