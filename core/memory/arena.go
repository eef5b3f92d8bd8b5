package memory

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// PageSize is the step by which arenas grow.
const PageSize = 64 << 10

// hugePage is what the system maps at once where it is asked to.
const hugePage = 2 << 20

// Arena is a run of memory outside the Go heap that grows in place: addresses
// never change, so that rows can be addressed by offset from one base. It
// reserves address space first and commits pages as it grows; committed pages
// are zero. One goroutine uses it.
type Arena struct {
	grant     *Grant
	region    []byte // reserved
	committed int64
	huge      bool
}

// NewArena reserves address space for up to reserve bytes; no memory yet.
func NewArena(g *Grant, reserve int64) (*Arena, error) {
	reserve = (reserve + PageSize - 1) &^ (PageSize - 1)
	region, err := unix.Mmap(-1, 0, int(reserve), unix.PROT_NONE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("memory: reserve %d bytes of address space: %w", reserve, err)
	}
	return &Arena{grant: g, region: region}, nil
}

// Huge asks the system for large pages: memory that is used at random places
// misses the translation of each small one, and each costs a fault when it is
// touched first. Where there are none, small ones do.
func (a *Arena) Huge() {
	a.huge = len(a.region) >= 2*hugePage && unix.Madvise(a.region, unix.MADV_HUGEPAGE) == nil
}

// Grow makes at least size bytes usable. It reports false, and changes nothing,
// when the grant or the reservation does not reach.
func (a *Arena) Grow(size int64) bool {
	if size <= a.committed {
		return true
	}
	if size > int64(len(a.region)) {
		return false
	}
	// An eighth more than asked keeps the calls few.
	target := min(a.step(size+size/8), int64(len(a.region)))
	if !a.grant.TryGrow(target - a.committed) {
		target = (size + PageSize - 1) &^ (PageSize - 1)
		if !a.grant.TryGrow(target - a.committed) {
			return false
		}
	}
	if err := a.commit(target); err != nil {
		a.grant.Shrink(target - a.committed)
		return false
	}
	return true
}

// Take makes size bytes usable, and reports whether the grant had to be overdrawn
// for that. It asks for up to an eighth more, at most ahead bytes. Without pages
// or address space left it panics, as the runtime does for its heap.
func (a *Arena) Take(size, ahead int64) (overdrawn bool) {
	if size <= a.committed {
		return false
	}
	target := min((size+min(size/8, ahead)+PageSize-1)&^(PageSize-1), int64(len(a.region)))
	if size > target {
		panic(fmt.Errorf("memory: a buffer of %d bytes is more than its %d bytes of address space", size, len(a.region)))
	}
	if overdrawn = !a.grant.TryGrow(target - a.committed); overdrawn {
		target = (size + PageSize - 1) &^ (PageSize - 1)
		a.grant.Overdraw(target - a.committed)
	}
	if err := a.commit(target); err != nil {
		panic(err)
	}
	return overdrawn
}

// commit makes the pages up to target usable.
func (a *Arena) commit(target int64) error {
	if err := unix.Mprotect(a.region[a.committed:target], unix.PROT_READ|unix.PROT_WRITE); err != nil {
		return fmt.Errorf("memory: commit %d bytes: %w", target-a.committed, err)
	}
	a.committed = target
	return nil
}

// step rounds up to whole pages, large ones where they pay.
func (a *Arena) step(size int64) int64 {
	if a.huge && size >= 4*hugePage {
		before := int64(uintptr(a.Base()) & (hugePage - 1)) // the first large page begins before the arena
		return (before+size+hugePage-1)&^(hugePage-1) - before
	}
	return (size + PageSize - 1) &^ (PageSize - 1)
}

// Size is the usable bytes.
func (a *Arena) Size() int64 { return a.committed }

// Bytes is the usable memory. The slice is stale after Grow (its base is not).
func (a *Arena) Bytes() []byte { return a.region[:a.committed] }

// Base is the address of the first byte; it never changes.
func (a *Arena) Base() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(a.region)) }

// Reset gives all pages back to the system and keeps the address space.
func (a *Arena) Reset() error {
	if a.committed == 0 {
		return nil
	}
	if err := unix.Madvise(a.region[:a.committed], unix.MADV_DONTNEED); err != nil {
		return fmt.Errorf("memory: give back pages: %w", err)
	}
	if err := unix.Mprotect(a.region[:a.committed], unix.PROT_NONE); err != nil {
		return fmt.Errorf("memory: give back pages: %w", err)
	}
	a.grant.Shrink(a.committed)
	a.committed = 0
	return nil
}

// Close gives everything back. The memory must not be touched any more.
func (a *Arena) Close() error {
	if a.region == nil {
		return nil
	}
	a.grant.Shrink(a.committed)
	a.committed = 0
	region := a.region
	a.region = nil
	if err := unix.Munmap(region); err != nil {
		return fmt.Errorf("memory: unmap arena: %w", err)
	}
	return nil
}
