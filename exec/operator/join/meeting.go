package join

import (
	"sync"

	"github.com/weir-engine/weir/exec/operator"
)

// The rounds in which subtasks meet.
const (
	built  = iota // all build rows are in stores, or on disk
	filled        // all regions of the table are
	probed        // all probe rows have been seen
)

// meeting is where the subtasks of one join come together. The last to arrive at
// a round does what is done once; then each goes on on its own goroutine. A
// store is closed when nobody reads it any more.
type meeting struct {
	mu       sync.Mutex
	expected int
	members  []*Hash
	arrived  [probed + 1]int
	waiting  []*Hash
	left     int

	table   *table
	bounds  []*Bounds // of the filled table
	spilled bool
}

func newMeeting(expected int) *meeting { return &meeting{expected: expected} }

func (m *meeting) join(j *Hash) (number uint32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.members = append(m.members, j)
	return uint32(len(m.members) - 1)
}

// arrive goes on to j's next phase when all have arrived at a round.
func (m *meeting) arrive(j *Hash, round int) error {
	m.mu.Lock()
	j.round = round
	m.arrived[round]++
	if m.arrived[round] < m.expected {
		j.ctx.Await()
		m.waiting = append(m.waiting, j)
		m.mu.Unlock()
		return nil
	}
	others := m.waiting
	m.waiting = nil
	err := m.once(j, round)
	m.mu.Unlock()
	if err != nil {
		return err // fails the task, and with it the region of tasks that meet here
	}
	for _, o := range others {
		o.ctx.Post(func(operator.Output) error { return o.proceed(round) })
		o.ctx.Awaken()
	}
	return j.proceed(round)
}

// once is what the last to arrive does for all.
func (m *meeting) once(j *Hash, round int) (err error) {
	if round == filled && m.table != nil {
		m.bounds = j.findBounds(m.table)
	}
	if round != built {
		return nil
	}
	var stores []*rowStore
	for _, o := range m.members {
		m.spilled = m.spilled || o.disk != nil
		stores = append(stores, o.store)
	}
	if m.spilled {
		return nil
	}
	if m.table, err = newTable(stores, j.ctx.Memory); err != nil {
		return err
	}
	m.spilled = m.table == nil
	return nil
}

// leave closes everything when the last has left.
func (m *meeting) leave() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left++
	if m.left < m.expected {
		return nil
	}
	err := m.table.close()
	m.table = nil
	for _, o := range m.members {
		if e := o.closeOwn(); err == nil {
			err = e
		}
	}
	return err
}

// proceed is a subtask's own work after a round.
func (j *Hash) proceed(round int) error {
	switch round {
	case built:
		if j.meeting.spilled {
			return j.beginSpilled()
		}
		j.table = j.meeting.table
		if err := j.table.fill(int(j.store.number), j.meeting.expected); err != nil {
			return err
		}
		return j.meeting.arrive(j, filled)
	case filled:
		j.phase = probing
		if j.disk == nil {
			return j.offerBounds()
		}
	case probed:
		j.phase = ending
		j.beginEnd()
	}
	return nil
}

// closeOwn closes what the subtask has brought. The last to leave calls it for all.
func (j *Hash) closeOwn() error {
	var err error
	if j.store != nil {
		err = j.store.close()
	}
	if e := j.tail.close(); err == nil {
		err = e
	}
	if e := j.closeDisk(); err == nil {
		err = e
	}
	return err
}
