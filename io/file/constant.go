package file

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/io/connector"
)

// Columns that all rows of a file share, of partitions and of the file itself,
// cost nothing a row: each is one constant, and filters over them alone leave
// whole folders and files unread.

// constants are the columns of a scan that do not lie in files.
type constants struct {
	layout      *layout
	finder      *finder
	defaultName string
	types       []types.Type // of all columns of the scan
	data        []int        // places in the scan of the columns that files hold
	parts       []int        // place in the scan by partition column; -1: not wanted
	facts       []constantFact
	filters     []constantFilter
}

type constantFact struct{ fact, place int }

// constantFilter is a filter that needs no file to be opened.
type constantFilter struct {
	levels int // partition columns, from the first, that it needs
	facts  bool
	eval   *expr.Filter
}

// any reports that a batch needs more than what files hold.
func (c *constants) any() bool { return len(c.data) < len(c.types) }

// vectors are the constants of a file, each at its place in the scan; rows is
// the most that a batch has.
func (c *constants) vectors(f entry, rows int) ([]vector.Vector, error) {
	out := make([]vector.Vector, len(c.types))
	if len(c.layout.parts) > 0 {
		texts, err := c.finder.partitionTexts(f.Name)
		if err != nil {
			return nil, err
		}
		if err := c.setParts(out, texts, rows); err != nil {
			return nil, err
		}
	}
	for _, x := range c.facts {
		out[x.place] = vector.ConstOf(c.types[x.place], f.fact(c.layout.facts[x.fact]), rows)
	}
	return out, nil
}

// setParts sets the columns of the first partition columns.
func (c *constants) setParts(out []vector.Vector, texts []string, rows int) error {
	for i := range texts {
		p := &c.layout.parts[i]
		v, err := p.value(texts[i], c.defaultName)
		if err != nil {
			return partitionError(c.layout.folder(append(append([]string{}, texts...), make([]string, len(c.layout.parts)-len(texts))...)), p, err)
		}
		if at := c.parts[i]; at >= 0 {
			out[at] = vector.ConstOf(c.types[at], v, rows)
		}
	}
	return nil
}

// fact is what a metadata column has for a file.
func (e *entry) fact(f factColumn) types.Value {
	switch f.key {
	case factPath:
		return types.StringValue(absolute(e.Name))
	case factName:
		return types.StringValue(baseName(e.Name))
	case factSize:
		return types.IntValue(e.Size)
	}
	return types.IntValue(e.ModTime.UnixMilli() * (f.typ.TimeUnit() / 1000))
}

// complete puts the constants beside the columns that were read.
func (c *constants) complete(b *stream.Batch, constant []vector.Vector) *stream.Batch {
	out := *b
	out.Cols = make([]vector.Vector, len(c.types))
	copy(out.Cols, constant)
	for i := range out.Cols {
		out.Cols[i].Len = b.Rows
	}
	for i, at := range c.data {
		if i < len(b.Cols) { // a batch without survivors has no columns
			out.Cols[at] = b.Cols[i]
		}
	}
	return &out
}

// addFilter takes a filter of the scan that uses constants alone.
func (c *constants) addFilter(e *expr.Expr) error {
	used := expr.Columns(e)
	f := constantFilter{}
	for i, at := range c.parts {
		if used[at] {
			f.levels = i + 1
			delete(used, at)
		}
	}
	for _, x := range c.facts {
		if used[x.place] {
			f.facts = true
			delete(used, x.place)
		}
	}
	if len(used) > 0 || f.levels == 0 && !f.facts {
		return nil
	}
	eval, err := expr.CompileFilter(e, c.types, &kernel.Env{})
	f.eval = eval
	c.filters = append(c.filters, f)
	return err
}

// mayEnter evaluates the filters that need no more than these partition columns.
func (c *constants) mayEnter(texts []string) bool {
	out := make([]vector.Vector, len(c.types))
	if c.setParts(out, texts, 1) != nil {
		return true // the error comes when the folder is read
	}
	return c.pass(out, func(f *constantFilter) bool { return f.levels == len(texts) && !f.facts })
}

// mayRead evaluates all filters over constants of a file.
func (c *constants) mayRead(f entry) bool {
	if len(c.filters) == 0 {
		return true
	}
	out, err := c.vectors(f, 1)
	return err != nil || c.pass(out, func(*constantFilter) bool { return true })
}

func (c *constants) pass(cols []vector.Vector, which func(*constantFilter) bool) bool {
	for i := range c.filters {
		f := &c.filters[i]
		if !which(f) {
			continue
		}
		// A filter is a hint: what it says of an error is for the filter above.
		sel, err := f.eval.Select(&stream.Batch{Cols: cols, Rows: 1}, nil)
		if err == nil && len(sel) == 0 {
			return false
		}
	}
	return true
}

// ofData gives a filter the ordinals of the columns that files hold; nil where
// it uses others.
func (c *constants) ofData(e *expr.Expr) *expr.Expr {
	if !c.any() {
		return e
	}
	places := map[int]int{}
	for i, at := range c.data {
		places[at] = i
	}
	for used := range expr.Columns(e) {
		if _, ok := places[used]; !ok {
			return nil
		}
	}
	return expr.Transform(e, func(x *expr.Expr) *expr.Expr {
		if x.Op != expr.Column {
			return x
		}
		moved := *x
		moved.Col = places[x.Col]
		return &moved
	})
}

// readerContext is rc as the format's part of a reader sees it.
func (c *constants) readerContext(rc connector.ReaderContext) connector.ReaderContext {
	if !c.any() {
		return rc
	}
	if narrow := rc.Filter; narrow != nil {
		rc.Filter = func() (out []*expr.Expr) {
			for _, e := range narrow() {
				if of := c.ofData(e); of != nil {
					out = append(out, of)
				}
			}
			return out
		}
	}
	if members := rc.Members; members != nil {
		rc.Members = func() (out []*connector.Members) {
			for _, m := range members() {
				for i, at := range c.data {
					if at == m.Column {
						moved := *m
						moved.Column = i
						out = append(out, &moved)
					}
				}
			}
			return out
		}
	}
	return rc
}
