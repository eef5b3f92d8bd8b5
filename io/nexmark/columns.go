package nexmark

import (
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// batch is one batch of events being filled: event_type and the three ROW
// columns of the suite's table. It is filled again and again; what a column
// holds under NULL is left over from an earlier fill, and stays readable.
type batch struct {
	config *config
	texts  *texts
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

func newBatch(c *config, rows int) *batch {
	ints := func() []int64 { return make([]int64, rows) }
	views := func() []vector.View { return make([]vector.View, rows) }
	b := &batch{config: c, texts: shared(), cap: rows, kinds: make([]int32, rows)}
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

// add fills in event n.
func (b *batch) add(n int64) {
	i := b.rows
	k := b.config.kind(n)
	b.kinds[i] = int32(k)
	b.valid[k].Set(i)
	switch k {
	case personEvent:
		b.addPerson(i, n)
	case auctionEvent:
		b.addAuction(i, n)
	default:
		b.addBid(i, n)
	}
	b.rows++
}

func (b *batch) addBid(i int, n int64) {
	e, c := b.config.bid(n), &b.bid
	c.auction[i], c.bidder[i], c.price[i], c.time[i] = e.auction, e.bidder, e.price, b.config.timestamp(n)
	c.channel[i], c.url[i] = b.texts.channels[e.channel], b.texts.urls[e.channel]
	c.more[i] = b.filler(e.extra, e.extraAt)
}

func (b *batch) addAuction(i int, n int64) {
	cfg, c, r := b.config, &b.auction, randomOf(n)
	c.id[i] = cfg.lastAuction(n) + firstAuctionID
	if r.below(cfg.HotSeller) > 0 {
		c.seller[i] = cfg.lastPerson(n)/hotStride*hotStride + firstPersonID
	} else {
		c.seller[i] = cfg.anyPerson(n, &r) + firstPersonID
	}
	c.category[i] = firstCategoryID + r.below(categories)
	c.initial[i] = price(&r)
	c.time[i] = cfg.timestamp(n)
	c.expires[i] = c.time[i] + cfg.auctionLength(n, &r)
	c.name[i] = b.text(func(dst []byte) []byte { return word(&r, dst, 20, ' ') })
	c.description[i] = b.text(func(dst []byte) []byte { return word(&r, dst, 100, ' ') })
	c.reserve[i] = c.initial[i] + price(&r)
	c.more[i] = b.filler(extra(&r, 48+int64(c.name[i].Len)+int64(c.description[i].Len), cfg.AuctionBytes))
}

func (b *batch) addPerson(i int, n int64) {
	cfg, c, r := b.config, &b.person, randomOf(n)
	c.id[i] = cfg.lastPerson(n) + firstPersonID
	c.name[i] = b.text(func(dst []byte) []byte {
		dst = append(append(dst, pick(&r, firstNames)...), ' ')
		return append(dst, pick(&r, lastNames)...)
	})
	c.email[i] = b.text(func(dst []byte) []byte {
		dst = append(word(&r, dst, 7, ' '), '@')
		return append(word(&r, dst, 5, ' '), ".com"...)
	})
	c.card[i] = b.text(func(dst []byte) []byte { return creditCard(&r, dst) })
	c.city[i] = b.text(func(dst []byte) []byte { return append(dst, pick(&r, cities)...) })
	c.state[i] = b.text(func(dst []byte) []byte { return append(dst, pick(&r, states)...) })
	c.time[i] = cfg.timestamp(n)
	size := 8 + c.name[i].Len + c.email[i].Len + c.card[i].Len + c.city[i].Len + c.state[i].Len
	c.more[i] = b.filler(extra(&r, int64(size), cfg.PersonBytes))
}

func pick(r *random, from []string) string { return from[r.below(int64(len(from)))] }

func creditCard(r *random, dst []byte) []byte {
	for group := range 4 {
		if group > 0 {
			dst = append(dst, ' ')
		}
		n := r.below(10_000)
		dst = append(dst, '0'+byte(n/1000), '0'+byte(n/100%10), '0'+byte(n/10%10), '0'+byte(n%10))
	}
	return dst
}

// text puts what write appends into the batch's own buffer.
func (b *batch) text(write func(dst []byte) []byte) vector.View {
	off := len(b.own)
	b.own = write(b.own)
	return vector.MakeView(b.own[off:], ownBuf, uint32(off))
}

// filler is a piece of the shared filler text.
func (b *batch) filler(length, at int64) vector.View {
	return vector.MakeView(b.texts.filler[at:at+length], fillerBuf, uint32(at))
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
