package aggregate

import (
	"encoding/binary"
	"iter"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// bitmapFold makes one BITMAP, or how many numbers it has, of the INTs or BITMAPs of a group.
type bitmapFold struct {
	fold  func(into, b *roaring.Bitmap) // nil: the arguments are INTs
	count bool
}

var bitmapFolds = map[string]*bitmapFold{
	"BITMAP_BUILD_AGG": {}, "BITMAP_BUILD_CARDINALITY_AGG": {count: true},
	"BITMAP_AND_AGG": {fold: (*roaring.Bitmap).And}, "BITMAP_AND_CARDINALITY_AGG": {fold: (*roaring.Bitmap).And, count: true},
	"BITMAP_OR_AGG": {fold: (*roaring.Bitmap).Or}, "BITMAP_OR_CARDINALITY_AGG": {fold: (*roaring.Bitmap).Or, count: true},
	"BITMAP_XOR_AGG": {fold: (*roaring.Bitmap).Xor}, "BITMAP_XOR_CARDINALITY_AGG": {fold: (*roaring.Bitmap).Xor, count: true},
}

func declareBitmaps() {
	for _, f := range []struct{ name, of, text string }{
		{"BITMAP_BUILD", "integer", "a BITMAP of the INTs that are not NULL, each taken as 32 bits without a sign"},
		{"BITMAP_AND", "bitmap", "the numbers that all BITMAPs have"},
		{"BITMAP_OR", "bitmap", "the numbers that at least one BITMAP has"},
		{"BITMAP_XOR", "bitmap", "the numbers that an odd count of the BITMAPs has"},
	} {
		declare(function.Function{
			Name: f.name + "_AGG", NeedsEntries: true, Bind: bindBitmapAgg(f.name + "_AGG"),
			Doc: function.Doc{
				Syntax: f.name + "_AGG(" + f.of + ")", Text: "As a BITMAP " + f.text + "; NULL where there is none.",
				Examples: []string{f.name + "_AGG(x)"},
			},
		})
		declare(function.Function{
			Name: f.name + "_CARDINALITY_AGG", NeedsEntries: true, Bind: bindBitmapAgg(f.name + "_CARDINALITY_AGG"),
			Doc: function.Doc{
				Syntax: f.name + "_CARDINALITY_AGG(" + f.of + ")", Text: "How many numbers " + f.name + "_AGG gives; NULL where there is none.",
				Examples: []string{f.name + "_CARDINALITY_AGG(x)"},
			},
		})
	}
}

func bindBitmapAgg(name string) binder {
	f := bitmapFolds[name]
	result := types.BitmapType
	if f.count {
		result = types.BigIntType
	}
	return func(args []function.Arg) (function.Signature, error) {
		arg, want := types.BitmapType, "one BITMAP"
		if f.fold == nil {
			arg, want = types.IntType, "one INT, SMALLINT or TINYINT"
		}
		ok := len(args) == 1 && (args[0].Type.Kind == arg.Kind || f.fold == nil && args[0].Type.IsInteger() && args[0].Type.Kind < types.Integer)
		if !ok {
			return function.Signature{}, bindError(name, args, want)
		}
		return function.Signature{Args: []types.Type{arg.WithNull(args[0].Type.Nullable)}, Result: result}, nil
	}
}

func (*bitmapFold) header([]vector.Vector, int) []byte { return nil }

func (f *bitmapFold) entry(dst []byte, args []vector.Vector, r int) ([]byte, bool, error) {
	v := &args[0]
	if !v.IsValid(r) {
		return dst, false, nil
	}
	if f.fold != nil {
		return append(dst, v.Bytes(r)...), true, nil
	}
	return binary.LittleEndian.AppendUint32(dst, uint32(vector.Values[int32](v.Base())[v.Index(r)])), true, nil
}

func (f *bitmapFold) result(_ []byte, entries iter.Seq[[]byte], out *vector.Builder) error {
	all, next, first := roaring.New(), roaring.New(), true
	for e := range entries {
		switch {
		case f.fold == nil:
			all.Add(binary.LittleEndian.Uint32(e))
		case first:
			if err := all.UnmarshalBinary(e); err != nil {
				return err
			}
		default:
			if err := kernel.ReadBitmap(next, e); err != nil {
				return err
			}
			f.fold(all, next)
		}
		first = false
	}
	if f.count {
		out.AppendValue(types.IntValue(int64(all.GetCardinality())))
		return nil
	}
	s, err := all.ToBytes()
	if err != nil {
		return err
	}
	out.AppendBytes(s)
	return nil
}

func (*bitmapFold) empty(out *vector.Builder) { out.AppendNull() }
