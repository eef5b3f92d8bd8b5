package lsm

import (
	"encoding/binary"
	"hash/fnv"

	"github.com/weir-engine/weir/state/keyed"
)

// Keys in the database, big-endian:
//
//	value  group uint16 · state uint32 · key
//	timed  group uint16 · state uint32 · time uint64 (sign flipped) · key
//	map    group uint16 · state uint32 · hash uint64 · length of the key uint32 · key · sub-key
//
// The state is a hash of its operator and name, so that all subtasks agree on it.
// Rows of value and timed states are led by the key's hash, eight bytes.
const prefixBytes = 6

func stateID(d keyed.Declared) uint32 {
	h := fnv.New32a()
	h.Write([]byte(d.Operator))
	h.Write([]byte{0})
	h.Write([]byte(d.Name))
	return h.Sum32()
}

func appendPrefix(dst []byte, group int, state uint32) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(group))
	return binary.BigEndian.AppendUint32(dst, state)
}

func appendTime(dst []byte, time int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(time)^1<<63)
}

func timeAt(key []byte) int64 {
	return int64(binary.BigEndian.Uint64(key[prefixBytes:]) ^ 1<<63)
}

// appendSet is the prefix of all entries of a map's key.
func appendSet(dst []byte, group int, state uint32, hash uint64, key []byte) []byte {
	dst = appendPrefix(dst, group, state)
	dst = binary.BigEndian.AppendUint64(dst, hash)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(key)))
	return append(dst, key...)
}

// after is the first key behind all that begin with prefix; nil: there is none.
func after(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}

func (b *Backend) groupOf(hash uint64) int { return keyed.GroupOf(hash, b.config.MaxParallelism) }
