package nexmark

import "github.com/weir-engine/weir/core/vector"

// The fields of the ROW columns, as in Schema.
const (
	personID = iota
	personName
	personEmail
	personCard
	personCity
	personState
	personTime
	personExtra
)

const (
	auctionID = iota
	auctionName
	auctionDescription
	auctionInitial
	auctionReserve
	auctionTime
	auctionExpires
	auctionSeller
	auctionCategory
	auctionExtra
)

const (
	bidAuction = iota
	bidBidder
	bidPrice
	bidChannel
	bidURL
	bidTime
	bidExtra
)

// need is the fields that are to be made, a bit each, by kind of event.
type need [3]uint32

// needOf is what a scan reads of its columns; where fields has nothing to say of one, all of it.
func needOf(columns []int, fields [][]int) (n need) {
	for i, c := range columns {
		switch {
		case c == 0:
		case i < len(fields) && fields[i] != nil:
			for _, f := range fields[i] {
				n[c-1] |= 1 << f
			}
		default:
			n[c-1] = 1<<len(Schema.Fields[c].Type.Fields) - 1
		}
	}
	return n
}

// allFields is whatever there is.
var allFields = needOf([]int{1, 2, 3}, nil)

func (n need) any(kind eventKind, fields ...int) bool {
	for _, f := range fields {
		if n[kind]&(1<<f) != 0 {
			return true
		}
	}
	return false
}

// only reports that no other fields than these are needed.
func (n need) only(kind eventKind, fields ...int) bool {
	for _, f := range fields {
		n[kind] &^= 1 << f
	}
	return n[kind] == 0
}

// add fills in the events n to n+count-1, run by run of one kind.
func (b *batch) add(n int64, count int) {
	c := b.config
	for count > 0 {
		offset := n % c.total()
		kind, end := bidEvent, c.total()
		switch {
		case offset < c.Persons:
			kind, end = personEvent, c.Persons
		case offset < c.Persons+c.Auctions:
			kind, end = auctionEvent, c.Persons+c.Auctions
		}
		run := int(min(int64(count), end-offset))
		kinds := b.kinds[b.rows : b.rows+run]
		for i := range kinds {
			kinds[i] = int32(kind)
		}
		for i := b.rows; i < b.rows+run; i++ {
			b.valid[kind].Set(i)
		}
		switch kind {
		case personEvent:
			b.addPersons(b.rows, n, run)
		case auctionEvent:
			b.addAuctions(b.rows, n, run)
		default:
			b.addBids(b.rows, n, run)
		}
		b.rows, n, count = b.rows+run, n+int64(run), count-run
	}
}

// addBids fills in a run of bids. All of them follow the same auction and the same
// person. What is drawn behind the last needed field is not drawn at all, since
// each event has a generator of its own.
func (b *batch) addBids(at int, n int64, run int) {
	cfg, c, want := b.config, &b.bid, b.need
	if want.any(bidEvent, bidTime) {
		cfg.timestamps(n, c.time[at:at+run])
	}
	if want.only(bidEvent, bidTime) {
		return
	}
	last, lastPerson := cfg.lastAuction(n), cfg.lastPerson(n)
	hot, hotBidder := last/hotStride*hotStride+firstAuctionID, lastPerson/hotStride*hotStride+1+firstPersonID // the second of the stride, so that hot bidders are not hot sellers
	auctionsOnly := want.only(bidEvent, bidTime, bidAuction)
	priced, named := want.any(bidEvent, bidPrice), want.any(bidEvent, bidChannel, bidURL)
	filled := want.any(bidEvent, bidExtra)
	for i := at; i < at+run; i++ {
		r := randomOf(n + int64(i-at))
		c.auction[i] = hot
		if r.below(cfg.HotAuction) == 0 {
			c.auction[i] = cfg.anyAuction(last, &r) + firstAuctionID
		}
		if auctionsOnly {
			continue
		}
		c.bidder[i] = hotBidder
		if r.below(cfg.HotBidder) == 0 {
			c.bidder[i] = cfg.anyPerson(lastPerson, &r) + firstPersonID
		}
		if priced {
			c.price[i] = price(&r)
		} else {
			r.skip(1)
		}
		if !named {
			r.skip(2)
		} else {
			ch := b.channel(&r)
			c.channel[i], c.url[i] = b.texts.channels[ch], b.texts.urls[ch]
		}
		if filled {
			c.more[i] = b.filler(extra(&r, 32, cfg.BidBytes))
		}
	}
}

// channel is one of the hot channels half of the time.
func (b *batch) channel(r *random) int64 {
	if r.below(2) > 0 {
		return r.below(hotChannels)
	}
	return hotChannels + r.below(coldChannels)
}

func (b *batch) addAuctions(at int, n int64, run int) {
	if b.need.any(auctionEvent, auctionTime) {
		b.config.timestamps(n, b.auction.time[at:at+run])
	}
	if b.need.only(auctionEvent, auctionTime) {
		return
	}
	for i := at; i < at+run; i++ {
		b.addAuction(i, n+int64(i-at))
	}
}

func (b *batch) addAuction(i int, n int64) {
	cfg, c, r := b.config, &b.auction, randomOf(n)
	c.id[i] = cfg.lastAuction(n) + firstAuctionID
	if b.need.only(auctionEvent, auctionID, auctionTime) {
		return
	}
	person := cfg.lastPerson(n)
	if r.below(cfg.HotSeller) > 0 {
		c.seller[i] = person/hotStride*hotStride + firstPersonID
	} else {
		c.seller[i] = cfg.anyPerson(person, &r) + firstPersonID
	}
	c.category[i] = firstCategoryID + r.below(categories)
	c.initial[i] = price(&r)
	c.expires[i] = cfg.timestamp(n) + cfg.auctionLength(n, &r)
	if !b.need.any(auctionEvent, auctionName, auctionDescription, auctionReserve, auctionExtra) {
		return
	}
	c.name[i] = b.text(func(dst []byte) []byte { return word(&r, dst, 20, ' ') })
	c.description[i] = b.text(func(dst []byte) []byte { return word(&r, dst, 100, ' ') })
	c.reserve[i] = c.initial[i] + price(&r)
	c.more[i] = b.filler(extra(&r, 48+int64(c.name[i].Len)+int64(c.description[i].Len), cfg.AuctionBytes))
}

func (b *batch) addPersons(at int, n int64, run int) {
	if b.need.any(personEvent, personTime) {
		b.config.timestamps(n, b.person.time[at:at+run])
	}
	if b.need.only(personEvent, personTime) {
		return
	}
	for i := at; i < at+run; i++ {
		b.addPerson(i, n+int64(i-at))
	}
}

func (b *batch) addPerson(i int, n int64) {
	cfg, c, r := b.config, &b.person, randomOf(n)
	c.id[i] = cfg.lastPerson(n) + firstPersonID
	if b.need.only(personEvent, personID, personTime) {
		return
	}
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
