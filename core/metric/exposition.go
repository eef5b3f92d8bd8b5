package metric

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Exposition gathers readings and writes them as the text format that Prometheus
// scrapes, families by name and readings by label. All are gauges, as in Flink's
// own reporter. One goroutine uses it.
type Exposition struct{ families map[string]*family }

type family struct {
	help     string
	readings []reading
}

type reading struct {
	labels string // as they are written
	value  float64
}

// Label is what tells the readings of a family apart.
type Label struct{ Name, Value string }

// Add adds a reading; help is that of the first of the family.
func (e *Exposition) Add(name, help string, value float64, labels []Label) {
	name = PrometheusName(name)
	if e.families == nil {
		e.families = map[string]*family{}
	}
	f := e.families[name]
	if f == nil {
		f = &family{help: help}
		e.families[name] = f
	}
	f.readings = append(f.readings, reading{writeLabels(labels), value})
}

// Write writes everything.
func (e *Exposition) Write(w io.Writer) error {
	for _, name := range slices.Sorted(maps.Keys(e.families)) {
		f := e.families[name]
		if _, err := fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s gauge\n", name, escapeHelp(f.help), name); err != nil {
			return err
		}
		slices.SortStableFunc(f.readings, func(a, b reading) int { return cmp.Compare(a.labels, b.labels) })
		for i, r := range f.readings {
			if i > 0 && r.labels == f.readings[i-1].labels {
				continue // one reading a label set, or the whole page is refused
			}
			if _, err := fmt.Fprintf(w, "%s%s %s\n", name, r.labels, formatValue(r.value)); err != nil {
				return err
			}
		}
	}
	return nil
}

// PrometheusName is a name in the letters that Prometheus takes; others become _.
func PrometheusName(name string) string {
	legal := func(i int, c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == ':' || i > 0 && c >= '0' && c <= '9'
	}
	out := []byte(nil)
	for i, c := range name {
		if legal(i, c) {
			out = append(out, byte(c))
		} else {
			out = append(out, '_')
		}
	}
	return string(out)
}

func writeLabels(labels []Label) string {
	if len(labels) == 0 {
		return ""
	}
	var b strings.Builder
	for i, l := range labels {
		b.WriteByte("{,"[min(i, 1)])
		fmt.Fprintf(&b, "%s=\"%s\"", strings.ReplaceAll(PrometheusName(l.Name), ":", "_"), escapeLabel.Replace(l.Value))
	}
	b.WriteByte('}')
	return b.String()
}

var escapeLabel = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

func escapeHelp(s string) string { return strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(s) }

func formatValue(v float64) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "+Inf"
	case math.IsInf(v, -1):
		return "-Inf"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
