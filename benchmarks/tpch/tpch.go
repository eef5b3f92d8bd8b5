// Package tpch is the bundled TPC-H benchmark: 22 queries over eight tables.
package tpch

import (
	"context"
	"embed"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/weir-engine/weir/benchmarks/suite"
	"github.com/weir-engine/weir/core/sql/parser"
	"github.com/weir-engine/weir/exec/engine"
)

//go:embed queries/*.sql
var queries embed.FS

// Suite is TPC-H with its validation parameters.
var Suite = &suite.Suite{
	Name: "tpch", Title: "TPC-H", Example: "lineitem.parquet", Make: "make tpch-data SF=1", Queries: queries,
	Tables: []string{"customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"},
	Adapt: func(ctx context.Context, s *engine.Session, n int, text string) (string, error) {
		if n != 11 {
			return text, nil
		}
		scale, err := scaleOf(ctx, s)
		if err != nil {
			return "", err
		}
		// The fraction shrinks with the data (specification 2.4.11.3).
		return strings.ReplaceAll(text, "0.0001", strconv.FormatFloat(0.0001/scale, 'f', -1, 64)), nil
	},
}

// scaleOf tells the scale factor from the number of customers.
func scaleOf(ctx context.Context, s *engine.Session) (float64, error) {
	var count int64
	stmt, err := parser.ParseStatement("SELECT COUNT(*) FROM customer")
	if err != nil {
		return 0, err
	}
	r, err := s.Execute(ctx, stmt)
	if err != nil {
		return 0, err
	}
	for {
		b, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, errors.Join(err, r.Close())
		}
		count = b.Cols[0].ValueAt(0).I
	}
	return math.Max(0.001, float64(count)/150_000), r.Close()
}
