package types

// minDivisionScale is the scale that a product or quotient keeps at least when
// its digits do not fit, and the least of a quotient and of AVG.
const minDivisionScale = 6

// DecimalOfInteger is the DECIMAL that holds every value of an integer kind.
func DecimalOfInteger(k Kind) Type {
	switch k {
	case TinyInt:
		return DecimalType(3, 0)
	case SmallInt:
		return DecimalType(5, 0)
	case Integer:
		return DecimalType(10, 0)
	}
	return DecimalType(19, 0)
}

// AsDecimal is the DECIMAL of an exact numeric type.
func (t Type) AsDecimal() Type {
	if t.Kind == Decimal {
		return t
	}
	return DecimalOfInteger(t.Kind).WithNull(t.Nullable)
}

// DecimalAdd is the type of a + b and a - b.
func DecimalAdd(a, b Type) Type {
	s := max(a.Scale, b.Scale)
	return cappedDecimal(a, b, max(a.Precision-a.Scale, b.Precision-b.Scale)+s+1, s)
}

// DecimalSub is the type of a - b.
func DecimalSub(a, b Type) Type { return DecimalAdd(a, b) }

// DecimalMul is the type of a * b.
func DecimalMul(a, b Type) Type {
	return cappedDecimal(a, b, a.Precision+b.Precision+1, a.Scale+b.Scale)
}

// DecimalDiv is the type of a / b.
func DecimalDiv(a, b Type) Type {
	s := max(minDivisionScale, a.Scale+b.Precision+1)
	return cappedDecimal(a, b, a.Precision-a.Scale+b.Scale+s, s)
}

// DecimalMod is the type of a % b.
func DecimalMod(a, b Type) Type {
	s := max(a.Scale, b.Scale)
	return cappedDecimal(a, b, min(a.Precision-a.Scale, b.Precision-b.Scale)+s, s)
}

// DecimalRound is the type of ROUND(a, digits).
func DecimalRound(a Type, digits int) Type {
	switch {
	case digits >= a.Scale:
		return a
	case digits < 0:
		return DecimalType(min(MaxDecimalPrecision, 1+a.Precision-a.Scale), 0).WithNull(a.Nullable)
	}
	return DecimalType(1+a.Precision-a.Scale+digits, digits).WithNull(a.Nullable)
}

// cappedDecimal limits a derived type to 38 digits: the whole part is kept, the
// scale gives way, but not below six digits.
func cappedDecimal(a, b Type, precision, scale int) Type {
	if precision > MaxDecimalPrecision {
		whole := precision - scale
		scale = max(MaxDecimalPrecision-whole, min(scale, minDivisionScale))
		precision = MaxDecimalPrecision
	}
	return DecimalType(precision, scale).WithNull(a.Nullable || b.Nullable)
}

// SumType is the type of SUM over a column: integers keep their type, decimals
// get all 38 digits. The sum of no rows is NULL.
func SumType(t Type) Type {
	if t.Kind == Decimal {
		return DecimalType(MaxDecimalPrecision, t.Scale)
	}
	return t.WithNull(true)
}

// AvgType is the type of AVG over a column.
func AvgType(t Type) Type {
	if t.Kind == Decimal {
		return DecimalType(MaxDecimalPrecision, max(minDivisionScale, t.Scale))
	}
	return t.WithNull(true)
}
