package sqltest

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
)

// compare holds rows against a block's expected ones.
func compare(b *Block, got [][]string, sorted bool) error {
	width := len(b.Types)
	if b.Kind == Changelog {
		width++
	}
	for _, row := range got {
		if width > 0 && len(row) != width {
			return fmt.Errorf("a row has %d columns, %d are declared", len(row), width)
		}
	}
	want := expected(b.Rows, width, len(got))
	have := make([]string, len(got))
	for i, row := range got {
		have[i] = strings.Join(row, "\t")
	}
	if sorted {
		sort.Strings(want)
		sort.Strings(have)
	}
	if len(want) != len(have) {
		return mismatch(want, have, fmt.Sprintf("%d rows, %d are expected", len(have), len(want)))
	}
	for i := range want {
		if !same(want[i], have[i]) {
			return mismatch(want, have, fmt.Sprintf("row %d differs", i+1))
		}
	}
	return nil
}

// expected gives one line a row: rows may be written with one field a line.
func expected(lines []string, width, rows int) []string {
	if width > 1 && len(lines) == width*rows && rows > 0 && !strings.ContainsAny(lines[0], "\t") && len(lines) != rows {
		var out []string
		for i := 0; i < len(lines); i += width {
			out = append(out, strings.Join(lines[i:i+width], "\t"))
		}
		return out
	}
	return append([]string(nil), lines...)
}

// same compares two rows: fields by their text, white space between them alike,
// numbers with a point by value.
func same(a, b string) bool {
	x, y := strings.Fields(a), strings.Fields(b)
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if x[i] != y[i] && !close9(x[i], y[i]) {
			return false
		}
	}
	return true
}

// close9 reports two numbers that differ by rounding only, of which one at least is no integer.
func close9(a, b string) bool {
	if !strings.ContainsAny(a+b, ".eE") {
		return false
	}
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	if err1 != nil || err2 != nil {
		return false
	}
	return math.Abs(x-y) <= 1e-9*math.Max(1, math.Max(math.Abs(x), math.Abs(y)))
}

const shownRows = 40

func mismatch(want, have []string, what string) error {
	show := func(rows []string) string {
		if len(rows) > shownRows {
			rows = append(append([]string(nil), rows[:shownRows]...), "…")
		}
		return strings.Join(rows, "\n  ")
	}
	return fmt.Errorf("%s\nexpected:\n  %s\nactual:\n  %s", what, show(want), show(have))
}
