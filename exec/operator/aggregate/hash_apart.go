package aggregate

import (
	"cmp"
	"math"
	"slices"

	"github.com/weir-engine/weir/core/hashtable"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/operator"
)

// Where rows come in about the order of their key, as they do from a file that
// was written so, the windows of all subtasks lie apart:
//
//	subtask 0   ├─ window ─┤├─ window ─┤            ├─ window ─┤
//	subtask 1                          ├─ window ──┤            ├─ …
//
// A group is then in one window, but for those where windows meet. So each window
// is emitted as it is, without those, and those are merged in the end.

const (
	fewBorders = 8 // ranges of keys that a window may share with others
	apartShare = 8 // windows lie apart when they share less than one in so many of their keys
)

// span is a window of groups, and between which keys they lie.
type span struct {
	from, to int
	keys     hashtable.Range
}

// spans are the windows of one subtask.
type spans struct {
	list    []span
	unknown bool // the keys of some window are not known
}

// close adds the window that goes up to the table's last group.
func (s *spans) close(t *hashtable.Table, from int) {
	if from == t.Len() {
		return
	}
	keys, ok := t.Range()
	s.unknown = s.unknown || !ok
	s.list = append(s.list, span{from: from, to: t.Len(), keys: keys})
}

// apart reports that the windows of this subtask alone lie apart, and are several.
func (s *spans) apart() bool {
	return !s.unknown && len(s.list) > 1 && newApart([]*spans{s}) != nil
}

// apart is how the windows of all subtasks are emitted.
type apart struct {
	windows []loneWindow
	next    int        // the window to emit next
	left    int        // windows that are not emitted yet
	borders [][]uint32 // by subtask: groups that are to be merged
	merged  bool       // somebody merges them
}

// loneWindow is a window whose groups are emitted as they are, but for its borders.
type loneWindow struct {
	span
	member  int
	borders []hashtable.Range
}

// newApart is nil where windows do not lie apart.
func newApart(members []*spans) *apart {
	a := &apart{borders: make([][]uint32, len(members))}
	for i, s := range members {
		if s.unknown {
			return nil
		}
		for _, w := range s.list {
			a.windows = append(a.windows, loneWindow{span: w, member: i})
		}
	}
	a.left = len(a.windows)
	slices.SortFunc(a.windows, func(x, y loneWindow) int { return cmp.Compare(x.keys.Lo, y.keys.Lo) })
	shared := a.meet()
	if shared == nil {
		return a
	}
	total, common := 0.0, 0.0
	for i := range a.windows {
		w := &a.windows[i]
		total += width(w.keys)
		for len(shared) > 0 && shared[0].Hi < w.keys.Lo {
			shared = shared[1:]
		}
		for _, r := range shared {
			if r.Lo > w.keys.Hi {
				break
			}
			w.borders = append(w.borders, r)
			common += width(hashtable.Range{Lo: max(r.Lo, w.keys.Lo), Hi: min(r.Hi, w.keys.Hi)})
		}
		if len(w.borders) > fewBorders {
			return nil
		}
	}
	if common*apartShare > total {
		return nil
	}
	return a
}

// meet lists the keys that lie in several windows, ascending. The windows are in
// the order of their least keys.
func (a *apart) meet() (shared []hashtable.Range) {
	reach := int64(math.MinInt64)
	for i, w := range a.windows {
		if i > 0 && w.keys.Lo <= reach {
			r := hashtable.Range{Lo: w.keys.Lo, Hi: min(w.keys.Hi, reach)}
			if n := len(shared); n > 0 && r.Lo <= shared[n-1].Hi {
				shared[n-1].Hi = max(shared[n-1].Hi, r.Hi)
			} else {
				shared = append(shared, r)
			}
		}
		reach = max(reach, w.keys.Hi)
	}
	return shared
}

func width(r hashtable.Range) float64 { return float64(r.Hi) - float64(r.Lo) + 1 }

// lone is the window that a subtask emits.
type lone struct {
	*loneWindow
	at      int      // the group to emit next
	borders []uint32 // groups so far that are to be merged
}

func (l *lone) more() bool { return l.loneWindow != nil && l.at < l.to }

// take turns l to the next window. merge: there is none, all are emitted, and the
// caller merges what they share.
func (s *shared) take(l *lone) (merge bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.apart
	if w := l.loneWindow; w != nil {
		a.borders[w.member] = append(a.borders[w.member], l.borders...)
		a.left--
	}
	*l = lone{borders: l.borders[:0]}
	if a.next < len(a.windows) {
		l.loneWindow = &a.windows[a.next]
		l.at = l.from
		a.next++
		return false
	}
	merge = a.left == 0 && !a.merged
	a.merged = a.merged || merge
	return merge
}

// nextWindow turns to the next window, or merges what all have left.
func (h *Hash) nextWindow() (bool, error) {
	if h.shared.take(&h.lone) {
		return true, h.mergeAlone(h.mergeBorders)
	}
	return h.lone.loneWindow != nil, nil
}

func (h *Hash) mergeBorders() error {
	for i, rows := range h.shared.apart.borders {
		from := h.shared.members[i].brought
		err := chunks(rows, func(rows []uint32) error {
			return h.retry(func() (bool, error) { return h.groups.absorb(from, rows) })
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// emitWindow emits the next groups of the window that are in no other.
func (h *Hash) emitWindow(out operator.Output) error {
	l := &h.lone
	from := h.shared.members[l.member].brought
	to := min(l.at+stream.BatchRows, l.to)
	l.borders, h.chunk = from.table.Split(l.at, to, l.loneWindow.borders, l.borders, h.chunk[:0])
	l.at = to
	if len(h.chunk) == 0 {
		return nil
	}
	h.out.Reset()
	if err := h.groups.appendFrom(from, h.chunk, h.out); err != nil {
		return err
	}
	h.out.Advance(len(h.chunk), stream.Insert)
	return out.Emit(h.out.Finish())
}
