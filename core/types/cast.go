package types

// CanImplicit reports whether a value of one type goes into a column or an
// argument of another without CAST, as INSERT and function calls allow it.
// Nullability is not looked at.
func CanImplicit(from, to Type) bool {
	switch {
	case from.Kind == Null || from.Same(to):
		return true
	case to.IsInteger():
		return from.IsInteger() && from.Kind <= to.Kind
	case to.Kind == Decimal, to.Kind == Double:
		return from.IsNumeric()
	case to.Kind == Float:
		return from.IsNumeric() && from.Kind != Double
	case to.IsString():
		return from.IsString()
	case to.IsBinary():
		return from.IsBinary()
	case to.Kind == Date:
		return from.Kind == Date || from.Kind == Timestamp
	case to.Kind == Time:
		return from.Kind == Time || from.Kind == Timestamp
	case to.IsTimestamp():
		return from.IsTimestamp()
	case to.IsNested():
		return castNested(from, to, CanImplicit)
	}
	return from.Kind == to.Kind
}

// CanCast reports whether CAST goes from one type to another. Nullability is
// not looked at. Numbers and timestamps do not cast into each other: TO_TIMESTAMP_LTZ
// and UNIX_TIMESTAMP say which unit is meant.
func CanCast(from, to Type) bool {
	switch {
	case from.Kind == Null || CanImplicit(from, to):
		return true
	case from.Kind == Variant, to.Kind == Variant, to.Kind == Bitmap:
		return false
	case from.Kind == Bitmap:
		return to.IsString()
	case to.IsString():
		return true
	case from.IsString():
		return !to.IsNested() && !to.IsInterval()
	case to.Kind == Boolean:
		return from.IsNumeric()
	case to.IsNumeric():
		return from.IsNumeric() || from.Kind == Boolean ||
			from.IsInterval() && (to.Kind == Integer || to.Kind == BigInt)
	case to.Kind == Date:
		return from.IsTimestamp()
	case to.Kind == Time:
		return from.IsTimestamp()
	case to.IsTimestamp():
		return from.IsTemporal()
	case to.IsInterval():
		return from.Kind == to.Kind || from.Kind == Integer || from.Kind == BigInt
	case to.IsNested():
		return castNested(from, to, CanCast)
	}
	return false
}

func castNested(from, to Type, can func(from, to Type) bool) bool {
	if from.Kind != to.Kind || len(from.Fields) != len(to.Fields) {
		return false
	}
	for i := range from.Fields {
		if !can(from.Fields[i].Type, to.Fields[i].Type) {
			return false
		}
	}
	return (from.Key == nil || can(*from.Key, *to.Key)) && (from.Elem == nil || can(*from.Elem, *to.Elem))
}
