package explain

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/weir-engine/weir/core/plan/physical"
)

// Actual is what an operator did when its plan ran, all its subtasks together.
type Actual struct {
	Rows    int64         `json:"rows"` // that it gave
	RowsIn  int64         `json:"rowsIn"`
	Batches int64         `json:"batches"`
	Time    time.Duration `json:"timeNanos"`       // in its code, of a scan also in the reader
	Share   float64       `json:"share"`           // of the time of all operators
	Memory  int64         `json:"memory"`          // most bytes that it held
	Spilled int64         `json:"spilled"`         // bytes
	Bytes   int64         `json:"bytes,omitempty"` // sent, of an exchange

	GroupsRead   int64 `json:"rowGroupsRead,omitempty"`
	GroupsPruned int64 `json:"rowGroupsPruned,omitempty"`
	PagesRead    int64 `json:"pagesRead,omitempty"`
	PagesSkipped int64 `json:"pagesSkipped,omitempty"`
	LateRows     int64 `json:"lateRows,omitempty"` // dropped
}

// Run is the figures of a whole job.
type Run struct {
	Time    time.Duration `json:"timeNanos"` // that passed
	Busy    time.Duration `json:"busyNanos"` // of all operators together
	Spilled int64         `json:"spilled"`   // bytes
}

func (r *Run) String() string {
	text := fmt.Sprintf("ran for %s, operators at work for %s", r.Time.Round(10*time.Microsecond), r.Busy.Round(10*time.Microsecond))
	if r.Spilled > 0 {
		text += ", spilled " + size(r.Spilled)
	}
	return text
}

// Actuals are the figures of a plan's operators, by the id of their nodes.
type Actuals map[string]*Actual

// Analyzed prints a plan as a tree with what each operator did below it.
func Analyzed(n *physical.Node, figures Actuals) string {
	p := printer{spools: map[*physical.Node]int{}, figures: figures, seen: map[string]bool{}}
	p.node(n, "", "")
	return p.String()
}

// actual prints the figures of a node; once, where it stands in the plan more than once.
func (p *printer) actual(n *physical.Node, rest string) {
	if p.figures == nil {
		return
	}
	if len(n.Inputs) > 0 {
		rest += "|  "
	} else {
		rest += "   "
	}
	a := p.figures[n.ID]
	switch {
	case p.seen[n.ID]:
		p.WriteString(rest + "(the same operator as above)\n")
	case a != nil:
		p.WriteString(rest + "(" + strings.Join(a.parts(n), ", ") + ")\n")
	}
	p.seen[n.ID] = true
}

func (a *Actual) parts(n *physical.Node) []string {
	parts := []string{fmt.Sprintf("rows=%s of %s estimated", thousands(a.Rows), count(n.Traits.Rows))}
	parts = append(parts, fmt.Sprintf("time=%s %.1f%%", a.Time.Round(10*time.Microsecond), a.Share*100), "batches="+thousands(a.Batches))
	add := func(name string, n int64, text string) {
		if n > 0 {
			parts = append(parts, name+"="+text)
		}
	}
	add("memory", a.Memory, size(a.Memory))
	add("spilled", a.Spilled, size(a.Spilled))
	add("sent", a.Bytes, size(a.Bytes))
	add("row groups", a.GroupsRead+a.GroupsPruned, fmt.Sprintf("%d read %d pruned", a.GroupsRead, a.GroupsPruned))
	add("pages", a.PagesRead+a.PagesSkipped, fmt.Sprintf("%d read %d skipped", a.PagesRead, a.PagesSkipped))
	add("late rows", a.LateRows, thousands(a.LateRows))
	return parts
}

// thousands writes a number with a comma between thousands.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func size(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1fGiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1fMiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%dKiB", n>>10)
	}
	return fmt.Sprintf("%dB", n)
}
