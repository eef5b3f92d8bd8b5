package nexmark

import (
	"context"
	"encoding/json"
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

// generatorTime is the CPU time that the generator takes for an event in all scans
// of a job, measured alone in this process: the job's CPU time contains as much of it.
func generatorTime(ctx context.Context, j *graph.Job) (time.Duration, error) {
	var took time.Duration
	for _, v := range j.Vertices {
		for _, o := range v.Chain {
			if o.Name != (&physical.Scan{}).Name() {
				continue
			}
			var scan physical.Scan
			if err := json.Unmarshal(o.Params, &scan); err != nil {
				return 0, fmt.Errorf("decode %s: %w", o.ID, err)
			}
			t, err := scanTime(ctx, &scan)
			if err != nil {
				return 0, err
			}
			took += t
		}
	}
	return took, nil
}

// scanTime is the CPU time of a sample's event with the columns and fields of a scan.
func scanTime(ctx context.Context, scan *physical.Scan) (time.Duration, error) {
	r, err := openGenerator(ctx, scan)
	if err != nil {
		return 0, err
	}
	start := process.CPU()
	err = drain(ctx, r)
	return (process.CPU() - start) / sampleEvents, errors.Join(err, r.Close())
}

// openGenerator opens a reader of the sample.
func openGenerator(ctx context.Context, scan *physical.Scan) (connector.Reader, error) {
	t := &catalog.Table{Name: "events", Options: option.Values{"events.num": fmt.Sprint(sampleEvents), "splits": "1"}}
	spec := connector.ScanSpec{Columns: scan.Columns, Fields: scan.Fields, Limit: -1, StreamingMode: true}
	for _, f := range generator.Schema.Fields {
		t.Columns = append(t.Columns, catalog.Column{Name: f.Name, Type: f.Type})
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
