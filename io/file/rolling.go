package file

import (
	"time"

	"github.com/weir-engine/weir/core/catalog"
)

// rolling says when a file is finished before its checkpoint: every checkpoint
// finishes all files, so that what is committed is never changed again. Rows of
// text formats could go on in the same file, as they do in Flink; but then a
// restart would have to cut files off, which object stores cannot, and rows would
// not be seen for as long as the file is open.
type rolling struct {
	bytes    int64         // 0: no limit
	age      time.Duration // since its first row
	inactive time.Duration // since its last row
	check    time.Duration // how often ages are looked at
	clock    func() time.Time
}

// maxOpen is how many files a subtask writes at a time: each holds rows in
// memory until they fill a page or a row group. The one that got rows least
// recently is finished to make room; its partition gets another when rows come.
const maxOpen = 64

func newRolling(t *catalog.Table, streaming bool) (r rolling, err error) {
	r.clock = time.Now
	if r.bytes, err = t.Options.Bytes(optRollBytes); err != nil {
		return r, err
	}
	if r.age, err = t.Options.Duration(optRollAge); err != nil {
		return r, err
	}
	if r.inactive, err = t.Options.Duration(optRollInactive); err != nil {
		return r, err
	}
	if r.check, err = t.Options.Duration(optRollCheck); err != nil {
		return r, err
	}
	if !streaming {
		// What ends writes a file a subtask and partition, unless a size is given.
		r.age, r.inactive = 0, 0
		if !t.Options.Has(optRollBytes) {
			r.bytes = 0
		}
	}
	return r, nil
}

// full reports a file that has reached its size.
func (r *rolling) full(p *part) bool { return r.bytes > 0 && p.draft.Bytes() >= r.bytes }

// old reports a file that is finished for its age.
func (r *rolling) old(p *part, now time.Time) bool {
	return r.age > 0 && now.Sub(p.created) >= r.age || r.inactive > 0 && now.Sub(p.written) >= r.inactive
}
