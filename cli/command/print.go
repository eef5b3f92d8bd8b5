package command

import (
	"context"
	"errors"
	"io"
	"strconv"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
)

// page is what all printers know of the result they write.
type page struct {
	out       io.Writer
	schema    *types.Schema
	env       *kernel.Env
	changelog bool // a first column op
	live      bool // write rows as they come
}

// columns are the names above the values.
func (p *page) columns() []string {
	names := p.schema.Names()
	if p.changelog {
		names = append([]string{"op"}, names...)
	}
	return names
}

func newPrinter(format string, p *page) (printer, error) {
	switch format {
	case "csv":
		return &csvPrinter{p: p}, nil
	case "json":
		return &jsonPrinter{p: p}, nil
	case "table":
		return &tablePrinter{p: p}, nil
	case "arrow":
		return &arrowPrinter{p: p}, nil
	}
	return nil, usage("--format is table, csv, json or arrow, not %q", format)
}

// printResult writes all rows of a result.
func printResult(ctx context.Context, r *answer, format string, out io.Writer) (rows int64, err error) {
	p, err := newPrinter(format, &page{out: out, schema: r.schema, env: r.env, changelog: r.changelog, live: r.changelog})
	if err != nil {
		return 0, err
	}
	if err := p.header(); err != nil {
		return 0, err
	}
	for {
		b, err := r.next(ctx)
		if errors.Is(err, io.EOF) {
			return rows, p.end()
		}
		if err != nil {
			return rows, err
		}
		rows += int64(b.Len())
		if err := p.batch(b); err != nil {
			return rows, err
		}
	}
}

func itoa(n int) string { return strconv.Itoa(n) }
