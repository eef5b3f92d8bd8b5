package explain

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/weir-engine/weir/core/plan/physical"
)

// JSON prints plans for programs: a list of nodes, inputs first.
func JSON(roots ...*physical.Node) ([]byte, error) { return AnalyzedJSON(nil, nil, roots...) }

// AnalyzedJSON is JSON with what each operator did, and the figures of the whole run.
func AnalyzedJSON(run *Run, figures Actuals, roots ...*physical.Node) ([]byte, error) {
	var list []jsonNode
	walk(roots, func(n *physical.Node) {
		j := jsonNode{
			ID: n.ID, Type: n.Op.Name(), Contents: n.Op.Name() + "(" + strings.Join(describe(n), ", ") + ")",
			Parallelism: n.Traits.Parallelism, Rows: n.Traits.Rows, Traits: map[string]string{"changelogMode": modeOf(n)},
		}
		for _, t := range traits(n) {
			j.Traits[t.name] = t.value
		}
		j.Actual = figures[n.ID]
		for _, in := range n.Inputs {
			j.Predecessors = append(j.Predecessors, in.ID)
		}
		list = append(list, j)
	})
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false) // comparisons are to be read
	if err := e.Encode(document{list, run}); err != nil {
		return nil, fmt.Errorf("explain as JSON: %w", err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

type document struct {
	Nodes []jsonNode `json:"nodes"`
	Run   *Run       `json:"run,omitempty"`
}

type jsonNode struct {
	ID           string            `json:"id"`
	Type         string            `json:"type"`
	Contents     string            `json:"contents"`
	Parallelism  int               `json:"parallelism"`
	Predecessors []string          `json:"predecessors,omitempty"`
	Rows         float64           `json:"rows"` // estimated
	Traits       map[string]string `json:"traits"`
	Actual       *Actual           `json:"actual,omitempty"`
}

// DOT prints plans for Graphviz.
func DOT(roots ...*physical.Node) string {
	var b strings.Builder
	b.WriteString("digraph plan {\n  rankdir=BT;\n  node [shape=box];\n")
	walk(roots, func(n *physical.Node) {
		label := n.Op.Name() + "\n" + strings.Join(describe(n), "\n")
		fmt.Fprintf(&b, "  %q [label=%q];\n", n.ID, label)
		for _, in := range n.Inputs {
			fmt.Fprintf(&b, "  %q -> %q [label=%q];\n", in.ID, n.ID, in.Traits.Changelog)
		}
	})
	b.WriteString("}\n")
	return b.String()
}

// walk visits each node once, inputs first.
func walk(roots []*physical.Node, f func(*physical.Node)) {
	seen := map[*physical.Node]bool{}
	var visit func(n *physical.Node)
	visit = func(n *physical.Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		for _, in := range n.Inputs {
			visit(in)
		}
		f(n)
	}
	for _, r := range roots {
		visit(r)
	}
}
