package logical

// Named is the plan of a name: of WITH, or of a view. Binders put one at every use, so
// that rules can tell which plans of a statement are the same.
type Named struct {
	Input Node
	Name  string
	Of    any // the definition, by identity; comparable
}

// Definition is a plan that several Shared read.
type Definition struct {
	Name string
	Node Node
}

// Shared reads some columns of a definition, under ids of its own.
type Shared struct {
	Def  *Definition
	Cols []Column
	Of   []int // ids of columns of Def.Node, one for each of Cols
}

// Columns and inputs of both. What a Shared reads is no input: it stands once, for all.

func (n *Named) Columns() []Column          { return n.Input.Columns() }
func (n *Named) Inputs() []Node             { return []Node{n.Input} }
func (n *Named) WithInputs(in []Node) Node  { c := *n; c.Input = in[0]; return &c }
func (n *Shared) Columns() []Column         { return n.Cols }
func (n *Shared) Inputs() []Node            { return nil }
func (n *Shared) WithInputs(in []Node) Node { return n }
