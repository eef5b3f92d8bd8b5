package nexmark

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/weir-engine/weir/benchmarks/process"
	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/io/connector"
	generator "github.com/weir-engine/weir/io/nexmark"
)

// sampleEvents are enough for the generator's time per event.
const sampleEvents = 1_000_000

// generatorTime is the CPU time that the generator takes for an event, measured
// alone in this process: the job's CPU time contains as much for each of its scans.
func generatorTime(ctx context.Context) (time.Duration, error) {
	r, err := openGenerator(ctx)
	if err != nil {
		return 0, err
	}
	start := process.CPU()
	err = drain(ctx, r)
	return (process.CPU() - start) / sampleEvents, errors.Join(err, r.Close())
}

// scans counts the sources of a job.
func scans(j *graph.Job) (n int) {
	for _, v := range j.Vertices {
		for _, o := range v.Chain {
			if o.Name == (&physical.Scan{}).Name() {
				n++
			}
		}
	}
	return n
}

// openGenerator opens a reader of the sample.
func openGenerator(ctx context.Context) (connector.Reader, error) {
	t := &catalog.Table{Name: "events", Options: option.Values{"events.num": fmt.Sprint(sampleEvents), "fields": "all", "splits": "1"}}
	spec := connector.ScanSpec{Limit: -1, StreamingMode: true}
	for i, f := range generator.Schema.Fields {
		t.Columns = append(t.Columns, catalog.Column{Name: f.Name, Type: f.Type})
		spec.Columns = append(spec.Columns, i)
	}
	s, err := generator.Factory{}.NewSource(t, spec)
	if err != nil {
		return nil, err
	}
	e, err := s.Enumerate(ctx, nil)
	if err != nil {
		return nil, err
	}
	splits, _, err := e.Assign(ctx, 0, 1)
	if err := errors.Join(err, e.Close()); err != nil {
		return nil, err
	}
	r, err := s.Open(ctx, connector.ReaderContext{Parallelism: 1, BatchRows: 8192})
	if err != nil {
		return nil, err
	}
	if err := r.Assign(splits); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// drain reads to the end.
func drain(ctx context.Context, r connector.Reader) error {
	for {
		f, err := r.Next(ctx)
		if errors.Is(err, connector.ErrNeedSplits) {
			return nil
		}
		if err != nil {
			return err
		}
		if f.Release != nil {
			f.Release()
		}
	}
}
