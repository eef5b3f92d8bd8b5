package json

import "bytes"

// names are those seen in the maps that are being read, the innermost behind the
// others; it finds those that come twice.
type names struct {
	text []byte
	ends []int
}

// manyNames is how many names are compared one by one.
const manyNames = 64

func (n *names) mark() int { return len(n.ends) }

// repeats notes a name of the map that began at base, and reports whether it may
// have been there before: for sure among few names.
func (n *names) repeats(base int, name []byte) bool {
	if len(n.ends)-base >= manyNames {
		return true
	}
	from := n.start(base)
	for _, end := range n.ends[base:] {
		if bytes.Equal(n.text[from:end], name) {
			return true
		}
		from = end
	}
	n.text = append(n.text, name...)
	n.ends = append(n.ends, len(n.text))
	return false
}

// cut forgets the names of the map that began at base.
func (n *names) cut(base int) {
	n.text, n.ends = n.text[:n.start(base)], n.ends[:base]
}

func (n *names) start(base int) int {
	if base == 0 {
		return 0
	}
	return n.ends[base-1]
}
