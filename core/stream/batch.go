package stream

import "github.com/weir-engine/weir/core/vector"

// BatchRows is the default number of rows of a full batch (weir.batch.rows).
const BatchRows = 8192

// RowKind is the kind of change a row stands for. Values are Flink's byte codes.
type RowKind uint8

// The row kinds.
const (
	Insert       RowKind = iota // +I
	UpdateBefore                // -U
	UpdateAfter                 // +U
	Delete                      // -D
)

func (k RowKind) String() string { return [...]string{"+I", "-U", "+U", "-D"}[k] }

// IsRetract reports -U and -D: the row leaves the table.
func (k RowKind) IsRetract() bool { return k == UpdateBefore || k == Delete }

// Batch is a run of rows as columns. The batch that an operator is handed is
// lent: neither it nor what its columns describe may be changed, and whatever
// is needed after the lender's next call is copied.
type Batch struct {
	Cols  []vector.Vector
	Rows  int       // rows of every column
	Sel   []uint32  // inside a chain only: the rows that count, ascending; nil: all
	Kinds []RowKind // by row, as the columns; nil: all +I
}

// Len is the number of rows that count.
func (b *Batch) Len() int {
	if b.Sel != nil {
		return len(b.Sel)
	}
	return b.Rows
}

// Kind is the kind of row r.
func (b *Batch) Kind(r int) RowKind {
	if b.Kinds == nil {
		return Insert
	}
	return b.Kinds[r]
}
