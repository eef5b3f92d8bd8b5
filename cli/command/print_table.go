package command

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
)

// tablePrinter writes a box for people. A changelog is written row by row as it
// comes; a finished table is measured first, up to measureRows.
type tablePrinter struct {
	p      *page
	rows   [][]string
	widths []int
	opened bool
	count  int
}

const (
	measureRows = 1000
	widestCell  = 60
)

func (t *tablePrinter) header() error {
	for _, c := range t.p.columns() {
		t.widths = append(t.widths, max(4, utf8.RuneCountInString(c)))
	}
	return nil
}

func (t *tablePrinter) batch(b *stream.Batch) error {
	for i := range b.Len() {
		r := rowAt(b, i)
		var cells []string
		if t.p.changelog {
			cells = append(cells, b.Kind(r).String())
		}
		for k := range b.Cols {
			cells = append(cells, t.cell(b, k, r))
		}
		t.rows = append(t.rows, cells)
		t.count++
	}
	if t.p.live || len(t.rows) > measureRows {
		return t.flush()
	}
	return nil
}

func (t *tablePrinter) cell(b *stream.Batch, k, r int) string {
	if !b.Cols[k].IsValid(r) {
		return "<NULL>"
	}
	s := string(kernel.AppendText(nil, t.p.schema.Fields[k].Type, &b.Cols[k], r, t.p.env))
	s = strings.NewReplacer("\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(s)
	if utf8.RuneCountInString(s) > widestCell {
		s = string([]rune(s)[:widestCell-1]) + "…"
	}
	return s
}

// flush writes what is there; the first time it also opens the box.
func (t *tablePrinter) flush() error {
	var sb strings.Builder
	if !t.opened {
		for _, row := range t.rows {
			for i, cell := range row {
				t.widths[i] = max(t.widths[i], utf8.RuneCountInString(cell))
			}
		}
		t.rule(&sb)
		t.row(&sb, t.p.columns(), false)
		t.rule(&sb)
		t.opened = true
	}
	for _, row := range t.rows {
		t.row(&sb, row, true)
	}
	t.rows = t.rows[:0]
	_, err := t.p.out.Write([]byte(sb.String()))
	return err
}

func (t *tablePrinter) rule(sb *strings.Builder) {
	for _, w := range t.widths {
		sb.WriteString("+" + strings.Repeat("-", w+2))
	}
	sb.WriteString("+\n")
}

func (t *tablePrinter) row(sb *strings.Builder, cells []string, values bool) {
	shift := 0
	if t.p.changelog {
		shift = 1
	}
	for i, cell := range cells {
		pad := strings.Repeat(" ", max(0, t.widths[i]-utf8.RuneCountInString(cell)))
		if values && i >= shift && t.p.schema.Fields[i-shift].Type.IsNumeric() {
			sb.WriteString("| " + pad + cell + " ")
		} else {
			sb.WriteString("| " + cell + pad + " ")
		}
	}
	sb.WriteString("|\n")
}

func (t *tablePrinter) end() error {
	if err := t.flush(); err != nil {
		return err
	}
	var sb strings.Builder
	t.rule(&sb)
	word := "rows"
	if t.count == 1 {
		word = "row"
	}
	fmt.Fprintf(&sb, "%d %s\n", t.count, word)
	_, err := t.p.out.Write([]byte(sb.String()))
	return err
}
