package table

import (
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Site is one call of a function in a query, as its code sees it.
type Site struct {
	Args []types.Type // what Bind asked for
	Type types.Type   // the ROW that Bind gave
	Env  *kernel.Env
}

// Rows makes the rows of one call. One goroutine, a subtask's, calls it.
type Rows interface {
	// Append appends the rows that the function makes of the rows named, in their
	// order. Arguments may have any form; their memory is lent for the call.
	Append(args []vector.Vector, rows []uint32, out *Output) error
}

// Output takes the rows of a function.
type Output struct {
	Columns []*vector.Builder // one for each field of the result
	From    []uint32          // the input row of each row
}

// End ends a row, whose values stand in the builders, made of an input row.
func (o *Output) End(row uint32) { o.From = append(o.From, row) }

// Code prepares the rows of one call, once a subtask.
type Code func(s Site) (Rows, error)

var codes = map[string]Code{}

// Declare registers a table function: bind decides coercions and columns. It
// panics on a name that is taken, and is called before statements are.
func Declare(f function.Function, bind func(args []function.Arg) (function.Signature, error), code Code) {
	f.Kind = function.Table
	f.Bind = func(args []function.Arg) (function.Signature, error) {
		sig, err := bind(args)
		if err == nil || sqlerr.As(err) != nil {
			return sig, err
		}
		return sig, sqlerr.Newf(sqlerr.DatatypeMismatch, "%s: %s", f.Name, err.Error()).WithHint("%s", f.Doc.Syntax)
	}
	function.Register(&f)
	codes[f.Name] = code
}

// Lookup is the code of a function by its canonical name.
func Lookup(name string) (Code, bool) {
	c, ok := codes[name]
	return c, ok
}
