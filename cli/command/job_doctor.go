package command

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/weir-engine/weir/cli/rest"
)

// finding is one thing that the doctor has to say of a job.
type finding struct {
	Job   string `json:"job"`
	Name  string `json:"name"`
	Check string `json:"check"` // watermark, backpressure, checkpoints, failures
	Level string `json:"level"` // ok, note, warning
	Text  string `json:"text"`
}

func (a *app) jobDoctor() *cobra.Command {
	c := &cobra.Command{
		Use: "doctor [JOB]", Short: "Say what holds jobs back", Args: cobra.MaximumNArgs(1),
		Long: `Look at a job, or at all that run, and name the vertex or the split that holds event time back, the vertex
that the others wait for, checkpoints that fail or take long, and failures.`,
		Example: "  weir job doctor\n  weir job doctor counts --format json",
	}
	return a.jobVerb(c, func(w *watcher, args []string) error {
		jobs, err := w.patients(args)
		if err != nil {
			return err
		}
		found := []finding{}
		for _, j := range jobs {
			f, err := w.examine(j)
			if err != nil {
				return err
			}
			found = append(found, f...)
		}
		return w.print(found, func(t *tabwriter.Writer) {
			if len(found) == 0 {
				fmt.Fprintln(t, "no job runs")
			}
			for i, f := range found {
				if i == 0 || f.Job != found[i-1].Job {
					fmt.Fprintf(t, "%s  %s\n", f.Job, f.Name)
				}
				fmt.Fprintf(t, "  %s\t%s\t%s\n", f.Level, f.Check, f.Text)
			}
		})
	})
}

// patients are the jobs to look at.
func (w *watcher) patients(args []string) (out []rest.JobOverview, err error) {
	if len(args) > 0 {
		j, err := w.find(args[0])
		if err != nil {
			return nil, err
		}
		return []rest.JobOverview{*j}, nil
	}
	var all rest.JobOverviews
	if err := w.get("/jobs/overview", &all); err != nil {
		return nil, err
	}
	for _, j := range all.Jobs {
		if j.End < 0 {
			out = append(out, j)
		}
	}
	return out, nil
}

func (w *watcher) examine(j rest.JobOverview) ([]finding, error) {
	r, err := w.report(j.ID)
	if err != nil {
		return nil, err
	}
	var config rest.CheckpointConfig
	if err := w.get("/jobs/"+j.ID+"/checkpoints/config", &config); err != nil {
		return nil, err
	}
	time, err := w.eventTime(r)
	if err != nil {
		return nil, err
	}
	pressure, err := w.pressure(r)
	if err != nil {
		return nil, err
	}
	out := slices.Concat(failures(r), checkpoints(r, &config), time, pressure)
	for i := range out {
		out[i].Job, out[i].Name = j.ID, j.Name
	}
	return out, nil
}

// failures tells of failed attempts.
func failures(r *jobReport) []finding {
	f := r.Exceptions.History.Entries
	if len(f) == 0 {
		return nil
	}
	where := "the job"
	if f[0].Task != nil {
		where = *f[0].Task
	}
	many := strconv.Itoa(len(f))
	if r.Exceptions.History.Truncated {
		many += " and more"
	}
	return []finding{{Check: "failures", Level: "warning", Text: fmt.Sprintf("%s failed attempts; the last at %s in %s: %s", many, moment(f[0].At), where, firstLine(f[0].Trace))}}
}

// checkpoints tells of those that fail, and of one that is late.
func checkpoints(r *jobReport, c *rest.CheckpointConfig) []finding {
	say := func(level, format string, args ...any) []finding {
		return []finding{{Check: "checkpoints", Level: level, Text: fmt.Sprintf(format, args...)}}
	}
	h := r.Checkpoints
	switch {
	case r.Job.Type != "STREAMING":
		return nil
	case c.Interval == math.MaxInt64:
		return say("warning", "none are taken: a failure loses everything; set execution.checkpointing.interval and .dir")
	case len(h.History) > 0 && h.History[0].Status == "FAILED":
		in := ""
		if f := h.Latest.Failed; f.Acknowledged < f.Subtasks {
			in = fmt.Sprintf(", %d of %d subtasks had answered", f.Acknowledged, f.Subtasks)
		}
		return say("warning", "the last one failed, %d of %d in all: %s%s", h.Counts.Failed, h.Counts.Total, *h.Latest.Failed.Failure, in)
	case len(h.History) > 0 && h.History[0].Status == "IN_PROGRESS" && h.History[0].Duration > 2*c.Interval:
		p := h.History[0]
		return say("warning", "%d is under way for %s, and one is due every %s; %d of %d subtasks have answered", p.ID, elapsedTime(p.Duration), elapsedTime(c.Interval), p.Acknowledged, p.Subtasks)
	case h.Latest.Completed == nil:
		return say("note", "none is completed yet")
	}
	l := h.Latest.Completed
	return say("ok", "%d completed, %d failed; the last took %s and has %s of state", h.Counts.Completed, h.Counts.Failed, elapsedTime(l.Duration), bytesText(l.StateSize))
}

// holder is what a watermark comes from: a split of a source, or a subtask's output.
type holder struct {
	vertex, what string
	at           int64
}

// notYet is the watermark of what has told no time.
const notYet = math.MinInt64

// eventTime names what holds event time back: among the splits of sources, which
// all time comes from, the one that is furthest behind.
func (w *watcher) eventTime(r *jobReport) ([]finding, error) {
	if r.Job.Type != "STREAMING" {
		return nil, nil
	}
	var all []holder
	for _, n := range r.Job.Plan.Nodes {
		if len(n.Inputs) > 0 {
			continue
		}
		h, err := w.holders(r.Job.ID, n.ID, vertexName(r, n.ID))
		if err != nil {
			return nil, err
		}
		all = append(all, h...)
	}
	all = slices.DeleteFunc(all, func(h holder) bool { return h.at == math.MaxInt64 }) // idle: it holds nothing back
	told := slices.ContainsFunc(all, func(h holder) bool { return h.at != notYet })
	if !told {
		return nil, nil // no event time in this job
	}
	least := slices.MinFunc(all, func(a, b holder) int { return compareInt(a.at, b.at) })
	most := slices.MaxFunc(all, func(a, b holder) int { return compareInt(a.at, b.at) })
	if least.at == notYet {
		return []finding{{Check: "watermark", Level: "warning", Text: fmt.Sprintf("stands still: %s of %s has brought no row yet; table.exec.source.idle-timeout lets others go on without it", least.what, least.vertex)}}, nil
	}
	lag := r.Job.Now - least.at
	text := fmt.Sprintf("stands at %s, %s behind the clock, held by %s of %s", moment(least.at), elapsedTime(lag), least.what, least.vertex)
	if ahead := most.at - least.at; ahead > 0 && len(all) > 1 {
		text += fmt.Sprintf("; %s is %s ahead", most.what, elapsedTime(ahead))
	}
	level := "ok"
	if most.at-least.at > 60_000 {
		level = "warning"
	}
	return []finding{{Check: "watermark", Level: level, Text: text}}, nil
}

func compareInt(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// holders are the splits of a source vertex, or its subtasks where it tells of no split.
func (w *watcher) holders(job, vertex, name string) (out []holder, err error) {
	at := "/jobs/" + job + "/vertices/" + vertex + "/metrics"
	var names []rest.Metric
	if err := w.get(at, &names); err != nil {
		return nil, err
	}
	var splits, outputs []string
	for _, m := range names {
		switch {
		case strings.Contains(m.ID, ".split.") && strings.HasSuffix(m.ID, ".watermark.currentWatermark"):
			splits = append(splits, m.ID)
		case strings.HasSuffix(m.ID, ".currentOutputWatermark"):
			outputs = append(outputs, m.ID)
		}
	}
	ask := splits
	if len(ask) == 0 {
		ask = outputs
	}
	for batch := range slices.Chunk(ask, 50) { // a URL is short
		var values []rest.Metric
		if err := w.get(at+"?get="+escapeList(batch), &values); err != nil {
			return nil, err
		}
		for _, m := range values {
			n, err := strconv.ParseInt(*m.Value, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("metric %s: %w", m.ID, err)
			}
			out = append(out, holder{vertex: name, what: holderName(m.ID), at: n})
		}
	}
	return out, nil
}

// holderName is what a metric's name says of where it is from.
func holderName(metric string) string {
	subtask, rest, _ := strings.Cut(metric, ".")
	if _, split, ok := strings.Cut(rest, ".split."); ok {
		return "split " + strings.TrimSuffix(split, ".watermark.currentWatermark") + " (subtask " + subtask + ")"
	}
	return "subtask " + subtask
}

func vertexName(r *jobReport, id string) string {
	for _, v := range r.Job.Vertices {
		if v.ID == id {
			return v.Name
		}
	}
	return id
}

// pressure names the vertex that is held back most, and the one behind it that holds it.
func (w *watcher) pressure(r *jobReport) ([]finding, error) {
	type load struct{ held, busy float64 }
	loads := map[string]load{}
	var worst string
	for _, v := range r.Job.Vertices {
		var p rest.BackPressure
		if err := w.get("/jobs/"+r.Job.ID+"/vertices/"+v.ID+"/backpressure", &p); err != nil {
			return nil, err
		}
		l := load{}
		for _, s := range p.Subtasks {
			l.held, l.busy = max(l.held, float64(s.Ratio)), max(l.busy, float64(s.Busy))
		}
		loads[v.ID] = l
		if worst == "" || l.held > loads[worst].held {
			worst = v.ID
		}
	}
	if worst == "" {
		return nil, nil
	}
	held := loads[worst].held
	if held <= 0.10 {
		busiest := worst
		for id, l := range loads {
			if l.busy > loads[busiest].busy {
				busiest = id
			}
		}
		return []finding{{Check: "backpressure", Level: "ok", Text: fmt.Sprintf("none; the busiest vertex, %.0f %% of its time, is %s", loads[busiest].busy*100, vertexName(r, busiest))}}, nil
	}
	text := fmt.Sprintf("%s is held back %.0f %% of its time", vertexName(r, worst), held*100)
	if by := downstream(r, worst, func(id string) float64 { return loads[id].busy - loads[id].held }); by != "" {
		text += fmt.Sprintf("; it waits for %s, which is busy %.0f %%", vertexName(r, by), loads[by].busy*100)
	}
	level := "note"
	if held > 0.5 {
		level = "warning"
	}
	return []finding{{Check: "backpressure", Level: level, Text: text}}, nil
}

// downstream is the vertex behind another, however far, with the greatest score.
func downstream(r *jobReport, from string, score func(id string) float64) (best string) {
	behind := map[string]bool{from: true}
	for grown := true; grown; {
		grown = false
		for _, n := range r.Job.Plan.Nodes {
			if !behind[n.ID] && slices.ContainsFunc(n.Inputs, func(in rest.PlanInput) bool { return behind[in.ID] }) {
				behind[n.ID], grown = true, true
			}
		}
	}
	delete(behind, from)
	for id := range behind {
		if best == "" || score(id) > score(best) {
			best = id
		}
	}
	return best
}

// escapeList is names as one parameter of a query.
func escapeList(names []string) string { return url.QueryEscape(strings.Join(names, ",")) }
