package join

import (
	"errors"
	"io"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/spill"
)

const (
	spillBits = 4 // 16 parts a level
	maxLevel  = 1 // a part is parted once more; what is still too large is heavy
)

// disk is both inputs of one subtask, parted by the hash of the key. When all
// subtasks have written theirs, subtask i joins the parts i, i+n, i+2n … of all.
type disk struct {
	j       *Hash
	build   *spill.Partitions
	probe   *spill.Partitions
	builds  []*spill.Run // by part, when written
	probes  []*spill.Run
	rows    int64 // build rows written
	keyless int64

	work   []part
	reader *spill.Reader // of the probe rows of the part at hand
	runs   []*spill.Run
	all    []*spill.Run // of the part at hand, removed when it is through
	store  *rowStore
	table  *table
	keys   *keyColumns
	heavy  *heavy // the part at hand does not fit
}

// part is the rows of both inputs whose hashes share some bits.
type part struct {
	level        int
	build, probe []*spill.Run
}

func (j *Hash) wantsSpill() bool {
	return j.ctx.Memory.Yield() && j.store.count() > 0 && j.ctx.Spill != nil
}

func (j *Hash) spillSpace() (*spill.Space, error) {
	if j.space != nil {
		return j.space, nil
	}
	if j.ctx.Spill == nil {
		return nil, j.tooSmall()
	}
	space, err := j.ctx.OpenSpill()
	if err != nil {
		return nil, err
	}
	j.space = space
	return space, nil
}

// spill moves the build rows to disk; those that follow go there directly.
func (j *Hash) spill() error {
	space, err := j.spillSpace()
	if err != nil {
		return err
	}
	d := &disk{j: j}
	if d.build, err = space.Partitions(j.layout.types, 0, spillBits); err != nil {
		return err
	}
	j.disk = d
	if err := d.keepStore(j.store); err != nil {
		return err
	}
	return j.store.reset()
}

// keepStore writes the rows of a store.
func (d *disk) keepStore(s *rowStore) error {
	return s.batches(func(b *stream.Batch, hashes []uint64) error {
		return d.build.Write(b, hashes)
	}, func(rows, keyless int) {
		d.rows += int64(rows)
		d.keyless += int64(keyless)
	})
}

// batches reads a store as batches, with their hashes.
func (s *rowStore) batches(f func(*stream.Batch, []uint64) error, count func(rows, keyless int)) error {
	if s.n <= 1 {
		return nil
	}
	t := &table{layout: s.layout, stores: []*rowStore{s}, base: s.base(), anyNull: s.anyNull, bufs: make([][]byte, s.number+1)}
	t.bufs[s.number] = s.heap.Bytes()
	cols := make([]vector.Vector, len(s.layout.types))
	at := make([]uint64, 0, stream.BatchRows)
	for from := 1; from < s.n; from += stream.BatchRows {
		to := min(s.n, from+stream.BatchRows)
		at = at[:0]
		for i := from; i < to; i++ {
			at = append(at, t.distance(s, i))
		}
		for c := range cols {
			t.gather(c, at, nil, len(at), &cols[c])
		}
		if err := f(&stream.Batch{Cols: cols, Rows: len(at)}, s.hashList()[from:to]); err != nil {
			return err
		}
	}
	count(s.count(), len(s.keyless))
	return nil
}

// keep writes rows of a build batch.
func (d *disk) keep(b *stream.Batch, sel []uint32, hashes []uint64, keyless int) error {
	d.rows += int64(len(sel))
	d.keyless += int64(keyless)
	view := stream.Batch{Cols: b.Cols, Rows: b.Rows, Sel: sel}
	return d.build.Write(&view, hashes)
}

// beginSpilled goes on with both inputs on disk, since some subtask's build side did not fit.
func (j *Hash) beginSpilled() error {
	if j.disk == nil {
		if err := j.spill(); err != nil {
			return err
		}
	}
	d := j.disk
	var err error
	if d.builds, err = d.build.Close(); err != nil {
		return err
	}
	d.build = nil
	if d.probe, err = j.space.Partitions(j.ctx.Inputs[j.probe].Types(), 0, spillBits); err != nil {
		return err
	}
	return j.meeting.arrive(j, filled)
}

// totals are the build rows of all subtasks.
func (m *meeting) totals() (rows, keyless int64) {
	for _, o := range m.members {
		rows += o.disk.rows
		keyless += o.disk.keyless
	}
	return rows, keyless
}

// probeToDisk writes a probe batch. Rows with a NULL key match nothing: what is
// said of them is said at once.
func (j *Hash) probeToDisk(b *stream.Batch, out operator.Output) error {
	valid := j.probeCols.set(b.Cols, j.probeKeys, b.Rows, b.Sel)
	if len(valid) > 0 {
		view := stream.Batch{Cols: b.Cols, Rows: b.Rows, Sel: valid}
		if err := j.disk.probe.Write(&view, j.probeCols.hashes); err != nil {
			return err
		}
	}
	if len(valid) == b.Len() || !j.kind.probeLone && !j.kind.mark {
		return nil
	}
	return j.emitKeyless(b, valid, out)
}

// emitKeyless answers for the rows of b that have a NULL key.
func (j *Hash) emitKeyless(b *stream.Batch, valid []uint32, out operator.Output) error {
	sel := b.Sel
	if sel == nil {
		sel = kernel.Iota(b.Rows)
	}
	p := j.pairs
	rows, keyless := j.meeting.totals()
	p.sel = kernel.Subtract(p.sel[:0], sel, valid)
	view := stream.Batch{Cols: b.Cols, Rows: b.Rows, Sel: p.sel}
	p.table = &table{rows: int(rows), keyless: int(keyless)}
	defer func() { p.table = nil }()
	p.valid, p.seen = nil, clearBits(p.seen, b.Rows)
	switch {
	case j.kind.mark:
		if p.unknowns != nil {
			p.dim = clearBits(p.dim, b.Rows)
		}
		return p.emitMark(&view, nil, out)
	case j.kind.padded:
		return p.emitPadded(&view, p.sel, out)
	case p.nullAware && rows > 0:
		return nil
	}
	return p.emitProbe(&view, p.sel, out)
}

func (d *disk) endProbe() (err error) {
	d.probes, err = d.probe.Close()
	d.probe = nil
	return err
}

// beginParts lists the parts that are this subtask's to join.
func (d *disk) beginParts(number, of int) {
	for p := number; p < 1<<spillBits; p += of {
		w := part{}
		for _, o := range d.j.meeting.members {
			w.build = append(w.build, o.disk.builds[p])
			w.probe = append(w.probe, o.disk.probes[p])
		}
		d.work = append(d.work, w)
	}
}

// stepPart probes the next batch of the part at hand, or takes up the next part.
func (j *Hash) stepPart() (more bool, err error) {
	d := j.disk
	if d.table == nil {
		return j.nextPart()
	}
	b, err := d.nextProbe()
	if err != nil {
		return false, err
	}
	if b != nil {
		j.pairs.start(d.table, d.keys, j.probeKeys, b)
		return true, nil
	}
	if j.kind.marked() && j.tail.store == nil {
		j.tail.begin(d.table, d.store)
		return true, nil
	}
	j.tail.store = nil
	if d.heavy != nil {
		_, err := j.endRound()
		return true, err
	}
	return true, d.endPart()
}

// nextProbe is the next batch of probe rows of the part at hand; nil: no more.
func (d *disk) nextProbe() (*stream.Batch, error) {
	for {
		if d.reader == nil {
			if len(d.runs) == 0 {
				return nil, nil
			}
			r, err := d.runs[0].Open()
			if err != nil {
				return nil, err
			}
			d.reader, d.runs = r, d.runs[1:]
		}
		b, err := d.reader.Next()
		if err == nil {
			return b, nil
		}
		if e := d.reader.Close(); e != nil {
			return nil, e
		}
		d.reader = nil
		if !errors.Is(err, io.EOF) {
			return nil, err
		}
	}
}

// endPart frees the part at hand.
func (d *disk) endPart() error {
	err := d.table.close()
	d.table = nil
	if e := d.store.reset(); err == nil {
		err = e
	}
	for _, r := range d.all {
		if e := r.Remove(); err == nil {
			err = e
		}
	}
	d.all = nil
	return err
}

// nextPart builds the table of the next part that has anything to say.
func (j *Hash) nextPart() (more bool, err error) {
	d := j.disk
	for len(d.work) > 0 {
		w := d.work[len(d.work)-1]
		d.work = d.work[:len(d.work)-1]
		builds, probes := rowsOf(w.build), rowsOf(w.probe)
		if probes == 0 && !j.kind.buildLone || builds == 0 && !j.kind.probeLone && !j.kind.mark {
			if err := remove(append(w.build, w.probe...)); err != nil {
				return false, err
			}
			continue
		}
		fits, err := d.load(w)
		if err != nil {
			return false, err
		}
		if fits {
			d.all = append(append([]*spill.Run(nil), w.build...), w.probe...)
			d.runs = w.probe
			j.count("joinedParts")
			return true, nil
		}
		if w.level < maxLevel {
			if err := d.split(w); err != nil {
				return false, err
			}
			continue
		}
		return j.heavyPart(w)
	}
	j.phase = done
	return false, nil
}

// count counts what became of parts.
func (j *Hash) count(name string) {
	if j.ctx.Metric != nil {
		j.ctx.Metric.Counter(name).Add(1)
	}
}

func rowsOf(runs []*spill.Run) (n int64) {
	for _, r := range runs {
		n += r.Rows
	}
	return n
}

func remove(runs []*spill.Run) error {
	for _, r := range runs {
		if err := r.Remove(); err != nil {
			return err
		}
	}
	return nil
}

// load builds the table of a part; false: it does not fit.
func (d *disk) load(w part) (bool, error) {
	j := d.j
	if d.store == nil {
		s, err := newRowStore(j.layout, j.ctx.Memory, 0)
		if err != nil {
			return false, err
		}
		d.store, d.keys, j.tail.loose = s, newKeyColumns(j.layout), s
	}
	for _, run := range w.build {
		ok, err := d.loadRun(run)
		if err != nil {
			return false, err
		}
		if !ok {
			return false, d.store.reset()
		}
	}
	t, err := newTable([]*rowStore{d.store}, j.ctx.Memory)
	if err != nil || t == nil {
		if e := d.store.reset(); err == nil {
			err = e
		}
		return false, err
	}
	rows, keyless := j.meeting.totals()
	if err := t.fill(0, 1); err != nil {
		return false, err
	}
	// NOT IN looks at all parts: whether any build row, or any NULL, is there.
	if j.pairs.nullAware {
		t.rows, t.keyless = int(rows), int(keyless)
	}
	d.table = t
	return true, nil
}

func (d *disk) loadRun(run *spill.Run) (bool, error) {
	ok := true
	err := eachBatch(run, func(b *stream.Batch) error {
		if !ok {
			return nil
		}
		valid := d.keys.set(b.Cols, d.j.buildKeys, b.Rows, nil)
		ok = d.store.append(b, d.keys, kernel.Iota(b.Rows), valid)
		return nil
	})
	return ok, err
}

func eachBatch(run *spill.Run, f func(*stream.Batch) error) error {
	r, err := run.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		b, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f(b); err != nil {
			return err
		}
	}
}

// split parts a part once more.
func (d *disk) split(w part) error {
	d.j.count("splitParts")
	builds, err := d.splitRuns(w.build, d.j.buildKeys, w.level+1)
	if err != nil {
		return err
	}
	probes, err := d.splitRuns(w.probe, d.j.probeKeys, w.level+1)
	if err != nil {
		return err
	}
	for i := range builds {
		d.work = append(d.work, part{level: w.level + 1, build: builds[i : i+1], probe: probes[i : i+1]})
	}
	return nil
}

func (d *disk) splitRuns(runs []*spill.Run, keys []int, level int) ([]*spill.Run, error) {
	p, err := d.j.space.Partitions(runs[0].Types(), level, spillBits)
	if err != nil {
		return nil, err
	}
	for _, run := range runs {
		err := eachBatch(run, func(b *stream.Batch) error {
			d.keys.set(b.Cols, keys, b.Rows, nil)
			return p.Write(b, d.keys.hashes)
		})
		if err != nil {
			p.Abort()
			return nil, err
		}
		if err := run.Remove(); err != nil {
			p.Abort()
			return nil, err
		}
	}
	return p.Close()
}

func (j *Hash) closeDisk() error {
	d := j.disk
	if d == nil {
		return nil
	}
	j.disk = nil
	if d.reader != nil {
		_ = d.reader.Close()
	}
	if d.build != nil {
		d.build.Abort()
	}
	if d.probe != nil {
		d.probe.Abort()
	}
	if d.heavy != nil {
		d.heavy.close(j)
	}
	err := d.table.close()
	if e := j.space.Close(); err == nil {
		err = e
	}
	return err
}
