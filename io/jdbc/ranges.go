package jdbc

import (
	"slices"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// span is a split's state: a range of the partition column, and how many of its rows
// the job has.
type span struct {
	Column string `json:"column,omitempty"` // quoted; none: the whole table
	From   int64  `json:"from"`
	To     int64  `json:"to"`             // the range ends before it
	Last   bool   `json:"last,omitempty"` // the range ends with To
	Rows   int64  `json:"rows"`
}

// parseRanges cuts the table as the options say; one whole where they say nothing.
func parseRanges(t *catalog.Table) ([]span, error) {
	v := t.Options
	all := []*option.Definition{optPartition, optPartitions, optLower, optUpper}
	given := 0
	for _, d := range all {
		if v.Has(d) {
			given++
		}
	}
	if given == 0 {
		return []span{{}}, nil
	}
	if given < len(all) {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "'%s', '%s', '%s' and '%s' go together", optPartition.Key, optPartitions.Key, optLower.Key, optUpper.Key)
	}
	name := v.Text(optPartition)
	at := slices.IndexFunc(t.Columns, func(c catalog.Column) bool { return c.Name == name && c.Kind == catalog.Physical })
	if at < 0 || !t.Columns[at].Type.IsInteger() && t.Columns[at].Type.Kind != types.Decimal {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "'%s' = '%s' is no stored column of whole or decimal numbers", optPartition.Key, name)
	}
	var n [3]int64
	for i, d := range all[1:] {
		var err error
		if n[i], err = v.Int(d); err != nil {
			return nil, err
		}
	}
	if n[0] < 1 || n[1] > n[2] {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "'%s' must be 1 at least, and '%s' no more than '%s'", optPartitions.Key, optLower.Key, optUpper.Key)
	}
	return cut(quote(name), n[0], n[1], n[2]), nil
}

// cut deals the values from low to high to ranges of nearly one size.
func cut(column string, parts, low, high int64) []span {
	values := uint64(high) - uint64(low) // one less than there are
	if values < uint64(parts) {
		parts = int64(values) + 1
	}
	size, more := values/uint64(parts), values%uint64(parts)+1
	out := make([]span, parts)
	for i := range out {
		n := size
		if uint64(i) < more {
			n++
		}
		out[i] = span{Column: column, From: low, To: low + int64(n)}
		low += int64(n)
	}
	last := &out[parts-1]
	last.To, last.Last = high, true
	return out
}
