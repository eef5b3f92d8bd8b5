package scalar_test

import (
	"testing"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/function/scalar"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

func TestDefine(t *testing.T) {
	user := scalar.User{
		Name: "test_twice", Args: []types.Type{types.BigIntType, types.StringType}, Result: types.BigIntType.NotNull(),
		Eval: func(c *kernel.Call) error {
			x := c.Ints(0)
			for _, r := range c.Active() {
				c.PutInt(r, 2*x.At(r))
			}
			return nil
		},
	}
	if err := scalar.Define(user); err != nil {
		t.Fatal(err)
	}
	f, ok := function.Lookup("Test_Twice")
	if !ok || f.Name != "TEST_TWICE" {
		t.Fatal("the function is not found")
	}
	text := types.VarcharType(3)
	for _, c := range []struct {
		args []types.Type
		want types.Type // of the result; none: refused
	}{
		{[]types.Type{types.BigIntType.NotNull(), text.NotNull()}, types.BigIntType.NotNull()},
		{[]types.Type{types.IntType, types.StringType}, types.BigIntType},
		{[]types.Type{types.NullType, types.StringType}, types.BigIntType},
		{[]types.Type{types.DoubleType, types.StringType}, types.Type{}},
		{[]types.Type{types.BigIntType}, types.Type{}},
	} {
		args := make([]function.Arg, len(c.args))
		for i, a := range c.args {
			args[i].Type = a
		}
		sig, err := f.Bind(args)
		switch {
		case c.want.Kind == types.Invalid && err == nil:
			t.Errorf("%v is taken", c.args)
		case c.want.Kind != types.Invalid && (err != nil || sig.Result.String() != c.want.String() || sig.Args[0].Kind != types.BigInt):
			t.Errorf("%v gives %v, %v", c.args, sig, err)
		}
	}
	if _, ok, err := scalar.Kernel("TEST_TWICE", scalar.Site{}); !ok || err != nil {
		t.Errorf("it has no code: %v", err)
	}
	if err := scalar.Define(user); err != nil {
		t.Errorf("a program may define its function anew: %v", err)
	}
	user.Name = "upper"
	if e := sqlerr.As(scalar.Define(user)); e == nil || e.Code != sqlerr.DuplicateObject {
		t.Errorf("a built-in function was replaced: %v", e)
	}
	user.Name, user.Eval = "without_code", nil
	if scalar.Define(user) == nil {
		t.Error("a function without code was taken")
	}
}
