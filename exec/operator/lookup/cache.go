package lookup

import (
	"container/list"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
)

// cache keeps answers, those that were used last. A restart begins with an empty one:
// what it held is no state, only time saved.
type cache struct {
	limit   catalog.LookupCache
	types   []types.Type
	now     func() int64
	entries map[string]*list.Element
	used    *list.List // of *entry, the last used in front
	rows    int64
}

// entry is the answer to one key.
type entry struct {
	key              string
	rows             *stream.Batch // nil: there are none
	written, touched int64
}

func (e *entry) weight() int64 {
	if e.rows == nil {
		return 1
	}
	return int64(e.rows.Rows)
}

func newCache(limit catalog.LookupCache, ts []types.Type, now func() int64) *cache {
	return &cache{limit: limit, types: ts, now: now, entries: map[string]*list.Element{}, used: list.New()}
}

// get is the answer to a key, where it is kept and not too old.
func (c *cache) get(key string) (rows *stream.Batch, ok bool) {
	at, ok := c.entries[key]
	if !ok {
		return nil, false
	}
	e, now := at.Value.(*entry), c.now()
	if c.limit.AfterWrite > 0 && now-e.written >= c.limit.AfterWrite || c.limit.AfterAccess > 0 && now-e.touched >= c.limit.AfterAccess {
		c.remove(at)
		return nil, false
	}
	e.touched = now
	c.used.MoveToFront(at)
	return e.rows, true
}

// put keeps rows [from, to) of a batch as the answer to a key.
func (c *cache) put(key string, b *stream.Batch, from, to int) {
	if from == to && !c.limit.Missing {
		return
	}
	e := &entry{key: key, written: c.now()}
	e.touched = e.written
	if from < to {
		some := stream.NewBuilder(c.types)
		some.Append(b, kernel.Iota(to)[from:])
		e.rows = some.Finish()
	}
	if old, ok := c.entries[key]; ok {
		c.remove(old)
	}
	c.entries[key] = c.used.PushFront(e)
	c.rows += e.weight()
	for c.rows > c.limit.Rows && c.used.Len() > 0 {
		c.remove(c.used.Back())
	}
}

func (c *cache) remove(at *list.Element) {
	e := c.used.Remove(at).(*entry)
	delete(c.entries, e.key)
	c.rows -= e.weight()
}
