package optest

import (
	"fmt"
	"testing"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator"
)

// Case is what goes into an operator and what must come out.
type Case struct {
	Name   string
	New    func() operator.Operator
	Inputs []*types.Schema
	Output *types.Schema
	Events []Event
	// Want is the rows left when the changelog is folded, in any order; with Key,
	// when each row replaces the one of its key.
	Want []string
	// Key is the columns by which the output is an upsert changelog; nil: every
	// row that leaves must have come.
	Key []int
	// Log is the exact changelog of a plain run with batches of one row ("+I 1, a");
	// nil: not compared.
	Log []string
	// Watermarks is what a plain run passes on; nil: not compared.
	Watermarks []stream.Watermark
	// Fails is a part of the error that the case must end with; empty: none.
	Fails string
	// Streaming operators have keyed state, and are snapshotted and restored.
	Streaming bool
	// Memory lists limits to run under, in bytes; none: one that is ample.
	Memory []int64
	// Adjust changes the context before Open.
	Adjust func(ctx *operator.Context)
}

// Event is one thing that happens to the operator.
type Event struct {
	kind  eventKind
	input int
	rows  []Row
	time  int64
}

type eventKind uint8

const (
	rowsEvent eventKind = iota
	watermarkEvent
	endEvent
	tickEvent
	flushEvent
)

// Row is one row with its kind.
type Row struct {
	Kind   stream.RowKind
	Values []any
}

// Rows are rows of an input. They may come in one batch or in several.
func Rows(input int, rows ...Row) Event { return Event{kind: rowsEvent, input: input, rows: rows} }

// Watermark is an input's watermark.
func Watermark(input int, w stream.Watermark) Event {
	return Event{kind: watermarkEvent, input: input, time: w}
}

// End is the end of an input, behind the end of its time.
func End(input int) Event { return Event{kind: endEvent, input: input} }

// Tick lets processing time reach now, in milliseconds.
func Tick(now int64) Event { return Event{kind: tickEvent, time: now} }

// Flush says that the input is quiet.
func Flush() Event { return Event{kind: flushEvent} }

// R is a row that comes. Values are nil, bool, int, float64, string, []byte, a
// decimal as a string, or a types.Value.
func R(values ...any) Row { return Row{stream.Insert, values} }

// Before is the -U of a row.
func Before(values ...any) Row { return Row{stream.UpdateBefore, values} }

// After is the +U of a row.
func After(values ...any) Row { return Row{stream.UpdateAfter, values} }

// Gone is the -D of a row.
func Gone(values ...any) Row { return Row{stream.Delete, values} }

// Run plays a case in every way.
func Run(t *testing.T, c Case) {
	t.Helper()
	limits := c.Memory
	if len(limits) == 0 {
		limits = []int64{256 << 20}
	}
	for _, memory := range limits {
		for _, w := range ways(c, memory) {
			name := w.String()
			if c.Name != "" {
				name = c.Name + "/" + name
			}
			ok := t.Run(name, func(t *testing.T) { play(t, c, w) })
			if !ok {
				return // the first failure says enough
			}
		}
	}
}

// way is one manner of playing a case.
type way struct {
	batch   int // rows of a batch at most
	dress   dress
	full    int // the output is full until asked this often
	restore int // snapshot and restore before this event; -1: never
	memory  int64
}

// dress is how the columns of a batch are laid out.
type dress uint8

const (
	plain dress = iota
	selected
	sliced
	dictionaries
)

func (d dress) String() string {
	return [...]string{"plain", "selected", "sliced", "dictionaries"}[d]
}

func (w way) String() string {
	s := fmt.Sprintf("batch=%d,%s", w.batch, w.dress)
	if w.full > 0 {
		s += fmt.Sprintf(",full=%d", w.full)
	}
	if w.restore >= 0 {
		s += fmt.Sprintf(",restore=%d", w.restore)
	}
	if w.memory < 256<<20 {
		s += fmt.Sprintf(",memory=%d", w.memory)
	}
	return s
}

func (w way) isPlain() bool {
	return w.batch == 1 && w.dress == plain && w.full == 0 && w.restore < 0
}

func ways(c Case, memory int64) []way {
	var out []way
	for _, batch := range []int{1, 2, 7, 8192} {
		for d := plain; d <= dictionaries; d++ {
			for _, full := range []int{0, 1, 3} {
				if full > 0 && d != plain {
					continue
				}
				out = append(out, way{batch, d, full, -1, memory})
			}
		}
	}
	if c.Streaming && c.Fails == "" {
		for i := range c.Events {
			out = append(out, way{8192, plain, 0, i, memory}, way{1, selected, 1, i, memory})
		}
	}
	return out
}
