package scalar

import (
	"fmt"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
)

func init() {
	declare(function.Function{
		Name: "||",
		Doc:  stringDoc("string1 || string2", "Both strings, one behind the other; NULL where one is NULL."),
	},
		takes(joinedType, 2, aString, aString), textWith(concat))
	declare(function.Function{
		Name: "CONCAT",
		Doc:  stringDoc("CONCAT(string, …)", "All strings, one behind the other; NULL where one is NULL.", "CONCAT('AA', 'BB', 'CC')"),
	},
		takesMany(returns(types.StringType), 1, aString), textWith(concat))
	declare(function.Function{
		Name: "CONCAT_WS",
		Doc:  stringDoc("CONCAT_WS(separator, string, …)", "The strings that are not NULL, with a separator between; NULL where the separator is NULL.", "CONCAT_WS('~', 'AA', 'BB')"),
	},
		bindConcatWs, always(kernel.Kernel{Nulls: kernel.NullAware, Eval: concatWs}))
	declare(function.Function{
		Name: "REPEAT",
		Doc:  stringDoc("REPEAT(string, count)", "The string a number of times; empty where the count is not positive.", "REPEAT('ab', 3)"),
	},
		takes(returns(types.StringType), 2, aString, anInt), textWith(repeat))
	for _, f := range []struct {
		name, side string
		left       bool
	}{{"LPAD", "left", true}, {"RPAD", "right", false}} {
		declare(function.Function{
			Name: f.name,
			Doc:  stringDoc(f.name+"(string, length, pad)", "The string filled up at the "+f.side+" to a length, or cut down to it.", f.name+"('hi', 4, '?')"),
		},
			nullable(takes(returns(types.StringType), 3, aString, anInt, aString)), textWith(pad(f.left)))
	}
}

// joinedType has room for both: CHAR only of two CHARs.
func joinedType(args []types.Type) types.Type {
	a, b := args[0], args[1]
	t := types.Type{Kind: types.Varchar, Length: min(a.Length+b.Length, types.MaxLength)}
	if a.Kind == types.Char && b.Kind == types.Char {
		t.Kind = types.Char
	}
	return t
}

// joinedLength is the VARCHAR with room for the first two arguments.
func joinedLength(args []types.Type) types.Type {
	t := joinedType(args)
	t.Kind = types.Varchar
	return t
}

func stringArgs(c *kernel.Call, from int) []kernel.StringArg {
	out := make([]kernel.StringArg, 0, len(c.Args)-from)
	for i := from; i < len(c.Args); i++ {
		out = append(out, c.Strings(i))
	}
	return out
}

func concat(c *kernel.Call) func(dst []byte, r uint32) ([]byte, bool) {
	args := stringArgs(c, 0)
	return func(dst []byte, r uint32) ([]byte, bool) {
		for i := range args {
			dst = append(dst, args[i].At(r)...)
		}
		return dst, true
	}
}

// bindConcatWs: only the separator decides about NULL.
func bindConcatWs(args []function.Arg) (function.Signature, error) {
	sig, err := takesMany(returns(types.StringType), 1, aString)(args)
	if err == nil {
		sig.Result.Nullable = true
	}
	return sig, err
}

func concatWs(c *kernel.Call) error {
	out := c.MakeBytes()
	args := make([]kernel.StringArg, len(c.Args))
	for i, v := range c.Args {
		if !v.IsNullConst() {
			args[i] = c.Strings(i)
		}
	}
	for _, r := range c.Selected() {
		if !c.Args[0].IsValid(int(r)) {
			c.SetNull(int(r))
			continue
		}
		start, first := len(out.Buf), true
		for i := 1; i < len(args); i++ {
			if !c.Args[i].IsValid(int(r)) {
				continue
			}
			if !first {
				out.Buf = append(out.Buf, args[0].At(r)...)
			}
			first = false
			out.Buf = append(out.Buf, args[i].At(r)...)
		}
		out.End(r, start)
	}
	out.Done()
	return nil
}

func repeat(c *kernel.Call) func(dst []byte, r uint32) ([]byte, bool) {
	s, n := c.Strings(0), c.Ints(1)
	return func(dst []byte, r uint32) ([]byte, bool) {
		for range max(0, n.At(r)) {
			dst = append(dst, s.At(r)...)
		}
		return dst, true
	}
}

// pad gives NULL for a negative length and where there is nothing to pad with.
func pad(left bool) func(c *kernel.Call) func(dst []byte, r uint32) ([]byte, bool) {
	return func(c *kernel.Call) func(dst []byte, r uint32) ([]byte, bool) {
		s, length, fill := c.Strings(0), c.Ints(1), c.Strings(2)
		return func(dst []byte, r uint32) ([]byte, bool) {
			text, n, with := s.At(r), length.At(r), fill.At(r)
			if n < 0 || len(with) == 0 {
				return dst, false
			}
			have := kernel.PrefixLen(text, int(min(n, int64(len(text)))))
			missing := n - runeCount(text[:have])
			if !left {
				dst = append(dst, text[:have]...)
			}
			for each := runeCount(with); missing > 0; missing -= each {
				dst = append(dst, with[:kernel.PrefixLen(with, int(min(missing, each)))]...)
			}
			if left {
				dst = append(dst, text[:have]...)
			}
			return dst, true
		}
	}
}

func init() {
	declare(function.Function{
		Name: "ELT",
		Doc:  stringDoc("ELT(index, value, …)", "The string or BYTES at a place, from 1; NULL where there is none.", "ELT(2, 'a', 'b')"),
	},
		nullable(bindElt), always(kernel.Kernel{Nulls: kernel.NullAware, Eval: elt}))
}

func bindElt(args []function.Arg) (function.Signature, error) {
	if len(args) > 1 && args[0].Literal != nil && !args[0].Literal.Null && args[0].Literal.I < 0 {
		return function.Signature{}, fmt.Errorf("the index %d is negative", args[0].Literal.I)
	}
	if len(args) > 1 && args[1].Type.IsBinary() {
		return takesMany(returns(types.BytesType), 2, aBigint, aBytes)(args)
	}
	return takesMany(returns(types.StringType), 2, aBigint, aString)(args)
}

func elt(c *kernel.Call) error {
	out := c.MakeBytes()
	for _, r := range c.Selected() {
		if !c.Args[0].IsValid(int(r)) {
			c.SetNull(int(r))
			continue
		}
		index := c.Ints(0)
		i := index.At(r)
		if i < 1 || i >= int64(len(c.Args)) || !c.Args[i].IsValid(int(r)) {
			c.SetNull(int(r))
			continue
		}
		s := c.Strings(int(i))
		out.Put(r, s.At(r))
	}
	out.Done()
	return nil
}
