package scalar

import (
	"testing"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/types"
)

func arg(t types.Type) function.Arg { return function.Arg{Type: t.NotNull()} }

func word(s string) function.Arg {
	v := types.StringValue(s)
	return function.Arg{Type: types.CharType(len(s)).NotNull(), Literal: &v}
}

func TestBind(t *testing.T) {
	dec := types.DecimalType
	cases := []struct {
		name string
		args []function.Arg
		want string // empty: refused
	}{
		{"+", []function.Arg{arg(types.IntType), arg(types.BigIntType)}, "BIGINT NOT NULL"},
		{"+", []function.Arg{arg(types.IntType), arg(dec(2, 1))}, "DECIMAL(12, 1) NOT NULL"},
		{"*", []function.Arg{arg(dec(15, 2)), arg(dec(16, 2))}, "DECIMAL(32, 4) NOT NULL"},
		{"/", []function.Arg{arg(dec(10, 2)), arg(dec(10, 2))}, "DECIMAL(23, 13) NOT NULL"},
		{"*", []function.Arg{arg(dec(10, 2)), arg(types.DoubleType)}, "DOUBLE NOT NULL"},
		{"+", []function.Arg{arg(types.DateType), arg(types.DaySecond)}, "DATE NOT NULL"},
		{"-", []function.Arg{arg(types.TimestampType(3)), arg(types.YearMonth)}, "TIMESTAMP(3) NOT NULL"},
		{"*", []function.Arg{arg(types.DaySecond), arg(types.IntType)}, "INTERVAL DAY TO SECOND NOT NULL"},
		{"-", []function.Arg{arg(types.DateType), arg(types.DateType)}, ""},
		{"+", []function.Arg{arg(types.IntType), arg(types.StringType)}, ""},
		{"=", []function.Arg{arg(types.DateType), arg(types.CharType(10))}, "BOOLEAN NOT NULL"},
		{"=", []function.Arg{arg(types.CharType(1)), arg(types.IntType)}, ""},
		{"<", []function.Arg{arg(types.IntType), arg(types.StringType.WithNull(true))}, "BOOLEAN NOT NULL"},
		{"COALESCE", []function.Arg{{Type: types.IntType}, arg(types.BigIntType)}, "BIGINT NOT NULL"},
		{"CASE", []function.Arg{arg(types.BooleanType), arg(types.IntType), {Type: types.NullType}}, "INT"},
		{"CASE", []function.Arg{arg(types.BooleanType), arg(types.IntType), arg(types.StringType)}, ""},
		{"EXTRACT", []function.Arg{word("YEAR"), arg(types.DateType)}, "BIGINT NOT NULL"},
		{"EXTRACT", []function.Arg{word("YEARLY"), arg(types.DateType)}, ""},
		{"TIMESTAMPADD", []function.Arg{word("HOUR"), arg(types.IntType), arg(types.DateType)}, "TIMESTAMP(6) NOT NULL"},
		{"IS NULL", []function.Arg{{Type: types.IntType}}, "BOOLEAN NOT NULL"},
	}
	for _, c := range cases {
		f, ok := function.Lookup(c.name)
		if !ok {
			t.Fatalf("%s is not declared", c.name)
		}
		sig, err := f.Bind(c.args)
		switch {
		case err != nil && c.want != "":
			t.Errorf("%s%v: %v", c.name, typesOf(c.args), err)
		case err == nil && c.want != sig.Result.String():
			t.Errorf("%s%v: got %s, want %q", c.name, typesOf(c.args), sig.Result, c.want)
		case err == nil && len(sig.Args) != len(c.args):
			t.Errorf("%s: %d argument types for %d arguments", c.name, len(sig.Args), len(c.args))
		}
	}
}
