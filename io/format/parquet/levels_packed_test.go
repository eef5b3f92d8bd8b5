package parquet

import (
	"slices"
	"testing"

	"github.com/pierrec/lz4/v4"
)

// TestPackedLevels reads the example of the format's text: the numbers 0 to 7 in three bits each.
func TestPackedLevels(t *testing.T) {
	data := []byte{0b00000101, 0b00111001, 0b01110111, 0xAA}
	run, rest, err := packedLevels(data, 3, 8)
	if err != nil {
		t.Fatal(err)
	}
	got, err := levelsOf(run, 7, 8)
	if err != nil {
		t.Fatal(err)
	}
	if want := []uint32{0, 1, 2, 3, 4, 5, 6, 7}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if len(rest) != 1 || rest[0] != 0xAA {
		t.Errorf("the rest is %x", rest)
	}
	if _, _, err := packedLevels(data, 3, 11); err == nil {
		t.Error("eleven levels of three bits were read from four bytes")
	}
}

// TestHadoopLZ4 reads blocks as Hadoop's codec writes them: one of one chunk, one
// of two, and a bare block as writers wrote it that did not know of the frame.
func TestHadoopLZ4(t *testing.T) {
	text := []byte("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabcabcabcabcabcabcabcabcabcabcabc")
	pack := func(b []byte) []byte {
		out := make([]byte, lz4.CompressBlockBound(len(b)))
		n, err := lz4.CompressBlock(b, out, nil)
		if err != nil || n == 0 {
			t.Fatalf("compress: %d, %v", n, err)
		}
		return out[:n]
	}
	length := func(n int) []byte { return []byte{0, 0, byte(n >> 8), byte(n)} }
	first, second, whole := pack(text[:32]), pack(text[32:]), pack(text)
	framed := slices.Concat(length(32), length(len(first)), first, length(len(text)-32), length(len(second)), second)
	chunked := slices.Concat(length(len(text)), length(len(first)), first, length(len(second)), second)
	for name, src := range map[string][]byte{"blocks": framed, "chunks": chunked, "bare": whole} {
		dst := make([]byte, len(text))
		n, err := decodeLZ4(dst, src)
		if err != nil || n != len(text) || string(dst) != string(text) {
			t.Errorf("%s: %d bytes %q, %v", name, n, dst, err)
		}
		if n, err := decodeLZ4(make([]byte, len(text)), src[:len(src)-3]); err == nil && n == len(text) {
			t.Errorf("%s: a block that is cut off was read", name)
		}
	}
}
