package metric

import (
	"sort"
	"sync"
	"sync/atomic"
)

// Counter counts up.
type Counter struct{ n atomic.Int64 }

// Add counts n more.
func (c *Counter) Add(n int64) { c.n.Add(n) }

// Value is the count.
func (c *Counter) Value() int64 { return c.n.Load() }

// Gauge is a value that goes up and down.
type Gauge struct{ n atomic.Int64 }

// Set sets the value.
func (g *Gauge) Set(n int64) { g.n.Store(n) }

// Value is the value.
func (g *Gauge) Value() int64 { return g.n.Load() }

// Group is the metrics of one operator of one subtask, by name. The names are
// Flink's where Flink has the metric: numRecordsIn, numRecordsOut,
// numLateRecordsDropped, currentInputWatermark.
type Group struct {
	mu       sync.Mutex
	counters map[string]*Counter
	gauges   map[string]*Gauge
	spreads  map[string]*Histogram
}

// NewGroup makes an empty group.
func NewGroup() *Group {
	return &Group{counters: map[string]*Counter{}, gauges: map[string]*Gauge{}, spreads: map[string]*Histogram{}}
}

// Counter finds or makes a counter. Keep it; do not look it up per batch.
func (g *Group) Counter(name string) *Counter {
	return find(g, g.counters, name)
}

// Gauge finds or makes a gauge.
func (g *Group) Gauge(name string) *Gauge {
	return find(g, g.gauges, name)
}

// DropGauge forgets a gauge, of something that is no more.
func (g *Group) DropGauge(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.gauges, name)
}

// Histogram finds or makes a histogram. Its samples are name.p50, name.p99 and name.max.
func (g *Group) Histogram(name string) *Histogram {
	return find(g, g.spreads, name)
}

// find finds or makes a metric of one kind.
func find[M any](g *Group, all map[string]*M, name string) *M {
	g.mu.Lock()
	defer g.mu.Unlock()
	m := all[name]
	if m == nil {
		m = new(M)
		all[name] = m
	}
	return m
}

// Sample is one reading.
type Sample struct {
	Name  string `json:"name"`
	Value int64  `json:"value"`
}

// Samples reads everything, by name.
func (g *Group) Samples() []Sample {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []Sample
	for n, c := range g.counters {
		out = append(out, Sample{n, c.Value()})
	}
	for n, x := range g.gauges {
		out = append(out, Sample{n, x.Value()})
	}
	for n, h := range g.spreads {
		out = append(out, Sample{n + ".p50", h.Quantile(0.5)}, Sample{n + ".p99", h.Quantile(0.99)}, Sample{n + ".max", h.Quantile(1)})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}
