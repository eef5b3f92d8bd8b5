package source

import (
	"github.com/weir-engine/weir/io/connector"
)

// progress keeps the positions of checkpoints until they are complete, for a
// reader that makes them known outside. A nil progress keeps nothing.
type progress struct {
	reader connector.ProgressReader
	taken  []positions       // of checkpoints under way, oldest first
	ended  []connector.Split // since the last checkpoint
}

// positions are what one checkpoint holds.
type positions struct {
	checkpoint  int64
	live, ended []connector.Split
}

// newProgress is nil for a reader that does not want to know.
func newProgress(r connector.Reader) *progress {
	if p, ok := r.(connector.ProgressReader); ok {
		return &progress{reader: p}
	}
	return nil
}

// finished notes a split that no later checkpoint will hold.
func (p *progress) finished(s connector.Split) {
	if p != nil {
		p.ended = append(p.ended, s)
	}
}

func (p *progress) snapshot(checkpoint int64, live []connector.Split) {
	if p != nil {
		p.taken = append(p.taken, positions{checkpoint: checkpoint, live: live, ended: p.ended})
		p.ended = nil
	}
}

// completed tells the reader what the checkpoint, and those before it, held.
func (p *progress) completed(checkpoint int64) error {
	if p == nil {
		return nil
	}
	for len(p.taken) > 0 && p.taken[0].checkpoint <= checkpoint {
		at := p.taken[0]
		p.taken = p.taken[1:]
		if err := p.reader.Completed(append(at.ended, at.live...)); err != nil {
			return err
		}
	}
	return nil
}

// aborted leaves the ends of splits to the next checkpoint.
func (p *progress) aborted(checkpoint int64) {
	if p == nil {
		return
	}
	for i := range p.taken {
		if at := p.taken[i]; at.checkpoint == checkpoint {
			p.taken = append(p.taken[:i], p.taken[i+1:]...)
			if i < len(p.taken) {
				p.taken[i].ended = append(at.ended, p.taken[i].ended...)
			} else {
				p.ended = append(at.ended, p.ended...)
			}
			return
		}
	}
}
