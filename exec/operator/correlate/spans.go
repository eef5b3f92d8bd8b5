package correlate

import (
	"fmt"
	"slices"

	"github.com/weir-engine/weir/core/function/table"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
)

// spans are the function's rows of some input rows: those of rows[i] lie at
// [from[i], to[i]) of cols.
type spans struct {
	rows     []uint32
	from, to []uint32
	cols     []vector.Vector
	skip     vector.Bitmap // clear: the row of cols is none (a NULL among the ROWs of an array); nil: all are
	ascend   bool          // spans follow one another in the order of rows
}

// none reports a span without rows.
func (s *spans) none(from, to uint32) bool {
	for i := from; i < to; i++ {
		if s.skip == nil || s.skip.Get(int(i)) {
			return false
		}
	}
	return true
}

func newSpanner(spec *physical.Correlate, ctx *operator.Context) (spanner, error) {
	in := ctx.Inputs[0]
	if spec.Func == logical.Unnest {
		of := in.Fields[spec.Args[0]].Type
		return &unnest{rows: of.Kind != types.Map && of.Elem.Kind == types.Row, width: len(spec.Result.Fields)}, nil
	}
	code, ok := table.Lookup(spec.Func)
	if !ok {
		return nil, fmt.Errorf("open correlate: there is no table function %s", spec.Func)
	}
	site := table.Site{Env: ctx.Env, Type: spec.Result}
	for _, a := range spec.Args {
		site.Args = append(site.Args, in.Fields[a].Type)
	}
	rows, err := code(site)
	if err != nil {
		return nil, err
	}
	f := &called{rows: rows}
	for _, field := range site.Type.Fields {
		f.out.Columns = append(f.out.Columns, vector.NewBuilder(field.Type))
	}
	return f, nil
}

// unnest gives the elements of a collection: of ROWs their fields, of a MAP keys and values.
type unnest struct {
	rows  bool // the elements are ROWs
	width int  // columns
}

func (u *unnest) spans(args []*vector.Vector, rows []uint32, s *spans) error {
	list := args[0]
	s.rows, s.from, s.to = rows, s.from[:0], s.to[:0]
	s.cols, s.skip, s.ascend = nil, nil, list.Form == vector.Flat
	if list.IsNullConst() {
		s.from, s.to = nothing(s.from, len(rows)), nothing(s.to, len(rows))
		s.cols = make([]vector.Vector, u.width)
		return nil
	}
	offsets := list.Base().Offsets()
	for _, r := range rows {
		from, to := uint32(0), uint32(0)
		if list.IsValid(int(r)) {
			at := list.Index(int(r))
			from, to = uint32(offsets[at]), uint32(offsets[at+1])
		}
		s.from, s.to = append(s.from, from), append(s.to, to)
	}
	s.cols = list.Base().Kids
	if u.rows {
		elements := s.cols[0].Flatten()
		s.cols, s.skip = elements.Kids, elements.Valid
	}
	return nil
}

func nothing(list []uint32, n int) []uint32 {
	for range n {
		list = append(list, 0)
	}
	return list
}

// called is a table function of the registry. It is given few rows at a time:
// nobody knows how many it makes of each.
type called struct {
	rows table.Rows
	out  table.Output
	args []vector.Vector
}

// atOnce is how many input rows a function is given.
const atOnce = 256

func (f *called) spans(args []*vector.Vector, rows []uint32, s *spans) error {
	f.args = f.args[:0]
	for _, a := range args {
		f.args = append(f.args, *a)
	}
	for _, b := range f.out.Columns {
		b.Reset()
	}
	f.out.From = f.out.From[:0]
	rows = rows[:min(len(rows), atOnce)]
	if err := f.rows.Append(f.args, rows, &f.out); err != nil {
		return err
	}
	s.rows, s.from, s.to, s.skip, s.ascend = rows, s.from[:0], s.to[:0], nil, true
	at := 0
	for _, r := range rows {
		from := at
		for at < len(f.out.From) && f.out.From[at] == r {
			at++
		}
		s.from, s.to = append(s.from, uint32(from)), append(s.to, uint32(at))
	}
	if at < len(f.out.From) {
		return fmt.Errorf("table function: rows are out of the order of the input: %d of %d", at, len(f.out.From))
	}
	s.cols = slices.Grow(s.cols[:0], len(f.out.Columns))
	for _, b := range f.out.Columns {
		s.cols = append(s.cols, b.Finish())
	}
	return nil
}
