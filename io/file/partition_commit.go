package file

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
)

// commitPolicy says when a partition is complete, and how that is made known: by
// a file in it. All rows of a partition pass one subtask (SinkInfo.HashBy), whose
// watermark is that of all its inputs, so it knows alone. A partition that gets
// rows afterwards becomes complete once more.
type commitPolicy struct {
	file      string // that marks a partition
	byTime    bool   // by the partition's own time, not by when it was begun
	delay     time.Duration
	zone      *time.Location
	extractor timeExtractor
	atEnd     bool // inputs that end: with the job
}

// newCommitPolicy is nil where partitions are not committed.
func newCommitPolicy(t *catalog.Table, l *layout) (*commitPolicy, error) {
	kinds := t.Options.Text(optPolicy)
	if kinds == "" {
		return nil, nil
	}
	for _, k := range strings.Split(kinds, ",") {
		if k = strings.TrimSpace(k); !strings.EqualFold(k, "success-file") {
			return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "'%s' = '%s' is not supported", optPolicy.Key, k).WithHint("it takes success-file")
		}
	}
	if len(l.parts) == 0 {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "'%s' needs a table that is PARTITIONED BY", optPolicy.Key)
	}
	p := &commitPolicy{file: t.Options.Text(optSuccess)}
	trigger, err := t.Options.Enum(optTrigger)
	if err != nil {
		return nil, err
	}
	p.byTime = trigger == "partition-time"
	if p.delay, err = t.Options.Duration(optDelay); err != nil {
		return nil, err
	}
	if p.zone, err = time.LoadLocation(t.Options.Text(optZone)); err != nil {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "option '%s' cannot be '%s'", optZone.Key, t.Options.Text(optZone)).WithHint("it takes a time zone such as UTC or Europe/Berlin")
	}
	p.extractor, err = newTimeExtractor(t, l)
	return p, err
}

// openPartition is one that is not known to be complete.
type openPartition struct {
	Folder  string `json:"folder"`
	Created int64  `json:"created"`         // milliseconds
	Moved   bool   `json:"moved,omitempty"` // it may have rows in another subtask: it waits for one more checkpoint
}

// pendingCommits are the open partitions of a subtask.
type pendingCommits struct {
	open      map[string]openPartition
	watermark stream.Watermark
}

func (c *pendingCommits) wrote(s *sink, folder string, now time.Time) error {
	if s.policy == nil {
		return nil
	}
	if _, ok := c.open[folder]; ok {
		return nil
	}
	if c.open == nil {
		c.open = map[string]openPartition{}
	}
	c.open[folder] = openPartition{Folder: folder, Created: now.UnixMilli()}
	if s.policy.byTime {
		_, err := s.policy.time(s, folder)
		return err
	}
	return nil
}

// due takes out the partitions that are complete.
func (c *pendingCommits) due(s *sink, now time.Time, ended bool) ([]string, error) {
	var out []string
	for folder, p := range c.open {
		complete := ended
		if !complete && !s.policy.atEnd {
			var err error
			if complete, err = s.policy.complete(s, p, now, c.watermark); err != nil {
				return nil, err
			}
		}
		switch {
		case complete && p.Moved && !ended:
			p.Moved = false
			c.open[folder] = p
		case complete:
			out = append(out, folder)
			delete(c.open, folder)
		}
	}
	slices.Sort(out)
	return out, nil
}

func (p *commitPolicy) complete(s *sink, o openPartition, now time.Time, watermark stream.Watermark) (bool, error) {
	if !p.byTime {
		return now.UnixMilli() >= o.Created+p.delay.Milliseconds(), nil
	}
	begin, err := p.time(s, o.Folder)
	return watermark > begin+p.delay.Milliseconds(), err
}

// time is the moment that a partition's values name, in milliseconds.
func (p *commitPolicy) time(s *sink, folder string) (int64, error) {
	texts, ok := s.layout.levels(folder)
	if !ok {
		return 0, fmt.Errorf("filesystem: %s is no partition", folder)
	}
	day, nanos, err := p.extractor.extract(texts)
	if err != nil {
		return 0, err
	}
	return time.Date(1970, 1, 1+int(day), 0, 0, 0, int(nanos), p.zone).UnixMilli(), nil
}

func (c *pendingCommits) list() []openPartition {
	var out []openPartition
	for _, p := range c.open {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b openPartition) int { return strings.Compare(a.Folder, b.Folder) })
	return out
}

func (c *pendingCommits) restore(list []openPartition, moved bool) {
	for _, p := range list {
		if c.open == nil {
			c.open = map[string]openPartition{}
		}
		p.Moved = p.Moved || moved
		c.open[p.Folder] = p
	}
}

// timeExtractor reads the time of a partition from its values: a pattern in
// which $column stands for one, or the first value.
type timeExtractor struct {
	pattern string
	layout  *layout
	format  *kernel.TimePattern // nil: yyyy-MM-dd [HH:mm:ss]
}

func newTimeExtractor(t *catalog.Table, l *layout) (e timeExtractor, err error) {
	if kind := t.Options.Text(optExtractor); !strings.EqualFold(kind, "default") {
		return e, sqlerr.Newf(sqlerr.FeatureNotSupported, "'%s' = '%s' is not supported", optExtractor.Key, kind).WithHint("it takes default")
	}
	e = timeExtractor{pattern: t.Options.Text(optTimePattern), layout: l}
	if f := t.Options.Text(optTimeFormat); f != "" {
		e.format, err = kernel.CompileTimePattern(f)
	}
	return e, err
}

func (e *timeExtractor) extract(texts []string) (day, nanos int64, err error) {
	text := texts[0]
	if e.pattern != "" {
		text = e.pattern
		for i, p := range e.layout.parts {
			text = strings.ReplaceAll(text, "$"+p.name, texts[i])
		}
	}
	var ok bool
	if e.format != nil {
		day, nanos, ok = e.format.Parse([]byte(text))
	} else {
		day, nanos, ok = kernel.ParseJavaTimestamp([]byte(text))
		if !ok { // a date alone, and what Java writes: 2020-01-01T10:00
			var v types.Value
			if v, err = kernel.ParseText([]byte(sqlTimestamp(text)), types.TimestampType(3), &kernel.Env{}); err == nil {
				day, nanos = kernel.SplitMillis(v.I)
				ok = true
			}
		}
	}
	if !ok {
		return 0, 0, sqlerr.Newf(sqlerr.BadInput, "'%s' tells no time of a partition", text).
			WithHint("'%s' makes a time of the partition's columns: '$dt $hour:00:00'", optTimePattern.Key)
	}
	return day, nanos, nil
}
