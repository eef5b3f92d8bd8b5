package nexmark

import "math"

// Ids of the suite start here.
const (
	firstAuctionID  = 1000
	firstPersonID   = 1000
	firstCategoryID = 10
	categories      = 5
	idLead          = 10 // ids of auctions and persons may lie this far ahead
	hotStride       = 100
)

// config is the suite's configuration of one table.
type config struct {
	Persons, Auctions, Bids             int64 // proportions
	HotAuction, HotSeller, HotBidder    int64
	InFlight, ActivePeople              int64
	PersonBytes, AuctionBytes, BidBytes int64
	Rate                                int64 // events a second of event time
	BaseTime                            int64 // milliseconds
	Events                              int64 // 0: for ever
	Limited                             bool  // keep to Rate by the clock
}

func (c *config) total() int64 { return c.Persons + c.Auctions + c.Bids }

// timestamp is the event time of event n.
func (c *config) timestamp(n int64) int64 { return c.BaseTime + n*1000/c.Rate }

// timestamps is timestamp of event n and those behind it, without a division each.
func (c *config) timestamps(n int64, out []int64) {
	at, rest := c.timestamp(n), n*1000%c.Rate
	whole, part := 1000/c.Rate, 1000%c.Rate
	for i := range out {
		out[i] = at
		at += whole
		if rest += part; rest >= c.Rate {
			rest -= c.Rate
			at++
		}
	}
}

type eventKind uint8

const (
	personEvent eventKind = iota
	auctionEvent
	bidEvent
)

// lastAuction is the newest auction before or at event n, from 0.
func (c *config) lastAuction(n int64) int64 {
	epoch, offset := n/c.total(), n%c.total()
	switch {
	case offset < c.Persons:
		epoch--
		offset = c.Auctions - 1
	case offset >= c.Persons+c.Auctions:
		offset = c.Auctions - 1
	default:
		offset -= c.Persons
	}
	return epoch*c.Auctions + offset
}

// lastPerson is the newest person before or at event n, from 0.
func (c *config) lastPerson(n int64) int64 {
	epoch, offset := n/c.total(), n%c.total()
	return epoch*c.Persons + min(offset, c.Persons-1)
}

// anyAuction is one of those likely to be open when last is the newest, or of a few that are to come.
func (c *config) anyAuction(last int64, r *random) int64 {
	first := max(last-c.InFlight, 0)
	return first + r.below(last-first+1+idLead)
}

// anyPerson is one of the active persons when last is the newest, or of a few that are to come.
func (c *config) anyPerson(last int64, r *random) int64 {
	people := last + 1
	active := min(people, c.ActivePeople)
	return people - active + r.below(active+idLead)
}

// auctionLength is how long an auction stays open: on average as long as it
// takes until InFlight more auctions are made.
func (c *config) auctionLength(n int64, r *random) int64 {
	ahead := c.InFlight * c.total() / c.Auctions
	horizon := c.timestamp(n+ahead) - c.timestamp(n)
	return 1 + r.below(max(horizon*2, 1))
}

// price is spread evenly over six orders of magnitude.
func price(r *random) int64 {
	return int64(math.Round(math.Exp(r.float()*6*math.Ln10) * 100))
}

// extra is how many bytes fill an event of size bytes up to an average, and where in the filler text they lie.
func extra(r *random, size, average int64) (length, at int64) {
	if size > average {
		return 0, 0
	}
	average -= size
	delta := int64(math.Round(float64(average) * 0.2))
	length = average - delta
	if delta > 0 {
		length += r.below(2 * delta)
	}
	return length, r.below(fillerBytes - length)
}

// random is SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
type random struct{ state uint64 }

// randomOf is the generator of event n, independent of all others.
func randomOf(n int64) random { return random{state: uint64(n) * 0xbf58476d1ce4e5b9} }

func (r *random) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// skip passes over numbers.
func (r *random) skip(n uint64) { r.state += n * 0x9e3779b97f4a7c15 }

// below is a number in [0, n), n < 2^32.
func (r *random) below(n int64) int64 { return int64(r.next() >> 32 * uint64(n) >> 32) }

// float is a number in [0, 1).
func (r *random) float() float64 { return float64(r.next()>>11) / (1 << 53) }
