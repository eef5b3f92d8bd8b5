package scalar

import (
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

func init() {
	doc := func(syntax, text string, examples ...string) function.Doc {
		return function.Doc{Syntax: syntax, Text: text, Category: "variant", Examples: examples}
	}
	declare(function.Function{
		Name: "PARSE_JSON",
		Doc: doc("PARSE_JSON(json [, allow_duplicate_keys])",
			"The JSON text as a VARIANT, whose parts are variant['key'] and variant[index]; other text is an error, and so are equal keys unless they are allowed.",
			`PARSE_JSON('{"a": [1, 2]}')`, `PARSE_JSON('{"a": [1, 2]}')['a'][1]`),
	}, takes(returns(types.VariantType), 1, aString, aBoolean), parseJSONCode(false))
	declare(function.Function{
		Name: "TRY_PARSE_JSON",
		Doc:  doc("TRY_PARSE_JSON(json [, allow_duplicate_keys])", "As PARSE_JSON, but NULL instead of an error.", `TRY_PARSE_JSON('{')`),
	}, nullable(takes(returns(types.VariantType), 1, aString, aBoolean)), parseJSONCode(true))
}

func parseJSONCode(try bool) Code {
	return always(kernel.Kernel{Eval: func(c *kernel.Call) error {
		x, out := c.Strings(0), c.MakeBytes()
		for _, r := range c.Active() {
			start := len(out.Buf)
			duplicates := len(c.Args) == 2 && c.Args[1].Base().Bits().Get(c.Args[1].Index(int(r)))
			b, err := kernel.AppendVariant(out.Buf, x.At(r), duplicates)
			switch {
			case err == nil:
				out.Buf = b
				out.End(r, start)
			case try:
				c.SetNull(int(r))
			default:
				return c.Fail(r, sqlerr.Newf(sqlerr.InvalidText, "'%.60s' cannot be read as a VARIANT: %v", x.At(r), err).
					WithHint("TRY_PARSE_JSON gives NULL instead"))
			}
		}
		out.Done()
		return nil
	}})
}

func itemCode(s Site) (kernel.Kernel, error) {
	if s.Args[0].Type.Kind == types.Variant {
		return kernel.VariantItem(s.Args[1].Type.IsString()), nil
	}
	return kernel.Item(s.Args[0].Type), nil
}
