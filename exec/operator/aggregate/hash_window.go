package aggregate

import "github.com/weir-engine/weir/core/plan/physical"

// A subtask of a shared aggregation with many groups need not know them all: what
// it has of a group is merged with what others have anyway. It forgets the keys
// after each window of groups, so that the index of those it knows stays in the
// cache; rows of a group that come in a later window make the group again.
//
// That pays where a group's rows come together, or are so few that they seldom
// meet. Else it keeps all groups.

const (
	manyGroups   = 1 << 17  // fewer are kept
	firstWindow  = 64 << 10 // groups that are seen before anything is forgotten
	windowGroups = 16 << 10
	fewRows      = 3 // of a group
)

// windows is what a Hash has seen since it last forgot.
type windows struct {
	from  int // the first group
	rows  int
	later bool // this is not the first
	over  bool // it forgets nothing more
}

// mayForget reports an aggregation for which windows are thought of.
func (h *Hash) mayForget() bool {
	return h.spec.Phase == physical.Shared && h.ctx.Parallelism > 1 && len(h.keys) > 0 && h.spec.Groups >= manyGroups && len(h.set.Distincts()) == 0
}

// expected is the groups for which the table is made.
func (h *Hash) expected() int {
	if h.mayForget() {
		return firstWindow
	}
	return int(h.spec.Groups)
}

// closeWindow forgets the groups so far when they are many enough and it pays.
func (h *Hash) closeWindow(rows int) error {
	w := &h.windows
	if w.over {
		return nil
	}
	if !h.mayForget() || h.spilled != nil {
		w.over = true
		return nil
	}
	w.rows += rows
	groups := h.groups.table.Len() - w.from
	if groups < firstWindow && (!w.later || groups < windowGroups) {
		return nil
	}
	if !h.pays(groups) {
		w.over = true
		return nil
	}
	return h.forget()
}

// pays reports that the rows of a window's groups have come together, or are few.
func (h *Hash) pays(groups int) bool {
	return 2*h.windows.rows >= 3*groups || h.spec.Rows <= fewRows*h.spec.Groups
}

func (h *Hash) forget() error {
	t, w := h.groups.table, &h.windows
	h.spans.close(t, w.from)
	*w = windows{from: t.Len(), later: true}
	return t.Forget(windowGroups)
}

// strayed closes a window early, where keys go on far from its own: the next part of a file has begun.
func (h *Hash) strayed() (bool, error) {
	groups := h.groups.table.Len() - h.windows.from
	if h.windows.over || h.spilled != nil || groups < windowGroups || !h.pays(groups) {
		return false, nil
	}
	return true, h.forget()
}
