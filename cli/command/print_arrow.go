package command

import (
	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/ipc"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	arrowfile "github.com/weir-engine/weir/io/format/arrow"
)

// arrowPrinter writes an Arrow IPC stream. Row kinds come first, as in the texts.
type arrowPrinter struct {
	p      *page
	schema *types.Schema
	plain  *arrow.Schema
	w      *ipc.Writer
}

func (a *arrowPrinter) header() error {
	a.schema = a.p.schema
	if a.p.changelog {
		op := types.Field{Name: "op", Type: types.CharType(2).NotNull()}
		a.schema = types.NewSchema(append([]types.Field{op}, a.p.schema.Fields...)...)
	}
	fields := make([]arrow.Field, a.schema.Len())
	for i, f := range a.schema.Fields {
		t, err := vector.ArrowType(f.Type)
		if err != nil {
			return err
		}
		fields[i] = arrow.Field{Name: f.Name, Type: arrowfile.Plain(t), Nullable: f.Type.Nullable}
	}
	a.plain = arrow.NewSchema(fields, nil)
	a.w = ipc.NewWriter(a.p.out, ipc.WithSchema(a.plain))
	return nil
}

func (a *arrowPrinter) batch(b *stream.Batch) error {
	dense := stream.NewBuilder(a.schema.Types())
	shift := 0
	if a.p.changelog {
		shift = 1
		for i := range b.Len() {
			dense.Column(0).AppendBytes([]byte(b.Kind(rowAt(b, i)).String()))
		}
	}
	for k := range b.Cols {
		dense.Column(k+shift).AppendVector(&b.Cols[k], b.Sel)
	}
	dense.Advance(b.Len(), stream.Insert)
	rec, err := dense.Finish().Record(a.schema)
	if err != nil {
		return err
	}
	defer rec.Release()
	plain := arrowfile.PlainRecord(a.plain, rec)
	defer plain.Release()
	return a.w.Write(plain)
}

func (a *arrowPrinter) end() error { return a.w.Close() }
