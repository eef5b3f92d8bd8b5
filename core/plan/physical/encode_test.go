package physical

import (
	"reflect"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

func sample(limit int64, traits Traits, pos sqlerr.Pos) *Node {
	schema := types.NewSchema(types.Field{Name: "a", Type: types.BigIntType}, types.Field{Name: "b", Type: types.DecimalType(30, 2)})
	scan := &Node{Op: &Scan{Table: &catalog.Table{Name: "c.d.t"}, Columns: []int{0, 3}, Limit: limit}, Schema: schema, Traits: traits}
	big := expr.Lit(types.BigIntType, types.IntValue(1<<62+1))
	cond := expr.NewCall(expr.Gt, types.BooleanType, expr.Col(0, "a", types.BigIntType), big)
	cond.Pos = pos
	calc := &Node{Op: &Calc{Filter: cond}, Inputs: []*Node{scan}, Schema: schema, Traits: traits}
	again := &Node{Op: &Calc{Filter: cond}, Inputs: []*Node{scan}, Schema: schema, Traits: traits}
	join := &Node{Op: &HashJoin{Kind: logical.Left, LeftKeys: []int{0}, RightKeys: []int{0}, BuildRight: true, Shared: true}, Inputs: []*Node{calc, again}, Schema: schema, Traits: traits}
	return &Node{Op: &Collect{}, Inputs: []*Node{join}, Schema: schema, Traits: traits}
}

func TestEncodeRoundTrip(t *testing.T) {
	root := sample(-1, Traits{Bounded: true, Parallelism: 2, UniqueKeys: [][]int{{0}}}, sqlerr.Pos{})
	if err := AssignIDs(root); err != nil {
		t.Fatal(err)
	}
	b, err := Encode(root)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got[0], root) {
		t.Errorf("a plan changed on its way through JSON:\n%s", b)
	}
	join := got[0].Inputs[0]
	if join.Inputs[0].Inputs[0] != join.Inputs[1].Inputs[0] {
		t.Error("a shared node was doubled")
	}
}

func TestEveryOperatorDecodes(t *testing.T) {
	for name, f := range makers {
		if op, err := DecodeOp(name, []byte("{}")); err != nil || reflect.TypeOf(op) != reflect.TypeOf(f()) {
			t.Errorf("%s: %T, %v", name, op, err)
		}
	}
	if _, err := DecodeOp("Nothing", []byte("{}")); err == nil {
		t.Error("an unknown operator was decoded")
	}
}

func TestIDsNameTheMeaning(t *testing.T) {
	ids := func(n *Node) (out []string) {
		if err := AssignIDs(n); err != nil {
			t.Fatal(err)
		}
		var walk func(n *Node)
		walk = func(n *Node) {
			out = append(out, n.ID)
			for _, in := range n.Inputs {
				walk(in)
			}
		}
		walk(n)
		return out
	}
	one := ids(sample(-1, Traits{Parallelism: 1}, sqlerr.Pos{}))
	// A hint, another parallelism and another place in the text mean the same.
	two := ids(sample(10, Traits{Parallelism: 8, Rows: 5}, sqlerr.Pos{Line: 3, Column: 7}))
	if !reflect.DeepEqual(one, two) {
		t.Errorf("%v\n%v", one, two)
	}
	if one[2] == one[4] || !strings.HasSuffix(one[4], "-2") {
		t.Errorf("two nodes of one meaning are %s and %s", one[2], one[4])
	}
	other := sample(-1, Traits{}, sqlerr.Pos{})
	other.Inputs[0].Inputs[0].Op.(*Calc).Filter.Args[1] = expr.Lit(types.BigIntType, types.IntValue(1<<62+2))
	if three := ids(other); three[2] == one[2] || three[3] != one[3] {
		t.Errorf("another constant: %v against %v", three, one)
	}
}
