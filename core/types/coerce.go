package types

// Common is the least restrictive type of the SQL validator: the one type that
// UNION, CASE, arithmetic and = bring two types to. FLOAT beside DOUBLE is
// whichever stands first; Wider takes DOUBLE.
func Common(a, b Type) (Type, bool) {
	nullable := a.Nullable || b.Nullable
	switch {
	case a.Kind == Null:
		return b.WithNull(true), true
	case b.Kind == Null:
		return a.WithNull(true), true
	case a.Same(b):
		return a.WithNull(nullable), true
	}
	t, ok := commonOf(a, b)
	return t.WithNull(nullable), ok
}

func commonOf(a, b Type) (Type, bool) {
	switch {
	case a.IsNumeric() && b.IsNumeric():
		return commonNumeric(a, b), true
	case a.IsString() && b.IsString():
		return commonLength(a, b, Char, Varchar), true
	case a.IsBinary() && b.IsBinary():
		return commonLength(a, b, Binary, Varbinary), true
	case a.Kind == Time && b.Kind == Time:
		return Type{Kind: Time, Precision: max(a.Precision, b.Precision)}, true
	case a.IsTemporal() && b.IsTemporal():
		return commonTemporal(a, b)
	case a.Kind == b.Kind && a.IsNested():
		return commonNested(a, b)
	}
	return Type{}, false
}

func commonNumeric(a, b Type) Type {
	switch {
	case a.IsInteger() && b.IsInteger():
		if a.Kind > b.Kind {
			return a
		}
		return b
	case a.IsApproximate() && b.IsApproximate():
		return a
	case a.Kind == Decimal && b.IsApproximate(), b.Kind == Decimal && a.IsApproximate():
		return DoubleType
	case a.IsApproximate():
		return a
	case b.IsApproximate():
		return b
	}
	a, b = a.AsDecimal(), b.AsDecimal()
	whole := min(max(a.Precision-a.Scale, b.Precision-b.Scale), MaxDecimalPrecision)
	scale := min(max(a.Scale, b.Scale), MaxDecimalPrecision-whole)
	return DecimalType(whole+scale, scale)
}

// commonLength is CHAR(n) for two CHAR(n), else the varying type with room for both.
func commonLength(a, b Type, fixed, varying Kind) Type {
	t := Type{Kind: varying, Length: max(a.Length, b.Length)}
	if a.Kind == fixed && b.Kind == fixed && a.Length == b.Length {
		t.Kind = fixed
	}
	return t
}

func commonTemporal(a, b Type) (Type, bool) {
	if a.Kind == Time || b.Kind == Time {
		return Type{}, false
	}
	kind := max(a.Kind, b.Kind) // DATE < TIMESTAMP < TIMESTAMP_LTZ
	if kind == Date {
		return DateType, true
	}
	return Type{Kind: kind, Precision: max(a.Precision, b.Precision)}, true
}

func commonNested(a, b Type) (Type, bool) {
	out := Type{Kind: a.Kind}
	if a.Kind == Row {
		if len(a.Fields) != len(b.Fields) {
			return Type{}, false
		}
		for i, f := range a.Fields {
			t, ok := Common(f.Type, b.Fields[i].Type)
			if !ok {
				return Type{}, false
			}
			out.Fields = append(out.Fields, Field{Name: f.Name, Type: t})
		}
		return out, true
	}
	elem, ok := Common(*a.Elem, *b.Elem)
	if !ok {
		return Type{}, false
	}
	out.Elem = &elem
	if a.Kind == Map {
		key, ok := Common(*a.Key, *b.Key)
		if !ok {
			return Type{}, false
		}
		out.Key = &key
	}
	return out, true
}

// Wider is the common type of the functions that merge values (COALESCE, GREATEST …)
// and of <: as Common, but DOUBLE wins over FLOAT, and FLOAT over a DECIMAL before it.
func Wider(a, b Type) (Type, bool) {
	nullable := a.Nullable || b.Nullable
	switch {
	case a.Kind == Float && b.Kind == Double:
		return b.WithNull(nullable), true
	case a.Kind == Decimal && b.Kind == Float:
		return b.WithNull(nullable), true
	}
	return Common(a, b)
}

// CommonOf is Common, or Wider, over any number of types; NULL where all are NULL.
func CommonOf(common func(a, b Type) (Type, bool), ts ...Type) (Type, bool) {
	if len(ts) == 0 {
		return Type{}, false
	}
	out := ts[0]
	for _, t := range ts[1:] {
		var ok bool
		if out, ok = common(out, t); !ok {
			return Type{}, false
		}
	}
	return out, true
}

// CommonOrder is the type in which < and its like compare two values: a string
// beside a number is read as a number with at least the digits of BIGINT. Elsewhere
// it is CommonComparison.
func CommonOrder(a, b Type) (Type, bool) {
	switch {
	case a.IsNumeric() && b.IsString():
		return Common(a, BigIntType.WithNull(b.Nullable))
	case b.IsNumeric() && a.IsString():
		return Common(BigIntType.WithNull(a.Nullable), b)
	}
	return CommonComparison(a, b)
}

// CommonComparison is the type in which = compares two values: Common, and a
// string beside a date or time is read as one. Rows and binary strings compare
// among themselves.
func CommonComparison(a, b Type) (Type, bool) {
	if t, ok := Common(a, b); ok {
		return t, true
	}
	nullable := a.Nullable || b.Nullable
	switch {
	case a.IsTemporal() && b.IsString():
		return a.WithNull(nullable), true
	case b.IsTemporal() && a.IsString():
		return b.WithNull(nullable), true
	}
	return Type{}, false
}
