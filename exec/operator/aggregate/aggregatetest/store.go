package aggregatetest

import (
	"bytes"
	"fmt"
	"slices"
	"sort"

	"github.com/weir-engine/weir/state/keyed"
)

// Store is the model. It outlives operators, so that a test restarts one on the state of another.
type Store struct {
	values map[string]*value
	maps   map[string]*maps
	timed  map[string]*timed
}

// NewStore makes an empty store.
func NewStore() *Store {
	return &Store{values: map[string]*value{}, maps: map[string]*maps{}, timed: map[string]*timed{}}
}

// Value is keyed.Store's.
func (s *Store) Value(name string, width int) (keyed.ValueState, error) {
	if v := s.values[name]; v != nil {
		return v, sameWidth(name, v.width, width)
	}
	s.values[name] = &value{width: width, rows: map[string][]byte{}, hash: map[string]uint64{}}
	return s.values[name], nil
}

// Map is keyed.Store's.
func (s *Store) Map(name string) (keyed.MapState, error) {
	if s.maps[name] == nil {
		s.maps[name] = &maps{rows: map[string]map[string][]byte{}}
	}
	return s.maps[name], nil
}

// Timed is keyed.Store's.
func (s *Store) Timed(name string, width int) (keyed.TimedState, error) {
	if t := s.timed[name]; t != nil {
		return t, sameWidth(name, t.width, width)
	}
	s.timed[name] = &timed{width: width, at: map[int64]*value{}}
	return s.timed[name], nil
}

func sameWidth(name string, a, b int) error {
	if a != b {
		return fmt.Errorf("state %s has rows of %d bytes, not %d", name, a, b)
	}
	return nil
}

// Rows is the number of rows in all states: 0 when nothing is left behind.
func (s *Store) Rows() (n int) {
	for _, v := range s.values {
		n += len(v.rows)
	}
	for _, m := range s.maps {
		for _, rows := range m.rows {
			n += len(rows)
		}
	}
	for _, t := range s.timed {
		for _, v := range t.at {
			n += len(v.rows)
		}
	}
	return n
}

type value struct {
	width int
	rows  map[string][]byte
	hash  map[string]uint64
}

func (v *value) get(key []byte, into *keyed.Rows) {
	if row, ok := v.rows[string(key)]; ok {
		into.Append(row)
	} else {
		into.AppendAbsent()
	}
}

func (v *value) put(hash uint64, key []byte, has bool, row []byte) error {
	if !has {
		delete(v.rows, string(key))
		return nil
	}
	if v.width > 0 && len(row) != v.width {
		return fmt.Errorf("a row of %d bytes in a state of width %d", len(row), v.width)
	}
	if v.hash == nil {
		v.hash = map[string]uint64{}
	}
	v.rows[string(key)], v.hash[string(key)] = bytes.Clone(row), hash
	return nil
}

func (v *value) Get(keys *keyed.Keys, into *keyed.Rows) error {
	into.Width = v.width
	for i := range keys.N() {
		v.get(keys.At(i), into)
	}
	return nil
}

func (v *value) Put(keys *keyed.Keys, which []uint32, rows *keyed.Rows) error {
	return each(keys, which, func(i int) error { return v.put(keys.Hash[i], keys.At(i), rows.Has[i], at(rows, i)) })
}

func at(rows *keyed.Rows, i int) []byte {
	if !rows.Has[i] {
		return nil
	}
	return rows.At(i)
}

func each(keys *keyed.Keys, which []uint32, f func(i int) error) error {
	if which == nil {
		for i := range keys.N() {
			if err := f(i); err != nil {
				return err
			}
		}
	}
	for _, i := range which {
		if err := f(int(i)); err != nil {
			return err
		}
	}
	return nil
}

// Scan goes on behind the cursor's last key, in the order of keys.
func (v *value) Scan(c *keyed.Cursor, into *keyed.Entries, max int) (bool, error) {
	into.Rows.Width = v.width
	names := make([]string, 0, len(v.rows))
	for k := range v.rows {
		names = append(names, k)
	}
	sort.Strings(names)
	for n, k := range names {
		if n < c.Key {
			continue
		}
		if into.Rows.N() >= max {
			return true, nil
		}
		into.Keys.Append(v.hash[k], []byte(k))
		into.Rows.Append(v.rows[k])
		c.Key++
	}
	return false, nil
}

type maps struct{ rows map[string]map[string][]byte }

func (m *maps) Get(keys *keyed.Keys, owner []uint32, subs, into *keyed.Rows) error {
	for i, o := range owner {
		if row, ok := m.rows[string(keys.At(int(o)))][string(subs.At(i))]; ok {
			into.Append(row)
		} else {
			into.AppendAbsent()
		}
	}
	return nil
}

func (m *maps) Put(keys *keyed.Keys, owner []uint32, subs, rows *keyed.Rows) error {
	for i, o := range owner {
		key, sub := string(keys.At(int(o))), string(subs.At(i))
		if !rows.Has[i] {
			delete(m.rows[key], sub)
			continue
		}
		if m.rows[key] == nil {
			m.rows[key] = map[string][]byte{}
		}
		m.rows[key][sub] = bytes.Clone(rows.At(i))
	}
	return nil
}

// ScanKeys stops after every key once max is reached.
func (m *maps) ScanKeys(keys *keyed.Keys, which []uint32, desc bool, limit int, c *keyed.Cursor, into *keyed.Entries, max int) (bool, error) {
	if which == nil {
		for i := range keys.N() {
			which = append(which, uint32(i))
		}
	}
	for ; c.Key < len(which); c.Key++ {
		if into.Subs.N() >= max {
			return true, nil
		}
		o := which[c.Key]
		rows := m.rows[string(keys.At(int(o)))]
		subs := make([]string, 0, len(rows))
		for s := range rows {
			subs = append(subs, s)
		}
		sort.Strings(subs)
		if desc {
			slices.Reverse(subs)
		}
		if limit > 0 && len(subs) > limit {
			subs = subs[:limit]
		}
		for _, s := range subs {
			into.Owner = append(into.Owner, o)
			into.Subs.Append([]byte(s))
			into.Rows.Append(rows[s])
		}
	}
	return false, nil
}

func (m *maps) Clear(keys *keyed.Keys, which []uint32) error {
	return each(keys, which, func(i int) error { delete(m.rows, string(keys.At(i))); return nil })
}

type timed struct {
	width int
	at    map[int64]*value
}

func (t *timed) Get(times []int64, keys *keyed.Keys, into *keyed.Rows) error {
	into.Width = t.width
	for i, time := range times {
		if v := t.at[time]; v != nil {
			v.get(keys.At(i), into)
		} else {
			into.AppendAbsent()
		}
	}
	return nil
}

func (t *timed) Put(times []int64, keys *keyed.Keys, which []uint32, rows *keyed.Rows) error {
	return each(keys, which, func(i int) error {
		v := t.at[times[i]]
		if v == nil {
			v = &value{width: t.width, rows: map[string][]byte{}}
			t.at[times[i]] = v
		}
		err := v.put(keys.Hash[i], keys.At(i), rows.Has[i], at(rows, i))
		if len(v.rows) == 0 {
			delete(t.at, times[i])
		}
		return err
	})
}

func (t *timed) Times(from, to int64, dst []int64) ([]int64, error) {
	for time := range t.at {
		if time >= from && time < to {
			dst = append(dst, time)
		}
	}
	slices.Sort(dst)
	return dst, nil
}

func (t *timed) Scan(time int64, c *keyed.Cursor, into *keyed.Entries, max int) (bool, error) {
	v := t.at[time]
	if v == nil {
		return false, nil
	}
	return v.Scan(c, into, max)
}

func (t *timed) Drop(to int64) error {
	for time := range t.at {
		if time < to {
			delete(t.at, time)
		}
	}
	return nil
}

func (t *timed) Delete(time int64) error { delete(t.at, time); return nil }
