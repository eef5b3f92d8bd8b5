package sqlerr

import (
	"fmt"
	"strings"
)

// Render prints err as the command line shows it: message, place, the line with
// a caret under the offending text, and the hint.
func Render(err error) string {
	e := As(err)
	if e == nil {
		return fmt.Sprintf("error[%s] %s\n", CodeOf(err), err.Error())
	}
	var b strings.Builder
	fmt.Fprintf(&b, "error[%s] %s\n", e.Code, e.Message)
	if e.Pos.IsValid() {
		file := e.File
		if file == "" {
			file = "<statement>"
		}
		fmt.Fprintf(&b, "  --> %s:%d:%d\n", file, e.Pos.Line, e.Pos.Column)
		renderCaret(&b, e)
	} else if e.File != "" {
		fmt.Fprintf(&b, "  --> %s\n", e.File)
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, "hint: %s\n", e.Hint)
	}
	return b.String()
}

func renderCaret(b *strings.Builder, e *Error) {
	if e.Line == "" {
		return
	}
	fmt.Fprintf(b, "   | %s\n   | ", e.Line)
	for i, r := range []rune(e.Line) {
		if i+1 >= e.Pos.Column {
			break
		}
		if r == '\t' {
			b.WriteByte('\t')
		} else {
			b.WriteByte(' ')
		}
	}
	b.WriteString(strings.Repeat("^", max(1, e.Width)) + "\n")
}
