package vector

import "github.com/weir-engine/weir/core/types"

// Kid is the builder of the elements of an ARRAY or MULTISET (0), of the keys (0)
// and values (1) of a MAP, or of field i of a ROW. Callers that fill kids
// themselves end each row with CloseList or CloseRow.
func (b *Builder) Kid(i int) *Builder { return b.kids[i] }

// CloseList ends a row of an ARRAY, MULTISET or MAP whose elements were appended to the kids.
func (b *Builder) CloseList() { b.closeList() }

// CloseRow ends a ROW whose fields were appended to the kids.
func (b *Builder) CloseRow() { b.validRow() }

// Truncate takes back all rows from n on, and what was appended to kids and not
// closed. It must not be called once a vector that Finish described is in use.
func (b *Builder) Truncate(n int) {
	n = min(n, b.n)
	b.n = n
	if b.val != nil {
		b.val = b.val[:(n+7)/8]
	}
	switch b.phys {
	case types.PhysNull:
	case types.PhysBool:
		b.data = b.data[:(n+7)/8]
		if n&7 != 0 {
			b.data[n>>3] &= 1<<(n&7) - 1
		}
	case types.PhysList:
		b.data = b.data[:4*(n+1)]
		for _, k := range b.kids {
			k.Truncate(int(b.lastOffset()))
		}
	case types.PhysStruct:
		for _, k := range b.kids {
			k.Truncate(n)
		}
	default:
		b.data = b.data[:n*b.phys.Width()]
	}
}
