package rowcodec

// Keys is a list of encoded keys with their hashes. Equal keys have equal bytes,
// and the bytes order as the values do.
type Keys struct {
	Hash  []uint64
	Bytes []byte
	Off   []uint32 // key i is Bytes[Off[i]:Off[i+1]]; len is N+1, or 0 when empty
}

// N is the number of keys.
func (k *Keys) N() int { return len(k.Hash) }

// Reset empties k and keeps its memory.
func (k *Keys) Reset() { k.Hash, k.Bytes, k.Off = k.Hash[:0], k.Bytes[:0], k.Off[:0] }

// At is key i.
func (k *Keys) At(i int) []byte { return k.Bytes[k.Off[i]:k.Off[i+1]:k.Off[i+1]] }

// Append adds a key, copying it.
func (k *Keys) Append(hash uint64, key []byte) {
	if len(k.Off) == 0 {
		k.Off = append(k.Off, 0)
	}
	k.Hash = append(k.Hash, hash)
	k.Bytes = append(k.Bytes, key...)
	k.Off = append(k.Off, uint32(len(k.Bytes)))
}
