package jdbc

import (
	"context"
	"slices"
	"time"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
)

// sink is what the options of a table say of writing.
type sink struct {
	config      *config
	columns     []int // of the table
	types       []types.Type
	keys        []int // of columns; none: rows are added
	rows        int
	interval    time.Duration
	retries     int
	parallelism int
}

func newSink(t *catalog.Table) (*sink, error) {
	c, err := parse(t)
	if err != nil {
		return nil, err
	}
	s := &sink{config: c, columns: t.Persisted()}
	for _, o := range s.columns {
		s.types = append(s.types, t.Columns[o].Type)
	}
	for _, k := range t.PrimaryKey {
		s.keys = append(s.keys, slices.Index(s.columns, k))
	}
	for d, to := range map[*option.Definition]*int{optFlushRows: &s.rows, optRetries: &s.retries, optParallelism: &s.parallelism} {
		n, err := t.Options.Int(d)
		if err == nil && (n < 0 || n > 1<<30) {
			err = sqlerr.Newf(sqlerr.InvalidOption, "option '%s' cannot be '%s'", d.Key, t.Options.Text(d))
		}
		if err != nil {
			return nil, err
		}
		*to = int(n)
	}
	s.interval, err = t.Options.Duration(optFlushInterval)
	return s, err
}

// OpenWriter connects.
func (s *sink) OpenWriter(ctx context.Context, wc connector.WriterContext, _ [][]byte) (connector.Writer, error) {
	w := newWriter(s, wc.Log)
	if err := w.open(ctx); err != nil {
		return nil, err
	}
	return w, nil
}

// OpenCommitter: what is written is there.
func (s *sink) OpenCommitter(context.Context, connector.WriterContext) (connector.Committer, error) {
	return nil, nil
}
