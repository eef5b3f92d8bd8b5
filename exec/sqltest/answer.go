package sqltest

import (
	"context"
	"errors"
	"os"
	"strings"
)

// Answer runs a program in one configuration and returns the rows of its last
// query, as a Block's Rows have them: the oracle of other configurations.
func Answer(ctx context.Context, p *Program, c Config) (rows []string, err error) {
	dir, err := os.MkdirTemp("", "weir-slt-")
	if err != nil {
		return nil, err
	}
	r := &run{program: p, config: c, dir: dir, stats: &Stats{}, table: newTable()}
	r.record = func(got [][]string) {
		rows = rows[:0]
		for _, row := range got {
			rows = append(rows, strings.Join(row, "\t"))
		}
	}
	err = r.all(ctx)
	return rows, errors.Join(err, os.RemoveAll(dir))
}
