package logical

// Columns of each node.

func (n *Scan) Columns() []Column   { return n.Cols }
func (n *Values) Columns() []Column { return n.Cols }
func (n *Filter) Columns() []Column { return n.Input.Columns() }

func (n *Project) Columns() []Column {
	out := make([]Column, len(n.Assigns))
	for i, a := range n.Assigns {
		out[i] = a.Col
	}
	return out
}

func (n *Join) Columns() []Column { return joinColumns(n.Kind, n.Left, n.Right, n.MarkCol) }

func (n *Apply) Columns() []Column { return joinColumns(n.Kind, n.Left, n.Right, n.MarkCol) }

func joinColumns(k JoinKind, left, right Node, mark Column) []Column {
	l := left.Columns()
	switch k {
	case Semi, Anti:
		return l
	case Mark:
		return concat(l, []Column{mark})
	}
	r := right.Columns()
	switch k {
	case Left, Single:
		r = nullable(r)
	case Right:
		l = nullable(l)
	case Full:
		l, r = nullable(l), nullable(r)
	}
	return concat(l, r)
}

func concat(a, b []Column) []Column {
	return append(append(make([]Column, 0, len(a)+len(b)), a...), b...)
}

func nullable(cols []Column) []Column {
	out := make([]Column, len(cols))
	for i, c := range cols {
		c.Type.Nullable = true
		out[i] = c
	}
	return out
}

func (n *Aggregate) Columns() []Column {
	out := append([]Column(nil), n.Keys...)
	if n.Sets != nil {
		out = append(nullable(n.Keys), n.SetID)
	}
	for _, a := range n.Aggs {
		out = append(out, a.Col)
	}
	return out
}

func (n *Over) Columns() []Column {
	out := append([]Column(nil), n.Input.Columns()...)
	for _, c := range n.Calls {
		out = append(out, c.Col)
	}
	return out
}

func (n *WindowTable) Columns() []Column {
	return concat(n.Input.Columns(), []Column{n.Start, n.End, n.Attr})
}

func (n *Correlate) Columns() []Column {
	if n.Outer {
		return concat(n.Pass, nullable(n.Cols))
	}
	return concat(n.Pass, n.Cols)
}

func (n *Sort) Columns() []Column      { return n.Input.Columns() }
func (n *SetOp) Columns() []Column     { return n.Cols }
func (n *Watermark) Columns() []Column { return n.Input.Columns() }
func (n *Sink) Columns() []Column      { return nil }

// Inputs and WithInputs of each node.

func (n *Scan) Inputs() []Node        { return nil }
func (n *Values) Inputs() []Node      { return nil }
func (n *Filter) Inputs() []Node      { return []Node{n.Input} }
func (n *Project) Inputs() []Node     { return []Node{n.Input} }
func (n *Join) Inputs() []Node        { return []Node{n.Left, n.Right} }
func (n *Apply) Inputs() []Node       { return []Node{n.Left, n.Right} }
func (n *Aggregate) Inputs() []Node   { return []Node{n.Input} }
func (n *Over) Inputs() []Node        { return []Node{n.Input} }
func (n *WindowTable) Inputs() []Node { return []Node{n.Input} }
func (n *Correlate) Inputs() []Node   { return []Node{n.Input} }
func (n *Sort) Inputs() []Node        { return []Node{n.Input} }
func (n *SetOp) Inputs() []Node       { return n.Ins }
func (n *Watermark) Inputs() []Node   { return []Node{n.Input} }
func (n *Sink) Inputs() []Node        { return []Node{n.Input} }

func (n *Scan) WithInputs([]Node) Node   { return n }
func (n *Values) WithInputs([]Node) Node { return n }

func (n *Filter) WithInputs(in []Node) Node  { c := *n; c.Input = in[0]; return &c }
func (n *Project) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }
func (n *Join) WithInputs(in []Node) Node    { c := *n; c.Left, c.Right = in[0], in[1]; return &c }

func (n *Apply) WithInputs(in []Node) Node       { c := *n; c.Left, c.Right = in[0], in[1]; return &c }
func (n *Aggregate) WithInputs(in []Node) Node   { c := *n; c.Input = in[0]; return &c }
func (n *Over) WithInputs(in []Node) Node        { c := *n; c.Input = in[0]; return &c }
func (n *WindowTable) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }
func (n *Correlate) WithInputs(in []Node) Node   { c := *n; c.Input = in[0]; return &c }
func (n *Sort) WithInputs(in []Node) Node        { c := *n; c.Input = in[0]; return &c }
func (n *SetOp) WithInputs(in []Node) Node       { c := *n; c.Ins = in; return &c }
func (n *Watermark) WithInputs(in []Node) Node   { c := *n; c.Input = in[0]; return &c }
func (n *Sink) WithInputs(in []Node) Node        { c := *n; c.Input = in[0]; return &c }
