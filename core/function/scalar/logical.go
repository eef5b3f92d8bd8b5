package scalar

import (
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
)

func init() {
	declare(function.Function{Name: "AND", Doc: function.Doc{
		Syntax: "boolean AND boolean", Category: "logical",
		Text: "TRUE where both are TRUE, FALSE where one is FALSE, else NULL. The right side is evaluated only where the left is not FALSE.",
	}}, takesMany(returns(types.BooleanType), 2, aBoolean), nil)
	declare(function.Function{Name: "OR", Doc: function.Doc{
		Syntax: "boolean OR boolean", Category: "logical",
		Text: "TRUE where one is TRUE, FALSE where both are FALSE, else NULL. The right side is evaluated only where the left is not TRUE.",
	}}, takesMany(returns(types.BooleanType), 2, aBoolean), nil)
	declare(function.Function{Name: "NOT", Doc: function.Doc{
		Syntax: "NOT boolean", Category: "logical", Text: "TRUE for FALSE, FALSE for TRUE, NULL for NULL.",
	}}, takes(returns(types.BooleanType), 1, aBoolean), notCode)

	for _, f := range []struct{ name, text string }{
		{"IS TRUE", "TRUE where the value is TRUE, else FALSE."},
		{"IS NOT TRUE", "FALSE where the value is TRUE, else TRUE."},
		{"IS FALSE", "TRUE where the value is FALSE, else FALSE."},
		{"IS NOT FALSE", "FALSE where the value is FALSE, else TRUE."},
	} {
		declare(function.Function{Name: f.name, Doc: function.Doc{
			Syntax: "boolean " + f.name, Category: "logical", Text: f.text,
		}}, neverNull(takes(returns(types.BooleanType), 1, aBoolean)), truthCode(f.name))
	}
	declare(function.Function{Name: "IS NULL", Doc: function.Doc{
		Syntax: "value IS NULL", Category: "comparison", Text: "TRUE where the value is NULL; never NULL itself.",
	}}, neverNull(takes(returns(types.BooleanType), 1, anything)), isNullCode)
	declare(function.Function{Name: "IS NOT NULL", Doc: function.Doc{
		Syntax: "value IS NOT NULL", Category: "comparison", Text: "TRUE where the value is not NULL; never NULL itself.",
	}}, neverNull(takes(returns(types.BooleanType), 1, anything)), isNotNullCode)
}

var (
	notCode       = always(kernel.Not())
	isNullCode    = always(kernel.IsNull(false))
	isNotNullCode = always(kernel.IsNull(true))
)

func truthCode(name string) Code {
	want := name == "IS TRUE" || name == "IS NOT TRUE"
	negated := name == "IS NOT TRUE" || name == "IS NOT FALSE"
	return always(kernel.Truth(want, negated))
}
