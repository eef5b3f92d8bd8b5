package scalar

import (
	"strings"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
)

func init() {
	// The target of a cast is the type of the call, which the binder checks with types.CanCast.
	declare(function.Function{Name: "CAST", Doc: function.Doc{
		Syntax: "CAST(value AS type)", Category: "conversion",
		Text:     "The value as another type. Text that does not read as the type is an error.",
		Examples: []string{"CAST('42' AS INT)"},
	}}, takes(sameAs(0), 1, anything), nil)
	declare(function.Function{Name: "TRY_CAST", Doc: function.Doc{
		Syntax: "TRY_CAST(value AS type)", Category: "conversion",
		Text:     "The value as another type, or NULL where it does not read as the type.",
		Examples: []string{"TRY_CAST('abc' AS INT)"},
	}}, nullable(takes(sameAs(0), 1, anything)), nil)
	declare(function.Function{Name: "TYPEOF", Doc: function.Doc{
		Syntax: "TYPEOF(value [, serializable])", Category: "conversion",
		Text:     "The name of the value's type; with TRUE as DDL reads it, without the short forms STRING and BYTES.",
		Examples: []string{"TYPEOF(1.5)"},
	}}, nullable(takes(returns(types.StringType), 1, anything, aBoolean)), typeofCode)
}

// serializable spells the short names of types out.
var serializable = strings.NewReplacer("STRING", "VARCHAR(2147483647)", "BYTES", "VARBINARY(2147483647)")

func typeofCode(s Site) (kernel.Kernel, error) {
	name := []byte(s.Args[0].Type.String())
	if len(s.Args) == 2 && s.Args[1].Literal != nil && s.Args[1].Literal.Bool() {
		name = []byte(serializable.Replace(string(name)))
	}
	return kernel.Kernel{Nulls: kernel.NullAware, Eval: func(c *kernel.Call) error {
		out := c.MakeBytes()
		for _, r := range c.Selected() {
			out.Put(r, name)
		}
		out.Done()
		return nil
	}}, nil
}
