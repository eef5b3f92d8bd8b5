package nexmark

import (
	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/connector"
)

func integer(key, def, text string) *option.Definition {
	return &option.Definition{Key: key, Type: "int", Default: def, Text: text}
}

// The options, with the suite's keys and defaults; base-time and splits are ours.
var (
	optEvents      = integer("events.num", "0", "events of the table; 0: without end")
	optFirstRate   = integer("first-event.rate", "10000", "events a second of event time")
	optNextRate    = integer("next-event.rate", "", "accepted when equal to first-event.rate")
	optLimited     = &option.Definition{Key: "rate.limited", Type: "boolean", Default: "false", Text: "keep to the rate by the clock as well"}
	optPersons     = integer("person.proportion", "1", "persons of each run of events")
	optAuctions    = integer("auction.proportion", "3", "auctions of each run of events")
	optBids        = integer("bid.proportion", "46", "bids of each run of events")
	optPersonBytes = integer("person.avg-size", "200", "average bytes of a person")
	optAucBytes    = integer("auction.avg-size", "500", "average bytes of an auction")
	optBidBytes    = integer("bid.avg-size", "100", "average bytes of a bid")
	optHotAuction  = integer("bid.hot-ratio.auctions", "2", "all but one in this many bids are for a hot auction")
	optHotBidder   = integer("bid.hot-ratio.bidders", "4", "all but one in this many bids are by a hot bidder")
	optHotSeller   = integer("auction.hot-ratio.sellers", "4", "all but one in this many auctions are of a hot seller")
	optBaseTime    = integer("base-time", "1436918400000", "event time of the first event, milliseconds since the epoch")
	optSplits      = integer("splits", "0", "splits the events are dealt to; 0: one for each subtask of the first run")
	optFields      = &option.Definition{Key: "fields", Type: "enum", Default: "read", Choices: []string{"read", "all"}, Text: "read: fields that no query reads are not made; all: every field of every event is, as a fair benchmark has it"}
	options        = []*option.Definition{
		optEvents, optFirstRate, optNextRate, optLimited, optPersons, optAuctions, optBids,
		optPersonBytes, optAucBytes, optBidBytes, optHotAuction, optHotBidder, optHotSeller, optBaseTime, optFields, optSplits,
	}
)

// Factory makes nexmark sources.
type Factory struct{}

// Name is the connector's name.
func (Factory) Name() string { return "nexmark" }

// Doc is the connector's page.
func (Factory) Doc() connector.Doc {
	return connector.Doc{
		Reads: true,
		Text:  "Events of the Nexmark benchmark: persons, auctions and bids, the same for the same options every time. The physical columns must be those of the example; computed ones and a watermark may stand behind them.",
		Examples: []string{
			"CREATE TABLE events (event_type INT, " +
				"person ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING, `dateTime` TIMESTAMP(3), extra STRING>, " +
				"auction ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, `dateTime` TIMESTAMP(3), expires TIMESTAMP(3), seller BIGINT, category BIGINT, extra STRING>, " +
				"bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, `dateTime` TIMESTAMP(3), extra STRING>) " +
				"WITH ('connector' = 'nexmark', 'events.num' = '1000000')",
		},
	}
}

// Options are the keys.
func (Factory) Options(*catalog.Table) []*option.Definition { return options }

// Info tells the planner how many events there are.
func (Factory) Info(t *catalog.Table) (*catalog.SourceInfo, error) {
	if err := checkSchema(t); err != nil {
		return nil, err
	}
	c, err := parse(t.Options)
	if err != nil {
		return nil, err
	}
	info := &catalog.SourceInfo{Bounded: c.Events > 0, Rows: float64(c.Events), Bytes: float64(c.Events) * 250}
	if c.Events == 0 {
		info.Rows, info.Bytes = -1, -1
	}
	return info, nil
}

// NewSource makes a source.
func (Factory) NewSource(t *catalog.Table, spec connector.ScanSpec) (connector.Source, error) {
	c, err := parse(t.Options)
	if err != nil {
		return nil, err
	}
	splits, err := t.Options.Int(optSplits)
	if err != nil {
		return nil, err
	}
	fields, err := t.Options.Enum(optFields)
	if err != nil {
		return nil, err
	}
	made := allFields
	if fields == "read" {
		made = needOf(spec.Columns, spec.Fields)
	}
	return &source{config: c, columns: spec.Columns, need: made, splits: int(splits)}, nil
}

func parse(v option.Values) (*config, error) {
	c := &config{}
	for _, f := range []struct {
		def  *option.Definition
		into *int64
		min  int64
	}{
		{optEvents, &c.Events, 0},
		{optFirstRate, &c.Rate, 1},
		{optPersons, &c.Persons, 1},
		{optAuctions, &c.Auctions, 1},
		{optBids, &c.Bids, 0},
		{optPersonBytes, &c.PersonBytes, 0},
		{optAucBytes, &c.AuctionBytes, 0},
		{optBidBytes, &c.BidBytes, 0},
		{optHotAuction, &c.HotAuction, 1},
		{optHotBidder, &c.HotBidder, 1},
		{optHotSeller, &c.HotSeller, 1},
		{optBaseTime, &c.BaseTime, 0},
	} {
		n, err := v.Int(f.def)
		if err != nil {
			return nil, err
		}
		if n < f.min {
			return nil, sqlerr.Newf(sqlerr.InvalidOption, "option '%s' cannot be %d", f.def.Key, n).WithHint("at least %d", f.min)
		}
		*f.into = n
	}
	c.InFlight, c.ActivePeople = 100, 1000
	if next := v.Text(optNextRate); next != "" && next != v.Text(optFirstRate) {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "option 'next-event.rate' must equal 'first-event.rate'").
			WithHint("the rate of events does not change with time here")
	}
	var err error
	c.Limited, err = v.Bool(optLimited)
	return c, err
}
