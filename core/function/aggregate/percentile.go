package aggregate

import (
	"cmp"
	"encoding/binary"
	"iter"
	"math"
	"slices"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

func declarePercentile() {
	declare(function.Function{
		Name: "PERCENTILE", NeedsEntries: true, Bind: bindPercentile,
		Doc: function.Doc{
			Syntax:   "PERCENTILE(value, percentage [, frequency])",
			Text:     "The exact percentile of the numbers, interpolated between two of them, or an ARRAY of several where the percentage, from 0 to 1, is one; each number counts as often as its frequency says.",
			Examples: []string{"PERCENTILE(price, 0.5)", "PERCENTILE(price, ARRAY[0.25, 0.75])"},
		},
	})
}

func bindPercentile(args []function.Arg) (function.Signature, error) {
	const want = "a number, a percentage from 0 to 1 or an ARRAY of them, and optionally an integer frequency"
	if len(args) < 2 || len(args) > 3 || !args[0].Type.IsNumeric() {
		return function.Signature{}, bindError("PERCENTILE", args, want)
	}
	sig := function.Signature{Args: []types.Type{types.DoubleType.WithNull(args[0].Type.Nullable)}, Result: types.DoubleType}
	switch p := args[1].Type; {
	case p.IsNumeric():
		sig.Args = append(sig.Args, types.DoubleType.WithNull(p.Nullable))
	case p.Kind == types.Array && p.Elem.IsNumeric():
		sig.Args = append(sig.Args, types.ArrayType(types.DoubleType.WithNull(p.Elem.Nullable)).WithNull(p.Nullable))
		sig.Result = types.ArrayType(types.DoubleType)
	default:
		return sig, bindError("PERCENTILE", args, want)
	}
	if len(args) == 3 {
		if !args[2].Type.IsInteger() {
			return sig, bindError("PERCENTILE", args, want)
		}
		sig.Args = append(sig.Args, types.BigIntType.WithNull(args[2].Type.Nullable))
	}
	return sig, nil
}

// percentile has entries of a number and how often it counts. The header holds the percentages.
type percentile struct{ list bool }

func (p *percentile) header(args []vector.Vector, r int) (dst []byte) {
	v := &args[1]
	if !v.IsValid(r) {
		return nil
	}
	base, at := v.Base(), v.Index(r)
	if !p.list {
		return appendDouble(dst, vector.Values[float64](base)[at])
	}
	kid := &base.Kids[0]
	for i := base.Offsets()[at]; i < base.Offsets()[at+1]; i++ {
		dst = appendDouble(dst, vector.Values[float64](kid.Base())[kid.Index(int(i))])
	}
	return dst
}

func appendDouble(dst []byte, f float64) []byte {
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(f))
}

func (p *percentile) entry(dst []byte, args []vector.Vector, r int) ([]byte, bool, error) {
	v, times := &args[0], int64(1)
	if !v.IsValid(r) {
		return dst, false, nil
	}
	if len(args) == 3 {
		f := &args[2]
		if !f.IsValid(r) {
			return dst, false, nil
		}
		if times = vector.Values[int64](f.Base())[f.Index(r)]; times <= 0 {
			return dst, false, nil
		}
	}
	dst = appendDouble(dst, vector.Values[float64](v.Base())[v.Index(r)])
	return binary.LittleEndian.AppendUint64(dst, uint64(times)), true, nil
}

type counted struct {
	value float64
	upTo  int64 // how many there are up to this one
}

func (p *percentile) result(header []byte, entries iter.Seq[[]byte], out *vector.Builder) error {
	var all []counted
	for e := range entries {
		all = append(all, counted{math.Float64frombits(binary.LittleEndian.Uint64(e)), int64(binary.LittleEndian.Uint64(e[8:]))})
	}
	slices.SortFunc(all, func(a, b counted) int { return cmp.Compare(a.value, b.value) })
	total := int64(0)
	for i := range all {
		total += all[i].upTo
		all[i].upTo = total
	}
	var values []types.Value
	for ; len(header) >= 8; header = header[8:] {
		share := math.Float64frombits(binary.LittleEndian.Uint64(header))
		if share < 0 || share > 1 || share != share {
			return sqlerr.Newf(sqlerr.BadInput, "PERCENTILE: the percentage %v does not lie between 0 and 1", share)
		}
		values = append(values, types.FloatValue(percentileOf(all, float64(total-1)*share)))
	}
	switch {
	case p.list:
		out.AppendValue(types.Value{Items: values})
	case len(values) == 0:
		out.AppendNull()
	default:
		out.AppendValue(values[0])
	}
	return nil
}

// percentileOf is the value at a place that may lie between two.
func percentileOf(all []counted, place float64) float64 {
	low, high := math.Floor(place), math.Ceil(place)
	at := func(place float64) float64 {
		i, _ := slices.BinarySearchFunc(all, int64(place)+1, func(c counted, n int64) int { return cmp.Compare(c.upTo, n) })
		return all[i].value
	}
	below, above := at(low), at(high)
	if low == high || below == above {
		return below
	}
	return (high-place)*below + (place-low)*above
}

func (*percentile) empty(out *vector.Builder) { out.AppendNull() }
