package nexmark

import (
	"bytes"

	"github.com/weir-engine/weir/core/function/scalar"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
)

// defineFunctions defines what the suite has its users bring.
func defineFunctions() error {
	return scalar.Define(scalar.User{
		Name: "COUNT_CHAR", Args: []types.Type{types.StringType, types.StringType}, Result: types.BigIntType.NotNull(),
		Text: "How often a character stands in a text.",
		Eval: func(c *kernel.Call) error {
			text, char := c.Strings(0), c.Strings(1)
			for _, r := range c.Active() {
				c.PutInt(r, count(text.At(r), char.At(r)))
			}
			return nil
		},
	})
}

// count counts the first byte of char, as the suite does with its first character.
func count(text, char []byte) int64 {
	if len(char) == 0 {
		return 0
	}
	return int64(bytes.Count(text, char[:1]))
}
