package keyedtest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/weir-engine/weir/state/keyed"
)

// MaxParallelism is the key groups of a World.
const MaxParallelism = 16

// model is what the states should hold.
type model struct {
	fixed, rows map[string]string
	sets        map[string]map[string]string
	slices      map[int64]map[string]string
	timers      map[int64]map[string]string
}

func newModel() *model {
	return &model{fixed: map[string]string{}, rows: map[string]string{}, sets: map[string]map[string]string{}, slices: map[int64]map[string]string{}, timers: map[int64]map[string]string{}}
}

func (m *model) clone() *model {
	c := newModel()
	maps.Copy(c.fixed, m.fixed)
	maps.Copy(c.rows, m.rows)
	for k, v := range m.sets {
		c.sets[k] = maps.Clone(v)
	}
	for k, v := range m.slices {
		c.slices[k] = maps.Clone(v)
	}
	for k, v := range m.timers {
		c.timers[k] = maps.Clone(v)
	}
	return c
}

// subtask is one backend with its states.
type subtask struct {
	backend keyed.Backend
	groups  keyed.GroupRange
	fixed   keyed.ValueState
	rows    keyed.ValueState
	sets    keyed.MapState
	slices  keyed.TimedState
	timers  keyed.TimedState
}

// World is a job's state, spread over subtasks, beside a model of it.
type World struct {
	t       testing.TB
	rand    *rand.Rand
	keys    int // distinct keys
	model   *model
	tasks   []*subtask
	clock   int64
	rowSize int
}

// NewWorld makes an empty world over backends that open makes.
func NewWorld(t testing.TB, r *rand.Rand, keys int) *World {
	return &World{t: t, rand: r, keys: keys, model: newModel(), clock: 1000, rowSize: 40}
}

// Open gives the world its backends, one a subtask.
func (w *World) Open(open func(groups keyed.GroupRange, subtask int) keyed.Backend, parallelism int) {
	w.tasks = nil
	for i := range parallelism {
		groups := keyed.RangeOf(i, parallelism, MaxParallelism)
		w.tasks = append(w.tasks, w.attach(open(groups, i), groups))
	}
}

func (w *World) attach(b keyed.Backend, groups keyed.GroupRange) *subtask {
	s := &subtask{backend: b, groups: groups}
	one, err := b.Store("one")
	w.check(err)
	two, err := b.Store("two")
	w.check(err)
	s.fixed, err = one.Value("fixed", 16)
	w.check(err)
	s.rows, err = two.Value("rows", 0)
	w.check(err)
	s.sets, err = one.Map("sets")
	w.check(err)
	s.slices, err = two.Timed("slices", 8)
	w.check(err)
	s.timers, err = one.Timed("timers", 0)
	w.check(err)
	return s
}

// Backends is the backends in order of their subtasks.
func (w *World) Backends() (out []keyed.Backend) {
	for _, s := range w.tasks {
		out = append(out, s.backend)
	}
	return out
}

// Close closes the backends.
func (w *World) Close() {
	for _, s := range w.tasks {
		w.check(s.backend.Close())
	}
	w.tasks = nil
}

// Remember is the model as it is now, for Recall.
func (w *World) Remember() any { return w.model.clone() }

// Recall sets the model back.
func (w *World) Recall(m any) { w.model = m.(*model).clone() }

func (w *World) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func hashOf(key string) uint64 { return xxh3.HashString(key) }

// pick is n distinct keys, dealt to the subtasks that own them.
func (w *World) pick(n int) map[*subtask][]string {
	seen := map[string]bool{}
	for range n {
		seen[fmt.Sprintf("key-%0*d", 3+w.rand.IntN(2), w.rand.IntN(w.keys))] = true
	}
	dealt := map[*subtask][]string{}
	for _, k := range slices.Sorted(maps.Keys(seen)) {
		s := w.owner(k)
		dealt[s] = append(dealt[s], k)
	}
	return dealt
}

func (w *World) owner(key string) *subtask {
	g := keyed.GroupOf(hashOf(key), MaxParallelism)
	for _, s := range w.tasks {
		if g >= s.groups.From && g < s.groups.To {
			return s
		}
	}
	w.t.Fatalf("nobody owns key group %d", g)
	return nil
}

func encode(keys []string) *keyed.Keys {
	var k keyed.Keys
	for _, key := range keys {
		k.Append(hashOf(key), []byte(key))
	}
	return &k
}

// row is random bytes of a width, or of a random length.
func (w *World) row(width int) string {
	if width == 0 {
		width = w.rand.IntN(w.rowSize)
		if w.rand.IntN(50) == 0 {
			width *= 100
		}
	}
	b := make([]byte, width)
	for i := range b {
		b[i] = byte(w.rand.Uint32())
	}
	return string(b)
}

func (w *World) sub() string {
	if w.rand.IntN(10) == 0 {
		return ""
	}
	return fmt.Sprintf("sub%03d", w.rand.IntN(100))[:3+w.rand.IntN(4)]
}

// Step changes some states at random, about n keys of each.
func (w *World) Step(n int) {
	for s, keys := range w.pick(n) {
		w.putValues(s.fixed, 16, keys, w.model.fixed)
	}
	for s, keys := range w.pick(n) {
		w.putValues(s.rows, 0, keys, w.model.rows)
	}
	for s, keys := range w.pick(n) {
		w.putSets(s, keys)
	}
	for s, keys := range w.pick(n) {
		w.putTimed(s.slices, 8, keys, w.model.slices)
	}
	for s, keys := range w.pick(n) {
		w.putTimed(s.timers, 0, keys, w.model.timers)
	}
	w.advance()
}

func (w *World) putValues(s keyed.ValueState, width int, keys []string, want map[string]string) {
	enc := encode(keys)
	got := keyed.Rows{Width: width}
	w.check(s.Get(enc, &got))
	for i, k := range keys {
		w.same("row of "+k, want, k, &got, i)
	}
	rows := keyed.Rows{Width: width}
	var which []uint32
	for i, k := range keys {
		switch w.rand.IntN(8) {
		case 0: // not touched
			rows.AppendAbsent()
			continue
		case 1:
			rows.AppendAbsent()
			delete(want, k)
		default:
			row := w.row(width)
			rows.Append([]byte(row))
			want[k] = row
		}
		which = append(which, uint32(i))
	}
	if len(which) > 0 {
		w.check(s.Put(enc, which, &rows))
	}
}

func (w *World) same(what string, want map[string]string, key string, got *keyed.Rows, i int) {
	w.t.Helper()
	row, has := want[key]
	if has != got.Has[i] || has && row != string(got.At(i)) {
		w.t.Fatalf("%s: have %v %x, want %v %x", what, got.Has[i], got.At(i), has, row)
	}
}

func (w *World) putSets(s *subtask, keys []string) {
	enc := encode(keys)
	var owner []uint32
	var subs, rows, got keyed.Rows
	for i := range keys {
		for range 1 + w.rand.IntN(4)*w.rand.IntN(8) {
			owner = append(owner, uint32(i))
			subs.Append([]byte(w.sub()))
		}
	}
	w.check(s.sets.Get(enc, owner, &subs, &got))
	for i, o := range owner {
		w.same("entry of "+keys[o], w.model.sets[keys[o]], string(subs.At(i)), &got, i)
	}
	if w.rand.IntN(6) == 0 {
		w.check(s.sets.Clear(enc, []uint32{0}))
		delete(w.model.sets, keys[0])
	}
	for i, o := range owner {
		k, sub := keys[o], string(subs.At(i))
		if w.rand.IntN(3) == 0 {
			rows.AppendAbsent()
			delete(w.model.sets[k], sub)
			continue
		}
		row := w.row(0)
		rows.Append([]byte(row))
		if w.model.sets[k] == nil {
			w.model.sets[k] = map[string]string{}
		}
		w.model.sets[k][sub] = row
	}
	w.check(s.sets.Put(enc, owner, &subs, &rows))
}

func (w *World) putTimed(s keyed.TimedState, width int, keys []string, want map[int64]map[string]string) {
	enc := encode(keys)
	times := make([]int64, len(keys))
	for i := range times {
		times[i] = w.clock + int64(w.rand.IntN(6))*10
	}
	got, rows := keyed.Rows{Width: width}, keyed.Rows{Width: width}
	w.check(s.Get(times, enc, &got))
	for i, k := range keys {
		w.same(fmt.Sprintf("row of %s at %d", k, times[i]), want[times[i]], k, &got, i)
	}
	for i, k := range keys {
		if w.rand.IntN(5) == 0 {
			rows.AppendAbsent()
			delete(want[times[i]], k)
			continue
		}
		row := ""
		if width > 0 {
			row = w.row(width)
		}
		rows.Append([]byte(row))
		if want[times[i]] == nil {
			want[times[i]] = map[string]string{}
		}
		want[times[i]][k] = row
	}
	w.check(s.Put(times, enc, nil, &rows))
}

// advance moves time on now and then: what is due goes, by Drop or by Delete.
func (w *World) advance() {
	if w.rand.IntN(4) > 0 {
		return
	}
	w.clock += int64(w.rand.IntN(3)) * 10
	for _, s := range w.tasks {
		w.check(s.slices.Drop(w.clock))
		due, err := s.timers.Times(-1, w.clock, nil)
		w.check(err)
		for _, time := range due {
			w.check(s.timers.Delete(time))
		}
	}
	for _, m := range []map[int64]map[string]string{w.model.slices, w.model.timers} {
		for time := range m {
			if time < w.clock {
				delete(m, time)
			}
		}
	}
}

// Check compares all states with the model, by scans of random chunk sizes.
func (w *World) Check() {
	w.t.Helper()
	w.checkValues("fixed", 16, func(s *subtask) keyed.ValueState { return s.fixed }, w.model.fixed)
	w.checkValues("rows", 0, func(s *subtask) keyed.ValueState { return s.rows }, w.model.rows)
	w.checkSets()
	w.checkTimed("slices", 8, func(s *subtask) keyed.TimedState { return s.slices }, w.model.slices)
	w.checkTimed("timers", 0, func(s *subtask) keyed.TimedState { return s.timers }, w.model.timers)
}

func (w *World) chunk() int { return 1 + w.rand.IntN(30) }

// collect adds scanned entries to a map, refusing repeats.
func (w *World) collect(what string, e *keyed.Entries, into map[string]string) {
	w.t.Helper()
	for i := range e.Keys.N() {
		k := string(e.Keys.At(i))
		if _, twice := into[k]; twice {
			w.t.Fatalf("%s: key %s was scanned twice", what, k)
		}
		if e.Keys.Hash[i] != hashOf(k) {
			w.t.Fatalf("%s: key %s came with another hash", what, k)
		}
		into[k] = string(e.Rows.At(i))
	}
}

func (w *World) equal(what string, got, want map[string]string) {
	w.t.Helper()
	for k, row := range want {
		if g, ok := got[k]; !ok || g != row {
			w.t.Fatalf("%s: key %q has %x (there: %v), want %x", what, k, g, ok, row)
		}
	}
	for k := range got {
		if _, ok := want[k]; !ok {
			w.t.Fatalf("%s: key %q should not be there", what, k)
		}
	}
}

func (w *World) checkValues(what string, width int, of func(*subtask) keyed.ValueState, want map[string]string) {
	w.t.Helper()
	got := map[string]string{}
	for _, s := range w.tasks {
		var c keyed.Cursor
		for more := true; more; {
			e := keyed.Entries{Rows: keyed.Rows{Width: width}}
			var err error
			more, err = of(s).Scan(&c, &e, w.chunk())
			w.check(err)
			w.collect(what, &e, got)
		}
	}
	w.equal(what, got, want)
}

func (w *World) checkTimed(what string, width int, of func(*subtask) keyed.TimedState, want map[int64]map[string]string) {
	w.t.Helper()
	got := map[int64]map[string]string{}
	for _, s := range w.tasks {
		times, err := of(s).Times(-1<<63, 1<<62, nil)
		w.check(err)
		if !slices.IsSorted(times) || len(slices.Compact(slices.Clone(times))) != len(times) {
			w.t.Fatalf("%s: times are not ascending: %v", what, times)
		}
		for _, time := range times {
			if got[time] == nil {
				got[time] = map[string]string{}
			}
			var c keyed.Cursor
			for more := true; more; {
				e := keyed.Entries{Rows: keyed.Rows{Width: width}}
				more, err = of(s).Scan(time, &c, &e, w.chunk())
				w.check(err)
				w.collect(fmt.Sprintf("%s at %d", what, time), &e, got[time])
			}
		}
	}
	for time, m := range want {
		w.equal(fmt.Sprintf("%s at %d", what, time), got[time], m)
	}
	for time, m := range got {
		w.equal(fmt.Sprintf("%s at %d", what, time), m, want[time])
	}
}

func (w *World) checkSets() {
	w.t.Helper()
	var all []string
	for i := range w.keys {
		all = append(all, fmt.Sprintf("key-%03d", i))
		if i < 1000 {
			all = append(all, fmt.Sprintf("key-%04d", i))
		}
	}
	dealt := map[*subtask][]string{}
	for _, k := range all {
		dealt[w.owner(k)] = append(dealt[w.owner(k)], k)
	}
	desc, limit := w.rand.IntN(2) == 0, w.rand.IntN(3)*w.rand.IntN(12)
	for s, keys := range dealt {
		got := map[string][]string{}
		enc := encode(keys)
		var c keyed.Cursor
		for more := true; more; {
			var e keyed.Entries
			var err error
			more, err = s.sets.ScanKeys(enc, nil, desc, limit, &c, &e, w.chunk())
			w.check(err)
			for i, o := range e.Owner {
				got[keys[o]] = append(got[keys[o]], string(e.Subs.At(i))+"="+string(e.Rows.At(i)))
			}
		}
		for _, k := range keys {
			want := w.wantSet(k, desc, limit)
			if !slices.Equal(got[k], want) {
				w.t.Fatalf("entries of %s (desc %v, limit %d): have %q, want %q", k, desc, limit, got[k], want)
			}
		}
	}
}

func (w *World) wantSet(key string, desc bool, limit int) (out []string) {
	subs := slices.Sorted(maps.Keys(w.model.sets[key]))
	if desc {
		slices.Reverse(subs)
	}
	if limit > 0 && len(subs) > limit {
		subs = subs[:limit]
	}
	for _, sub := range subs {
		out = append(out, sub+"="+w.model.sets[key][sub])
	}
	return out
}

// Uint64Key is a key of eight bytes, big-endian.
func Uint64Key(u uint64) []byte { return binary.BigEndian.AppendUint64(nil, u) }

// Repeat is a row of a width.
func Repeat(b byte, width int) []byte { return bytes.Repeat([]byte{b}, width) }
