package lsm

import (
	"math/bits"

	"github.com/weir-engine/weir/core/memory"
)

// filter answers whether a key may lie in Pebble without being in memory: it
// holds the keys that were evicted. A first-seen key is answered here. It is a
// blocked Bloom filter of 12 bits a key, in layers that grow, few so that their
// errors, half a percent each, do not add up to much; when no memory
// is granted for the next layer it answers "maybe" to all.
type filter struct {
	grant  *memory.Grant
	layers [][]uint64
	room   int // keys until the next layer
	bytes  int64
	full   bool
}

const (
	firstLayer = 1 << 12 // keys; the next three each have eight times as many, later ones twice
	blockWords = 8
)

func (f *filter) empty() bool { return len(f.layers) == 0 && !f.full }

// add reports whether the key is a new one; where it cannot tell, that it is.
func (f *filter) add(hash uint64) bool {
	if f.full {
		return true
	}
	if !f.empty() && f.has(hash) {
		return false
	}
	if f.room == 0 && !f.addLayer() {
		return true
	}
	f.room--
	block, probe := f.place(f.layers[len(f.layers)-1], hash)
	for range 6 {
		block[probe>>6&7] |= 1 << (probe & 63)
		probe = bits.RotateLeft64(probe, 11)
	}
	return true
}

func (f *filter) addLayer() bool {
	n := len(f.layers)
	keys := firstLayer << (min(n, 3)*3 + max(n-3, 0))
	words := keys * 12 / 64 / blockWords * blockWords
	if !f.grant.TryGrow(int64(words) * 8) {
		f.full = true
		return false
	}
	f.bytes += int64(words) * 8
	f.layers = append(f.layers, make([]uint64, words))
	f.room = keys
	return true
}

func (f *filter) has(hash uint64) bool {
	if f.full {
		return true
	}
	for i := len(f.layers) - 1; i >= 0; i-- {
		block, probe := f.place(f.layers[i], hash)
		in := true
		for range 6 {
			in = in && block[probe>>6&7]&(1<<(probe&63)) != 0
			probe = bits.RotateLeft64(probe, 11)
		}
		if in {
			return true
		}
	}
	return false
}

// place is the block of a hash and the number that its bits are taken from.
func (f *filter) place(layer []uint64, hash uint64) ([]uint64, uint64) {
	mixed := (hash ^ hash>>31) * 0xd6e8feb86659fd93
	n, _ := bits.Mul64(mixed, uint64(len(layer)/blockWords))
	probe := mixed * 0x9e3779b97f4a7c15
	return layer[n*blockWords : (n+1)*blockWords], probe ^ probe>>29
}

func (f *filter) release() {
	f.grant.Shrink(f.bytes)
	*f = filter{grant: f.grant}
}
