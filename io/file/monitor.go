package file

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/connector"
)

// monitor is the enumerator of a folder that is looked at again and again: a
// source without end. Each file is read once, by its name; what is remembered
// of it is a hash of 16 bytes, for as long as it lies there. A file must
// appear whole: written elsewhere, or under a name that begins with . or _, and
// renamed.
type monitor struct {
	source   *source
	interval time.Duration
	wake     chan struct{}
	cancel   context.CancelFunc
	wg       sync.WaitGroup

	mu    sync.Mutex
	left  []connector.Split
	seen  map[pathHash]bool // files that are in left, were dealt, or hold no rows of use
	wrong error
}

type pathHash [16]byte

func hashOf(name string) pathHash {
	var out pathHash
	h := xxh3.HashString128(name)
	binary.BigEndian.PutUint64(out[:8], h.Hi)
	binary.BigEndian.PutUint64(out[8:], h.Lo)
	return out
}

// monitorState is stored in checkpoints.
type monitorState struct {
	Version int               `json:"v"`
	Left    []connector.Split `json:"left,omitempty"`
	Seen    []byte            `json:"seen,omitempty"` // hashes of 16 bytes, sorted
}

func (s *source) monitor(ctx context.Context, restored []byte) (connector.Enumerator, error) {
	m := &monitor{source: s, interval: s.interval, wake: make(chan struct{}, 1), seen: map[pathHash]bool{}}
	if restored != nil {
		if err := m.restore(restored); err != nil {
			return nil, err
		}
	}
	if err := m.look(); err != nil {
		return nil, err
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	m.cancel = cancel
	m.wg.Go(func() { m.run(run) })
	return m, nil
}

func (m *monitor) restore(data []byte) error {
	if bytes.HasPrefix(data, []byte("[")) {
		return sqlerr.Newf(sqlerr.InvalidOption, "the checkpoint was taken without '%s': it does not know which files were read", optMonitor.Key).
			WithHint("start fresh, or leave the option out")
	}
	var s monitorState
	err := json.Unmarshal(data, &s)
	if err == nil && (s.Version != 1 || len(s.Seen)%len(pathHash{}) != 0) {
		err = fmt.Errorf("version %d with %d bytes", s.Version, len(s.Seen))
	}
	if err != nil {
		return fmt.Errorf("filesystem: restore files: %w", err)
	}
	m.left = s.Left
	for h := range slices.Chunk(s.Seen, len(pathHash{})) {
		m.seen[pathHash(h)] = true
	}
	return nil
}

func (m *monitor) run(ctx context.Context) {
	tick := time.NewTicker(m.interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := m.look()
		m.mu.Lock()
		m.wrong = err
		news := len(m.left) > 0 || err != nil
		m.mu.Unlock()
		if news {
			select {
			case m.wake <- struct{}{}:
			default:
			}
		}
	}
}

// look finds files that are new, and forgets those that are gone.
func (m *monitor) look() error {
	files, err := m.source.finder.find()
	if err != nil {
		return err
	}
	there := make(map[pathHash]bool, len(files))
	var fresh []entry
	m.mu.Lock()
	for _, f := range files {
		h := hashOf(f.Name)
		there[h] = true
		if !m.seen[h] {
			fresh = append(fresh, f)
		}
	}
	m.mu.Unlock()
	splits, err := m.source.splits(fresh)
	if err != nil {
		return err
	}
	m.mu.Lock()
	m.left, m.seen = append(m.left, splits...), there
	m.mu.Unlock()
	return nil
}

func (m *monitor) Assign(context.Context, int, int) ([]connector.Split, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.wrong != nil {
		return nil, false, m.wrong
	}
	if len(m.left) == 0 {
		return nil, false, nil
	}
	out := m.left[:1:1]
	m.left = m.left[1:]
	return out, false, nil
}

func (m *monitor) Wake() <-chan struct{} { return m.wake }

func (m *monitor) AddSplitsBack(splits []connector.Split) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left = append(append([]connector.Split{}, splits...), m.left...)
}

func (m *monitor) Snapshot() ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	hashes := make([]pathHash, 0, len(m.seen))
	for h := range m.seen {
		hashes = append(hashes, h)
	}
	slices.SortFunc(hashes, func(a, b pathHash) int { return bytes.Compare(a[:], b[:]) })
	s := monitorState{Version: 1, Left: m.left, Seen: make([]byte, 0, len(hashes)*len(pathHash{}))}
	for _, h := range hashes {
		s.Seen = append(s.Seen, h[:]...)
	}
	return json.Marshal(s)
}

func (m *monitor) Close() error {
	m.cancel()
	m.wg.Wait()
	return nil
}

// bounded refuses a checkpoint of a source that did not end.
func bounded(restored []byte) error {
	if bytes.HasPrefix(restored, []byte("{")) {
		return errors.New("the checkpoint was taken with '" + optMonitor.Key + "'")
	}
	return nil
}
