package rowcodec_test

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/state/rowcodec"
)

var columnTypes = []types.Type{
	types.BooleanType, types.TinyIntType, types.SmallType, types.IntType, types.BigIntType,
	types.FloatType, types.DoubleType, types.DecimalType(10, 2), types.DecimalType(38, 4),
	types.StringType, types.BytesType, types.DateType, types.TimestampType(6),
	types.ArrayType(types.IntType), types.ArrayType(types.StringType),
	types.RowType(types.Field{Name: "a", Type: types.StringType}, types.Field{Name: "b", Type: types.BigIntType}),
}

// randomValue favours edges and repeats.
func randomValue(r *rand.Rand, t types.Type) types.Value {
	if r.IntN(5) == 0 {
		return types.NullValue()
	}
	switch t.Phys() {
	case types.PhysBool:
		return types.BoolValue(r.IntN(2) == 0)
	case types.PhysInt8:
		return types.IntValue(int64(int8(r.Uint32())))
	case types.PhysInt16:
		return types.IntValue(int64(int16(r.Uint32())))
	case types.PhysInt32:
		return types.IntValue(int64(int32(r.Uint32())))
	case types.PhysInt64:
		return types.IntValue([]int64{0, -1, 1, math.MinInt64, math.MaxInt64, r.Int64(), -r.Int64()}[r.IntN(7)])
	case types.PhysInt128:
		return types.Int128Value(types.Int128{Lo: r.Uint64(), Hi: int64(r.IntN(5)) - 2})
	case types.PhysFloat32, types.PhysFloat64:
		return types.FloatValue([]float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), float64(r.Float32()), -float64(r.Float32())}[r.IntN(7)])
	case types.PhysBytes:
		s := make([]byte, r.IntN(4)*r.IntN(8))
		for i := range s {
			s[i] = []byte{0, 1, 0xfe, 0xff, 'a'}[r.IntN(5)]
		}
		return types.BytesValue(s)
	case types.PhysList:
		v := types.Value{}
		for range r.IntN(3) {
			v.Items = append(v.Items, randomValue(r, *t.Elem))
		}
		return v
	}
	v := types.Value{}
	for _, f := range t.Fields {
		v.Items = append(v.Items, randomValue(r, f.Type))
	}
	return v
}

// compareValues is the order that keys must have, by reasoning from SQL.
func compareValues(t types.Type, a, b types.Value) int {
	if a.Null || b.Null {
		return cmp.Compare(truth(!a.Null), truth(!b.Null))
	}
	switch t.Phys() {
	case types.PhysInt128:
		if c := cmp.Compare(a.Hi, b.Hi); c != 0 {
			return c
		}
		return cmp.Compare(uint64(a.I), uint64(b.I))
	case types.PhysFloat32, types.PhysFloat64:
		x, y := a.Float(), b.Float()
		if x != x || y != y {
			return cmp.Compare(truth(x != x), truth(y != y))
		}
		return cmp.Compare(x, y)
	case types.PhysBytes:
		return bytes.Compare(a.B, b.B)
	case types.PhysList:
		for i := range min(len(a.Items), len(b.Items)) {
			if c := compareValues(*t.Elem, a.Items[i], b.Items[i]); c != 0 {
				return c
			}
		}
		return cmp.Compare(len(a.Items), len(b.Items))
	case types.PhysStruct:
		for i, f := range t.Fields {
			if c := compareValues(f.Type, a.Items[i], b.Items[i]); c != 0 {
				return c
			}
		}
		return 0
	}
	return cmp.Compare(a.I, b.I)
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

func build(ts []types.Type, rows [][]types.Value) []vector.Vector {
	cols := make([]vector.Vector, len(ts))
	for c, t := range ts {
		b := vector.NewBuilder(t)
		for _, r := range rows {
			b.AppendValue(r[c])
		}
		cols[c] = b.Finish()
	}
	return cols
}

func builders(ts []types.Type) []*vector.Builder {
	bs := make([]*vector.Builder, len(ts))
	for i, t := range ts {
		bs[i] = vector.NewBuilder(t)
	}
	return bs
}

func randomRows(r *rand.Rand, ts []types.Type, n int) [][]types.Value {
	rows := make([][]types.Value, n)
	for i := range rows {
		for _, t := range ts {
			rows[i] = append(rows[i], randomValue(r, t))
		}
		if i > 0 && r.IntN(4) == 0 {
			copy(rows[i], rows[r.IntN(i)][:r.IntN(len(ts)+1)])
		}
	}
	return rows
}

func newRand(t *testing.T) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

func TestKeysOrderAsRowsDo(t *testing.T) {
	r := newRand(t)
	for range 60 {
		ts, orders := []types.Type{}, []rowcodec.Order{}
		for range 1 + r.IntN(3) {
			ts = append(ts, columnTypes[r.IntN(len(columnTypes))])
			orders = append(orders, rowcodec.Order{Desc: r.IntN(2) == 0, NullsLast: r.IntN(2) == 0})
		}
		rows := randomRows(r, ts, 40)
		cols := build(ts, rows)
		e := rowcodec.KeyEncoder{Orders: orders}
		var keys rowcodec.Keys
		e.Encode(cols, len(rows), nil, &keys)
		for i := range rows {
			for j := range rows {
				want := 0
				for c := 0; c < len(ts) && want == 0; c++ {
					want = ordered(ts[c], orders[c], rows[i][c], rows[j][c])
				}
				if got := bytes.Compare(keys.At(i), keys.At(j)); got != want {
					t.Fatalf("%v %+v: rows %+v and %+v compare as %d, their keys as %d", ts, orders, rows[i], rows[j], want, got)
				}
			}
		}
		decodedKeysMatch(t, ts, orders, rows, &keys)
	}
}

func ordered(t types.Type, o rowcodec.Order, a, b types.Value) int {
	c := compareValues(t, a, b)
	if a.Null != b.Null {
		if o.NullsLast {
			return -c
		}
		return c
	}
	if o.Desc {
		return -c
	}
	return c
}

func decodedKeysMatch(t *testing.T, ts []types.Type, orders []rowcodec.Order, rows [][]types.Value, keys *rowcodec.Keys) {
	t.Helper()
	which := []uint32{3, 1, 7, 7}
	into := builders(ts)
	if err := rowcodec.NewKeyDecoder(ts, orders).Decode(keys, which, into); err != nil {
		t.Fatal(err)
	}
	for c := range ts {
		got := into[c].Finish()
		for i, k := range which {
			if compareValues(ts[c], got.ValueAt(i), rows[k][c]) != 0 {
				t.Fatalf("column %s: decoded %+v, want %+v", ts[c], got.ValueAt(i), rows[k][c])
			}
		}
	}
}

func TestRowsComeBack(t *testing.T) {
	r := newRand(t)
	mapType := types.MapType(types.StringType, types.IntType)
	for range 60 {
		ts := []types.Type{}
		for range 1 + r.IntN(12) {
			ts = append(ts, columnTypes[r.IntN(len(columnTypes))])
		}
		ts = append(ts, mapType)
		rows := randomRows(r, ts[:len(ts)-1], 30)
		for i := range rows {
			rows[i] = append(rows[i], types.Value{Items: []types.Value{types.StringValue(fmt.Sprint(i)), types.NullValue()}})
		}
		codec := rowcodec.NewRowCodec(ts)
		codec.Prefix = r.IntN(3) * 8
		var stored rowcodec.Rows
		stored.AppendAbsent()
		sel := []uint32{29, 0, 5}
		codec.Encode(build(ts, rows), len(rows), nil, &stored)
		codec.Encode(build(ts, rows), len(rows), sel, &stored)
		for i, r := range sel {
			if !bytes.Equal(stored.At(31+i), stored.At(1+int(r))) {
				t.Fatalf("equal rows have different bytes")
			}
		}
		into := builders(ts)
		which := []uint32{4, 1, 31}
		if err := codec.Decode(&stored, which, into); err != nil {
			t.Fatal(err)
		}
		for c := range ts {
			got := into[c].Finish()
			for i, k := range []int{3, 0, 29} {
				want := build(ts, rows)[c]
				if fmt.Sprint(got.ValueAt(i)) != fmt.Sprint(want.ValueAt(k)) {
					t.Fatalf("column %s: decoded %+v, want %+v", ts[c], got.ValueAt(i), want.ValueAt(k))
				}
			}
		}
	}
}

func TestFormsEncodeAlike(t *testing.T) {
	dict := vector.Strings("x", "a string that is long", "")
	coded := vector.Vector{Phys: types.PhysBytes, Form: vector.Dict, Len: 4, Codes: []uint32{1, 0, 2, 1}, Dict: &dict, Valid: vector.Bitmap{0b1101}}
	konst := vector.ConstOf(types.BigIntType, types.IntValue(-7), 4)
	none := vector.ConstOf(types.DateType, types.NullValue(), 4)
	cols := []vector.Vector{coded, konst, none}
	flat := []vector.Vector{coded.Flatten(), konst.Flatten(), none.Flatten()}
	var a, b rowcodec.Keys
	var e rowcodec.KeyEncoder
	e.Encode(cols, 4, []uint32{0, 1, 3}, &a)
	e.Encode(flat, 4, []uint32{0, 1, 3}, &b)
	if !bytes.Equal(a.Bytes, b.Bytes) || fmt.Sprint(a.Hash) != fmt.Sprint(b.Hash) {
		t.Error("keys differ by form")
	}
	codec := rowcodec.NewRowCodec([]types.Type{types.StringType, types.BigIntType, types.DateType})
	var ra, rb rowcodec.Rows
	codec.Encode(cols, 4, nil, &ra)
	codec.Encode(flat, 4, nil, &rb)
	if !bytes.Equal(ra.Bytes, rb.Bytes) {
		t.Error("rows differ by form")
	}
}

// TestKeyBytes holds the stored form: these bytes lie in users' checkpoints.
func TestKeyBytes(t *testing.T) {
	ts := []types.Type{types.IntType, types.StringType, types.DoubleType}
	rows := [][]types.Value{{types.IntValue(5), types.StringValue("a\x00b"), types.FloatValue(1)}, {types.NullValue(), types.StringValue(""), types.FloatValue(-1)}}
	var keys rowcodec.Keys
	var e rowcodec.KeyEncoder
	e.Encode(build(ts, rows), 2, nil, &keys)
	want := []string{"0180000005" + "016100ff620000" + "01bff0000000000000", "00" + "010000" + "01400fffffffffffff"}
	for i, w := range want {
		if got := fmt.Sprintf("%x", keys.At(i)); got != w {
			t.Errorf("key %d: %s, want %s", i, got, w)
		}
	}
}

func TestRowBytes(t *testing.T) {
	ts := []types.Type{types.IntType, types.StringType, types.BooleanType}
	rows := [][]types.Value{{types.IntValue(5), types.StringValue("ab"), types.BoolValue(true)}, {types.NullValue(), types.NullValue(), types.NullValue()}}
	var got rowcodec.Rows
	rowcodec.NewRowCodec(ts).Encode(build(ts, rows), 2, nil, &got)
	want := []string{"01" + "00" + "05000000" + "01" + "026162", "01" + "07" + "00000000" + "00" + "00"}
	for i, w := range want {
		if g := fmt.Sprintf("%x", got.At(i)); g != w {
			t.Errorf("row %d: %s, want %s", i, g, w)
		}
	}
}

func TestMapsAreNoKeys(t *testing.T) {
	if err := rowcodec.CheckKey([]types.Type{types.IntType, types.ArrayType(types.MapType(types.IntType, types.IntType))}); err == nil {
		t.Error("a MAP inside an ARRAY must be refused as a key")
	}
	if err := rowcodec.CheckKey(columnTypes); err != nil {
		t.Error(err)
	}
}

func FuzzDecode(f *testing.F) {
	ts := []types.Type{types.IntType, types.StringType, types.ArrayType(types.StringType), types.BooleanType}
	f.Add([]byte("\x01\x00\x05\x00\x00\x00\x01\x02ab\x00"))
	f.Add([]byte("\x01\x80\x00\x00\x05\x01a\x00\x00\x00\x01\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var rows rowcodec.Rows
		rows.Append(b)
		_ = rowcodec.NewRowCodec(ts).Decode(&rows, nil, builders(ts))
		orders := []rowcodec.Order{{}, {Desc: true}, {Desc: true}, {}}
		_ = rowcodec.NewKeyDecoder(ts, orders).DecodeSubs(&rows, nil, builders(ts))
		_ = rowcodec.NewKeyDecoder(ts, nil).DecodeSubs(&rows, nil, builders(ts))
	})
}

func BenchmarkKeys(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	ids := make([]int64, 8192)
	for i := range ids {
		ids[i] = r.Int64N(100000)
	}
	cols := []vector.Vector{vector.Of(types.PhysInt64, ids)}
	var e rowcodec.KeyEncoder
	var keys rowcodec.Keys
	for b.Loop() {
		keys.Reset()
		e.Encode(cols, len(ids), nil, &keys)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(ids)), "ns/row")
}

func BenchmarkRows(b *testing.B) {
	ts := []types.Type{types.BigIntType, types.StringType, types.DoubleType, types.TimestampType(3)}
	rows := randomRows(rand.New(rand.NewPCG(1, 2)), ts, 8192)
	cols := build(ts, rows)
	codec := rowcodec.NewRowCodec(ts)
	var out rowcodec.Rows
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			out.Reset()
			codec.Encode(cols, len(rows), nil, &out)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(rows)), "ns/row")
	})
	b.Run("decode", func(b *testing.B) {
		into := builders(ts)
		for b.Loop() {
			for _, x := range into {
				x.Reset()
			}
			if err := codec.Decode(&out, nil, into); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(rows)), "ns/row")
	})
}
