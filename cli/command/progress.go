package command

import (
	"fmt"
	"io"
	"math"
	"sync"
	"time"

	"github.com/weir-engine/weir/exec/job"
	"github.com/weir-engine/weir/io/connector"
)

const (
	progressDelay    = 500 * time.Millisecond // short jobs show nothing
	progressInterval = 200 * time.Millisecond
)

// progress shows on a terminal how the running jobs fare: one line that is drawn
// anew, and wiped before anything else is printed.
type progress struct {
	out     io.Writer
	sample  func() load
	started time.Time
	stop    chan struct{}
	once    sync.Once
	done    sync.WaitGroup
}

// load is what running jobs have done and hold; without jobs nothing is shown.
type load struct {
	jobs          int
	rows, spilled int64 // read by sources; bytes
	memory        int64
	read, input   int64 // bytes that have been read, and that there are; input 0: unknown
}

// watch begins to show progress; nil where nobody would see it.
func (a *app) watch(r runner) *progress {
	if a.quiet || !a.streams.ErrTerm {
		return nil
	}
	p := &progress{out: a.streams.Err, sample: r.Load, started: time.Now(), stop: make(chan struct{})}
	p.done.Add(1)
	go p.run()
	return p
}

// end wipes the line. It may be called more than once, and of nil.
func (p *progress) end() {
	if p != nil {
		p.once.Do(func() { close(p.stop) })
		p.done.Wait()
	}
}

// before gives a writer that ends the progress when something is written.
func (p *progress) before(w io.Writer) io.Writer {
	if p == nil {
		return w
	}
	return writerFunc(func(b []byte) (int, error) {
		p.end()
		return w.Write(b)
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func (p *progress) run() {
	defer p.done.Done()
	tick := time.NewTicker(progressInterval)
	defer tick.Stop()
	drawn := false
	var last load
	for {
		select {
		case <-p.stop:
			if drawn {
				fmt.Fprint(p.out, "\r\x1b[K")
			}
			return
		case <-tick.C:
			now := p.sample()
			if elapsed := time.Since(p.started); now.jobs > 0 && elapsed > progressDelay {
				fmt.Fprint(p.out, "\r\x1b[K", progressLine(now, now.rows-last.rows, elapsed))
				drawn = true
			}
			last = now
		}
	}
}

// progressLine is what is shown: rows were read since the last time.
func progressLine(l load, rows int64, elapsed time.Duration) string {
	rate := float64(max(rows, 0)) / progressInterval.Seconds()
	text := fmt.Sprintf("%s rows read, %s rows/s, memory %s", count(float64(l.rows)), count(rate), size(l.memory))
	if l.input > 0 {
		text = readPart(l, elapsed) + text
	}
	if l.spilled > 0 {
		text += ", spilled " + size(l.spilled)
	}
	return fmt.Sprintf("%s, %.1f s", text, elapsed.Seconds())
}

// readPart is the part of the input that has been read, and, while it grows, how long the rest will take at this speed.
func readPart(l load, elapsed time.Duration) string {
	part := min(float64(l.read)/float64(l.input), 1)
	text := fmt.Sprintf("%.0f %%", 100*part)
	if part >= 0.01 && part < 1 {
		text += fmt.Sprintf(", %.0f s left", math.Ceil(elapsed.Seconds()*(1-part)/part))
	}
	return text + ", "
}

// Load tells of the jobs that run in this process.
func (l *local) Load() load {
	out, known := load{memory: l.engine.Memory().Used()}, true
	for _, j := range l.engine.Jobs().Jobs() {
		s := j.Status()
		if s.State != job.Running {
			continue
		}
		out.jobs++
		if out.input += s.InputBytes; s.InputBytes == 0 {
			known = false
		}
		for _, t := range s.Tasks {
			for i, op := range t.Operators {
				for _, m := range op.Samples {
					switch {
					case m.Name == "spilledBytes":
						out.spilled += m.Value
					case m.Name == connector.MetricInputBytes:
						out.read += m.Value
					case m.Name == "numRecordsOut" && i == 0 && t.IO.BatchesIn == 0:
						out.rows += m.Value
					}
				}
			}
		}
	}
	if !known {
		out.input = 0
	}
	return out
}

// count writes a number in thousands, millions or billions.
func count(n float64) string {
	for _, u := range []struct {
		of   float64
		name string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "K"}} {
		if n >= u.of {
			return fmt.Sprintf("%.1f %s", n/u.of, u.name)
		}
	}
	return fmt.Sprintf("%.0f", n)
}

func size(bytes int64) string {
	for _, u := range []struct {
		of   int64
		name string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}} {
		if bytes >= u.of {
			return fmt.Sprintf("%.1f %s", float64(bytes)/float64(u.of), u.name)
		}
	}
	return fmt.Sprintf("%d KiB", bytes>>10)
}
