package sqltest

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/weir-engine/weir/core/function"
	tablefunc "github.com/weir-engine/weir/core/function/table"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// words makes a row of each word of a string.
type words struct{}

func (words) Append(args []vector.Vector, rows []uint32, out *tablefunc.Output) error {
	for _, r := range rows {
		if !args[0].IsValid(int(r)) {
			continue
		}
		for _, w := range bytes.Fields(args[0].Bytes(int(r))) {
			out.Columns[0].AppendBytes(w)
			vector.Append(out.Columns[1], int32(len(w)))
			out.End(r)
		}
	}
	return nil
}

// TestTableFunction runs a program over a table function of our own in the whole matrix.
func TestTableFunction(t *testing.T) {
	result := types.RowType(types.Field{Name: "word", Type: types.StringType.NotNull()}, types.Field{Name: "size", Type: types.IntType.NotNull()})
	tablefunc.Declare(function.Function{Name: "TEST_WORDS", Doc: function.Doc{Syntax: "TEST_WORDS(string)"}},
		func(args []function.Arg) (function.Signature, error) {
			if len(args) != 1 {
				return function.Signature{}, fmt.Errorf("%d arguments, 1 wanted", len(args))
			}
			return function.Signature{Args: []types.Type{types.StringType}, Result: result}, nil
		},
		func(tablefunc.Site) (tablefunc.Rows, error) { return words{}, nil })
	p, err := Load("testdata/table_function.slt")
	if err != nil {
		t.Fatal(err)
	}
	runMatrix(t, p)
}
