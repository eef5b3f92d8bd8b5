// Package keyed is the state that operators keep by key: what they may ask of a
// backend, batch by batch.
//
// An operator groups a batch by key (Grouper), loads one row for each distinct
// key, works on the loaded rows (which are its own, contiguous and cache-warm),
// and stores those that changed:
//
//	batch → Grouper → Keys (distinct) → Get → rows → update → Put
//
// So state is touched twice per distinct key per batch, never per record, and
// no pointer into a backend's tables escapes: copy-on-write, eviction and
// freezing are the backend's own affair. Rows are opaque bytes, versioned by
// their owner (state/rowcodec). One goroutine, the task's, calls a Store.
// Read store.go first.
package keyed
