package lookup

import (
	"encoding/binary"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// keys are the distinct keys of a batch.
type keys struct {
	args  []int
	types []types.Type
	env   kernel.Env

	of    []int32  // by row that counts: its key; -1: a part of it is NULL, which equals nothing
	first []uint32 // by key: a row of the batch that has it
	texts []string // by key: what tells it from others
	known map[string]int32
	text  []byte
	in    *stream.Batch
}

func (k *keys) open(args []int, ts []types.Type) {
	k.args, k.types, k.known = args, ts, map[string]int32{}
}

// take finds the keys of some rows. A request costs so much more than a key that a map will do.
func (k *keys) take(b *stream.Batch, rows []uint32) {
	k.in, k.of, k.first, k.texts = b, k.of[:0], k.first[:0], k.texts[:0]
	clear(k.known)
	for _, r := range rows {
		k.of = append(k.of, k.key(b, r))
	}
}

func (k *keys) key(b *stream.Batch, r uint32) int32 {
	k.text = k.text[:0]
	for i, a := range k.args {
		v := &b.Cols[a]
		if !v.IsValid(int(r)) {
			return -1
		}
		at := len(k.text)
		k.text = kernel.AppendText(append(k.text, 0, 0, 0, 0), k.types[i], v, int(r), &k.env)
		binary.LittleEndian.PutUint32(k.text[at:], uint32(len(k.text)-at))
	}
	if n, ok := k.known[string(k.text)]; ok {
		return n
	}
	n, text := int32(len(k.texts)), string(k.text)
	k.known[text], k.texts, k.first = n, append(k.texts, text), append(k.first, r)
	return n
}

// batch is some of the keys as rows that stand alone.
func (k *keys) batch(which []uint32) *stream.Batch {
	rows := make([]uint32, len(which))
	for i, w := range which {
		rows[i] = k.first[w]
	}
	args := stream.Batch{Rows: k.in.Rows, Cols: make([]vector.Vector, len(k.args))}
	for i, a := range k.args {
		args.Cols[i] = k.in.Cols[a]
	}
	b := stream.NewBuilder(k.types)
	b.Append(&args, rows)
	return b.Finish()
}
