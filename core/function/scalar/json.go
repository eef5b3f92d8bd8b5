package scalar

import (
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
)

func jsonDoc(syntax, text string, examples ...string) function.Doc {
	return function.Doc{Syntax: syntax, Text: text, Category: "json", Examples: examples}
}

func init() {
	declare(function.Function{
		Name: "JSON_STRING",
		Doc:  jsonDoc("JSON_STRING(value)", "The value as JSON; NULL for NULL.", "JSON_STRING('weir')"),
	},
		takes(returns(types.StringType), 1, anything), jsonStringCode)
}

func jsonStringCode(Site) (kernel.Kernel, error) {
	return textKernel(func(c *kernel.Call) func([]byte, uint32) ([]byte, bool) {
		return func(dst []byte, r uint32) ([]byte, bool) { return appendJSONValue(dst, c, 0, int(r)), true }
	}), nil
}

// appendJSONValue appends argument i of row r as JSON.
func appendJSONValue(dst []byte, c *kernel.Call, i, r int) []byte {
	return kernel.AppendJSONValue(dst, c.ArgTypes[i], c.Args[i], r, c.Env)
}
