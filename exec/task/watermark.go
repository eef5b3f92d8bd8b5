package task

import "github.com/weir-engine/weir/core/stream"

// Merge combines the watermarks of several inputs: the least of those that are
// active. An idle input holds nothing back; neither does one that has ended,
// but only when all have ended is it the end of time.
type Merge struct {
	inputs []mergeInput
	out    stream.Watermark
	idle   bool
}

type mergeInput struct {
	watermark stream.Watermark
	idle      bool
	ended     bool
	behind    bool // active again after being idle, and not yet caught up with the output
}

// NewMerge makes a merge of n inputs.
func NewMerge(n int) *Merge {
	m := &Merge{inputs: make([]mergeInput, n), out: stream.MinWatermark}
	for i := range m.inputs {
		m.inputs[i].watermark = stream.MinWatermark
	}
	return m
}

// Out is the combined watermark.
func (m *Merge) Out() stream.Watermark { return m.out }

// Idle reports that no input that could bring time forward is active.
func (m *Merge) Idle() bool { return m.idle }

// Input is the watermark of one input.
func (m *Merge) Input(i int) stream.Watermark { return m.inputs[i].watermark }

// Floor is the least watermark of the inputs that have not ended, idle ones included.
func (m *Merge) Floor() stream.Watermark {
	w := stream.MaxWatermark
	for i := range m.inputs {
		w = min(w, m.inputs[i].watermark)
	}
	return w
}

// Advance takes a watermark of input i; changed says that Out has risen.
func (m *Merge) Advance(i int, w stream.Watermark) (changed bool) {
	in := &m.inputs[i]
	if in.ended || w <= in.watermark {
		return false
	}
	if w == stream.MaxWatermark {
		// It ends that input, not time: the others may only be idle.
		return m.End(i)
	}
	in.watermark = w
	if in.behind && w >= m.out {
		in.behind = false
	}
	return m.update()
}

// SetIdle takes an idle or active mark of input i; changed says that Out has risen.
func (m *Merge) SetIdle(i int, on bool) (changed bool) {
	in := &m.inputs[i]
	if in.ended || in.idle == on {
		return false
	}
	in.idle = on
	if !on {
		in.behind = in.watermark < m.out
		m.idle = false
		return m.update()
	}
	// The last active input going idle does not stop at what it held back itself:
	// everything the idle ones have announced holds.
	if m.allIdle() && in.watermark == m.out {
		m.idle = true
		return m.raise(m.most())
	}
	m.idle = m.allIdle()
	return m.update()
}

// End takes the end of input i; changed says that Out has risen.
func (m *Merge) End(i int) (changed bool) {
	in := &m.inputs[i]
	if in.ended {
		return false
	}
	in.ended, in.idle, in.watermark = true, false, stream.MaxWatermark
	m.idle = m.allIdle()
	return m.update()
}

// allIdle reports that at least one input is idle and the others are idle or ended.
func (m *Merge) allIdle() bool {
	any := false
	for i := range m.inputs {
		in := &m.inputs[i]
		if !in.ended && !in.idle {
			return false
		}
		any = any || in.idle
	}
	return any
}

func (m *Merge) most() stream.Watermark {
	w := stream.MinWatermark
	for i := range m.inputs {
		if !m.inputs[i].ended {
			w = max(w, m.inputs[i].watermark)
		}
	}
	return w
}

func (m *Merge) update() bool {
	least, active, ended := stream.MaxWatermark, false, true
	for i := range m.inputs {
		in := &m.inputs[i]
		ended = ended && in.ended
		if in.ended || in.idle || in.behind {
			continue
		}
		active = true
		least = min(least, in.watermark)
	}
	if !active && !ended {
		return false
	}
	return m.raise(least)
}

func (m *Merge) raise(w stream.Watermark) bool {
	if w <= m.out {
		return false
	}
	m.out = w
	return true
}
