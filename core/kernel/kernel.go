package kernel

import (
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// NullRule says who deals with NULL.
type NullRule uint8

// The null rules.
const (
	NullPropagates NullRule = iota // the result is NULL where any argument is; the caller ANDs validity
	NullAware                      // the kernel reads the arguments' validity and sets Out.Valid itself
)

// Kernel is a loop over columns.
type Kernel struct {
	Name  string
	Nulls NullRule
	// Eval fills c.Out for the rows of c.Sel (all c.Rows when nil); other rows of
	// Out are left as they are and must not raise errors. Where any row fails, the
	// error is for the first one, and c.ErrRow names it.
	Eval func(c *Call) error
}

// Call is one evaluation of a kernel over a batch. Arguments have the batch's
// rows and are Flat or Const, never NULL constants where NULL propagates; the
// caller spreads dictionaries, or evaluates over their entries. Out is Flat,
// allocated for c.Rows, without NULL; a kernel whose function gives NULL by
// itself clears bits with SetNull. A Call is kept from batch to batch, so that
// its scratch is too.
type Call struct {
	Args     []*vector.Vector
	ArgTypes []types.Type
	Type     types.Type // of Out
	Rows     int
	Sel      []uint32
	// Valid has a clear bit where a NullPropagates kernel need not look (an
	// argument is NULL): kernels that can fail or that read strings check it.
	Valid  vector.Bitmap
	Out    *vector.Vector
	ErrRow int
	Env    *Env

	buf    []byte    // bytes of the strings made, reused from batch to batch
	bufs   [1][]byte // what Out.Bufs describes
	active []uint32
	picked []uint32
}

// Env is what the session gives to functions of time.
type Env struct {
	NowMillis  int64                                        // CURRENT_TIMESTAMP of this query or batch, since the epoch
	ZoneOffset func(epochMillis int64) (offsetMillis int64) // table.local-time-zone; nil: UTC
	LocalToUTC func(localMillis int64) (epochMillis int64)  // the inverse; nil: UTC
	Watermark  int64                                        // CURRENT_WATERMARK
	Pos        sqlerr.Pos
}
