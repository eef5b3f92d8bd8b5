package scalar

import (
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/types"
)

func init() {
	declare(function.Function{Name: "LIKE", Doc: function.Doc{
		Syntax: "string LIKE pattern [ESCAPE character]", Category: "comparison",
		Text:     "Whether the string matches the pattern, in which % stands for any characters and _ for one. The default escape character is the backslash.",
		Examples: []string{"'abc' LIKE 'a%'"},
	}}, takes(returns(types.BooleanType), 2, aString, aString, aString), likeCode)
	declare(function.Function{Name: "SIMILAR TO", Doc: function.Doc{
		Syntax: "string SIMILAR TO pattern [ESCAPE character]", Category: "comparison",
		Text: "Whether the whole string matches an SQL regular expression.",
	}}, takes(returns(types.BooleanType), 2, aString, aString, aString), similarCode)
}
