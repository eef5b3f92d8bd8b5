package datagen

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
)

// generator is a table's options.
type generator struct {
	rate, rows int64 // rows: -1 for ever
	cols       []*column
	want       []int
}

type source struct{ g *generator }

// position is a split's state: rows Next, Next+Step, …
type position struct {
	Next int64 `json:"next"`
	Step int64 `json:"step"`
}

func (p position) data() []byte {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // two numbers always marshal
	}
	return b
}

// Enumerate deals one split to each subtask of the first run.
func (s *source) Enumerate(_ context.Context, restored []byte) (connector.Enumerator, error) {
	e := &enumerator{}
	if restored != nil {
		if err := json.Unmarshal(restored, &e.state); err != nil {
			return nil, fmt.Errorf("datagen: read enumerator state: %w", err)
		}
	}
	return e, nil
}

type enumerator struct {
	state struct {
		Dealt bool              `json:"dealt"`
		Left  []connector.Split `json:"left,omitempty"`
	}
}

func (e *enumerator) Assign(_ context.Context, _, parallelism int) ([]connector.Split, bool, error) {
	if !e.state.Dealt {
		e.state.Dealt = true
		for i := range parallelism {
			p := position{Next: int64(i), Step: int64(parallelism)}
			e.state.Left = append(e.state.Left, connector.Split{ID: fmt.Sprintf("%d/%d", i, parallelism), Data: p.data()})
		}
	}
	if len(e.state.Left) == 0 {
		return nil, true, nil
	}
	out := e.state.Left[:1]
	e.state.Left = e.state.Left[1:]
	return out, false, nil
}

func (e *enumerator) Wake() <-chan struct{} { return nil }
func (e *enumerator) AddSplitsBack(splits []connector.Split) {
	e.state.Left = append(e.state.Left, splits...)
}
func (e *enumerator) Snapshot() ([]byte, error) { return json.Marshal(e.state) }
func (e *enumerator) Close() error              { return nil }

// Open makes a reader.
func (s *source) Open(_ context.Context, rc connector.ReaderContext) (connector.Reader, error) {
	var ts []types.Type
	for _, w := range s.g.want {
		if !supported(s.g.cols[w].typ) {
			return nil, refuse(s.g.cols[w].typ)
		}
		ts = append(ts, s.g.cols[w].typ)
	}
	return &reader{g: s.g, types: ts, batch: rc.BatchRows, paused: map[string]bool{}}, nil
}

type split struct {
	id string
	position
}

type reader struct {
	g       *generator
	types   []types.Type
	batch   int
	splits  []split
	turn    int
	paused  map[string]bool
	started time.Time
	made    int64
}

func (r *reader) Assign(splits []connector.Split) error {
	for _, s := range splits {
		x := split{id: s.ID}
		if err := json.Unmarshal(s.Data, &x.position); err != nil {
			return fmt.Errorf("datagen: read split %s: %w", s.ID, err)
		}
		r.splits = append(r.splits, x)
	}
	return nil
}

func (r *reader) Pause(ids []string, on bool) {
	for _, id := range ids {
		r.paused[id] = on
	}
}

func (r *reader) Next(ctx context.Context) (connector.Fetch, error) {
	if len(r.splits) == 0 {
		return connector.Fetch{}, connector.ErrNeedSplits
	}
	r.turn = (r.turn + 1) % len(r.splits)
	s := &r.splits[r.turn]
	if r.paused[s.id] {
		return connector.Fetch{}, sleep(ctx, 10*time.Millisecond)
	}
	n, err := r.due(ctx, s)
	if err != nil {
		return connector.Fetch{}, err
	}
	return r.fill(s, n), nil
}

// due waits until rows may be made, and says how many: a tenth of a second's worth at most.
func (r *reader) due(ctx context.Context, s *split) (int, error) {
	if r.g.rate <= 0 {
		return r.batch, nil
	}
	if r.started.IsZero() {
		r.started = time.Now()
	}
	perSecond := max(1, float64(r.g.rate)/float64(s.Step)*float64(len(r.splits)))
	ready := r.started.Add(time.Duration(float64(r.made) / perSecond * float64(time.Second)))
	if err := sleep(ctx, time.Until(ready)); err != nil {
		return 0, err
	}
	return min(r.batch, max(1, int(perSecond/10))), nil
}

func (r *reader) fill(s *split, n int) connector.Fetch {
	b := stream.NewBuilder(r.types)
	rows := 0
	now := time.Now().UnixMilli()
	for ; rows < n && !r.ended(s.Next); rows++ {
		for i, w := range r.g.want {
			r.g.cols[w].appendRow(b.Column(i), s.Next, now)
		}
		s.Next += s.Step
	}
	b.Advance(rows, stream.Insert)
	r.made += int64(rows)
	f := connector.Fetch{Spans: []connector.Span{{Split: s.id, To: rows, After: s.data(), Finished: r.ended(s.Next)}}}
	if rows > 0 {
		f.Batch = b.Finish()
	}
	if r.ended(s.Next) {
		r.splits = append(r.splits[:r.turn], r.splits[r.turn+1:]...)
	}
	return f
}

func (r *reader) ended(n int64) bool { return r.g.rows >= 0 && n >= r.g.rows }

func (r *reader) Close() error { return nil }

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
