package explain

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
)

// Options chooses what is printed of each node besides its operator.
type Options struct {
	Traits bool // distribution, boundedness, order, keys, parallelism
	Rows   bool // estimated rows
	IDs    bool
}

// Logical prints a bound or rewritten plan.
func Logical(n logical.Node) string { return logical.Format(n) }

// Physical prints a plan as a tree, inputs below.
func Physical(n *physical.Node, o Options) string {
	p := printer{options: o, spools: map[*physical.Node]int{}}
	p.node(n, "", "")
	return p.String()
}

type printer struct {
	strings.Builder
	options Options
	spools  map[*physical.Node]int
	figures Actuals         // nil: the plan has not run
	seen    map[string]bool // nodes of which the figures are printed
}

// node prints a subtree; what a Spool keeps for several readers is printed at the first of them.
func (p *printer) node(n *physical.Node, first, rest string) {
	line := Line(n, p.options)
	if _, ok := n.Op.(*physical.Spool); ok {
		if id, seen := p.spools[n]; seen {
			fmt.Fprintf(p, "%sReused(reference_id=[%d])\n", first, id)
			return
		}
		p.spools[n] = len(p.spools) + 1
		line += fmt.Sprintf("(reuse_id=[%d])", p.spools[n])
	}
	p.WriteString(first + line + "\n")
	p.actual(n, rest)
	for i, in := range n.Inputs {
		if i == len(n.Inputs)-1 {
			p.node(in, rest+"+- ", rest+"   ")
		} else {
			p.node(in, rest+":- ", rest+":  ")
		}
	}
}

// Line prints one node.
func Line(n *physical.Node, o Options) string {
	parts := append(describe(n), item("changelogMode", modeOf(n)))
	t := n.Traits
	if o.Traits {
		for _, x := range traits(n) {
			parts = append(parts, item(x.name, x.value))
		}
	}
	if o.Rows {
		parts = append(parts, fmt.Sprintf("rows=[%s]", count(t.Rows)))
	}
	if o.IDs {
		parts = append(parts, item("id", n.ID))
	}
	return n.Op.Name() + "(" + strings.Join(parts, ", ") + ")"
}

// Operator says what an operator does that stands alone, without the plan around it.
func Operator(op physical.Op, inputs []*types.Schema, output *types.Schema) string {
	n := &physical.Node{Op: op, Schema: output}
	for _, in := range inputs {
		n.Inputs = append(n.Inputs, &physical.Node{Schema: in})
	}
	return op.Name() + "(" + strings.Join(describe(n), ", ") + ")"
}

// trait is what is known of a node's rows, in words.
type trait struct{ name, value string }

func traits(n *physical.Node) (out []trait) {
	t := n.Traits
	add := func(name, value string) {
		if value != "" {
			out = append(out, trait{name, value})
		}
	}
	if _, ok := n.Op.(*physical.Exchange); !ok {
		add("distribution", distribution(n, t.Dist))
	}
	if t.Parallelism > 0 {
		add("parallelism", strconv.Itoa(t.Parallelism))
	}
	if !t.Bounded {
		add("bounded", "false")
	}
	add("order", sortKeys(names(n), t.Order))
	var keys []string
	for _, k := range t.UniqueKeys {
		keys = append(keys, "("+columns(names(n), k)+")")
	}
	add("uniqueKeys", strings.Join(keys, ", "))
	if t.UpsertKey != nil {
		add("upsertKey", columns(names(n), t.UpsertKey))
	}
	var ahead []string
	for _, a := range t.Ahead {
		ahead = append(ahead, fmt.Sprintf("%s > watermark%+dms", columns(names(n), []int{a.Col}), a.By))
	}
	add("ahead", strings.Join(ahead, ", "))
	if len(t.Times) > 0 {
		add("rowtime", columns(names(n), t.Times))
	}
	return out
}

func modeOf(n *physical.Node) string {
	switch n.Op.(type) {
	case *physical.Sink, *physical.Collect:
		return "NONE"
	}
	return strings.Trim(n.Traits.Changelog.String(), "[]")
}

func item(key, value string) string { return key + "=[" + value + "]" }

// count rounds an estimate to what is worth reading.
func count(r float64) string {
	switch {
	case r >= 1e9:
		return fmt.Sprintf("%.3gG", r/1e9)
	case r >= 1e6:
		return fmt.Sprintf("%.3gM", r/1e6)
	case r >= 1e3:
		return fmt.Sprintf("%.3gK", r/1e3)
	}
	return fmt.Sprintf("%.0f", r)
}
