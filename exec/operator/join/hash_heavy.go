package join

import (
	"errors"
	"io"
	"slices"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/state/spill"
)

// heavy joins a part that does not shrink, since one key has more build rows
// than fit: the table holds as many of them as it can, all probe rows of the
// part meet it, then it holds the next ones. Which probe rows have matched is
// kept in bits between the rounds; what is said of rows alone waits for the last.
//
// Sorting both inputs would not help: the rows of the heavy key would still have
// to meet all of its rows on the other side, many times over.
type heavy struct {
	part   part
	builds []*spill.Run // still to be read
	reader *spill.Reader
	kept   *stream.Builder // rows of a build batch that did not fit
	last   bool            // no build rows are left

	seen  vector.Bitmap // by probe row of the part, in order
	dim   vector.Bitmap
	held  int64 // of the bits
	aside int64 // of the slots to come
	probe int   // probe rows before the batch at hand
}

// heavyPart starts joining a part round by round.
func (j *Hash) heavyPart(w part) (bool, error) {
	j.count("heavyParts")
	h := &heavy{part: w, builds: w.build, kept: stream.NewBuilder(j.layout.types)}
	rows := int(rowsOf(w.probe))
	h.held = int64(rows/4 + 2)
	j.ctx.Memory.Insist(h.held)
	if !j.ctx.Memory.TryGrow(h.held) {
		return false, j.tooSmall()
	}
	h.seen, h.dim = vector.NewBitmap(rows), vector.NewBitmap(rows)
	j.disk.heavy = h
	return true, j.nextRound()
}

// nextRound fills the table with the next build rows and starts over on the probe rows.
func (j *Hash) nextRound() error {
	d, h := j.disk, j.disk.heavy
	h.probe = 0
	j.ctx.Memory.Insist(minimumMemory) // others may hold all that is above our minimum
	defer j.ctx.Memory.Insist(0)
	if err := j.fillRound(); err != nil {
		return err
	}
	j.ctx.Memory.Shrink(h.aside)
	h.aside = 0
	t, err := newTable([]*rowStore{d.store}, j.ctx.Memory)
	if err != nil {
		return err
	}
	if t == nil {
		return j.tooSmall()
	}
	if err := t.fill(0, 1); err != nil {
		return err
	}
	if j.pairs.nullAware {
		rows, keyless := j.meeting.totals()
		t.rows, t.keyless = int(rows), int(keyless)
	}
	d.table, d.runs = t, h.part.probe
	j.pairs.round = h
	return nil
}

// fillRound reads build rows into the store until memory is refused.
func (j *Hash) fillRound() error {
	h := j.disk.heavy
	before := h.kept.Finish()
	h.kept = stream.NewBuilder(j.layout.types)
	for full := j.fillWith(before); !full; {
		b, err := h.nextBuild()
		if err != nil {
			return err
		}
		if b == nil {
			h.last = true
			return nil
		}
		full = j.fillWith(b)
	}
	if j.disk.store.count() == 0 {
		return j.tooSmall()
	}
	return nil
}

// nextBuild is the next batch of build rows; nil: no more.
func (h *heavy) nextBuild() (*stream.Batch, error) {
	for {
		if h.reader == nil {
			if len(h.builds) == 0 {
				return nil, nil
			}
			r, err := h.builds[0].Open()
			if err != nil {
				return nil, err
			}
			h.reader, h.builds = r, h.builds[1:]
		}
		b, err := h.reader.Next()
		if err == nil {
			return b, nil
		}
		if e := h.reader.Close(); e != nil {
			return nil, e
		}
		h.reader = nil
		if !errors.Is(err, io.EOF) {
			return nil, err
		}
	}
}

// heavyStep is how many rows are kept at a time, so that little of the memory stays unused.
const heavyStep = 512

// fillWith keeps rows of b as long as they and their slots fit, and the rest for
// the next round; it reports whether there was a rest.
func (j *Hash) fillWith(b *stream.Batch) (full bool) {
	d := j.disk
	if b.Rows == 0 {
		return false
	}
	valid := d.keys.set(b.Cols, j.buildKeys, b.Rows, nil)
	for from := 0; from < b.Rows; from += heavyStep {
		to := min(b.Rows, from+heavyStep)
		n, _ := slices.BinarySearch(valid, uint32(to))
		if !d.roomFor() || !d.store.append(b, d.keys, kernel.Iota(to)[from:], valid[:n]) {
			d.heavy.kept.Append(b, kernel.Iota(b.Rows)[from:])
			return true
		}
		valid = valid[n:]
	}
	return false
}

// roomFor sets memory aside for the slots of the rows kept and of the next step.
func (d *disk) roomFor() bool {
	h := d.heavy
	need := (tableBytes(d.store.count()+heavyStep, 1) + memory.PageSize - 1) &^ (memory.PageSize - 1)
	if need > h.aside {
		if !d.j.ctx.Memory.TryGrow(need - h.aside) {
			return false
		}
		h.aside = need
	}
	return true
}

// restore gives the bits of a batch's rows from earlier rounds to the pairs.
func (h *heavy) restore(p *pairs, rows int) {
	for r := range rows {
		p.seen.SetTo(r, h.seen.Get(h.probe+r))
		if p.unknowns != nil {
			p.dim.SetTo(r, h.dim.Get(h.probe+r))
		}
	}
}

// keep takes them back, and reports whether what is said of rows alone has to wait.
func (h *heavy) keep(p *pairs, rows int) (wait bool) {
	for r := range rows {
		h.seen.SetTo(h.probe+r, p.seen.Get(r))
		if p.unknowns != nil {
			h.dim.SetTo(h.probe+r, p.dim.Get(r))
		}
	}
	h.probe += rows
	return !h.last
}

// endRound is called when all probe rows have met the table.
func (j *Hash) endRound() (over bool, err error) {
	d, h := j.disk, j.disk.heavy
	if err := d.table.close(); err != nil {
		return false, err
	}
	d.table = nil
	if err := d.store.reset(); err != nil {
		return false, err
	}
	if !h.last {
		return false, j.nextRound()
	}
	j.ctx.Memory.Shrink(h.held)
	d.heavy, j.pairs.round = nil, nil
	return true, remove(append(append([]*spill.Run(nil), h.part.build...), h.part.probe...))
}

func (h *heavy) close(j *Hash) {
	if h.reader != nil {
		_ = h.reader.Close()
	}
	j.ctx.Memory.Shrink(h.held + h.aside)
}
