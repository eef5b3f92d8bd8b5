package command

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/weir-engine/weir/cli/client"
	"github.com/weir-engine/weir/cli/rest"
	"github.com/weir-engine/weir/core/sqlerr"
)

// defaultTarget is where weir cluster and weir jobmanager listen.
const defaultTarget = "http://127.0.0.1:8081"

func (a *app) jobCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "job",
		Short: "See and change the jobs of a running cluster",
		Long: `See and change the jobs of a cluster that runs (weir cluster, weir jobmanager), by its REST.
A job is named by its id, by the beginning of it, or by its name where only one has it.`,
		Example: `  weir job list
  weir job show 18eb042624fb
  weir job savepoint counts /data/savepoints
  weir job doctor --target https://weir.example.org:8081`,
	}
	c.AddCommand(a.jobList(), a.jobShow(), a.jobCancel(), a.jobStop(), a.jobSavepoint(), a.jobRescale(), a.jobDoctor())
	return c
}

// jobFlags are those of every verb about jobs.
type jobFlags struct {
	target targetFlags
	format string
}

func (f *jobFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.target.url, "target", defaultTarget, "REST address of the cluster; certificates of https are checked by those of the system, or of SSL_CERT_FILE")
	c.Flags().StringVar(&f.target.token, "token", "", "token of the cluster's REST; default: that of "+tokenVariable)
	c.Flags().StringVar(&f.format, "format", "table", "table for people, or json: what REST answers")
}

// watcher asks a cluster's REST.
type watcher struct {
	*client.Client
	ctx  context.Context
	json bool
	app  *app
}

// jobVerb makes a verb that asks the cluster.
func (a *app) jobVerb(c *cobra.Command, run func(w *watcher, args []string) error) *cobra.Command {
	var f jobFlags
	f.add(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		asJSON, err := jsonFormat(f.format)
		if err != nil {
			return err
		}
		cl, err := f.target.client()
		if err != nil {
			return err
		}
		defer cl.Close()
		return stopped(c.Context(), run(&watcher{Client: cl, ctx: c.Context(), json: asJSON, app: a}, args))
	}
	return c
}

func (w *watcher) get(path string, out any) error { return w.Do(w.ctx, "GET", path, nil, out) }

// find is the job that a person names.
func (w *watcher) find(name string) (*rest.JobOverview, error) {
	var all rest.JobOverviews
	if err := w.get("/jobs/overview", &all); err != nil {
		return nil, err
	}
	var found []*rest.JobOverview
	for i := range all.Jobs {
		j := &all.Jobs[i]
		if j.ID == name {
			return j, nil
		}
		if j.Name == name || strings.HasPrefix(j.ID, strings.ToLower(name)) {
			found = append(found, j)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, sqlerr.Newf(sqlerr.UndefinedObject, "the cluster has no job '%s'", name).WithHint("weir job list shows those that there are")
	}
	var ids []string
	for _, j := range found {
		ids = append(ids, j.ID)
	}
	return nil, sqlerr.Newf(sqlerr.BadInput, "'%s' may be one of %d jobs", name, len(found)).WithHint("%s", strings.Join(ids, ", "))
}

// print prints a value as JSON where that was asked for, and else what table writes.
func (w *watcher) print(v any, table func(t *tabwriter.Writer)) error {
	if w.json {
		e := json.NewEncoder(w.app.streams.Out)
		e.SetEscapeHTML(false)
		return e.Encode(v)
	}
	t := tabwriter.NewWriter(w.app.streams.Out, 0, 4, 2, ' ', 0)
	table(t)
	return t.Flush()
}

func (a *app) jobList() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "List the jobs of a cluster", Example: "  weir job list\n  weir job list --running --format json", Args: cobra.NoArgs}
	running := c.Flags().Bool("running", false, "only jobs that are not over")
	return a.jobVerb(c, func(w *watcher, _ []string) error {
		var all rest.JobOverviews
		if err := w.get("/jobs/overview", &all); err != nil {
			return err
		}
		shown := rest.JobOverviews{Jobs: []rest.JobOverview{}}
		for _, j := range all.Jobs {
			if !*running || j.End < 0 {
				shown.Jobs = append(shown.Jobs, j)
			}
		}
		return w.print(shown, func(t *tabwriter.Writer) {
			fmt.Fprintln(t, "JOB\tNAME\tSTATE\tTYPE\tSTARTED\tDURATION\tTASKS")
			for _, j := range shown.Jobs {
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%d\n", j.ID, j.Name, j.State, j.Type, moment(j.Start), elapsedTime(j.Duration), j.Tasks.Total)
			}
		})
	})
}

// jobReport is all that show tells of a job.
type jobReport struct {
	Job         rest.JobDetails  `json:"job"`
	Checkpoints rest.Checkpoints `json:"checkpoints"`
	Exceptions  rest.Exceptions  `json:"exceptions"`
}

func (w *watcher) report(id string) (*jobReport, error) {
	r, at := &jobReport{}, "/jobs/"+id
	if err := w.get(at, &r.Job); err != nil {
		return nil, err
	}
	if err := w.get(at+"/checkpoints", &r.Checkpoints); err != nil {
		return nil, err
	}
	return r, w.get(at+"/exceptions", &r.Exceptions)
}

func (a *app) jobShow() *cobra.Command {
	c := &cobra.Command{Use: "show JOB", Short: "Show a job: its vertices, what went through them, its checkpoints", Example: "  weir job show counts", Args: cobra.ExactArgs(1)}
	return a.jobVerb(c, func(w *watcher, args []string) error {
		j, err := w.find(args[0])
		if err != nil {
			return err
		}
		r, err := w.report(j.ID)
		if err != nil {
			return err
		}
		return w.print(r, r.write)
	})
}

func (r *jobReport) write(t *tabwriter.Writer) {
	j := &r.Job
	fmt.Fprintf(t, "job\t%s\nname\t%s\nstate\t%s, %s\nstarted\t%s, %s ago\n", j.ID, j.Name, j.State, strings.ToLower(j.Type), moment(j.Start), elapsedTime(j.Now-j.Start))
	c := &r.Checkpoints
	fmt.Fprintf(t, "checkpoints\t%d completed, %d failed, %d under way\n", c.Counts.Completed, c.Counts.Failed, c.Counts.InProgress)
	if l := c.Latest.Completed; l != nil {
		fmt.Fprintf(t, "the last\t%d: %s, %s of state, at %s\n", l.ID, elapsedTime(l.Duration), bytesText(l.StateSize), *l.Path)
	}
	if l := c.Latest.Restored; l != nil {
		fmt.Fprintf(t, "started from\t%s\n", l.Path)
	}
	if f := r.Exceptions.History.Entries; len(f) > 0 {
		fmt.Fprintf(t, "last failure\t%s: %s\n", moment(f[0].At), firstLine(f[0].Trace))
	}
	fmt.Fprintln(t, "\nVERTEX\tSTATE\tSUBTASKS\tROWS IN\tROWS OUT\tBUSY\tIDLE\tHELD BACK\tOPERATORS")
	for _, v := range j.Vertices {
		m := v.Metrics
		all := float64(m.Busy) + float64(m.Idle) + float64(m.BackPressured)
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%s\t%s\t%s\t%s\n", v.ID[:12], v.Status, v.Parallelism, m.ReadRecords, m.WriteRecords,
			percent(float64(m.Busy), all), percent(float64(m.Idle), all), percent(float64(m.BackPressured), all), v.Name)
	}
}

// moment is a time for people, in their zone.
func moment(ms int64) string {
	if ms <= 0 {
		return "-"
	}
	return time.UnixMilli(ms).Format("2006-01-02 15:04:05")
}

// elapsedTime is a duration for people: two units at most.
func elapsedTime(ms int64) string {
	switch d := time.Duration(ms) * time.Millisecond; {
	case ms < 0:
		return "-"
	case d < time.Second:
		return fmt.Sprintf("%d ms", ms)
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	default:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
}

func bytesText(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d bytes", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	case n < 1<<30:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}

func percent(part, all float64) string {
	if all <= 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f %%", part/all*100)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
