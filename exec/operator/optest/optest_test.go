package optest

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var schema = types.NewSchema(
	types.Field{Name: "s", Type: types.StringType}, types.Field{Name: "n", Type: types.IntType}, types.Field{Name: "d", Type: types.DecimalType(30, 2)},
	types.Field{Name: "f", Type: types.DoubleType}, types.Field{Name: "b", Type: types.BooleanType})

// relay passes rows on. Its fault is what it does wrong.
type relay struct {
	fault string
	ctx   *operator.Context
	kept  *stream.Batch
	seen  int
}

func (r *relay) Open(ctx *operator.Context) error {
	r.ctx = ctx
	if r.fault == "keeps memory" && !ctx.Memory.TryGrow(100) {
		return nil
	}
	return nil
}

func (r *relay) Process(_ int, b *stream.Batch, out operator.Output) error {
	r.seen += b.Len()
	switch r.fault {
	case "keeps the batch":
		if r.kept == nil {
			r.kept = b
			return nil
		}
	case "forgets the selection":
		c := *b
		c.Sel = nil
		return out.Emit(&c)
	case "takes back too much":
		c := *b
		c.Kinds = make([]stream.RowKind, b.Rows)
		for i := range c.Kinds {
			c.Kinds[i] = stream.Delete
		}
		return out.Emit(&c)
	}
	return out.Emit(b)
}

func (r *relay) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	if r.fault == "runs ahead" {
		return w + 1, nil
	}
	return w, nil
}

func (r *relay) EndInput(_ int, out operator.Output) error {
	if r.kept != nil {
		return out.Emit(r.kept)
	}
	if r.fault == "counts in itself" && r.seen != 3 {
		return out.Emit(batchOf([]Row{R("extra", nil, nil, nil, nil)}, schema))
	}
	return nil
}
func (r *relay) Close() error { return nil }

func relayCase(fault string) Case {
	return Case{
		New: func() operator.Operator { return &relay{fault: fault} }, Inputs: []*types.Schema{schema}, Output: schema, Streaming: true,
		Events: []Event{
			Rows(0, R("a string that is long enough", 1, "12.30", 1.5, true), R(nil, nil, nil, nil, nil)),
			Watermark(0, 5),
			Rows(0, R("x", -7, "-0.05", -0.25, false)),
			End(0),
		},
		Want:       []string{"a string that is long enough, 1, 12.30, 1.5, true", "NULL, NULL, NULL, NULL, NULL", "x, -7, -0.05, -0.25, false"},
		Log:        []string{"+I a string that is long enough, 1, 12.30, 1.5, true", "+I NULL, NULL, NULL, NULL, NULL", "+I x, -7, -0.05, -0.25, false"},
		Watermarks: []stream.Watermark{5, stream.MaxWatermark},
	}
}

func TestAGoodOperatorPasses(t *testing.T) { Run(t, relayCase("")) }

// Each fault must be found in one way at least.
func TestFaultsAreFound(t *testing.T) {
	for _, fault := range []string{"keeps the batch", "forgets the selection", "takes back too much", "runs ahead", "counts in itself"} {
		c := relayCase(fault)
		found := false
		for _, w := range ways(c, 1<<20) {
			found = found || fails(t, c, w)
		}
		if !found {
			t.Errorf("an operator that %s passes", fault)
		}
	}
}

// fails reports whether playing a case finds a fault; reading what was scribbled over may panic.
func fails(t *testing.T, c Case, w way) (failed bool) {
	defer func() { failed = failed || recover() != nil }()
	return played(t, c, w) != nil
}

func TestFold(t *testing.T) {
	log := func(text string) (out []change) {
		for f := range strings.FieldsSeq(text) {
			kind := map[string]stream.RowKind{"+I": stream.Insert, "-U": stream.UpdateBefore, "+U": stream.UpdateAfter, "-D": stream.Delete}[f[:2]]
			out = append(out, change{kind, strings.Split(f[2:], ",")})
		}
		return out
	}
	for _, x := range []struct {
		log  string
		key  []int
		want string
	}{
		{"+Ia,1 -Ua,1 +Ua,2", nil, "a, 2"},
		{"+Ia,1 +Ia,1 -Da,1", nil, "a, 1"},
		{"+Ia,1 +Ua,2", []int{0}, "a, 2"},
		{"+Ia,1 -Da,7", []int{0}, ""},
		{"-Da,1", nil, "error"},
		{"-Da,1", []int{0}, "error"},
		{"+Ia,1 -Ua,1", nil, "error"},
		{"+Ia,1 -Ua,1 -Da,2 +Ua,2", nil, "error"},
	} {
		got, err := fold(log(x.log), x.key)
		text := strings.Join(got, "; ")
		if err != nil {
			text = "error"
		}
		if text != x.want {
			t.Errorf("%s: %q, %v; want %q", x.log, text, err, x.want)
		}
	}
}
