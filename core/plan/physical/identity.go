package physical

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/weir-engine/weir/core/catalog"
)

// AssignIDs names every node of a program's plans after what it means: its
// operator and those below it, without what may change between two runs of one
// statement (estimates, parallelism, table options, places in the text, hints
// to sources). Nodes of one meaning are numbered in the order of the plan. A
// scan is named after its table alone, so that its position in the source
// survives a change of the query above.
func AssignIDs(roots ...*Node) error {
	a := identifier{meaning: map[*Node]string{}, used: map[string]int{}}
	for _, r := range roots {
		if _, err := a.visit(r); err != nil {
			return err
		}
	}
	return nil
}

type identifier struct {
	meaning map[*Node]string
	used    map[string]int
}

func (a *identifier) visit(n *Node) (string, error) {
	if m, ok := a.meaning[n]; ok {
		return m, nil
	}
	parts := []string{n.Op.Name()}
	for _, in := range n.Inputs {
		m, err := a.visit(in)
		if err != nil {
			return "", err
		}
		parts = append(parts, m)
	}
	meaning, name, err := a.describe(n, parts)
	if err != nil {
		return "", err
	}
	a.meaning[n] = meaning
	a.used[name]++
	n.ID = name
	if k := a.used[name]; k > 1 {
		n.ID = fmt.Sprintf("%s-%d", name, k)
	}
	return meaning, nil
}

// describe digests a node: what it means to those above, and its own name.
func (a *identifier) describe(n *Node, parts []string) (meaning, name string, err error) {
	switch op := n.Op.(type) {
	case *Exchange:
		// Where rows run is not what they mean.
		return parts[1], label(n, parts[1]), nil
	case *Scan:
		name = label(n, digest("scan", op.Table.Name))
		produced := op.Table.Produced()
		for _, c := range op.Columns {
			if c < len(produced) {
				parts = append(parts, op.Table.Columns[produced[c]].Name)
			}
		}
		return digest(append(parts, op.Table.Name)...), name, nil
	case *LookupJoin:
		bare := *op
		bare.Table, bare.Cache = nil, catalog.LookupCache{}
		own, err := essence(&bare)
		if err != nil {
			return "", "", err
		}
		parts = append(parts, own, op.Table.Name)
	case *Sink:
		parts = append(parts, op.Table.Name)
	default:
		own, err := essence(n.Op)
		if err != nil {
			return "", "", err
		}
		parts = append(parts, own)
	}
	meaning = digest(parts...)
	return meaning, label(n, meaning), nil
}

func label(n *Node, digest string) string { return n.Op.Name() + "-" + digest[:12] }

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// passing are the JSON keys of operators that do not belong to their meaning.
var passing = []string{"pos", "name", "groups", "buildRows", "runtimeFilters", "buildRight", "shared", "phase", "stateTTL"}

// essence is an operator's parameters without what is passing, in canonical JSON.
func essence(op Op) (string, error) {
	b, err := json.Marshal(op)
	if err != nil {
		return "", fmt.Errorf("digest %s: %w", op.Name(), err)
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber() // a float would take the last digits of a long constant
	if err := d.Decode(&v); err != nil {
		return "", fmt.Errorf("digest %s: %w", op.Name(), err)
	}
	strip(v)
	if b, err = json.Marshal(v); err != nil {
		return "", fmt.Errorf("digest %s: %w", op.Name(), err)
	}
	return string(b), nil
}

func strip(v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range passing {
			delete(v, k)
		}
		for _, x := range v {
			strip(x)
		}
	case []any:
		for _, x := range v {
			strip(x)
		}
	}
}
