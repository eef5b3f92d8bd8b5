package scalar

import (
	"github.com/RoaringBitmap/roaring/v2"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

func bitmapDoc(syntax, text string, examples ...string) function.Doc {
	return function.Doc{Syntax: syntax, Text: text, Category: "bitmap", Examples: examples}
}

var (
	aBitmap   = param{"a BITMAP", func(t types.Type) (types.Type, bool) { return types.BitmapType, t.Kind == types.Bitmap }}
	anyBytes  = param{"BYTES", func(t types.Type) (types.Type, bool) { return t, t.IsBinary() }}
	intsArray = param{"an ARRAY of INT", func(t types.Type) (types.Type, bool) {
		ok := t.Kind == types.Array && t.Elem.IsInteger() && t.Elem.Kind <= types.Integer
		if !ok {
			return t, false
		}
		return types.ArrayType(types.IntType.WithNull(t.Elem.Nullable)), true
	}}
)

func init() {
	declare(function.Function{
		Name: "BITMAP_BUILD",
		Doc:  bitmapDoc("BITMAP_BUILD(array)", "A BITMAP of the INTs of an array, each taken as 32 bits without a sign; NULLs are left out.", "BITMAP_BUILD(ARRAY[3, 1, 2])"),
	}, takes(returns(types.BitmapType), 1, intsArray), bitmapText(bitmapBuild))
	declare(function.Function{
		Name: "BITMAP_FROM_BYTES",
		Doc:  bitmapDoc("BITMAP_FROM_BYTES(bytes)", "The BITMAP of bytes in the portable format of Roaring; other bytes are an error.", "BITMAP_FROM_BYTES(BITMAP_TO_BYTES(BITMAP_BUILD(ARRAY[1])))"),
	}, takes(returns(types.BitmapType), 1, anyBytes), always(kernel.Kernel{Eval: bitmapFromBytes}))
	declare(function.Function{
		Name: "BITMAP_TO_BYTES",
		Doc:  bitmapDoc("BITMAP_TO_BYTES(bitmap)", "The BITMAP in the portable format of Roaring.", "BITMAP_TO_BYTES(BITMAP_BUILD(ARRAY[1, 2]))"),
	}, takes(returns(types.BytesType), 1, aBitmap), textCut(func(*kernel.Call) func(r uint32, s []byte) (from, to int) {
		return func(_ uint32, s []byte) (from, to int) { return 0, len(s) }
	}))
	declare(function.Function{
		Name: "BITMAP_TO_STRING",
		Doc:  bitmapDoc("BITMAP_TO_STRING(bitmap)", "The numbers of the BITMAP, without a sign and in order, as {1,2,3}.", "BITMAP_TO_STRING(BITMAP_BUILD(ARRAY[3, 1]))"),
	}, takes(returns(types.StringType), 1, aBitmap), textWith(func(c *kernel.Call) func([]byte, uint32) ([]byte, bool) {
		return func(dst []byte, r uint32) ([]byte, bool) {
			return kernel.AppendText(dst, types.BitmapType, c.Args[0], int(r), c.Env), true
		}
	}))
	declare(function.Function{
		Name: "BITMAP_TO_ARRAY",
		Doc:  bitmapDoc("BITMAP_TO_ARRAY(bitmap)", "The numbers of the BITMAP in their order without a sign, as an ARRAY of INT.", "BITMAP_TO_ARRAY(BITMAP_BUILD(ARRAY[3, 1]))"),
	}, takes(returns(types.ArrayType(types.IntType.NotNull())), 1, aBitmap), always(kernel.Kernel{Eval: bitmapToArray}))
	declare(function.Function{
		Name: "BITMAP_CARDINALITY",
		Doc:  bitmapDoc("BITMAP_CARDINALITY(bitmap)", "How many numbers the BITMAP has.", "BITMAP_CARDINALITY(BITMAP_BUILD(ARRAY[1, 1, 2]))"),
	}, takes(returns(types.BigIntType), 1, aBitmap), always(kernel.Kernel{Eval: bitmapCardinality}))
	for _, f := range []struct {
		name, text string
		apply      func(a, b *roaring.Bitmap)
	}{
		{"BITMAP_AND", "The numbers that both BITMAPs have.", (*roaring.Bitmap).And},
		{"BITMAP_OR", "The numbers that one of two BITMAPs has.", (*roaring.Bitmap).Or},
		{"BITMAP_XOR", "The numbers that only one of two BITMAPs has.", (*roaring.Bitmap).Xor},
		{"BITMAP_ANDNOT", "The numbers of the first BITMAP that the second one lacks.", (*roaring.Bitmap).AndNot},
	} {
		declare(function.Function{
			Name: f.name,
			Doc:  bitmapDoc(f.name+"(bitmap1, bitmap2)", f.text, "BITMAP_TO_STRING("+f.name+"(BITMAP_BUILD(ARRAY[1, 2]), BITMAP_BUILD(ARRAY[2, 3])))"),
		}, takes(returns(types.BitmapType), 2, aBitmap, aBitmap), bitmapText(bitmapPair(f.apply)))
	}
}

// bitmapText is the code of a function that makes a BITMAP of each row.
func bitmapText(prepare func(c *kernel.Call) func(b *roaring.Bitmap, r uint32) error) Code {
	return always(kernel.Kernel{Eval: func(c *kernel.Call) error {
		out, b, fill := c.MakeBytes(), roaring.New(), prepare(c)
		for _, r := range c.Active() {
			b.Clear()
			if err := fill(b, r); err != nil {
				return c.Fail(r, err)
			}
			s, err := b.ToBytes()
			if err != nil {
				return c.Fail(r, err)
			}
			out.Put(r, s)
		}
		out.Done()
		return nil
	}})
}

func bitmapBuild(c *kernel.Call) func(b *roaring.Bitmap, r uint32) error {
	list := c.Args[0]
	return func(b *roaring.Bitmap, r uint32) error {
		at, kid := list.Index(int(r)), &list.Kids[0]
		for i := list.Offsets()[at]; i < list.Offsets()[at+1]; i++ {
			if kid.IsValid(int(i)) {
				b.Add(uint32(intOf(kid, int(i))))
			}
		}
		return nil
	}
}

func bitmapPair(apply func(a, b *roaring.Bitmap)) func(c *kernel.Call) func(b *roaring.Bitmap, r uint32) error {
	return func(c *kernel.Call) func(b *roaring.Bitmap, r uint32) error {
		x, y, right := c.Strings(0), c.Strings(1), roaring.New()
		return func(b *roaring.Bitmap, r uint32) error {
			if err := b.UnmarshalBinary(x.At(r)); err != nil {
				return err
			}
			if err := kernel.ReadBitmap(right, y.At(r)); err != nil {
				return err
			}
			apply(b, right)
			return nil
		}
	}
}

func bitmapFromBytes(c *kernel.Call) error {
	x, out, b := c.Strings(0), c.MakeBytes(), roaring.New()
	for _, r := range c.Active() {
		if err := kernel.ReadBitmap(b, x.At(r)); err != nil {
			return c.Fail(r, sqlerr.Newf(sqlerr.InvalidText, "the bytes are no BITMAP: %v", err).WithHint("the portable format of Roaring is wanted"))
		}
		s, err := b.ToBytes() // whatever stood behind it is gone
		if err != nil {
			return c.Fail(r, err)
		}
		out.Put(r, s)
	}
	out.Done()
	return nil
}

func bitmapToArray(c *kernel.Call) error {
	x, out, found, b := c.Strings(0), c.MakeLists(), vector.NewBuilder(types.IntType), roaring.New()
	for _, r := range c.Active() {
		if err := kernel.ReadBitmap(b, x.At(r)); err != nil {
			return c.Fail(r, err)
		}
		from := uint32(found.Len())
		for it := b.Iterator(); it.HasNext(); {
			found.AppendValue(types.IntValue(int64(int32(it.Next()))))
		}
		out.Span(from, uint32(found.Len()))
		out.End(r)
	}
	elements := found.Finish()
	out.Done(&elements)
	return nil
}

func bitmapCardinality(c *kernel.Call) error {
	x, b := c.Strings(0), roaring.New()
	for _, r := range c.Active() {
		if err := kernel.ReadBitmap(b, x.At(r)); err != nil {
			return c.Fail(r, err)
		}
		c.PutInt(r, int64(b.GetCardinality()))
	}
	return nil
}
