package command

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/weir-engine/weir/cli/rest"
	"github.com/weir-engine/weir/core/sqlerr"
)

// asking is how often an operation is asked for.
const asking = 50 * time.Millisecond

// operation starts one and waits for its end.
func (w *watcher) operation(method, path, outcome string, in any) (*finished, error) {
	var t rest.Triggered
	if err := w.Do(w.ctx, method, path, in, &t); err != nil {
		return nil, err
	}
	tick := time.NewTicker(asking)
	defer tick.Stop()
	for {
		var o struct {
			Status    rest.State `json:"status"`
			Operation *finished  `json:"operation"`
		}
		if err := w.get(outcome+"/"+t.ID, &o); err != nil {
			return nil, err
		}
		if o.Operation != nil {
			if f := o.Operation.Failure; f != nil {
				return nil, sqlerr.Newf(sqlerr.ConnectorFailure, "%s", firstLine(f.Trace))
			}
			return o.Operation, nil
		}
		select {
		case <-tick.C:
		case <-w.ctx.Done():
			return nil, w.ctx.Err()
		}
	}
}

// finished is what became of an operation.
type finished struct {
	Location string      `json:"location,omitempty"`
	Failure  *rest.Cause `json:"failure-cause,omitempty"`
}

// change is what a verb has done to a job.
type change struct {
	Job       string `json:"job"`
	Done      string `json:"done"`
	Savepoint string `json:"savepoint,omitempty"`
}

func (w *watcher) tell(c change) error {
	return w.print(c, func(t *tabwriter.Writer) {
		fmt.Fprintf(t, "job %s %s\n", c.Job, c.Done)
		if c.Savepoint != "" {
			fmt.Fprintln(t, c.Savepoint)
		}
	})
}

func (a *app) jobCancel() *cobra.Command {
	c := &cobra.Command{
		Use: "cancel JOB", Short: "End a job at once", Args: cobra.ExactArgs(1), Example: "  weir job cancel counts",
		Long: "End a job at once, without a savepoint. What its last checkpoint has is kept where it is.",
	}
	return a.jobVerb(c, func(w *watcher, args []string) error {
		j, err := w.find(args[0])
		if err != nil {
			return err
		}
		if err := w.Do(w.ctx, "PATCH", "/jobs/"+j.ID+"?mode=cancel", nil, nil); err != nil {
			return err
		}
		if err := w.over(j.ID); err != nil {
			return err
		}
		return w.tell(change{Job: j.ID, Done: "is cancelled"})
	})
}

// over waits until a job is.
func (w *watcher) over(id string) error {
	tick := time.NewTicker(asking)
	defer tick.Stop()
	for {
		var r rest.ExecutionResult
		if err := w.get("/jobs/"+id+"/execution-result", &r); err != nil {
			return err
		}
		if r.Result != nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-w.ctx.Done():
			return w.ctx.Err()
		}
	}
}

func (a *app) jobStop() *cobra.Command {
	c := &cobra.Command{
		Use: "stop JOB", Short: "End a job behind a savepoint", Args: cobra.ExactArgs(1),
		Long: `End a job in order: its sources stop, a savepoint is taken, its sinks commit. The same job
goes on from there with --restore PATH.`,
		Example: "  weir job stop counts --savepoint-dir /data/savepoints\n  weir job stop counts --drain",
	}
	drain := c.Flags().Bool("drain", false, "end event time first: windows give what they have, and nothing goes on from the savepoint")
	dir := c.Flags().String("savepoint-dir", "", "folder of the savepoint, on the cluster's machine; default: execution.checkpointing.savepoint-dir of the job")
	return a.jobVerb(c, func(w *watcher, args []string) error {
		j, err := w.find(args[0])
		if err != nil {
			return err
		}
		at := "/jobs/" + j.ID
		o, err := w.operation("POST", at+"/stop", at+"/savepoints", rest.StopTrigger{Directory: *dir, Drain: *drain})
		if err != nil {
			return err
		}
		return w.tell(change{Job: j.ID, Done: "has stopped", Savepoint: o.Location})
	})
}

func (a *app) jobSavepoint() *cobra.Command {
	c := &cobra.Command{
		Use: "savepoint JOB [DIR]", Short: "Take a savepoint of a job, or remove one", Args: cobra.RangeArgs(0, 2),
		Long: `Take a savepoint of a job, which goes on. DIR is a folder on the cluster's machine; without it the
job's execution.checkpointing.savepoint-dir. With --dispose the savepoint at that path is removed.`,
		Example: "  weir job savepoint counts /data/savepoints\n  weir job savepoint --dispose /data/savepoints/savepoint-18eb04-0123456789ab",
	}
	dispose := c.Flags().String("dispose", "", "path of a savepoint that is removed")
	return a.jobVerb(c, func(w *watcher, args []string) error {
		if *dispose != "" {
			return w.disposeSavepoint(*dispose, args)
		}
		if len(args) == 0 {
			return usage("savepoint takes a job, or --dispose PATH")
		}
		j, err := w.find(args[0])
		if err != nil {
			return err
		}
		body := rest.SavepointTrigger{}
		if len(args) == 2 {
			body.Directory = args[1]
		}
		at := "/jobs/" + j.ID + "/savepoints"
		o, err := w.operation("POST", at, at, body)
		if err != nil {
			return err
		}
		return w.tell(change{Job: j.ID, Done: "has a savepoint", Savepoint: o.Location})
	})
}

func (w *watcher) disposeSavepoint(path string, args []string) error {
	if len(args) > 0 {
		return usage("--dispose takes the path of a savepoint and no job")
	}
	if _, err := w.operation("POST", "/savepoint-disposal", "/savepoint-disposal", rest.SavepointDisposal{Path: path}); err != nil {
		return err
	}
	return w.print(map[string]string{"disposed": path}, func(t *tabwriter.Writer) { fmt.Fprintln(t, "removed", path) })
}

func (a *app) jobRescale() *cobra.Command {
	c := &cobra.Command{
		Use: "rescale JOB PARALLELISM", Short: "Let a job go on at another parallelism", Args: cobra.ExactArgs(2),
		Long:    "Take a checkpoint of a job and let it go on from that at another parallelism, up to its pipeline.max-parallelism.",
		Example: "  weir job rescale counts 8",
	}
	return a.jobVerb(c, func(w *watcher, args []string) error {
		n, err := strconv.Atoi(args[1])
		if err != nil || n < 1 {
			return usage("PARALLELISM is a number from 1, not %q", args[1])
		}
		j, err := w.find(args[0])
		if err != nil {
			return err
		}
		at := "/jobs/" + j.ID + "/rescaling"
		if _, err := w.operation("PATCH", at+"?parallelism="+url.QueryEscape(args[1]), at, nil); err != nil {
			return err
		}
		if err := w.runs(j.ID); err != nil {
			return err
		}
		return w.tell(change{Job: j.ID, Done: "runs at parallelism " + args[1]})
	})
}

// runs waits until a job does.
func (w *watcher) runs(id string) error {
	ctx, cancel := context.WithTimeout(w.ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(asking)
	defer tick.Stop()
	for {
		var d rest.JobDetails
		if err := w.get("/jobs/"+id, &d); err != nil {
			return err
		}
		if d.End >= 0 {
			return sqlerr.Newf(sqlerr.ConnectorFailure, "job %s is over: %s", id, d.State)
		}
		running := d.State == "RUNNING"
		for _, v := range d.Vertices {
			running = running && (v.Status == "RUNNING" || v.Status == "FINISHED")
		}
		if running {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("job %s does not run yet", id), ctx.Err())
		}
	}
}
