package nexmark

import (
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// batch is one batch of events being filled: event_type and the three ROW
// columns of the suite's table. It is filled again and again; what a column
// holds under NULL, or a field that nobody needs, is left over from an earlier
// fill, and stays readable.
type batch struct {
	config *config
	texts  *texts
	need   need
	cap    int
	rows   int
	kinds  []int32
	valid  [3]vector.Bitmap // of person, auction, bid

	person  personColumns
	auction auctionColumns
	bid     bidColumns

	own []byte // texts of persons and auctions; never smaller than what left-over views name
}

type personColumns struct {
	id, time                             []int64
	name, email, card, city, state, more []vector.View
}

type auctionColumns struct {
	id, initial, reserve, time, expires, seller, category []int64
	name, description, more                               []vector.View
}

type bidColumns struct {
	auction, bidder, price, time []int64
	channel, url, more           []vector.View
}

// Buffers by number, the same for every text column.
const (
	ownBuf = iota
	fillerBuf
	urlBuf
)

func newBatch(c *config, need need, rows int) *batch {
	ints := func() []int64 { return make([]int64, rows) }
	views := func() []vector.View { return make([]vector.View, rows) }
	b := &batch{config: c, texts: shared(), need: need, cap: rows, kinds: make([]int32, rows)}
	for i := range b.valid {
		b.valid[i] = vector.NewBitmap(rows)
	}
	b.person = personColumns{ints(), ints(), views(), views(), views(), views(), views(), views()}
	b.auction = auctionColumns{ints(), ints(), ints(), ints(), ints(), ints(), ints(), views(), views(), views()}
	b.bid = bidColumns{ints(), ints(), ints(), ints(), views(), views(), views()}
	return b
}

// start forgets the events of the last fill.
func (b *batch) start() {
	b.rows, b.own = 0, b.own[:0]
	for _, v := range b.valid {
		clear(v)
	}
}

// finish describes the events added since start as the columns of want:
// ordinals of event_type, person, auction, bid.
func (b *batch) finish(want []int) *stream.Batch {
	bufs := [][]byte{b.own[:cap(b.own)], b.texts.filler, b.texts.urlBytes}
	all := [4]vector.Vector{
		vector.Of(types.PhysInt32, b.kinds[:b.rows]),
		b.row(0, bufs, b.person.id, b.person.name, b.person.email, b.person.card, b.person.city, b.person.state, b.person.time, b.person.more),
		b.row(1, bufs, b.auction.id, b.auction.name, b.auction.description, b.auction.initial, b.auction.reserve,
			b.auction.time, b.auction.expires, b.auction.seller, b.auction.category, b.auction.more),
		b.row(2, bufs, b.bid.auction, b.bid.bidder, b.bid.price, b.bid.channel, b.bid.url, b.bid.time, b.bid.more),
	}
	out := &stream.Batch{Rows: b.rows, Cols: make([]vector.Vector, len(want))}
	for i, w := range want {
		out.Cols[i] = all[w]
	}
	return out
}

func (b *batch) row(kind int, bufs [][]byte, fields ...any) vector.Vector {
	v := vector.Vector{Phys: types.PhysStruct, Len: b.rows, Valid: b.valid[kind][:(b.rows+7)/8]}
	for _, f := range fields {
		var kid vector.Vector
		switch x := f.(type) {
		case []int64:
			kid = vector.Of(types.PhysInt64, x[:b.rows])
		case []vector.View:
			kid = vector.Of(types.PhysBytes, x[:b.rows])
			kid.Bufs = bufs
		}
		v.Kids = append(v.Kids, kid)
	}
	return v
}
