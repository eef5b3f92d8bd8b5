package kafka

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
)

// scanRange is where reading begins and ends.
type scanRange struct {
	startup, bounded               string // modes
	startupMillis, boundedMillis   int64
	startupOffsets, boundedOffsets map[int32]int64 // by partition
	discovery                      time.Duration
}

func parseRange(c *config) (r scanRange, err error) {
	v := c.table.Options
	if r.startup, err = v.Enum(optStartup); err != nil {
		return r, err
	}
	if c.upsert { // what a key's row is takes all its records
		r.startup = "earliest-offset"
	}
	if r.bounded, err = v.Enum(optBounded); err != nil {
		return r, err
	}
	if r.discovery, err = v.Duration(optDiscovery); err != nil {
		return r, err
	}
	if r.startupMillis, r.startupOffsets, err = parseBound(v, optStartup, r.startup, optStartupMillis, optStartupOffsets); err != nil {
		return r, err
	}
	r.boundedMillis, r.boundedOffsets, err = parseBound(v, optBounded, r.bounded, optBoundedMillis, optBoundedOffsets)
	if err == nil && v[optProperties.Key+"group.id"] == "" {
		switch "group-offsets" {
		case r.startup:
			err = needs(optStartup, r.startup, "properties.group.id")
		case r.bounded:
			err = needs(optBounded, r.bounded, "properties.group.id")
		}
	}
	return r, err
}

func needs(mode *option.Definition, value, key string) error {
	e := sqlerr.Newf(sqlerr.InvalidOption, "'%s' = '%s' needs the option '%s'", mode.Key, value, key)
	if mode == optStartup && value == mode.Default {
		e = e.WithHint("'%s' may also be earliest-offset, latest-offset, timestamp or specific-offsets", mode.Key)
	}
	return e
}

// parseBound reads the options that two of the modes need.
func parseBound(v option.Values, mode *option.Definition, is string, millis, offsets *option.Definition) (int64, map[int32]int64, error) {
	switch is {
	case "timestamp":
		if !v.Has(millis) {
			return 0, nil, needs(mode, is, millis.Key)
		}
		n, err := v.Int(millis)
		return n, nil, err
	case "specific-offsets":
		if !v.Has(offsets) {
			return 0, nil, needs(mode, is, offsets.Key)
		}
		by, err := parseOffsets(v, offsets)
		return 0, by, err
	}
	return 0, nil, nil
}

// parseOffsets reads partition:0,offset:42;partition:1,offset:300.
func parseOffsets(v option.Values, d *option.Definition) (map[int32]int64, error) {
	out := map[int32]int64{}
	for part := range strings.SplitSeq(strings.Trim(v.Text(d), "; "), ";") {
		p, o, _ := strings.Cut(strings.TrimSpace(part), ",")
		partition, err := numberBehind(p, "partition:", 32)
		var offset int64
		if err == nil {
			offset, err = numberBehind(o, "offset:", 64)
		}
		if err != nil {
			return nil, sqlerr.Newf(sqlerr.InvalidOption, "option '%s' cannot be '%s'", d.Key, v.Text(d)).
				WithHint("it takes partition:0,offset:42;partition:1,offset:300")
		}
		out[int32(partition)] = offset
	}
	return out, nil
}

func numberBehind(s, word string, bits int) (int64, error) {
	digits, ok := strings.CutPrefix(strings.TrimSpace(s), word)
	if !ok {
		return 0, strconv.ErrSyntax
	}
	n, err := strconv.ParseUint(strings.TrimSpace(digits), 10, bits-1)
	return int64(n), err
}

// offsets asks a broker for offsets of some topics.
type offsets struct {
	admin  *kadm.Client
	client *properties
	topics []string
}

// bound is an offset of every partition.
type bound map[string]map[int32]int64

// start is where each partition begins.
func (o *offsets) start(ctx context.Context, r *scanRange) (bound, error) {
	return o.at(ctx, r.startup, r.startupMillis, r.startupOffsets, o.client.reset)
}

// stop is where each partition ends; nil: never.
func (o *offsets) stop(ctx context.Context, r *scanRange) (bound, error) {
	if r.bounded == "unbounded" {
		return nil, nil
	}
	return o.at(ctx, r.bounded, r.boundedMillis, r.boundedOffsets, "latest")
}

func (o *offsets) at(ctx context.Context, mode string, millis int64, specific map[int32]int64, reset string) (bound, error) {
	switch mode {
	case "earliest-offset":
		return o.listed(o.admin.ListStartOffsets(ctx, o.topics...))
	case "latest-offset":
		return o.latest(ctx)
	case "timestamp":
		return o.after(ctx, millis)
	case "specific-offsets":
		return o.specific(ctx, specific)
	default:
		return o.committed(ctx, reset)
	}
}

// latest is behind the last record that can be read now: an open transaction
// holds it back for readers of committed records.
func (o *offsets) latest(ctx context.Context) (bound, error) {
	if o.client.readCommitted {
		return o.listed(o.admin.ListCommittedOffsets(ctx, o.topics...))
	}
	return o.listed(o.admin.ListEndOffsets(ctx, o.topics...))
}

// after is the first record of a time, or the end.
func (o *offsets) after(ctx context.Context, millis int64) (bound, error) {
	at, err := o.listed(o.admin.ListOffsetsAfterMilli(ctx, millis, o.topics...))
	if err != nil {
		return nil, err
	}
	end, err := o.latest(ctx)
	if err != nil {
		return nil, err
	}
	for t, ps := range at {
		for p := range ps {
			ps[p] = min(ps[p], end[t][p])
		}
	}
	return at, nil
}

// specific takes the user's offsets, one for every partition.
func (o *offsets) specific(ctx context.Context, by map[int32]int64) (bound, error) {
	all, err := o.listed(o.admin.ListStartOffsets(ctx, o.topics...))
	if err != nil {
		return nil, err
	}
	for t, ps := range all {
		for p := range ps {
			at, ok := by[p]
			if !ok {
				return nil, sqlerr.Newf(sqlerr.InvalidOption, "specific offsets name none for %s", name(t, p)).WithHint("name every partition of the topic")
			}
			ps[p] = at
		}
	}
	return all, nil
}

// committed is what the group has committed; where it has not, what reset says.
func (o *offsets) committed(ctx context.Context, reset string) (bound, error) {
	fetched, err := o.admin.FetchOffsetsForTopics(ctx, o.client.group, o.topics...)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) { // a new group has committed nothing
		return nil, failed(err, "fetch offsets of group %s", o.client.group)
	}
	out, err := o.resetTo(ctx, reset)
	if err != nil {
		return nil, err
	}
	for t, ps := range out {
		for p := range ps {
			r, ok := fetched.Lookup(t, p)
			switch {
			case ok && r.Err != nil:
				return nil, failed(r.Err, "fetch offset of group %s for %s", o.client.group, name(t, p))
			case ok && r.At >= 0:
				ps[p] = r.At
			case reset == "none":
				return nil, sqlerr.Newf(sqlerr.InvalidOption, "group %s has committed no offset for %s", o.client.group, name(t, p)).
					WithHint("'properties.auto.offset.reset' = 'earliest' or 'latest', or another 'scan.startup.mode'")
			}
		}
	}
	return out, nil
}

func (o *offsets) resetTo(ctx context.Context, reset string) (bound, error) {
	if reset == "latest" {
		return o.latest(ctx)
	}
	return o.listed(o.admin.ListStartOffsets(ctx, o.topics...))
}

// listed takes the offsets out of an answer.
func (o *offsets) listed(l kadm.ListedOffsets, err error) (bound, error) {
	if err != nil {
		return nil, failed(err, "list offsets of %s", strings.Join(o.topics, ", "))
	}
	out := bound{}
	for t, ps := range l {
		out[t] = map[int32]int64{}
		for p, at := range ps {
			if errors.Is(at.Err, kerr.UnknownTopicOrPartition) {
				return nil, sqlerr.Newf(sqlerr.UndefinedObject, "topic '%s' does not exist", t)
			}
			if at.Err != nil {
				return nil, failed(at.Err, "list offsets of %s", name(t, p))
			}
			out[t][p] = at.Offset
		}
	}
	return out, nil
}
